// Convolution kernels: direct (gathered patches) and Winograd (input transform, tap products, output transform by
// blocks).
#ifndef WINO_LOWER_KERNELS_CONVOLUTION_H
#define WINO_LOWER_KERNELS_CONVOLUTION_H

#include "Lower/Kernels/Isa.h"
#include "Lower/Kernels/Layout.h"
#include "wino/Numerics/IntegerTransform.h"

namespace wino {

struct DirectConvolution {
  Layout input, output;
  bool inputUnsigned;
  int64_t outputChannels, groups, kernelHeight, kernelWidth;
  llvm::SmallVector<int64_t> strides, pads, dilations;
  int64_t pre;
  bool exactStores; // no room for whole vectors after the last channel of a pixel
  Narrowing narrowing;
  int64_t workers = 1;
  int64_t ranges = 1; // of the depth, on a device
  // What the target writes (selectAssembly): products of whole register blocks, and of the channels left over.
  std::optional<Assembly> products = {}, rest = {};
  FilterForm form = {};    // of the filters
  bool keepsInput = false; // an unsigned input is multiplied as it is
  std::optional<Residual> residual = {};

  int64_t outputPixels() const { return output.height() * output.width(); }
  /// Pixels of a register block.
  int64_t rows() const { return outputPixels() < 4 ? 1 : 4; }
  bool isAssembly() const { return products || rest; }
  /// An unsigned input x is used as x - 128.
  bool shiftsInput() const { return inputUnsigned && !keepsInput; }
  /// Output channels of a group that are stored in whole register blocks.
  int64_t wholeChannels() const { return wino::wholeChannels(outputChannels, groups, exactStores, form.columns); }
};

/// Takes the target's own form of the products.
void selectAssembly(DirectConvolution &conv, const Isa &isa);

/// How the layer is shared, once its assembly is selected.
Split directSplit(const DirectConvolution &conv);

/// Emits the layer, or what a worker does of it. filters: packFilter8 per group; constants: i32, per 4 output channels
/// 4 biases, then 4 multipliers, groups padded to 16 channels. An unsigned input x is used as x - 128 (one bit flipped
/// while gathering), unless the target multiplies it as it is; the bias holds 128 * sum of filters.
/// residual: null for none; it lies as the output does, and shares no byte with it, since pixels may be made twice.
void emitDirectConvolution(Kernel &k, const Isa &isa, const DirectConvolution &conv, mlir::Value input,
                           mlir::Value output, mlir::Value filters, mlir::Value constants, mlir::Value residual,
                           mlir::Value scratch, const Part &part = {});

/// x + r M of vectors of 32-bit lanes and as many bytes.
mlir::Value addResidual(Kernel &k, const Residual &residual, mlir::Value x, mlir::Value bytes);

/// Rounding multiply of two vectors (mulhi16, mulhi32 of Isa) on the lanes at hand.
using MulHigh = llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)>;

/// Straight-line code of one 1-D transform; `inputs` are vectors of the DAG's width.
Kernel::Values emitDag(Kernel &k, const TransformDag &dag, const Kernel::Values &inputs, MulHigh mulhi16,
                       MulHigh mulhi32);

/// Where output tile number `tile` lies, tiles counted through rows x columns of them per image.
struct TilePosition {
  mlir::Value image, row, column;
};
TilePosition locateTile(Kernel &k, mlir::Value tile, int64_t rows, int64_t columns);

struct WinogradConvolution {
  IntegerTransform transform;
  WinogradBlocking blocking;
  Layout input, output;
  bool inputUnsigned;
  int64_t padTop, padLeft;
  llvm::SmallVector<int32_t> tapMultipliers, tapShifts; // i8 taps only
  int64_t pre;                                          // tap products are shifted left by this before their multiplier
  int64_t productShift;                                 // and right by this after it, where they are narrowed
  Narrowing narrowing;
  std::optional<Assembly> products, inputTile, outputTile; // stages that the target writes itself (selectAssembly)
  FilterForm form = {};                                    // of i8 filters
  std::optional<Residual> residual = {};
  int64_t ranges = 1;   // of the depth, on a device
  bool isFused = false; // input transform and products are one kernel there
};

/// Takes the target's own forms of the three stages.
void selectAssembly(WinogradConvolution &conv, const Isa &isa);

/// Constants of a Winograd layer. filters: per tap packFilter8 or packFilter16; bias, channelMultipliers: i32 per
/// padded output channel; multipliers: i32 [tap][padded output channel]; tapMultipliers: i32 [tap column j][tap row i,
/// padded to 4]; tables: those of the assembly. tapMultipliers and channelMultipliers are null for products of 32 bits.
/// residual: a map that lies as the output does, null for none.
struct WinogradConstants {
  mlir::Value filters, bias, multipliers, inputTable, outputTable, tapMultipliers, channelMultipliers, residual;
};

/// Emits the layer, or some blocks of its tiles.
void emitWinogradConvolution(Kernel &k, const Isa &isa, const WinogradConvolution &conv, mlir::Value input,
                             mlir::Value output, const WinogradConstants &constants, mlir::Value scratch,
                             const Part &part = {});

/// A block of tiles, the one that starts at tile `first`, in two stages that are shared one after the other: U of some
/// of its tiles; then products and output of some blocks of channels. `own`: the worker's scratch.
void emitWinogradInput(Kernel &k, const Isa &isa, const WinogradConvolution &conv, mlir::Value input,
                       mlir::Value inputTable, mlir::Value u, mlir::Value first, mlir::Value own, const Part &part);
void emitWinogradOutput(Kernel &k, const Isa &isa, const WinogradConvolution &conv, mlir::Value output,
                        const WinogradConstants &constants, mlir::Value u, mlir::Value first, mlir::Value own,
                        const Part &part);

} // namespace wino

#endif
