// Lowering of everything but convolutions: elementwise ops, pools, softmax and data movement, and the module's
// interface.
#include "Lower/Kernels/GraphLowering.h"
#include "wino/Numerics/QuantizeScale.h"

using namespace mlir;

namespace wino {

void GraphLowering::weightedSum(Operation *op, RequantAttr requant) {
  WeightedSum sum;
  Kernel::Values operands;
  for (Value value : op->getOperands()) {
    sum.isUnsigned.push_back(isUnsigned(value));
    operands.push_back(operand(value));
  }
  for (int32_t m : requant.getMultipliers().asArrayRef())
    sum.multipliers.push_back(m);
  sum.narrowing = narrowing(op, requant);
  sum.combine = llvm::isa<MaximumOp>(op)   ? WeightedSum::Combine::Maximum
                : llvm::isa<MinimumOp>(op) ? WeightedSum::Combine::Minimum
                                           : WeightedSum::Combine::Sum;
  int64_t bytes = Layout::internal(op->getResult(0)).bytes;
  std::string key = "sum" + std::to_string(int(sum.combine)) + keyList(sum.multipliers) + keyText(sum.narrowing) +
                    std::to_string(bytes);
  for (bool u : sum.isUnsigned)
    key += u ? 'u' : 's';
  operands.push_back(result(op));
  bytewise(op, "sum", key, operands, bytes, [&](Kernel &k, ValueRange args, int64_t count) {
    emitWeightedSum(k, isa, sum, count, args.drop_back(), args.back());
  });
}

void GraphLowering::product(MulOp op) {
  RequantAttr requant = *op.getRequant();
  Product p{isUnsigned(op.getLhs()), isUnsigned(op.getRhs()), requant.getPre(), requant.getMultipliers()[0],
            narrowing(op, requant)};
  int64_t bytes = Layout::internal(op.getOutput()).bytes;
  std::string key =
      "product" + keyList({p.lhsUnsigned, p.rhsUnsigned, p.pre, p.multiplier, bytes}) + keyText(p.narrowing);
  Value operands[] = {operand(op.getLhs()), operand(op.getRhs()), result(op)};
  bytewise(op, "product", key, operands, bytes, [&](Kernel &k, ValueRange args, int64_t count) {
    emitProduct(k, isa, p, count, args[0], args[1], args[2]);
  });
}

void GraphLowering::lookup(LookupOp op) {
  // Tables are in the order of the value; the kernel indexes by the stored byte.
  std::vector<int8_t> table(op.getTable().size());
  int32_t smallest = storageRange(quantizedType(op.getInput())).lo;
  for (size_t i = 0; i < table.size(); ++i)
    table[i / 256 * 256 + uint8_t(smallest + int32_t(i % 256))] = int8_t(op.getTable()[i]);
  Layout layout = Layout::internal(op.getOutput());
  int64_t bytes = layout.bytes;
  Value operands[] = {builder.constant(op.getLoc(), table), operand(op.getInput()), result(op)};
  if (table.size() > 256) {
    int64_t channels = layout.shape[1], channelStride = layout.strides[1];
    int64_t unit = layout.isImage() ? layout.channelStride : bytes / layout.shape[0];
    std::string key = "lookup" + keyText(layout) + "channels";
    return bytewise(
        op, "lookup", key, operands, bytes,
        [&](Kernel &k, ValueRange args, int64_t count) {
          emitChannelLookup(k, count / unit, unit, channels, channelStride, layout.isImage() ? 1 : channelStride,
                            args[0], args[1], args[2]);
        },
        /*fixed=*/1, unit);
  }
  bytewise(
      op, "lookup", "lookup" + std::to_string(bytes), operands, bytes,
      [&](Kernel &k, ValueRange args, int64_t count) { emitLookup(k, count, args[0], args[1], args[2]); },
      /*fixed=*/1);
}

void GraphLowering::pool(Operation *op, ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides, ArrayRef<int64_t> pads,
                         RequantAttr requant) {
  Value in = op->getOperand(0), out = op->getResult(0);
  Pool p{Layout::internal(in),
         Layout::internal(out),
         isUnsigned(in),
         bool(requant),
         llvm::to_vector(kernel),
         llvm::to_vector(strides),
         llvm::to_vector(pads),
         0,
         0,
         {1, 0, 0, false}};
  std::vector<int32_t> multipliers(1, 0);
  if (requant) {
    p.pre = requant.getPre();
    p.narrowing = narrowing(op, requant);
    multipliers.assign(requant.getMultipliers().asArrayRef().begin(), requant.getMultipliers().asArrayRef().end());
    p.multiplierCount = multipliers.size();
  }
  std::string key = "pool" + keyText(p.input) + keyText(p.output) + keyList(kernel) + keyList(strides) + keyList(pads) +
                    keyList({p.isUnsigned, p.average, p.pre, p.multiplierCount}) + keyText(p.narrowing);
  Value operands[] = {operand(in), result(op), builder.constant(op->getLoc(), multipliers)};
  Strips strips = stripsOf(p.output.height(), workersOf(op), 1);
  p.stripRows = strips.step;
  callPieces(op, "pool", key, operands, strips.pieces, [&](Kernel &k, ValueRange args, const Part &part) {
    emitPool(k, isa, p, args[0], args[1], args[2], part);
  });
}

void GraphLowering::reduce(Operation *op, ArrayRef<int64_t> axes, bool keepDims, RequantAttr requant) {
  Value input = op->getOperand(0);
  Layout in = Layout::internal(input), out = Layout::internal(op->getResult(0));
  Narrowing narrow = requant ? narrowing(op, requant) : Narrowing{1, 0, 0, false};
  int64_t pre = requant ? requant.getPre() : 0, multiplier = requant ? requant.getMultipliers()[0] : 0;
  std::string kind = requant ? "mean" : "max";
  // Over H and W of an image they run as one big pool, eight or sixteen channels at a time.
  if (in.isImage() && axes == ArrayRef<int64_t>{2, 3} && (out.isImage() || in.batch() == 1)) {
    Pool p{in, in, isUnsigned(input), bool(requant), {in.height(), in.width()}, {1, 1}, {0, 0, 0, 0}, pre, 1, narrow};
    p.output.shape[2] = p.output.shape[3] = 1;
    p.output.strides[2] = p.output.strides[0] = in.channelStride * out.elementBytes;
    if (out.isImage() || in.channels() == in.channelStride) {
      std::vector<int32_t> multipliers(1, int32_t(multiplier));
      std::string key = "pool" + keyText(p.input) + keyText(p.output) + keyList(p.kernel) + kind +
                        keyList({p.isUnsigned, p.pre}) + keyText(p.narrowing);
      Value operands[] = {operand(input), result(op), builder.constant(op->getLoc(), multipliers)};
      builder.call(op->getLoc(), "pool", key, operands,
                   [&](Kernel &k, ValueRange args) { emitPool(k, isa, p, args[0], args[1], args[2]); });
      return;
    }
  }
  Reduction r{bool(requant), in, llvm::to_vector(axes), {}, isUnsigned(input), pre, multiplier, narrow};
  for (size_t d = 0, kept = 0; d < in.shape.size(); ++d) {
    bool reduced = llvm::is_contained(r.axes, int64_t(d));
    r.outputStrides.push_back(reduced ? 0 : out.strides[keepDims ? d : kept]);
    kept += !reduced;
  }
  std::string key = kind + keyText(in) + keyText(out) + keyList(r.axes) + keyList({r.isUnsigned, r.pre, r.multiplier}) +
                    keyText(r.narrowing);
  Value operands[] = {operand(input), result(op)};
  builder.call(op->getLoc(), kind, key, operands,
               [&](Kernel &k, ValueRange args) { emitReduction(k, isa, r, args[0], args[1]); });
}

void GraphLowering::blocks(Operation *op) {
  Layout from = Layout::internal(op->getOperand(0)), to = Layout::internal(op->getResult(0));
  Value source = operand(op->getOperand(0));
  StridedCopy elements = blockCopy(op, from.strides, to.strides);
  elements.elementBytes = from.elementBytes;
  copy(op->getLoc(), elements, source, result(op));
}

void GraphLowering::softmax(SoftmaxOp op) {
  ArrayRef<int32_t> entries = *op.getTable();
  Softmax s{Layout::internal(op.getInput()), Layout::internal(op.getOutput()), int64_t(op.getAxis()),
            isUnsigned(op.getInput()), int64_t(entries.size())};
  std::vector<int32_t> table(entries.begin(), entries.end());
  std::string key = "softmax" + keyText(s.input) + keyText(s.output) +
                    keyList({s.axis, s.isUnsigned, s.entries, s.input.elementBytes});
  Value operands[] = {builder.constant(op.getLoc(), table), operand(op.getInput()), result(op)};
  builder.call(op.getLoc(), "softmax", key, operands,
               [&](Kernel &k, ValueRange args) { emitSoftmax(k, s, args[0], args[1], args[2]); });
}

void GraphLowering::concat(ConcatOp op) {
  Value out = result(op);
  Layout to = Layout::internal(op.getOutput());
  int64_t axis = op.getAxis(), at = 0;
  for (Value input : op.getInputs()) {
    if (placeInConcat(input)) { // is there
      at += shapeOf(input)[axis];
      continue;
    }
    Layout from = Layout::internal(input);
    copyElements(
        op.getLoc(), from,
        [&] {
          Layout part = to;
          part.shape = from.shape;
          return part;
        }(),
        operand(input), builder.entry(op.getLoc()).at(out, at * to.strides[axis]));
    at += from.shape[axis];
  }
}

void GraphLowering::slice(SliceOp op) {
  Layout from = Layout::internal(op.getInput()), to = Layout::internal(op.getOutput());
  int64_t first = 0;
  for (size_t d = 0; d < from.shape.size(); ++d) {
    first += op.getStarts()[d] * from.strides[d];
    from.strides[d] *= op.getSteps()[d];
  }
  from.shape = to.shape;
  copyElements(op.getLoc(), from, to, builder.entry(op.getLoc()).at(operand(op.getInput()), first), result(op));
}

void GraphLowering::pad(PadOp op) {
  Layout from = Layout::internal(op.getInput()), to = Layout::internal(op.getOutput());
  Value out = result(op);
  if (auto type = quantizedType(op.getOutput())) {
    StorageRange range = storageRange(type);
    auto value = uint8_t(quantizeValue(double(op.getValue().convertToFloat()) / type.getScale(), range.lo, range.hi));
    std::string key = "fill" + keyList({to.bytes, value});
    builder.call(op.getLoc(), "fill", key, {out},
                 [&](Kernel &k, ValueRange args) { k.fill(args[0], to.bytes, value); });
  } else {
    floatFill(op.getLoc(), op.getValue().convertToFloat(), to.bytes / to.elementBytes, to.elementBytes, out);
  }
  int64_t first = 0;
  for (size_t d = 0; d < to.shape.size(); ++d)
    first += op.getLow()[d] * to.strides[d];
  Layout part = to;
  part.shape = from.shape;
  copyElements(op.getLoc(), from, part, operand(op.getInput()), builder.entry(op.getLoc()).at(out, first));
}

void GraphLowering::reshape(ReshapeOp op) {
  if (isFreeReshape(op.getInput(), op.getOutput())) {
    pointers[op.getOutput()] = operand(op.getInput());
    return;
  }
  // Through dense row-major order of the logical shape, which both sides share.
  Layout from = Layout::internal(op.getInput()), to = Layout::internal(op.getOutput());
  auto dense = [](const Layout &image) {
    Layout l;
    l.shape = image.shape;
    l.elementBytes = image.elementBytes;
    l.strides.assign(l.shape.size(), l.elementBytes);
    for (size_t d = l.shape.size(); d-- > 1;)
      l.strides[d - 1] = l.strides[d] * l.shape[d];
    return l;
  };
  Value scratch = offset(op, "wino.scratch");
  copyElements(op.getLoc(), from, dense(from), operand(op.getInput()), scratch);
  copyElements(op.getLoc(), dense(to), to, scratch, result(op));
}

void GraphLowering::transpose(TransposeOp op) {
  Layout from = Layout::internal(op.getInput()), to = Layout::internal(op.getOutput()), permuted = from;
  for (size_t d = 0; d < from.shape.size(); ++d) {
    permuted.shape[d] = from.shape[op.getPerm()[d]];
    permuted.strides[d] = from.strides[op.getPerm()[d]];
  }
  copyElements(op.getLoc(), permuted, to, operand(op.getInput()), result(op));
}

/// In C.
static std::string typeName(Value value) {
  quant::UniformQuantizedType type = quantizedType(value);
  if (!type)
    return "float";
  return (type.isSigned() ? "int" : "uint") + std::to_string(type.getStorageTypeIntegralWidth()) + "_t";
}

void GraphLowering::setInterface(ArrayRef<Value> results) {
  Builder b(module.getContext());
  auto port = [&](Value value, Attribute name) {
    Layout layout = Layout::external(value);
    auto type = quantizedType(value);
    llvm::SmallVector<int64_t> dims = layout.shape;
    if (layout.isImage())
      std::rotate(dims.begin() + 1, dims.begin() + 2, dims.end());
    return b.getDictionaryAttr({b.getNamedAttr("name", name ? name : b.getStringAttr("")),
                                b.getNamedAttr("dims", b.getI64ArrayAttr(dims)),
                                b.getNamedAttr("type", b.getStringAttr(typeName(value))),
                                b.getNamedAttr("scale", b.getF64FloatAttr(type ? type.getScale() : 1)),
                                b.getNamedAttr("elements", b.getI64IntegerAttr(layout.bytes / layout.elementBytes))});
  };
  llvm::SmallVector<Attribute> inputs, outputs;
  for (BlockArgument arg : main.getArguments())
    inputs.push_back(port(arg, main.getArgAttr(arg.getArgNumber(), "wino.name")));
  for (auto [n, value] : llvm::enumerate(results))
    outputs.push_back(port(value, main.getResultAttr(n, "wino.name")));
  module->setAttr("wino.prefix", b.getStringAttr(prefix));
  for (llvm::StringRef name : {"wino.arena_bytes", "wino.live_bytes", "wino.max_workers"})
    if (Attribute bytes = main->getAttr(name))
      module->setAttr(name, bytes);
  module->setAttr("wino.arena_align", b.getI64IntegerAttr(64));
  module->setAttr("wino.weights_bytes", b.getI64IntegerAttr(builder.weightBytes()));
  module->setAttr("wino.inputs", b.getArrayAttr(inputs));
  module->setAttr("wino.outputs", b.getArrayAttr(outputs));
}

} // namespace wino
