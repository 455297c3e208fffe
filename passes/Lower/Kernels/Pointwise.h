// Kernels that treat every element or window alone: add, mul, requantize, lookup, pools, means, softmax.
#ifndef WINO_LOWER_KERNELS_POINTWISE_H
#define WINO_LOWER_KERNELS_POINTWISE_H

#include "Lower/Kernels/Convolution.h"

namespace wino {

/// y = clamp(rshr(sum of x_i * M_i, shift)) over dense buffers of `bytes` bytes; one operand (requantize) or two (add,
/// sub). Or the largest or smallest product instead of the sum (maximum, minimum).
struct WeightedSum {
  enum class Combine { Sum, Maximum, Minimum };
  llvm::SmallVector<bool, 2> isUnsigned;
  llvm::SmallVector<int64_t, 2> multipliers; // signed 16 bit
  Narrowing narrowing;
  Combine combine = Combine::Sum;
};
void emitWeightedSum(Kernel &k, const Isa &isa, const WeightedSum &sum, int64_t bytes, mlir::ValueRange inputs,
                     mlir::Value output);

/// y = clamp(rshr(mulhi32((a * b) << pre, M), shift)).
struct Product {
  bool lhsUnsigned, rhsUnsigned;
  int64_t pre, multiplier;
  Narrowing narrowing;
};
void emitProduct(Kernel &k, const Isa &isa, const Product &product, int64_t bytes, mlir::Value lhs, mlir::Value rhs,
                 mlir::Value output);

/// y = table[x] by the stored byte; the table holds 256 bytes in the order of the unsigned reading of x.
void emitLookup(Kernel &k, int64_t bytes, mlir::Value table, mlir::Value input, mlir::Value output);

/// The same with a table of 256 bytes per channel, on `units` times `unit` bytes: channels `channelStride` bytes apart,
/// `run` bytes of each together.
void emitChannelLookup(Kernel &k, int64_t units, int64_t unit, int64_t channels, int64_t channelStride, int64_t run,
                       mlir::Value table, mlir::Value input, mlir::Value output);

/// Window over H and W of an image; average pools carry one multiplier or one per output position (i32 at
/// `multipliers`).
struct Pool {
  Layout input, output;
  bool isUnsigned, average;
  llvm::SmallVector<int64_t> kernel, strides, pads;
  int64_t pre = 0, multiplierCount = 0;
  Narrowing narrowing;
  int64_t stripRows = 1; // output rows per piece
};
void emitPool(Kernel &k, const Isa &isa, const Pool &pool, mlir::Value input, mlir::Value output,
              mlir::Value multipliers, const Part &part = {});

/// Mean (or maximum) over `axes` of any layout, one scalar sum per output element.
struct Reduction {
  bool isMean;
  Layout input;
  llvm::SmallVector<int64_t> axes;
  llvm::SmallVector<int64_t> outputStrides; // per input dimension; 0 on reduced axes
  bool isUnsigned;
  int64_t pre = 0, multiplier = 0; // of means
  Narrowing narrowing = {};
};
void emitReduction(Kernel &k, const Isa &isa, const Reduction &reduction, mlir::Value input, mlir::Value output);

/// y_bf = clamp(rshr(mulhi32((sum_c x_bc w_fc + bias_f) << pre, M_f), shift)): the last layer of a head, results of two
/// bytes. w: [output][input] i8. Constants: per output bias and M, i32.
struct HeadProducts {
  Layout input, output; // rank 2
  bool isUnsigned;
  int64_t pre;
  Narrowing narrowing;
};
void emitHeadProducts(Kernel &k, const Isa &isa, const HeadProducts &products, mlir::Value input, mlir::Value output,
                      mlir::Value filter, mlir::Value constants);

/// Integer softmax along `axis` (GraphOps.td); `table` holds so many i32 entries.
struct Softmax {
  Layout input, output;
  int64_t axis;
  bool isUnsigned;
  int64_t entries;
};
void emitSoftmax(Kernel &k, const Softmax &softmax, mlir::Value table, mlir::Value input, mlir::Value output);

/// Strided copy: extents with source and destination strides in bytes per dimension.
struct StridedCopy {
  llvm::SmallVector<int64_t> extents, fromStrides, toStrides;
  int64_t elementBytes = 1; // or 2, 4
};
void emitStridedCopy(Kernel &k, const StridedCopy &copy, mlir::Value from, mlir::Value to);
/// What repeat, depth_to_space and space_to_depth copy, given the strides of their input's and output's dimensions. The
/// innermost dimension is the channels, whose elements lie together in the network's images.
StridedCopy blockCopy(mlir::Operation *op, llvm::ArrayRef<int64_t> fromStrides, llvm::ArrayRef<int64_t> toStrides);

/// clamp(rshr(x, shift), lo, hi) of 32-bit lanes in as many of 16 bits.
mlir::Value narrowWide(Kernel &k, mlir::Value sums, const Narrowing &narrowing);

mlir::Value offsetOf(Kernel &k, llvm::ArrayRef<mlir::Value> counters, llvm::ArrayRef<int64_t> strides);
/// [first, end) of the input under a window's output position: [o stride - pad, o stride - pad + kernel) within
/// [0, extent).
std::pair<mlir::Value, mlir::Value> windowRange(Kernel &k, mlir::Value o, int64_t stride, int64_t pad, int64_t kernel,
                                                int64_t extent);
/// A loop nest over `extents`; `body` gets one counter per dimension.
void loopNest(Kernel &k, llvm::ArrayRef<int64_t> extents, llvm::function_ref<void(llvm::ArrayRef<mlir::Value>)> body);

} // namespace wino

#endif
