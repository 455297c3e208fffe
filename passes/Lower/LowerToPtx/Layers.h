// Layers that LowerToPtx writes itself. Operands of every kernel: input, output, constants, scratch.
#ifndef WINO_LOWER_LOWERTOPTX_LAYERS_H
#define WINO_LOWER_LOWERTOPTX_LAYERS_H

#include "Lower/Kernels/Convolution.h"
#include "Lower/LowerToPtx/MmaGemm.h"

namespace wino::ptx {

OwnLayer directLayer(const DirectConvolution &conv, llvm::ArrayRef<int8_t> filter, llvm::ArrayRef<int32_t> bias,
                     llvm::ArrayRef<int32_t> multipliers);
/// The same on tensor cores, where that is possible (directGemm of Sizes.h).
OwnLayer mmaDirectLayer(const DirectConvolution &conv, const DeviceGemm &size, const Chip &chip,
                        llvm::ArrayRef<int8_t> filter, llvm::ArrayRef<int32_t> bias,
                        llvm::ArrayRef<int32_t> multipliers);

/// Products of byte taps on tensor cores, others one thread per sum.
OwnLayer winogradLayer(const WinogradConvolution &conv, const Chip &chip, const WinogradTaps &taps);

} // namespace wino::ptx

#endif
