// Ops that compute in floats although the network is quantized. Which ones is for passes/Plan/MarkFloatTail and
// tools/wino-opt/FloatLayers.cpp to say.
#ifndef WINO_DIALECT_INFLOATS_H
#define WINO_DIALECT_INFLOATS_H

namespace wino {

/// Name of the unit attribute of an op that computes in floats although the network is quantized, and of the
/// `winograd.dequantize` before it. Integers that read its result do so through `quant.qcast`.
inline constexpr const char *kInFloats = "winograd.in_floats";

} // namespace wino

#endif
