// Elementwise kernels and plain data movement.
#include "Lower/Kernels/Pointwise.h"

using namespace mlir;

namespace wino {

std::pair<Value, Value> windowRange(Kernel &k, Value o, int64_t stride, int64_t pad, int64_t kernel, int64_t extent) {
  Value first = k.add(k.mul(o, stride), -pad), end = k.smin(k.add(first, kernel), k.index(extent));
  return {k.smax(first, k.index(0)), end};
}

void loopNest(Kernel &k, ArrayRef<int64_t> extents, llvm::function_ref<void(ArrayRef<Value>)> body) {
  llvm::SmallVector<Value> counters;
  std::function<void(size_t)> level = [&](size_t d) {
    if (d == extents.size()) {
      body(counters);
      return;
    }
    k.loop(0, extents[d], 1, [&](Value i) {
      counters.push_back(i);
      level(d + 1);
      counters.pop_back();
    });
  };
  level(0);
}

Value offsetOf(Kernel &k, ArrayRef<Value> counters, ArrayRef<int64_t> strides) {
  Value offset = k.index(0);
  for (auto [counter, stride] : llvm::zip(counters, strides))
    offset = k.add(offset, k.mul(counter, stride));
  return offset;
}

/// Runs `body(offset, lanes)` over `bytes` bytes: eight at a time, then one at a time (lanes = 1).
static void byEights(Kernel &k, int64_t bytes, llvm::function_ref<void(Value, int64_t)> body) {
  int64_t whole = bytes / 8 * 8;
  k.loop(0, whole, 8, [&](Value i) { body(i, 8); });
  k.loop(whole, bytes, 1, [&](Value i) { body(i, 1); });
}

/// Loads `lanes` (8 or 1) bytes as two 4 x i32; a single byte is repeated.
static Kernel::Values loadWide(Kernel &k, Value pointer, int64_t lanes, bool isUnsigned) {
  Value bytes = lanes == 8 ? k.load(k.vec(8, k.i8()), pointer, k.aligned(8)) : k.splat(k.load(k.i8(), pointer), 8);
  Value half = k.extend(bytes, k.vec(8, k.i16()), isUnsigned);
  VectorType wide = k.vec(4, k.i32());
  return {k.sext(k.lanes(half, 0, 4), wide), k.sext(k.lanes(half, 4, 4), wide)};
}

static void storeNarrow(Kernel &k, const Isa &isa, const Kernel::Values &wide, const Narrowing &n, Value pointer,
                        int64_t lanes) {
  Value bytes = isa.narrow8(k, wide[0], wide[1], n.shift, n.lo, n.hi, n.isUnsigned);
  k.store(lanes == 8 ? bytes : k.b.create<vector::ExtractOp>(bytes, int64_t(0)).getResult(), pointer,
          lanes == 8 ? k.aligned(8) : 1);
}

void emitWeightedSum(Kernel &k, const Isa &isa, const WeightedSum &sum, int64_t bytes, ValueRange inputs,
                     Value output) {
  bool isSum = sum.combine == WeightedSum::Combine::Sum;
  if (isSum && isa.ownSum(k, sum, bytes, inputs, output))
    return;
  Kernel::Values from = llvm::to_vector(inputs);
  int64_t whole = bytes / 64 * 64;
  if (std::optional<Assembly> code = isSum && whole > 0 ? isa.weightedSum(sum, whole) : std::nullopt) {
    Kernel::Values pointers = from;
    pointers.push_back(output);
    k.assembly(*code, pointers);
    for (Value &input : from)
      input = k.at(input, whole);
    output = k.at(output, whole);
    bytes -= whole;
  }
  byEights(k, bytes, [&](Value i, int64_t lanes) {
    Kernel::Values total;
    for (auto [n, input] : llvm::enumerate(from)) {
      Kernel::Values x = loadWide(k, k.at(input, i), lanes, sum.isUnsigned[n]);
      for (int64_t h = 0; h < 2; ++h) {
        Value term = k.mul(x[h], sum.multipliers[n]);
        if (n == 0)
          total.push_back(term);
        else if (isSum)
          total[h] = k.add(total[h], term);
        else
          total[h] = sum.combine == WeightedSum::Combine::Maximum ? k.smax(total[h], term) : k.smin(total[h], term);
      }
    }
    storeNarrow(k, isa, total, sum.narrowing, k.at(output, i), lanes);
  });
}

void emitProduct(Kernel &k, const Isa &isa, const Product &product, int64_t bytes, Value lhs, Value rhs, Value output) {
  Value m = k.constant(k.vec(4, k.i32()), product.multiplier);
  byEights(k, bytes, [&](Value i, int64_t lanes) {
    Kernel::Values a = loadWide(k, k.at(lhs, i), lanes, product.lhsUnsigned);
    Kernel::Values c = loadWide(k, k.at(rhs, i), lanes, product.rhsUnsigned);
    for (int64_t h = 0; h < 2; ++h)
      a[h] = isa.mulhi32(k, k.shl(k.mul(a[h], c[h]), product.pre), m);
    storeNarrow(k, isa, a, product.narrowing, k.at(output, i), lanes);
  });
}

void emitLookup(Kernel &k, int64_t bytes, Value table, Value input, Value output) {
  k.loop(0, bytes, 1, [&](Value i) {
    Value index = k.zext(k.load(k.i8(), k.at(input, i)), k.i64());
    k.store(k.load(k.i8(), k.at(table, index)), k.at(output, i));
  });
}

void emitChannelLookup(Kernel &k, int64_t units, int64_t unit, int64_t channels, int64_t channelStride, int64_t run,
                       Value table, Value input, Value output) {
  loopNest(k, {units, channels}, [&](ArrayRef<Value> at) {
    Value offset = offsetOf(k, at, {unit, channelStride});
    emitLookup(k, run, k.at(table, k.mul(at[1], 256)), k.at(input, offset), k.at(output, offset));
  });
}

void emitStridedCopy(Kernel &k, const StridedCopy &copy, Value from, Value to) {
  StridedCopy c = copy;
  // Dense inner dimensions become one run; LLVM turns short runs into vector moves.
  int64_t run = c.elementBytes;
  while (!c.extents.empty() && (c.extents.back() == 1 || (c.fromStrides.back() == run && c.toStrides.back() == run))) {
    run *= c.extents.back();
    c.extents.pop_back();
    c.fromStrides.pop_back();
    c.toStrides.pop_back();
  }
  loopNest(k, c.extents, [&](ArrayRef<Value> counters) {
    Value source = k.at(from, offsetOf(k, counters, c.fromStrides));
    Value target = k.at(to, offsetOf(k, counters, c.toStrides));
    if (c.elementBytes == 1)
      return k.copy(target, source, run);
    int64_t whole = run / 16 * 16;
    k.copy(target, source, whole);
    mlir::Type element = k.b.getIntegerType(8 * c.elementBytes);
    k.loop(whole, run, c.elementBytes, [&](Value i) {
      k.store(k.load(element, k.at(source, i), c.elementBytes), k.at(target, i), c.elementBytes);
    });
  });
}

StridedCopy blockCopy(Operation *op, ArrayRef<int64_t> fromStrides, ArrayRef<int64_t> toStrides) {
  StridedCopy c;
  auto add = [&](int64_t extent, int64_t from, int64_t to) {
    c.extents.push_back(extent);
    c.fromStrides.push_back(from);
    c.toStrides.push_back(to);
  };
  ArrayRef<int64_t> in = shapeOf(op->getOperand(0)), out = shapeOf(op->getResult(0));
  if (auto repeat = dyn_cast<RepeatOp>(op)) {
    llvm::SmallVector<size_t> order = llvm::to_vector(llvm::seq<size_t>(0, in.size()));
    if (in.size() == 4)
      order = {0, 2, 3, 1};
    for (size_t d : order) {
      add(in[d], fromStrides[d], toStrides[d] * repeat.getFactors()[d]);
      add(repeat.getFactors()[d], 0, toStrides[d]);
    }
    return c;
  }
  bool toSpace = isa<DepthToSpaceOp>(op), channelsFirst = toSpace && cast<DepthToSpaceOp>(op).getChannelsFirst();
  ArrayRef<int64_t> block = toSpace ? cast<DepthToSpaceOp>(op).getBlock() : cast<SpaceToDepthOp>(op).getBlock();
  ArrayRef<int64_t> deepShape = toSpace ? in : out, wideShape = toSpace ? out : in;
  ArrayRef<int64_t> deep = toSpace ? fromStrides : toStrides, wide = toSpace ? toStrides : fromStrides;
  auto pair = [&](int64_t extent, int64_t deepStride, int64_t wideStride) {
    add(extent, toSpace ? deepStride : wideStride, toSpace ? wideStride : deepStride);
  };
  int64_t inBlock = channelsFirst ? deep[1] : deep[1] * wideShape[1]; // from one pixel of a block to the next
  pair(wideShape[0], deep[0], wide[0]);
  pair(deepShape[2], deep[2], wide[2] * block[0]);
  pair(block[0], inBlock * block[1], wide[2]);
  pair(deepShape[3], deep[3], wide[3] * block[1]);
  pair(block[1], inBlock, wide[3]);
  pair(wideShape[1], channelsFirst ? deep[1] * block[0] * block[1] : deep[1], wide[1]);
  return c;
}

/// The one-lane form of narrow8 for scalar sums: pre shift, multiplier, narrowing.
static Value requantizeScalar(Kernel &k, const Isa &isa, Value sum, int64_t pre, Value multiplier, const Narrowing &n) {
  Value wide = k.splat(k.shl(sum, pre), 4);
  Value scaled = isa.mulhi32(k, wide, multiplier);
  Value narrow =
      n.isWide ? narrowWide(k, scaled, n) : isa.narrow8(k, scaled, scaled, n.shift, n.lo, n.hi, n.isUnsigned);
  return k.b.create<vector::ExtractOp>(narrow, int64_t(0));
}

void emitReduction(Kernel &k, const Isa &isa, const Reduction &reduction, Value input, Value output) {
  llvm::SmallVector<int64_t> outer, outerIn, outerOut, inner, innerIn;
  for (size_t d = 0; d < reduction.input.shape.size(); ++d) {
    bool reduced = llvm::is_contained(reduction.axes, int64_t(d));
    (reduced ? inner : outer).push_back(reduction.input.shape[d]);
    (reduced ? innerIn : outerIn).push_back(reduction.input.strides[d]);
    if (!reduced)
      outerOut.push_back(reduction.outputStrides[d]);
  }
  Value m = k.constant(k.vec(4, k.i32()), reduction.multiplier);
  loopNest(k, outer, [&](ArrayRef<Value> at) {
    Value from = k.at(input, offsetOf(k, at, outerIn));
    std::function<Value(size_t, Value, Value)> sum = [&](size_t d, Value pointer, Value acc) -> Value {
      if (d == inner.size()) {
        Value x = k.extend(k.load(k.i8(), pointer), k.i32(), reduction.isUnsigned);
        return reduction.isMean ? k.add(acc, x) : k.smax(acc, x);
      }
      return k.loop(0, inner[d], 1, {acc}, [&](Value i, Kernel::Values carried) {
        return Kernel::Values{sum(d + 1, k.at(pointer, k.mul(i, innerIn[d])), carried[0])};
      })[0];
    };
    Value total = sum(0, from, k.constant(k.i32(), reduction.isMean ? 0 : -128));
    Value y = reduction.isMean ? requantizeScalar(k, isa, total, reduction.pre, m, reduction.narrowing)
                               : k.trunc(total, k.i8());
    k.store(y, k.at(output, offsetOf(k, at, outerOut)));
  });
}

} // namespace wino
