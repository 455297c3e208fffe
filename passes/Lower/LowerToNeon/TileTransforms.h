// TileTransforms (NEON): input and output transform of one tile as assembly, from the tile's TransformDag.
#ifndef WINO_LOWER_LOWERTONEON_TILETRANSFORMS_H
#define WINO_LOWER_LOWERTONEON_TILETRANSFORMS_H

#include "Lower/Kernels/Isa.h"

namespace wino {

/// Isa::inputTile and Isa::outputTile; cycles are those of one group of channels. None where an offset or the number of
/// rows is beyond what instructions and registers can hold.
std::optional<Assembly> inputTileCode(const InputTile &tile, bool inOrder);
std::optional<Assembly> outputTileCode(const OutputTile &tile, bool inOrder);

} // namespace wino

#endif
