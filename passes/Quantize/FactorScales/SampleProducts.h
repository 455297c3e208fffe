// SampleProducts: O = sum over C_in of U * V in binary64 on a sample of tiles of real feature maps.
#ifndef WINO_PASSES_QUANTIZE_FACTORSCALES_SAMPLEPRODUCTS_H
#define WINO_PASSES_QUANTIZE_FACTORSCALES_SAMPLEPRODUCTS_H

#include "wino/Calibrate/LayerInputs.h"
#include "wino/Numerics/IntegerTransform.h"

namespace wino {

struct TileGrid {
  int64_t padTop, padLeft, tilesHigh, tilesWide;
};

/// O[sample][tap][f] for up to 512 tiles (fewer for layers of many channels), evenly spread over all images and tiles.
/// filter: V[tap][c][f].
std::vector<float> sampleProducts(const FeatureMaps &maps, const IntegerTransform &transform, const TileGrid &grid,
                                  llvm::ArrayRef<double> filter, int64_t channelsOut);

} // namespace wino

#endif
