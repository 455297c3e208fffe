// DecodeImage: one PNG or JPEG file in memory -> 8-bit samples of an expected
// size. Choosing files and preprocessing are Images' work.
#ifndef WINO_CALIBRATE_DECODEIMAGE_H
#define WINO_CALIBRATE_DECODEIMAGE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace wino {

/// What the network wants; the file must have exactly this width and height
/// (nothing is resized or cropped here).
struct ImageSize {
  unsigned channels; ///< 1 (grayscale) or 3 (RGB)
  unsigned height;
  unsigned width;
};

/// Decodes `file` (PNG or JPEG, told apart by signature) to height x width x
/// channels samples, channels R, G, B. Size and colour type are compared before
/// memory for pixels is taken. Samples are those in the file: gAMA, ICC and
/// EXIF orientation are ignored, as common training loaders do. Palettes become
/// RGB; gray becomes RGB when 3 channels are wanted; alpha, 16 bits, CMYK and
/// colour -> gray (there are several formulas) are refused. Warnings of the
/// decoder (damaged data) are errors. JPEG uses the accurate integer DCT, whose
/// samples do not depend on the host.
llvm::Error decodeImage(llvm::StringRef file, ImageSize size, llvm::MutableArrayRef<uint8_t> out,
                        llvm::StringRef fileName);

/// Width and height that the file claims, for the caller to choose memory by; channels are those of `channels`. Errors:
/// no PNG or JPEG, a header that is damaged, no pixels or more than maxPixels.
llvm::Expected<ImageSize> readImageSize(llvm::StringRef file, unsigned channels, llvm::StringRef fileName);

constexpr uint64_t maxPixels = uint64_t(1) << 26;

} // namespace wino

#endif // WINO_CALIBRATE_DECODEIMAGE_H
