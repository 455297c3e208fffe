// Counted for Zen 3, two vpmaddwd a cycle on four vector ports: a step of `products` with 4 rows is 8 vpmaddwd,
// 8 vpaddd, 4 broadcasts and 2 loads = 22 instructions for 128 products, at most 32 products a cycle.
#include "Lower/LowerToX86/Avx2.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace wino::avx2 {

std::vector<int32_t> inBlocks(ArrayRef<int32_t> perChannel) {
  std::vector<int32_t> blocks(roundUp(perChannel.size(), columns), 0);
  for (size_t i = 0; i < blocks.size(); ++i) {
    size_t channel = i / columns * columns + channelAt(i % columns);
    blocks[i] = channel < perChannel.size() ? perChannel[channel] : 0;
  }
  return blocks;
}

void alignSpills(Kernel &k) {
  auto function = cast<func::FuncOp>(k.b.getInsertionBlock()->getParentOp());
  function->setAttr("passthrough", k.b.getStrArrayAttr({"stackrealign"}));
}

// vpmuldq takes the even lanes. Bits 31 to 62 of a product are the result: its low half after a shift right by 31 for
// even lanes, its high half after a shift left by one for odd ones.
Value mulhi32(Kernel &k, Value a, Value b) {
  Type pairs = k.vec(4, k.i64());
  auto multiply = [&](bool odd) {
    auto half = [&](Value x) {
      if (odd) // a shuffle: LLVM would turn a shift by 32 into an arithmetic one, and see no vpmuldq
        x = k.b.create<vector::ShuffleOp>(x, x, ArrayRef<int64_t>{1, 1, 3, 3, 5, 5, 7, 7});
      return k.ashr(k.shl(k.b.create<vector::BitCastOp>(pairs, x), 32), 32);
    };
    return k.add(k.mul(half(a), half(b)), int64_t(1) << 30);
  };
  Value even = k.b.create<arith::ShRUIOp>(multiply(false), k.constant(pairs, 31)), odd = k.shl(multiply(true), 1);
  auto lanes = [&](Value x) { return k.b.create<vector::BitCastOp>(a.getType(), x).getResult(); };
  return k.b.create<vector::ShuffleOp>(lanes(even), lanes(odd), ArrayRef<int64_t>{0, 9, 2, 11, 4, 13, 6, 15});
}

Value mulhi16(Kernel &k, Value a, Value b) { return k.intrinsic("llvm.x86.avx2.pmul.hr.sw", a.getType(), {a, b}); }

Kernel::Values emitDag(Kernel &k, const TransformDag &dag, const Kernel::Values &inputs) {
  return wino::emitDag(
      k, dag, inputs, [&](Value a, Value b) { return mulhi16(k, a, b); },
      [&](Value a, Value b) { return mulhi32(k, a, b); });
}

/// One run of `pairs` in assembly, since LLVM's machine combiner reassociates the sums and spills them: accumulators in
/// ymm0 to ymm11, filters, broadcast and product in ymm12 to ymm15.
static std::string runText(int64_t rows, int64_t pairs, bool byteFilters, int64_t accumulators) {
  constexpr int64_t unroll = 4, inlined = 32;
  int64_t stepBytes = byteFilters ? 32 : 64;
  // Numbered: results (accumulators, filters, offset), the inputs tied to them, the rows.
  std::string filters = "$" + std::to_string(accumulators), offset = "$" + std::to_string(accumulators + 1);
  auto row = [&](int64_t r) { return "$" + std::to_string(2 * (accumulators + 2) + r); };
  std::string text;
  auto line = [&](const llvm::Twine &code) { text += (code + "\n").str(); };
  auto step = [&](int64_t filterAt, int64_t rowAt, bool indexed) {
    for (int64_t half = 0; half < 2; ++half)
      line(llvm::Twine(byteFilters ? "vpmovsxbw " : "vmovdqa ") + llvm::Twine(filterAt + half * stepBytes / 2) + "(" +
           filters + "), %ymm" + llvm::Twine(12 + half));
    for (int64_t r = 0; r < rows; ++r) {
      line("vpbroadcastd " + llvm::Twine(rowAt) + "(" + row(r) + (indexed ? ", " + offset : "") + "), %ymm14");
      for (int64_t half = 0; half < 2; ++half) {
        std::string acc = "%ymm" + std::to_string(2 * r + half);
        line("vpmaddwd %ymm" + llvm::Twine(12 + half) + ", %ymm14, %ymm15");
        line("vpaddd %ymm15, " + acc + ", " + acc);
      }
    }
  };
  int64_t looped = pairs <= inlined ? 0 : pairs / unroll * unroll;
  if (looped > 0) {
    line(".p2align 5");
    line("1:");
    for (int64_t n = 0; n < unroll; ++n)
      step(n * stepBytes, n * 4, true);
    line("addq $$" + llvm::Twine(unroll * stepBytes) + ", " + filters);
    line("addq $$" + llvm::Twine(unroll * 4) + ", " + offset);
    line("cmpq $$" + llvm::Twine(looped * 4) + ", " + offset);
    line("jb 1b");
  }
  for (int64_t p = looped; p < pairs; ++p) // the offset is now that of `looped`
    step((p - looped) * stepBytes, (p - looped) * 4, looped > 0);
  return text;
}

static Kernel::Values run(Kernel &k, ArrayRef<Value> rows, Value filters, bool byteFilters, int64_t pairs,
                          const Kernel::Values &acc) {
  Kernel::Values operands = acc;
  std::string results, inputs;
  for (size_t i = 0; i < acc.size(); ++i)
    results += "={ymm" + std::to_string(i) + "},";
  results += "=&r,=&r,";
  for (size_t i = 0; i < acc.size() + 2; ++i)
    inputs += std::to_string(i) + ",";
  operands.append({filters, k.index(0)});
  llvm::SmallVector<Type> types = llvm::to_vector(ValueRange(operands).getTypes());
  for (size_t i = 0; i < rows.size(); ++i)
    inputs += "r,";
  operands.append(rows.begin(), rows.end());
  auto code = k.b.create<LLVM::InlineAsmOp>(
      LLVM::LLVMStructType::getLiteral(k.b.getContext(), types), operands,
      runText(rows.size(), pairs, byteFilters, acc.size()),
      results + inputs + "~{ymm12},~{ymm13},~{ymm14},~{ymm15},~{flags},~{memory}", /*has_side_effects=*/true,
      /*is_align_stack=*/false, LLVM::AsmDialectAttr(), /*operand_attrs=*/ArrayAttr());
  Kernel::Values sums;
  for (size_t i = 0; i < acc.size(); ++i)
    sums.push_back(k.b.create<LLVM::ExtractValueOp>(code.getRes(), int64_t(i)));
  return sums;
}

Kernel::Values products(Kernel &k, ArrayRef<Value> rows, Value filters, bool byteFilters, const Depth &depth,
                        Kernel::Values acc) {
  int64_t runBytes = depth.pairs * 2 * columns * (byteFilters ? 1 : 2);
  return k.loop(0, depth.outer, 1, acc, [&](Value o, Kernel::Values sum) {
    return k.loop(0, depth.inner, 1, sum, [&](Value i, Kernel::Values inner) {
      Value offset = k.add(k.mul(o, depth.outerBytes), k.mul(i, depth.innerBytes));
      Value filter = k.at(filters, k.mul(k.add(k.mul(o, depth.inner), i), runBytes));
      Kernel::Values at;
      for (Value row : rows)
        at.push_back(k.at(row, offset));
      return run(k, at, filter, byteFilters, depth.pairs, inner);
    });
  });
}

void addResidual(Kernel &k, const Residual &residual, Value from, Value &first, Value &second) {
  Value bytes = k.load(k.vec(16, k.i8()), from);
  for (Value *sum : {&first, &second}) {
    llvm::SmallVector<int64_t> order;
    for (int64_t lane = 0; lane < 8; ++lane)
      order.push_back(channelAt(lane + (sum == &second ? 8 : 0)));
    *sum = wino::addResidual(k, residual, *sum, k.b.create<vector::ShuffleOp>(bytes, bytes, order));
  }
}

// Shifted by one bit too few, saturated to 16 bits (what saturates is beyond any clamp), then halved with rounding by
// vpmulhrsw: (v * 2^14 + 2^14) >> 15 = (v + 1) >> 1.
Kernel::Values narrow(Kernel &k, ArrayRef<Value> x, const Narrowing &n) {
  Type halves = k.vec(16, k.i16()), bytes = k.vec(32, k.i8());
  Kernel::Values pixels, result;
  for (size_t p = 0; p < x.size(); p += 2) {
    Value y = k.intrinsic("llvm.x86.avx2.packssdw", halves, {k.ashr(x[p], n.shift - 1), k.ashr(x[p + 1], n.shift - 1)});
    y = mulhi16(k, y, k.constant(halves, 1 << 14));
    if (n.clampsLow())
      y = k.smax(y, k.constant(halves, n.lo));
    if (n.clampsHigh())
      y = k.smin(y, k.constant(halves, n.hi));
    pixels.push_back(y);
  }
  for (size_t p = 0; p < pixels.size(); p += 2) {
    Value second = pixels[std::min(p + 1, pixels.size() - 1)];
    Value packed =
        k.intrinsic(n.isUnsigned ? "llvm.x86.avx2.packuswb" : "llvm.x86.avx2.packsswb", bytes, {pixels[p], second});
    // [p 0-7, q 0-7 | p 8-15, q 8-15]
    for (int64_t q = 0; q < 2 && p + q < pixels.size(); ++q) {
      llvm::SmallVector<int64_t> order;
      for (int64_t i = 0; i < 16; ++i)
        order.push_back(i % 8 + i / 8 * 16 + q * 8);
      result.push_back(k.b.create<vector::ShuffleOp>(packed, packed, order));
    }
  }
  return result;
}

} // namespace wino::avx2
