// Importers of operators that only move elements, and of Resize, which may weigh them.
#include "Builder.h"
#include "MoveShapes.h"
#include "OpTable.h"

#include "llvm/ADT/STLExtras.h"

namespace wino {

/// A slice along one axis, at a location.
static mlir::Value sliceAlong(Builder &b, mlir::Location loc, mlir::Value value, int64_t axis, int64_t start,
                              int64_t count, int64_t step) {
  Shape out(Builder::dimsOf(value)), starts(out.size(), 0), steps(out.size(), 1);
  out[axis] = count;
  starts[axis] = start;
  steps[axis] = step;
  return b.builder.create<SliceOp>(loc, b.type(out), value, b.ints(starts), b.ints(steps));
}

/// Elements in this order along an axis: runs of one step become slices, those are put together.
static mlir::Value pickAlong(Builder &b, const std::string &step, mlir::Value value, int64_t axis,
                             llvm::ArrayRef<int64_t> indices) {
  auto count = static_cast<int64_t>(indices.size());
  llvm::SmallVector<mlir::Value> pieces;
  for (int64_t first = 0; first < count;) {
    int64_t end = first + 1, stride = end < count ? indices[end] - indices[first] : 1;
    while (end < count && stride >= 1 && indices[end] == indices[end - 1] + stride)
      ++end;
    pieces.push_back(sliceAlong(b, b.stepLocation(step + ".piece" + llvm::Twine(pieces.size())), value, axis,
                                indices[first], end - first, std::max<int64_t>(stride, 1)));
    first = end;
  }
  if (pieces.size() == 1)
    return pieces[0];
  Shape dims(Builder::dimsOf(value));
  dims[axis] = count;
  return b.emitStep<ConcatOp>(step, b.type(dims), pieces, b.builder.getI64IntegerAttr(axis));
}

void buildConcat(Builder &b, NodeArgs &args) {
  llvm::SmallVector<mlir::Value> inputs;
  for (size_t k = 0; k < args.numInputs(); ++k)
    inputs.push_back(b.input(args, k));
  b.define(args, b.emit<ConcatOp>(b.resultType(args), inputs, b.builder.getI64IntegerAttr(readConcat(args)->axis)));
}

void buildSlice(Builder &b, NodeArgs &args) {
  SliceSpec spec = *readSlice(args);
  mlir::Value value = b.input(args, 0);
  for (size_t d = 0; d < spec.steps.size(); ++d) {
    if (spec.steps[d] > 0)
      continue;
    std::vector<int64_t> indices;
    for (int64_t k = 0; k < spec.out[d]; ++k)
      indices.push_back(spec.starts[d] + k * spec.steps[d]);
    value = pickAlong(b, "axis" + std::to_string(d), value, d, indices);
    spec.starts[d] = 0;
    spec.steps[d] = 1;
  }
  b.define(args, b.emit<SliceOp>(b.resultType(args), value, b.ints(spec.starts), b.ints(spec.steps)));
}

void buildPad(Builder &b, NodeArgs &args) {
  PadSpec spec = *readPad(args);
  if (!spec.isConstant) {
    mlir::Value value = b.input(args, 0);
    for (size_t d = 0; d < spec.indices.size(); ++d)
      if (!spec.indices[d].empty())
        value = pickAlong(b, "axis" + std::to_string(d), value, d, spec.indices[d]);
    return b.define(args, value);
  }
  b.define(args,
           b.emit<PadOp>(b.resultType(args), b.input(args, 0), b.ints(spec.low), b.ints(spec.high), b.f32(spec.value)));
}

void buildReshape(Builder &b, NodeArgs &args) {
  b.define(args, b.reshape(b.input(args, 0), b.resultType(args).getShape()));
}

void buildTranspose(Builder &b, NodeArgs &args) {
  b.define(args, b.emit<TransposeOp>(b.resultType(args), b.input(args, 0), b.ints(readPerm(args))));
}

void buildExpand(Builder &b, NodeArgs &args) {
  b.define(args, b.expand(b.input(args, 0), b.resultType(args).getShape(), 0));
}

void buildTile(Builder &b, NodeArgs &args) {
  mlir::Value value = b.input(args, 0);
  Shape dims(Builder::dimsOf(value)), wanted(b.resultType(args).getShape());
  Shape single = dims; // extents of 1 are repeated, all others need copies
  for (size_t d = 0; d < dims.size(); ++d)
    single[d] = dims[d] == 1 ? wanted[d] : dims[d];
  value = b.expand(value, single, 0);
  for (size_t d = 0; d < dims.size(); ++d) {
    Shape now(Builder::dimsOf(value));
    if (now[d] == wanted[d])
      continue;
    llvm::SmallVector<mlir::Value> copies(wanted[d] / now[d], value);
    now[d] = wanted[d];
    value = b.emitStep<ConcatOp>("axis" + llvm::Twine(d), b.type(now), copies, b.builder.getI64IntegerAttr(d));
  }
  b.define(args, value);
}

/// A matrix applied along one axis: a matrix product on that axis as the last one.
static mlir::Value multiplyAlong(Builder &b, mlir::Value value, size_t axis, int64_t out,
                                 llvm::ArrayRef<float> matrix) {
  Shape dims(Builder::dimsOf(value)), perm(dims.size());
  size_t last = dims.size() - 1;
  for (size_t d = 0; d <= last; ++d)
    perm[d] = static_cast<int64_t>(d);
  std::swap(perm[axis], perm[last]);
  std::swap(dims[axis], dims[last]);
  std::string step = ("axis" + llvm::Twine(axis)).str();
  if (axis != last)
    value = b.emitStep<TransposeOp>(step + ".last", b.type(dims), value, b.ints(perm));
  int64_t in = dims[last], rows = *elementCount(dims) / in;
  value = b.emitStep<ReshapeOp>(step + ".rows", b.type({rows, in}), value);
  value =
      b.emitStep<FullyConnectedOp>(step, b.type({rows, out}), value, b.constant({out, in}, matrix),
                                   b.constant({out}, std::vector<float>(out, 0.0f)), ActivationAttr(), RequantAttr());
  dims[last] = out;
  value = b.emitStep<ReshapeOp>(step + ".shape", b.type(dims), value);
  std::swap(dims[axis], dims[last]);
  return axis == last ? value : b.emitStep<TransposeOp>(step + ".back", b.type(dims), value, b.ints(perm));
}

void buildResize(Builder &b, NodeArgs &args) {
  ResizeSpec spec = *readResize(args, true);
  mlir::Value value = b.input(args, 0);
  if (spec.sliced != args.shape(0))
    value = b.emitStep<SliceOp>("picked", b.type(spec.sliced), value, b.ints(spec.starts), b.ints(spec.steps));
  for (size_t d = 0; d < spec.matrices.size(); ++d)
    if (!spec.matrices[d].empty())
      value = multiplyAlong(b, value, d, spec.out[d], spec.matrices[d]);
  if (spec.extrapolation != 0 &&
      llvm::any_of(spec.outside, [](auto &list) { return llvm::is_contained(list, true); })) {
    std::vector<float> border(*elementCount(spec.out), 0.0f); // rows of zeros have left 0 there
    std::vector<int64_t> strides = rowMajorStrides(spec.out);
    for (size_t k = 0; k < border.size(); ++k)
      for (size_t d = 0; d < spec.out.size(); ++d)
        if (!spec.outside[d].empty() && spec.outside[d][int64_t(k) / strides[d] % spec.out[d]])
          border[k] = spec.extrapolation;
    value = b.emit<AddOp>(b.resultType(args), value, b.constant(spec.out, border), ActivationAttr(), RequantAttr());
  }
  if (llvm::any_of(spec.factors, [](int64_t factor) { return factor > 1; }))
    value = b.emit<RepeatOp>(b.resultType(args), value, b.ints(spec.factors));
  b.define(args, value);
}

void buildBlocks(Builder &b, NodeArgs &args) {
  int64_t block = readBlock(args);
  mlir::Value input = b.input(args, 0);
  if (args.node.op == "DepthToSpace")
    b.define(args, b.emit<DepthToSpaceOp>(b.resultType(args), input, b.ints({block, block}),
                                          b.builder.getBoolAttr(args.stringAttr("mode", "DCR") == "CRD")));
  else
    b.define(args, b.emit<SpaceToDepthOp>(b.resultType(args), input, b.ints({block, block})));
}

void buildSplit(Builder &b, NodeArgs &args) {
  SplitSpec spec = *readSplit(args);
  mlir::Value input = b.input(args, 0);
  for (size_t k = 0; k < args.node.outputs.size(); ++k)
    if (!args.node.outputs[k].empty())
      b.define(args.node.outputs[k], sliceAlong(b, b.stepLocation("out" + llvm::Twine(k)), input, spec.axis,
                                                spec.starts[k], spec.starts[k + 1] - spec.starts[k], 1));
}

void buildGather(Builder &b, NodeArgs &args) {
  GatherSpec spec = *readGather(args);
  b.define(args, b.reshape(pickAlong(b, "picked", b.input(args, 0), spec.axis, spec.indices), spec.out));
}

} // namespace wino
