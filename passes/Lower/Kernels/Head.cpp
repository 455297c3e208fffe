// The last few numbers of a network: a fully connected layer with results of two bytes, and softmax.
#include "Lower/Kernels/GraphLowering.h"
#include "Lower/Kernels/Pointwise.h"

using namespace mlir;

namespace wino {

static Value loadElement(Kernel &k, const Layout &layout, Value pointer) {
  return k.load(layout.elementBytes == 2 ? k.i16() : k.i8(), pointer, k.aligned(layout.elementBytes));
}

Value narrowWide(Kernel &k, Value sums, const Narrowing &n) {
  auto type = cast<VectorType>(sums.getType());
  Value y = k.smin(k.smax(k.rshr(sums, n.shift), k.constant(type, n.lo)), k.constant(type, n.hi));
  return k.trunc(y, k.vec(type.getDimSize(0), k.i16()));
}

void emitHeadProducts(Kernel &k, const Isa &isa, const HeadProducts &products, Value input, Value output, Value filter,
                      Value constants) {
  int64_t depth = products.input.shape[1], outputs = products.output.shape[1];
  int64_t whole = k.onDevice ? 0 : depth / 8 * 8; // a device has a thread per output
  int64_t bytes = products.input.elementBytes;
  VectorType half = k.vec(8, k.i16()), wide = k.vec(4, k.i32());
  auto eight = [&](Type element, Value pointer, bool isUnsigned) {
    Value x = k.load(k.vec(8, element), pointer);
    return element.isInteger(16) ? x : k.extend(x, half, isUnsigned);
  };
  k.loop(0, products.input.shape[0], 1, [&](Value b) {
    Value x = k.at(input, k.mul(b, products.input.strides[0]));
    k.loop(0, outputs, 1, [&](Value f) {
      Value w = k.at(filter, k.mul(f, depth));
      Kernel::Values zeros(2, k.constant(wide, 0));
      Kernel::Values sums = k.loop(0, whole, 8, zeros, [&](Value c, Kernel::Values acc) {
        Value a = eight(bytes == 2 ? k.i16() : k.i8(), k.at(x, k.mul(c, bytes)), products.isUnsigned);
        Value v = eight(k.i8(), k.at(w, c), /*isUnsigned=*/false);
        for (int64_t h = 0; h < 2; ++h)
          acc[h] = k.add(acc[h], k.mul(k.sext(k.lanes(a, 4 * h, 4), wide), k.sext(k.lanes(v, 4 * h, 4), wide)));
        return acc;
      });
      Value pair = k.at(constants, k.mul(f, 8)), sum = k.load(k.i32(), pair, 4);
      if (whole > 0)
        sum = k.add(sum, k.b.create<vector::ReductionOp>(vector::CombiningKind::ADD, k.add(sums[0], sums[1])));
      sum = k.loop(whole, depth, 1, {sum}, [&](Value c, Kernel::Values acc) {
        Value a = k.extend(loadElement(k, products.input, k.at(x, k.mul(c, bytes))), k.i32(), products.isUnsigned);
        Value v = k.sext(k.load(k.i8(), k.at(w, c)), k.i32());
        return Kernel::Values{k.add(acc[0], k.mul(a, v))};
      })[0];
      Value multiplier = k.splat(k.load(k.i32(), k.at(pair, 4), 4), 4);
      Value scaled = isa.mulhi32(k, k.splat(k.shl(sum, products.pre), 4), multiplier);
      Value y = k.b.create<vector::ExtractOp>(narrowWide(k, scaled, products.narrowing), int64_t(0));
      k.store(y, k.at(output, k.add(k.mul(b, products.output.strides[0]), k.mul(f, 2))), 2);
    });
  });
}

bool hasKernelWidths(Operation &op) {
  auto isWide = [](Value value) {
    auto type = quantizedType(value);
    return type && type.getStorageTypeIntegralWidth() > 8;
  };
  bool reads = isWide(op.getOperand(0)), writes = isWide(op.getResult(0));
  if (!reads && !llvm::any_of(op.getOperands(), isWide))
    return !writes || llvm::isa<AvgPool2DOp, ReduceMeanOp, FullyConnectedOp>(op);
  return writes && llvm::isa<FullyConnectedOp, SoftmaxOp, ReshapeOp>(op);
}

void GraphLowering::headProducts(FullyConnectedOp op) {
  RequantAttr requant = *op.getRequant();
  HeadProducts products{Layout::internal(op.getInput()), Layout::internal(op.getOutput()), isUnsigned(op.getInput()),
                        requant.getPre(), narrowing(op, requant)};
  std::vector<int32_t> biases = elements<int32_t>(op.getBias()), constants;
  for (auto [bias, multiplier] : llvm::zip_equal(biases, requant.getMultipliers().asArrayRef()))
    constants.insert(constants.end(), {bias, multiplier});
  std::string key = "head" + keyText(products.input) + keyText(products.output) +
                    keyList({products.isUnsigned, products.pre, products.input.elementBytes}) +
                    keyText(products.narrowing);
  Value operands[] = {operand(op.getInput()), result(op),
                      builder.constant(op.getLoc(), elements<int8_t>(op.getFilter())),
                      builder.constant(op.getLoc(), constants)};
  builder.call(op.getLoc(), "head", key, operands,
               [&](Kernel &k, ValueRange a) { emitHeadProducts(k, isa, products, a[0], a[1], a[2], a[3]); });
}

void emitSoftmax(Kernel &k, const Softmax &softmax, Value table, Value input, Value output) {
  llvm::SmallVector<int64_t> outer, in, out;
  for (size_t d = 0; d < softmax.input.shape.size(); ++d)
    if (int64_t(d) != softmax.axis) {
      outer.push_back(softmax.input.shape[d]);
      in.push_back(softmax.input.strides[d]);
      out.push_back(softmax.output.strides[d]);
    }
  int64_t extent = softmax.input.shape[softmax.axis], step = softmax.input.strides[softmax.axis];
  loopNest(k, outer, [&](ArrayRef<Value> at) {
    Value from = k.at(input, offsetOf(k, at, in)), to = k.at(output, offsetOf(k, at, out));
    auto element = [&](Value i) {
      return k.extend(loadElement(k, softmax.input, k.at(from, k.mul(i, step))), k.i32(), softmax.isUnsigned);
    };
    Value largest = k.loop(0, extent, 1, {k.constant(k.i32(), -32768)}, [&](Value i, Kernel::Values carried) {
      return Kernel::Values{k.smax(carried[0], element(i))};
    })[0];
    auto weight = [&](Value i) {
      Value distance = k.sub(largest, element(i));
      if (softmax.input.elementBytes > 1)
        distance = k.smin(distance, k.constant(k.i32(), softmax.entries - 1));
      distance = k.zext(distance, k.i64());
      return k.load(k.i32(), k.at(table, k.mul(distance, 4)), 4);
    };
    Value sum = k.loop(0, extent, 1, {k.constant(k.i32(), 0)}, [&](Value i, Kernel::Values carried) {
      return Kernel::Values{k.add(carried[0], weight(i))};
    })[0];
    Value half = k.b.create<arith::ShRUIOp>(sum, k.constant(k.i32(), 1));
    k.loop(0, extent, 1, [&](Value i) {
      // n e + s/2 needs more than 32 bits.
      int64_t bits = 8 * softmax.output.elementBytes;
      Value numerator = k.add(k.shl(k.zext(weight(i), k.i64()), bits), k.zext(half, k.i64()));
      Value y = k.b.create<arith::DivUIOp>(numerator, k.zext(sum, k.i64()));
      y = k.b.create<arith::MinUIOp>(y, k.index((int64_t(1) << bits) - 1));
      k.store(k.trunc(y, k.b.getIntegerType(bits)), k.at(to, k.mul(i, softmax.output.strides[softmax.axis])));
    });
  });
}

} // namespace wino
