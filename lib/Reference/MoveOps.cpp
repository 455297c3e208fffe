// Moving values between shapes, for both kinds of tensors.
#include "wino/Reference/MoveOps.h"

#include "Loops.h"
#include "wino/Numerics/FixedPoint.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace wino {
namespace {

std::vector<int64_t> rowMajorStrides(ArrayRef<int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t dim = shape.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * shape[dim];
  return strides;
}

/// Element offset + sum of index[d] * strides[d] for every index of `shape` in row-major order.
std::vector<int64_t> stridedOffsets(ArrayRef<int64_t> shape, int64_t offset, ArrayRef<int64_t> strides) {
  std::vector<int64_t> result(1, offset);
  for (size_t dim = 0; dim < shape.size(); ++dim) {
    std::vector<int64_t> next;
    for (int64_t base : result)
      for (int64_t k = 0; k < shape[dim]; ++k)
        next.push_back(base + k * strides[dim]);
    result = std::move(next);
  }
  return result;
}

template <typename T> void maxPool(MaxPool2DOp op, const Tensor &input, Tensor &out) {
  T *y = out.data<T>().data();
  for (int64_t nc = 0; nc < out.shape[0] * out.shape[1]; ++nc) {
    const T *plane = input.data<T>().data() + nc * input.shape[2] * input.shape[3];
    for (int64_t oy = 0; oy < out.shape[2]; ++oy)
      for (int64_t ox = 0; ox < out.shape[3]; ++ox) {
        Window window = windowAt(op, input, oy, ox);
        T largest = plane[window.firstY * input.shape[3] + window.firstX];
        for (int64_t iy = window.firstY; iy < window.lastY; ++iy)
          for (int64_t ix = window.firstX; ix < window.lastX; ++ix)
            largest = std::max(largest, plane[iy * input.shape[3] + ix]);
        *y++ = largest;
      }
  }
}

template <typename T> void concat(ConcatOp op, ArrayRef<const Tensor *> inputs, Tensor &out) {
  AxisView whole(out.shape, op.getAxis());
  int64_t start = 0;
  for (const Tensor *input : inputs) {
    int64_t run = input->shape[op.getAxis()] * whole.inner;
    for (int64_t o = 0; o < whole.outer; ++o)
      std::copy_n(input->data<T>().data() + o * run, run,
                  out.data<T>().data() + o * whole.extent * whole.inner + start);
    start += run;
  }
}

template <typename T> void slice(SliceOp op, const Tensor &input, Tensor &out) {
  std::vector<int64_t> strides = rowMajorStrides(input.shape);
  int64_t offset = 0;
  for (size_t dim = 0; dim < strides.size(); ++dim) {
    offset += op.getStarts()[dim] * strides[dim];
    strides[dim] *= op.getSteps()[dim];
  }
  std::vector<int64_t> from = stridedOffsets(out.shape, offset, strides);
  for (size_t k = 0; k < from.size(); ++k)
    out.data<T>()[k] = input.data<T>()[from[k]];
}

template <typename T> T padValue(PadOp op) {
  if constexpr (std::is_same_v<T, float>)
    return op.getValue().convertToFloat();
  else {
    quant::UniformQuantizedType type = quantizedType(op.getOutput());
    double value = op.getValue().convertToDouble();
    if (!type)
      return static_cast<T>(std::min(std::max(roundHalfUp(value), -2147483648.0), 2147483647.0));
    StorageRange range = storageRange(type);
    return static_cast<T>(std::min<double>(std::max<double>(roundHalfUp(value / type.getScale()), range.lo), range.hi));
  }
}

template <typename T> void pad(PadOp op, const Tensor &input, Tensor &out) {
  std::vector<int64_t> strides = rowMajorStrides(out.shape);
  int64_t offset = 0;
  for (size_t dim = 0; dim < strides.size(); ++dim)
    offset += op.getLow()[dim] * strides[dim];
  std::fill(out.data<T>().begin(), out.data<T>().end(), padValue<T>(op));
  std::vector<int64_t> to = stridedOffsets(input.shape, offset, strides);
  for (size_t k = 0; k < to.size(); ++k)
    out.data<T>()[to[k]] = input.data<T>()[k];
}

template <typename T> void transpose(TransposeOp op, const Tensor &input, Tensor &out) {
  std::vector<int64_t> strides = rowMajorStrides(input.shape), permuted;
  for (int64_t dim : op.getPerm())
    permuted.push_back(strides[dim]);
  std::vector<int64_t> from = stridedOffsets(out.shape, 0, permuted);
  for (size_t k = 0; k < from.size(); ++k)
    out.data<T>()[k] = input.data<T>()[from[k]];
}

template <typename T> void reduceMax(ReduceMaxOp op, const Tensor &input, Tensor &out) {
  std::vector<int64_t> target = reducedIndices(input.shape, op.getAxes());
  std::vector<bool> seen(out.data<T>().size());
  for (size_t k = 0; k < target.size(); ++k) {
    T &largest = out.data<T>()[target[k]];
    largest = seen[target[k]] ? std::max(largest, input.data<T>()[k]) : input.data<T>()[k];
    seen[target[k]] = true;
  }
}

template <typename T> void repeat(RepeatOp op, const Tensor &input, Tensor &out) {
  std::vector<int64_t> from(1, 0); // index in the input of every element of the output's first dimensions
  for (size_t dim = 0; dim < out.shape.size(); ++dim) {
    std::vector<int64_t> next;
    for (int64_t base : from)
      for (int64_t k = 0; k < out.shape[dim]; ++k)
        next.push_back(base * input.shape[dim] + k / op.getFactors()[dim]);
    from = std::move(next);
  }
  for (size_t k = 0; k < from.size(); ++k)
    out.data<T>()[k] = input.data<T>()[from[k]];
}

/// Calls `pair(deep, wide)` with the indices of every element in the tensor with many channels and in the one with many
/// pixels, whose shape is `wide`.
template <typename Pair>
void forEachOfBlocks(ArrayRef<int64_t> wide, ArrayRef<int64_t> block, bool channelsFirst, Pair pair) {
  int64_t height = wide[2] / block[0], width = wide[3] / block[1], area = block[0] * block[1], at = 0;
  for (int64_t n = 0; n < wide[0]; ++n)
    for (int64_t c = 0; c < wide[1]; ++c)
      for (int64_t y = 0; y < wide[2]; ++y)
        for (int64_t x = 0; x < wide[3]; ++x) {
          int64_t inBlock = y % block[0] * block[1] + x % block[1];
          int64_t channel = channelsFirst ? c * area + inBlock : inBlock * wide[1] + c;
          pair(((n * wide[1] * area + channel) * height + y / block[0]) * width + x / block[1], at++);
        }
}

template <typename T> void depthToSpace(DepthToSpaceOp op, const Tensor &input, Tensor &out) {
  forEachOfBlocks(out.shape, op.getBlock(), op.getChannelsFirst(),
                  [&](int64_t deep, int64_t wide) { out.data<T>()[wide] = input.data<T>()[deep]; });
}

template <typename T> void spaceToDepth(SpaceToDepthOp op, const Tensor &input, Tensor &out) {
  forEachOfBlocks(input.shape, op.getBlock(), false,
                  [&](int64_t deep, int64_t wide) { out.data<T>()[deep] = input.data<T>()[wide]; });
}

template <typename T> void move(Operation *op, ArrayRef<const Tensor *> in, Tensor &out) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](MaxPool2DOp pool) { maxPool<T>(pool, *in[0], out); })
      .Case([&](ConcatOp op) { concat<T>(op, in, out); })
      .Case([&](SliceOp op) { slice<T>(op, *in[0], out); })
      .Case([&](PadOp op) { pad<T>(op, *in[0], out); })
      .Case([&](ReshapeOp op) { out.data<T>() = in[0]->data<T>(); })
      .Case([&](TransposeOp op) { transpose<T>(op, *in[0], out); })
      .Case([&](ReduceMaxOp op) { reduceMax<T>(op, *in[0], out); })
      .Case([&](RepeatOp op) { repeat<T>(op, *in[0], out); })
      .Case([&](DepthToSpaceOp op) { depthToSpace<T>(op, *in[0], out); })
      .Case([&](SpaceToDepthOp op) { spaceToDepth<T>(op, *in[0], out); });
}

} // namespace

bool isMove(Operation *op) { return isa<ConcatOp>(op) || keepsScale(op); }

Tensor evaluateMove(Operation *op, ArrayRef<const Tensor *> operands) {
  Tensor out(resultType(op));
  if (out.isFloat())
    move<float>(op, operands, out);
  else
    move<int32_t>(op, operands, out);
  return out;
}

} // namespace wino
