// The loops that float and integer ops share: convolution of one output channel, walks over windows.
#ifndef WINO_LIB_REFERENCE_LOOPS_H
#define WINO_LIB_REFERENCE_LOOPS_H

#include "wino/Dialect/Winograd.h"
#include "wino/Reference/Tensor.h"

#include <algorithm>

namespace wino {

/// Half-open range of output positions o with 0 <= o * stride + offset < size and o < extent.
inline std::pair<int64_t, int64_t> validOutputs(int64_t extent, int64_t size, int64_t stride, int64_t offset) {
  int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  int64_t last = size - offset <= 0 ? 0 : (size - offset + stride - 1) / stride;
  return {first, std::max(first, std::min(extent, last))};
}

/// acc[y, x] += sum over c, u, v of X[b, c, y*s_h + u*d_h - p_top, x*s_w + v*d_w - p_left] * W[f, c, u, v], OH x OW of
/// them. Each element of acc meets its terms in the order (c, u, v); the row is the innermost loop so that it
/// vectorises.
template <typename Acc, typename T>
void convolveChannel(Conv2DOp op, const Tensor &input, const Tensor &filter, int64_t b, int64_t f, int64_t outHeight,
                     int64_t outWidth, Acc *acc) {
  int64_t cIn = input.shape[1], height = input.shape[2], width = input.shape[3];
  int64_t cOut = filter.shape[0], cGroup = filter.shape[1], kernelH = filter.shape[2], kernelW = filter.shape[3];
  int64_t strideH = op.getStrides()[0], strideW = op.getStrides()[1], dilationH = op.getDilations()[0],
          dilationW = op.getDilations()[1];
  int64_t padTop = op.getPads()[0], padLeft = op.getPads()[1];
  int64_t firstChannel = f / (cOut / static_cast<int64_t>(op.getGroups())) * cGroup;
  const T *weights = filter.data<T>().data() + f * cGroup * kernelH * kernelW;
  for (int64_t c = 0; c < cGroup; ++c) {
    const T *plane = input.data<T>().data() + (b * cIn + firstChannel + c) * height * width;
    for (int64_t u = 0; u < kernelH; ++u) {
      int64_t offsetY = u * dilationH - padTop;
      auto [firstY, lastY] = validOutputs(outHeight, height, strideH, offsetY);
      for (int64_t v = 0; v < kernelW; ++v) {
        Acc w = *weights++;
        int64_t offsetX = v * dilationW - padLeft;
        auto [firstX, lastX] = validOutputs(outWidth, width, strideW, offsetX);
        for (int64_t y = firstY; y < lastY; ++y) {
          const T *row = plane + (y * strideH + offsetY) * width + offsetX;
          Acc *sums = acc + y * outWidth;
          if (strideW == 1)
            for (int64_t x = firstX; x < lastX; ++x)
              sums[x] += w * static_cast<Acc>(row[x]);
          else
            for (int64_t x = firstX; x < lastX; ++x)
              sums[x] += w * static_cast<Acc>(row[x * strideW]);
        }
      }
    }
  }
}

/// The part of a pooling window that lies inside the map.
struct Window {
  int64_t firstY, lastY, firstX, lastX; ///< half open
  int64_t count() const { return (lastY - firstY) * (lastX - firstX); }
};

template <typename PoolOp> Window windowAt(PoolOp op, const Tensor &input, int64_t y, int64_t x) {
  int64_t startY = y * op.getStrides()[0] - op.getPads()[0], startX = x * op.getStrides()[1] - op.getPads()[1];
  return {std::max<int64_t>(startY, 0), std::min(startY + op.getKernel()[0], input.shape[2]),
          std::max<int64_t>(startX, 0), std::min(startX + op.getKernel()[1], input.shape[3])};
}

/// Sum over a window of one plane, row by row.
template <typename Acc, typename T> Acc windowSum(const T *plane, int64_t width, const Window &window) {
  Acc sum = 0;
  for (int64_t y = window.firstY; y < window.lastY; ++y)
    for (int64_t x = window.firstX; x < window.lastX; ++x)
      sum += static_cast<Acc>(plane[y * width + x]);
  return sum;
}

/// For every element of `shape` in row-major order: its row-major index in the shape without (or with extent 1 at)
/// `axes`.
inline std::vector<int64_t> reducedIndices(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes) {
  std::vector<int64_t> result(1, 0);
  for (size_t dim = 0; dim < shape.size(); ++dim) {
    bool reduced = llvm::is_contained(axes, static_cast<int64_t>(dim));
    std::vector<int64_t> next;
    for (int64_t index : result)
      for (int64_t k = 0; k < shape[dim]; ++k)
        next.push_back(reduced ? index : index * shape[dim] + k);
    result = std::move(next);
  }
  return result;
}

/// A tensor seen along one axis: `outer` x `extent` x `inner`.
struct AxisView {
  int64_t outer = 1, extent = 1, inner = 1;
  AxisView(llvm::ArrayRef<int64_t> shape, int64_t axis) : extent(shape[axis]) {
    for (size_t dim = 0; dim < shape.size(); ++dim)
      if (static_cast<int64_t>(dim) != axis)
        (static_cast<int64_t>(dim) < axis ? outer : inner) *= shape[dim];
  }
};

inline mlir::RankedTensorType resultType(mlir::Operation *op) {
  return llvm::cast<mlir::RankedTensorType>(op->getResult(0).getType());
}

} // namespace wino

#endif
