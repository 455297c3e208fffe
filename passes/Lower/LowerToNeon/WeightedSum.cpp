// x0, x1 operands, x2 result (x1 with one operand), x4 rounds to go; v0 ... v5 constants. WeightedSum.h has the proof.
#include "Lower/LowerToNeon/WeightedSum.h"
#include "Lower/LowerToNeon/VectorCode.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cstdlib>
#include <numeric>

namespace wino {

namespace {

using Reg = VectorCode::Reg;

/// One product of a sum: an operand and a factor that stands in all bytes of v<constant>.
struct Term {
  Reg x;
  int64_t factor;
  bool isUnsigned;
  int constant;
};

/// sum of x * factor in 16-bit lanes over half of the bytes (0: low, 1: high). Factors of unsigned operands are stored
/// as magnitudes and subtracted if negative, so that the first term should not be one of these.
Reg products(VectorCode &code, std::vector<Term> terms, int half) {
  llvm::erase_if(terms, [](const Term &term) { return term.factor == 0; });
  auto subtracts = [](const Term &term) { return term.isUnsigned && term.factor < 0; };
  llvm::stable_sort(terms, [&](const Term &a, const Term &b) { return subtracts(a) < subtracts(b); });
  const char *high = half ? "2" : "", *part = half ? "16b" : "8b";
  Reg sum = -1;
  if (terms.empty() || subtracts(terms.front()))
    sum = code.add("movi v$0.2d, #0");
  for (const Term &term : terms) {
    const char *sign = term.isUnsigned ? "u" : "s";
    if (sum < 0)
      sum = code.add(line("{0}mull{1} v$0.8h, v$1.{2}, v{3}.{2}", sign, high, part, term.constant), {term.x});
    else
      sum = code.accumulate(
          line("{0}ml{1}l{2} v$0.8h, v$2.{3}, v{4}.{3}", sign, subtracts(term) ? "s" : "a", high, part, term.constant),
          {sum, term.x});
  }
  return sum;
}

} // namespace

std::optional<Assembly> weightedSumCode(const WeightedSum &sum, int64_t bytes, const TargetData &core) {
  constexpr int64_t vectors = 4, round = 16 * vectors; // per round of the loop
  const Narrowing &n = sum.narrowing;
  int64_t magnitudes = 0;
  for (int64_t m : sum.multipliers)
    magnitudes += std::abs(m);
  size_t operands = sum.multipliers.size();
  if (operands > 2 || magnitudes > 16319 || n.shift < 8 || n.shift > 15 || bytes < round || bytes % round != 0 ||
      bytes / round >= int64_t(1) << 32)
    return std::nullopt;
  std::vector<std::string> before;
  llvm::SmallVector<Term> high, low;
  for (auto [i, m] : llvm::enumerate(sum.multipliers)) {
    int64_t h = (m + 64) >> 7;
    for (auto [terms, factor] : {std::make_pair(&high, h), std::make_pair(&low, m - 128 * h)}) {
      int constant = int(2 * i + (terms == &low));
      terms->push_back({-1, factor, bool(sum.isUnsigned[i]), constant});
      before.push_back(line("movi v{0}.16b, #{1}", constant, (sum.isUnsigned[i] ? std::abs(factor) : factor) & 0xff));
    }
  }
  before.push_back(line("movi v4.16b, #{0}", n.lo & 0xff));
  before.push_back(line("movi v5.16b, #{0}", n.hi & 0xff));
  int result = int(operands);
  VectorCode code(core);
  for (int64_t v = 0; v < vectors; ++v) {
    for (size_t i = 0; i < operands; ++i)
      high[i].x = low[i].x = code.load16(int(i), v * 16);
    Reg bytes = -1;
    for (int half = 0; half < 2; ++half) {
      Reg total = products(code, {high.begin(), high.end()}, half);
      if (llvm::any_of(low, [](const Term &term) { return term.factor != 0; }))
        total = code.accumulate("ssra v$0.8h, v$2.8h, #7", {total, products(code, {low.begin(), low.end()}, half)});
      const char *narrow = n.isUnsigned ? "sqrshrun" : "sqrshrn";
      if (half == 0)
        bytes = code.add(line("{0} v$0.8b, v$1.8h, #{1}", narrow, n.shift - 7), {total});
      else
        bytes = code.accumulate(line("{0}2 v$0.16b, v$2.8h, #{1}", narrow, n.shift - 7), {bytes, total});
    }
    const char *sign = n.isUnsigned ? "u" : "s";
    if (n.clampsLow())
      bytes = code.add(line("{0}max v$0.16b, v$1.16b, v4.16b", sign), {bytes});
    if (n.clampsHigh())
      bytes = code.add(line("{0}min v$0.16b, v$1.16b, v5.16b", sign), {bytes});
    code.effect(line("str q$1, [x{0}, #{1}]", result, v * 16), {bytes});
  }
  for (int x = 0; x <= result; ++x)
    code.effect(line("add x{0}, x{0}, #{1}", x, round));
  code.effect("subs x4, x4, #1");
  std::vector<int> pool(26);
  std::iota(pool.begin(), pool.end(), 6);
  auto done = code.finish(pool, 3);
  if (!done || done->spillSlots > 0)
    return std::nullopt;
  before.insert(before.begin(), line("// weighted sum of {0} elements: {1} cycles", round, done->cycles));
  before.push_back(line("movz x4, #{0}", (bytes / round) & 0xffff));
  before.push_back(line("movk x4, #{0}, lsl #16", (bytes / round) >> 16));
  before.push_back("1:");
  llvm::append_range(before, done->lines);
  before.push_back("b.ne 1b");
  llvm::SmallVector<int> pointers(operands + 1);
  std::iota(pointers.begin(), pointers.end(), 0);
  return Assembly{llvm::join(before, "\n"), assemblyConstraints(pointers), {}, done->cycles};
}

} // namespace wino
