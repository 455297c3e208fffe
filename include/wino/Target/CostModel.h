// CostModel: cycles and bytes of one convolution on one target, by pure functions of shapes, transforms and TargetData.
// How wrong the result may be is in lib/Target/README.md; errors of the arithmetic are ErrorModel's.
#ifndef WINO_TARGET_COSTMODEL_H
#define WINO_TARGET_COSTMODEL_H

#include "wino/Numerics/IntegerTransform.h"
#include "wino/Target/TargetData.h"

namespace wino {

/// Extents of one convolution, in elements.
struct ConvShape {
  int64_t batch = 1;
  int64_t channelsIn = 1, channelsOut = 1, groups = 1;
  int64_t kernelHeight = 1, kernelWidth = 1;
  int64_t outHeight = 1, outWidth = 1;
  bool isPacked = false; ///< the network's own input: no padding between the channels of two pixels

  /// Multiply-accumulates of the direct algorithm, without padding of channels.
  double directMacs() const;
};

/// Where the cycles go, and what the layer needs in memory.
struct ConvCost {
  double gemm = 0;            ///< products, cycles
  double inputTransform = 0;  ///< cycles
  double outputTransform = 0; ///< requantization included, cycles
  double memory = 0;          ///< filters from main memory; U and O when they do not fit the last-level cache, cycles
  double overhead = 0;        ///< cycles
  int64_t weightBytes = 0;    ///< filter, biases and multipliers
  int64_t scratchBytes = 0;   ///< U and O; 0 for direct
  bool isFused = false;       ///< on a GPU: input transform and products in one kernel, both in `gemm`

  double cycles() const { return gemm + inputTransform + outputTransform + memory + overhead; }
};

/// (E1)-(E4) of lib/Target/README.md.
ConvCost directCost(const ConvShape &shape, const TargetData &target);

/// (E5)-(E10). `transform` belongs to a tile for the layer's kernel.
ConvCost winogradCost(const ConvShape &shape, const IntegerTransform &transform, const TargetData &target);

} // namespace wino

#endif
