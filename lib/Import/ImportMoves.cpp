// Importers of operators that only move elements.
#include "Builder.h"
#include "MoveShapes.h"
#include "OpTable.h"

namespace wino {

void buildConcat(Builder &b, NodeArgs &args) {
  llvm::SmallVector<mlir::Value> inputs;
  for (size_t k = 0; k < args.numInputs(); ++k)
    inputs.push_back(b.input(args, k));
  b.define(args, b.emit<ConcatOp>(b.resultType(args), inputs, b.builder.getI64IntegerAttr(readConcat(args)->axis)));
}

void buildSlice(Builder &b, NodeArgs &args) {
  SliceSpec spec = *readSlice(args);
  b.define(args, b.emit<SliceOp>(b.resultType(args), b.input(args, 0), b.ints(spec.starts), b.ints(spec.steps)));
}

void buildPad(Builder &b, NodeArgs &args) {
  PadSpec spec = *readPad(args);
  b.define(args,
           b.emit<PadOp>(b.resultType(args), b.input(args, 0), b.ints(spec.low), b.ints(spec.high), b.f32(spec.value)));
}

void buildReshape(Builder &b, NodeArgs &args) {
  b.define(args, b.reshape(b.input(args, 0), b.resultType(args).getShape()));
}

void buildTranspose(Builder &b, NodeArgs &args) {
  b.define(args, b.emit<TransposeOp>(b.resultType(args), b.input(args, 0), b.ints(readPerm(args))));
}

/// A slice along one axis, at a location.
static mlir::Value sliceAlong(Builder &b, mlir::Location loc, mlir::Value value, int64_t axis, int64_t start,
                              int64_t count, int64_t step) {
  Shape out(Builder::dimsOf(value)), starts(out.size(), 0), steps(out.size(), 1);
  out[axis] = count;
  starts[axis] = start;
  steps[axis] = step;
  return b.builder.create<SliceOp>(loc, b.type(out), value, b.ints(starts), b.ints(steps));
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

void buildResize(Builder &b, NodeArgs &args) {
  ResizeSpec spec = *readResize(args);
  mlir::Value value = b.input(args, 0);
  if (spec.sliced != args.shape(0))
    value = b.emitStep<SliceOp>("picked", b.type(spec.sliced), value, b.ints(spec.starts), b.ints(spec.steps));
  if (spec.sliced != spec.out)
    value = b.emit<RepeatOp>(b.type(spec.out), value, b.ints(spec.factors));
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
  mlir::Value input = b.input(args, 0);
  int64_t count = static_cast<int64_t>(spec.indices.size());
  // Runs of one step become slices.
  llvm::SmallVector<mlir::Value> pieces;
  for (int64_t first = 0; first < count;) {
    int64_t end = first + 1, step = end < count ? spec.indices[end] - spec.indices[first] : 1;
    while (end < count && step >= 1 && spec.indices[end] == spec.indices[end - 1] + step)
      ++end;
    pieces.push_back(sliceAlong(b, b.stepLocation("piece" + llvm::Twine(pieces.size())), input, spec.axis,
                                spec.indices[first], end - first, std::max<int64_t>(step, 1)));
    first = end;
  }
  mlir::Value joined = pieces[0];
  if (pieces.size() > 1) {
    Shape dims = args.shape(0);
    dims[spec.axis] = count;
    joined = b.emit<ConcatOp>(b.type(dims), pieces, b.builder.getI64IntegerAttr(spec.axis));
  }
  b.define(args, b.reshape(joined, spec.out));
}

} // namespace wino
