// x0 weights, x1 biases, x2 multipliers, x3 spill (never used), x4 rounds to go, x13 output, x14 ... rows of the
// window; v0 ... v8 weights, v9 ... v12 biases, v13 ... v16 multipliers, v17 and v18 bounds.
#include "Lower/LowerToNeon/DepthwiseRow.h"
#include "Lower/LowerToNeon/VectorCode.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <numeric>

namespace wino {

namespace {

using Reg = VectorCode::Reg;

constexpr int rowPointers[] = {14, 15, 16, 17, 20, 21, 22, 23};
constexpr int64_t weightRegisters = 9;
constexpr int firstBias = 9, firstMultiplier = 13, lowest = 17, highest = 18, firstFree = 19;

struct Emitter {
  const DepthwiseConvolution &conv;
  bool shares; // a vector that two windows of a round have in common is loaded once
  VectorCode code;
  std::map<std::pair<int64_t, int64_t>, Reg> loaded; // by row and offset

  /// Sixteen channels of pixel `number` of the round.
  void pixel(int64_t number) {
    Reg total[4] = {-1, -1, -1, -1};
    for (llvm::ArrayRef<int64_t> part : conv.parts) {
      Reg sums[2] = {-1, -1};
      for (int64_t tap : part) {
        Reg x = input(tap, number), weight = tap < weightRegisters ? -1 : code.load16(0, tap * 16);
        for (int half = 0; half < 2; ++half)
          sums[half] = product(sums[half], x, weight, tap, half);
      }
      for (int q = 0; q < 4; ++q) {
        const char *high = q % 2 ? "2" : "", *lanes = q % 2 ? "8h" : "4h";
        total[q] = total[q] < 0
                       ? code.add(line("saddw{0} v$0.4s, v{1}.4s, v$1.{2}", high, firstBias + q, lanes), {sums[q / 2]})
                       : code.add(line("saddw{0} v$0.4s, v$1.4s, v$2.{1}", high, lanes), {total[q], sums[q / 2]});
      }
    }
    store(total, number);
  }

private:
  Reg input(int64_t tap, int64_t number) {
    int64_t row = tap / conv.kernelWidth;
    int64_t column = tap % conv.kernelWidth * conv.dilations[1] + number * conv.strides[1];
    int64_t offset = column * conv.blocking.channels;
    auto known = loaded.find({row, offset});
    if (shares && known != loaded.end())
      return known->second;
    return loaded[{row, offset}] = code.load16(rowPointers[row], offset);
  }

  Reg product(Reg sum, Reg x, Reg weight, int64_t tap, int half) {
    const char *high = half ? "2" : "", *lanes = half ? "16b" : "8b";
    bool first = sum < 0;
    llvm::SmallVector<Reg, 3> uses;
    if (!first)
      uses.push_back(sum);
    uses.push_back(x);
    std::string name = line("{0}{1} v$0.8h, v${2}.{3}, ", first ? "smull" : "smlal", high, uses.size(), lanes);
    if (weight < 0) {
      name += line("v{0}.{1}", tap, lanes);
    } else {
      uses.push_back(weight);
      name += line("v${0}.{1}", uses.size(), lanes);
    }
    return first ? code.add(name, uses) : code.accumulate(name, uses);
  }

  void store(Reg total[4], int64_t number) {
    const Narrowing &n = conv.narrowing;
    const char *sign = n.isUnsigned ? "u" : "s", *narrow = n.isUnsigned ? "sqxtun" : "sqxtn";
    Reg words[2], bytes;
    for (int q = 0; q < 4; ++q) {
      Reg sum = total[q];
      if (conv.pre > 0)
        sum = code.add(line("shl v$0.4s, v$1.4s, #{0}", conv.pre), {sum});
      sum = code.add(line("sqrdmulh v$0.4s, v$1.4s, v{0}.4s", firstMultiplier + q), {sum});
      if (q % 2 == 0)
        words[q / 2] = code.add(line("sqrshrn v$0.4h, v$1.4s, #{0}", n.shift), {sum});
      else
        words[q / 2] = code.accumulate(line("sqrshrn2 v$0.8h, v$2.4s, #{0}", n.shift), {words[q / 2], sum});
    }
    bytes = code.add(line("{0} v$0.8b, v$1.8h", narrow), {words[0]});
    bytes = code.accumulate(line("{0}2 v$0.16b, v$2.8h", narrow), {bytes, words[1]});
    if (n.clampsLow())
      bytes = code.add(line("{0}max v$0.16b, v$1.16b, v{1}.16b", sign, lowest), {bytes});
    if (n.clampsHigh())
      bytes = code.add(line("{0}min v$0.16b, v$1.16b, v{1}.16b", sign, highest), {bytes});
    code.effect(line("str q$1, [x13, #{0}]", number * conv.output.channelStride), {bytes});
  }
};

std::optional<VectorCode::Allocated> round(const DepthwiseConvolution &conv, int64_t pixels, bool shares,
                                           const TargetData &core) {
  Emitter emitter{conv, shares, VectorCode(core), {}};
  for (int64_t p = 0; p < pixels; ++p)
    emitter.pixel(p);
  auto advance = [&](int x, int64_t bytes) {
    if (bytes >= 4096)
      emitter.code.effect(line("add x{0}, x{0}, #{1}, lsl #12", x, bytes >> 12));
    if (bytes % 4096)
      emitter.code.effect(line("add x{0}, x{0}, #{1}", x, bytes % 4096));
  };
  for (int64_t r = 0; r < conv.kernelHeight; ++r)
    advance(rowPointers[r], pixels * conv.strides[1] * conv.blocking.channels);
  advance(13, pixels * conv.output.channelStride);
  emitter.code.effect("subs x4, x4, #1");
  std::vector<int> pool(32 - firstFree);
  std::iota(pool.begin(), pool.end(), firstFree);
  return emitter.code.finish(pool, 3);
}

} // namespace

std::optional<Assembly> depthwiseRowCode(const DepthwiseConvolution &conv, const TargetData &core) {
  int64_t width = conv.output.width(), taps = conv.kernelHeight * conv.kernelWidth, pixels = 1;
  if (conv.kernelHeight > int64_t(std::size(rowPointers)) || width >= 65536 || taps > maxDepthwiseTaps)
    return std::nullopt;
  std::optional<VectorCode::Allocated> best;
  for (auto [count, shares] : {std::make_pair(1, false), {2, false}, {2, true}, {4, false}, {4, true}}) {
    if (width % count != 0)
      continue;
    auto trial = round(conv, count, shares, core);
    if (trial && trial->spillSlots == 0 && (!best || trial->cycles * pixels < best->cycles * count)) {
      best = std::move(trial);
      pixels = count;
    }
  }
  if (!best)
    return std::nullopt;
  Lines text = {line("// {0} pixels x 16 channels, depthwise: {1} cycles", pixels, best->cycles)};
  for (int64_t t = 0; t < std::min(taps, weightRegisters); ++t)
    text.push_back(line("ldr q{0}, [x0, #{1}]", t, t * 16));
  for (int q = 0; q < 4; ++q) {
    text.push_back(line("ldr q{0}, [x1, #{1}]", firstBias + q, q * 16));
    text.push_back(line("ldr q{0}, [x2, #{1}]", firstMultiplier + q, q * 16));
  }
  text.push_back(line("movi v{0}.16b, #{1}", lowest, conv.narrowing.lo & 0xff));
  text.push_back(line("movi v{0}.16b, #{1}", highest, conv.narrowing.hi & 0xff));
  text.push_back(line("mov x4, #{0}", width / pixels));
  text.push_back("1:");
  llvm::append_range(text, best->lines);
  text.push_back("b.ne 1b");
  llvm::SmallVector<int> operands = {0, 1, 2, 13};
  operands.append(rowPointers, rowPointers + conv.kernelHeight);
  return Assembly{llvm::join(text, "\n"), assemblyConstraints(operands), {}, best->cycles};
}

} // namespace wino
