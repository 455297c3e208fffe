// TileTransforms (NEON): input and output transform of one tile as assembly, from the tile's TransformDag.
#ifndef WINO_LOWER_LOWERTONEON_TILETRANSFORMS_H
#define WINO_LOWER_LOWERTONEON_TILETRANSFORMS_H

#include "Lower/Kernels/Isa.h"
#include "wino/Target/TargetData.h"

namespace wino {

/// Isa::inputTile and Isa::outputTile; cycles are those of one group of channels. None where an offset or the number of
/// rows is beyond what instructions and registers can hold.
std::optional<Assembly> inputTileCode(const InputTile &tile, const TargetData &core);
std::optional<Assembly> outputTileCode(const OutputTile &tile, const TargetData &core);

} // namespace wino

#endif
