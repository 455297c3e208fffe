// Images: the calibration and evaluation images, one at a time, preprocessed to
// the network's input; labels; the held-out split. File formats are left to
// ArrayFile and DecodeImage.
#ifndef WINO_CALIBRATE_IMAGES_H
#define WINO_CALIBRATE_IMAGES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace wino {

/// x = (pixel * scale - mean) / std per channel, in binary32 with three
/// roundings, in this order:
///   p = float(pixel * float(scale)),  d = float(p - float(mean)),  x = float(d
///   / float(std)).
/// Emitted quantize helpers and wino-run do the same, so that every tool sees
/// the same bits.
struct Preprocess {
  enum Layout { NCHW, NHWC };

  double scale = 1 / 255.0;
  std::vector<double> mean;   ///< none: 0; one: for all channels; else one per
                              ///< channel of the network's input
  std::vector<double> stddev; ///< none: 1; else as mean; every one > 0
  bool bgr = false;           ///< exchange channels 0 and 2 of every file, whatever its
                              ///< kind (mean and std: after the exchange)
  Layout layout = NCHW;       ///< order of the elements in .npy and .npz; PNG and
                              ///< JPEG do not need it
  bool resize = false;        ///< PNG and JPEG of other sizes are resized
                              ///< (resizeImage); arrays never are
};

/// A set of images that is never in memory as a whole.
class ImageSource {
public:
  virtual ~ImageSource() = default;

  /// Opens a .npy or .npz file (uint8 or float32; rank 4, or rank 3 for one
  /// image, or rank 3 (N, H, W) when C = 1; of several arrays in a .npz the one
  /// called "images"), one PNG or JPEG, or a folder of PNG and JPEG files in
  /// the order of their names (bytewise). `chw` is the size that the network
  /// expects.
  static llvm::Expected<std::unique_ptr<ImageSource>> open(llvm::StringRef pathOrDir, Preprocess preprocess,
                                                           std::array<int64_t, 3> chw);

  virtual size_t size() const = 0;

  /// "images.npy: image 3" or the file's path, for messages.
  virtual std::string name(size_t index) const = 0;

  /// Writes C * H * W preprocessed numbers in channel, height, width order.
  llvm::Error load(size_t index, float *chwOut);

  /// xxh3 of the pixels in channel, height, width order as they are in the file
  /// (before preprocessing), so that the same picture has the same hash as PNG
  /// and as row of an array.
  llvm::Expected<uint64_t> contentHash(size_t index);

  const std::array<int64_t, 3> &chw() const { return dims; }
  size_t elements() const { return size_t(dims[0] * dims[1] * dims[2]); }

protected:
  ImageSource(Preprocess preprocess, std::array<int64_t, 3> chw, bool isFloat, bool isNhwc);

  /// Fills `raw`, elements() values in the file's own order.
  virtual llvm::Error readRaw(size_t index, std::vector<uint8_t> &raw) = 0;

private:
  llvm::Error readChw(size_t index);

  std::array<int64_t, 3> dims;
  bool isFloat, isNhwc, bgr;
  float scale;
  std::vector<float> mean, stddev; ///< one per channel
  std::vector<uint8_t> raw, chwRaw;
};

/// Labels from a one-dimensional .npy (or .npz: the array "labels") of uint8,
/// int32 or int64. None may be negative.
llvm::Expected<std::vector<int64_t>> loadLabels(llvm::StringRef path);

/// Chooses the images that calibration must not see: the quarter (round half
/// up, at least 1 when there are 2 images or more) with the smallest content
/// hash. Images of equal content stay on one side, unless that would leave
/// nothing to calibrate on.
llvm::Expected<std::vector<bool>> holdOut(ImageSource &images);

} // namespace wino

#endif // WINO_CALIBRATE_IMAGES_H
