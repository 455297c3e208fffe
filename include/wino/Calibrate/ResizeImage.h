// ResizeImage: 8-bit samples of one size -> those of another, for pictures that are not of the network's size.
#ifndef WINO_CALIBRATE_RESIZEIMAGE_H
#define WINO_CALIBRATE_RESIZEIMAGE_H

#include "wino/Calibrate/DecodeImage.h"

#include <vector>

namespace wino {

/// Resizes height x width x channels samples; both sizes have the same number of channels and no side of 0. Each side
/// on its own, first the rows, then the columns, 8 bits between: every result is a mean weighted by a triangle around
/// its centre, one step of the original wide on each side, or, where the side shrinks, one step of the result (so that
/// nothing is skipped). Weights have 22 bits after the point, sums are rounded half up. The same bytes as Pillow's
/// BILINEAR.
std::vector<uint8_t> resizeImage(llvm::ArrayRef<uint8_t> samples, ImageSize from, ImageSize to);

} // namespace wino

#endif // WINO_CALIBRATE_RESIZEIMAGE_H
