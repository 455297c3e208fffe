// Profile: what calibration learned, as a file (.calib, JSON) that can be
// saved, read, compared and loaded again. How the numbers are measured is
// Calibrator's business.
#ifndef WINO_CALIBRATE_PROFILE_H
#define WINO_CALIBRATE_PROFILE_H

#include "wino/Numerics/TapStats.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace wino {

/// One tensor of the graph over all calibration images.
struct TensorStats {
  double min = 0, max = 0, rms = 0;
  double clipS8 = 0; ///< best clip for symmetric int8 (127 levels); 0 when the
                     ///< tensor is all zero
  double clipU8 = 0; ///< best clip for uint8 (255 levels); 0 when the tensor is
                     ///< all zero or has negative numbers
  uint64_t count = 0;
  double nonzero = 1; ///< share of the numbers that are not zero
};

struct Profile {
  static constexpr int64_t currentVersion = 2;

  int64_t version = currentVersion;
  std::string modelSha256;  ///< 64 hexadecimal digits of the ONNX file, or empty
                            ///< when not known
  uint64_t images = 0;      ///< how many images were looked at
  std::string imagesSha256; ///< of the contents of the whole set, held-out images included; empty when not known
  /// Tensor name -> noise power at the outputs, over their power, per noise power there, over its own power.
  std::map<std::string, double> sensitivity;
  std::map<std::string, double> tapSensitivity; ///< likewise, of convolutions to the noise of 8-bit Winograd taps
  std::map<std::string, TensorStats> tensors;
  /// convolution's node name -> canonical tile text without formats -> its taps, row-major
  std::map<std::string, std::map<std::string, std::vector<TapStats>>> taps;

  /// The same profile gives the same bytes: keys are sorted, numbers are
  /// printed so that they read back exactly.
  std::string toJson() const;

  /// Reads what toJson() wrote or a person edited. Strict: an unknown, missing
  /// or repeated key, a wrong type or length, a number that is not finite or
  /// has an impossible sign is an error that names the place, as in
  /// "tensors.conv1.rms".
  static llvm::Expected<Profile> fromJson(llvm::StringRef text, llvm::StringRef fileName);

  llvm::Error save(llvm::StringRef path) const;
  static llvm::Expected<Profile> load(llvm::StringRef path);
};

} // namespace wino

#endif // WINO_CALIBRATE_PROFILE_H
