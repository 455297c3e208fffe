// The C header of a generated library: macros, the public functions, quantize helpers, and in comments everything that
// a firmware engineer must know to call them. The functions' bodies are EntryPoints.cpp's.
#ifndef WINO_EMIT_CHEADER_H
#define WINO_EMIT_CHEADER_H

#include "wino/Emit/ModelInterface.h"
#include "wino/Emit/ObjectFacts.h"

namespace wino {

/// The ABI of generated headers. Minor: additions only. Major: a caller must be changed.
constexpr int kAbiMajor = 1;
constexpr int kAbiMinor = 0;

/// What the header says beyond the interface itself.
struct HeaderNotes {
  std::string target;
  std::string modelSha256; ///< 64 hexadecimal digits, or empty
  /// x = (pixel * pixelScale - mean) / std per channel: what the network was calibrated with. Empty mean: 0; empty
  /// std: 1.
  double pixelScale = 1.0 / 255;
  std::vector<double> mean, stddev;
  bool bgr = false;
};

/// The header of a library for a GPU: the same macros and functions, written around runtime/wino_cuda.h, and more that
/// take a stream and addresses on the device. Host memory is wino_cuda's, so ARENA_BYTES is 1 for callers that declare
/// one; what the arena takes on the device is DEVICE_ARENA_BYTES.
std::string writeDeviceHeader(const ModelInterface &model, const HeaderNotes &notes);

/// The header's text: C99, C11 and C++17 without warnings.
std::string writeHeader(const ModelInterface &model, const ObjectFacts &facts, const HeaderNotes &notes);

/// A C string literal of any bytes: escapes everything that is not plain, '?' too (trigraphs).
std::string cString(llvm::StringRef text);

} // namespace wino

#endif
