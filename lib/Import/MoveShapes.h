// Private to the Import room: operators that only move elements, resolved into explicit numbers. Folding, shape
// inference and the importers all read them here, so the three can't disagree.
#ifndef WINO_LIB_IMPORT_MOVESHAPES_H
#define WINO_LIB_IMPORT_MOVESHAPES_H

#include "NodeArgs.h"

namespace wino {

/// Result shape of Reshape, Flatten, Squeeze and Unsqueeze; the element count is kept. None with a complaint.
std::optional<Shape> reshapedShape(NodeArgs &args);

/// Slice, one entry per dimension: out[i] = in[start + i * step].
struct SliceSpec {
  std::vector<int64_t> starts, steps;
  Shape out;
};
std::optional<SliceSpec> readSlice(NodeArgs &args);

/// Transpose: output dimension k is input dimension perm[k]. Empty with a complaint when it is no permutation.
std::vector<int64_t> readPerm(NodeArgs &args);

/// Concat: the axis and the result's shape.
struct ConcatSpec {
  int64_t axis = 0;
  Shape out;
};
std::optional<ConcatSpec> readConcat(NodeArgs &args);

/// Pad: amounts per dimension, and for the modes reflect and edge which element of the input each one is.
struct PadSpec {
  bool isConstant = true;
  std::vector<std::vector<int64_t>> indices; ///< per dimension; empty where nothing is added
  std::vector<int64_t> low, high;
  float value = 0;
  Shape out;
};
std::optional<PadSpec> readPad(NodeArgs &args);

/// Resize or Upsample: per dimension a slice, then a repetition where the positions are even, else a matrix.
struct ResizeSpec {
  std::vector<int64_t> starts, steps, factors;
  Shape sliced, out;
  std::vector<std::vector<float>> matrices; ///< weights of all inputs for each output; empty where there is none
  std::vector<std::vector<bool>> outside;   ///< outputs that are `extrapolation`; empty where there is none
  float extrapolation = 0;
};
std::optional<ResizeSpec> readResize(NodeArgs &args, bool fillsMatrices);

/// Split: first index of every part along the axis, and the end of the last.
struct SplitSpec {
  int64_t axis = 0;
  std::vector<int64_t> starts;
};
std::optional<SplitSpec> readSplit(NodeArgs &args);

/// DepthToSpace, SpaceToDepth: the block's size; 0 with a complaint.
int64_t readBlock(NodeArgs &args);

/// Gather with constant indices, made non-negative, along an axis.
struct GatherSpec {
  int64_t axis = 0;
  std::vector<int64_t> indices;
  Shape out;
};
std::optional<GatherSpec> readGather(NodeArgs &args);

/// Shape under which input k is broadcast from the right; before opset 7 extents may lie further left ('axis').
Shape operandShape(NodeArgs &args, size_t k);

/// Shape of two operands broadcast against each other; none when they don't fit.
std::optional<Shape> broadcastShape(llvm::ArrayRef<int64_t> lhs, llvm::ArrayRef<int64_t> rhs);

/// Strides with which an operand of shape `from` is read under the broadcast shape `to` (0 where it repeats).
std::vector<int64_t> broadcastStrides(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// Row-major strides.
std::vector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> dims);

/// Copies elements of `elementBytes` bytes: to[i] = from[offset + sum of i_k * strides_k] for all i under `dims`.
void copyStrided(const uint8_t *from, uint8_t *to, unsigned elementBytes, llvm::ArrayRef<int64_t> dims, int64_t offset,
                 llvm::ArrayRef<int64_t> strides);

} // namespace wino

#endif // WINO_LIB_IMPORT_MOVESHAPES_H
