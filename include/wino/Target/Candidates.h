// Candidates: which tiles are worth a look, and their price for one convolution. Calibration measures the taps of the
// same tiles. Choosing among them is ChoosePlan's work.
#ifndef WINO_TARGET_CANDIDATES_H
#define WINO_TARGET_CANDIDATES_H

#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/TileSpec.h"
#include "wino/Target/CostModel.h"
#include "wino/Target/ErrorModel.h"
#include "wino/Target/TargetData.h"

#include <vector>

namespace wino {

/// A tile of the compiler's own tables. A mistake there ends the program with its reason in every kind of build;
/// llvm::cantFail would go on with garbage where assertions are off.
TileSpec knownTile(llvm::StringRef text);

/// The Winograd tiles that are tried on every 3x3 convolution of stride 1, in a fixed order; direct is not among them.
llvm::ArrayRef<TileSpec> defaultCandidates();

/// The tiles for maps and filters of this size. 3x3: those, and the ones that are worth their transforms only where
/// their output size divides the map, larger tiles of 16-bit taps and a tile whose directions differ where they have
/// fewer products than quieter and square ones.
/// Other filters: the tiles of fewest products where rows and columns differ, none (but those of policies) where not.
std::vector<TileSpec> candidatesFor(int64_t outHeight, int64_t outWidth, int64_t kernelHeight = 3,
                                    int64_t kernelWidth = 3);

/// The tiles for 3x3 filters of stride 2, from quiet to noisy, each with fewer products than those before it.
std::vector<TileSpec> strideCandidates(int64_t outHeight, int64_t outWidth);

/// Those of the convolution's sizes and strides; none where no tile fits it or strides are others than 1x1, and 2x2 of
/// 3x3 filters.
std::vector<TileSpec> candidatesFor(Conv2DOp conv);

/// The tiles with taps in floats for this convolution: of 3x3, 5x5 and 7x7 filters of stride 1.
std::vector<TileSpec> floatCandidates(Conv2DOp conv, TapType taps);

/// The tiles for a network of floats: floatCandidates, those of other filters than square ones and of stride 2, and
/// what covers the map with fewer products.
std::vector<TileSpec> floatMapCandidates(Conv2DOp conv, TapType taps);

/// Reads "none", "f16", "f32" or "all".
llvm::Expected<std::vector<TapType>> parseFloatTaps(llvm::StringRef text);

/// Why a convolution cannot use any Winograd tile, as in "expected dilation 1, got 2x2"; empty when it can (conv_2d,
/// C6).
std::string whyNotWinograd(Conv2DOp conv);

/// Likewise for this tile, whose r must be the filter's and whose stride the convolution's.
std::string whyNotWinograd(Conv2DOp conv, const TileSpec &tile);

struct Candidate {
  TileSpec tile;
  ConvCost cost;
  double error = 0; ///< noise-to-signal power
  LayerNoise noise; ///< its parts, of a Winograd tile
};

/// In a network of floats: numbers of a tile may be beyond their type, by -headroom bits at most.
struct NoRoom : llvm::ErrorInfo<NoRoom, llvm::StringError> {
  static char ID;
  double headroom;
  NoRoom(const llvm::Twine &text, double headroom)
      : ErrorInfo(text, llvm::inconvertibleErrorCode()), headroom(headroom) {}
};

/// Cycles, bytes and error of `conv` by `tile`, which may be direct. Reads `winograd.stats` of the conv and of its
/// input and `winograd.tap_stats` where they are there. Fails, without the node's name in the message, when the layer
/// cannot take the tile. `clips`: as taps of at most 8 bits will be clipped.
llvm::Expected<Candidate> priceCandidate(Conv2DOp conv, const TileSpec &tile, const TargetData &target,
                                         const TapClips &clips = {});

/// Reads "max", "percentile" or "mse" for input taps, "max" or "mse" for filter taps. Errors name the option.
llvm::Expected<TapClips> parseTapClips(llvm::StringRef input, llvm::StringRef filter);

/// (E19) Predicted noise at the outputs of every tensor that is rounded and is no convolution's, from `winograd.stats`
/// and `winograd.sensitivity` of ops and arguments; what has no sensitivity does not count.
double otherNoise(mlir::Operation *function, llvm::function_ref<bool(mlir::Operation *)> isRounded);

} // namespace wino

#endif
