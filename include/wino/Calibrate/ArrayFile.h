// ArrayFile: bytes of one array in a .npy file or in a .npz archive, read piece
// by piece. Memory does not grow with the file. What the elements mean is left
// to Images.
#ifndef WINO_CALIBRATE_ARRAYFILE_H
#define WINO_CALIBRATE_ARRAYFILE_H

#include "wino/Calibrate/NpyFormat.h"
#include "llvm/ADT/ArrayRef.h"
#include <memory>

namespace wino {

class ArrayFile {
public:
  virtual ~ArrayFile() = default;

  /// Opens `path`: an .npz archive when it starts with a zip signature,
  /// otherwise .npy. An archive must hold one array only, or one that is called
  /// `npzEntry` (without ".npy"). Only regular files are opened.
  static llvm::Expected<std::unique_ptr<ArrayFile>> open(llvm::StringRef path, llvm::StringRef npzEntry);

  const NpyHeader &header() const { return head; }

  /// Copies out.size() bytes of the elements that start `offset` bytes after
  /// the first element. Any order is right; in an archive rising offsets are
  /// fast, a step back starts again from the beginning, and after maxStepsBack
  /// of them the array is unpacked once into an unnamed temporary file.
  virtual llvm::Error read(uint64_t offset, llvm::MutableArrayRef<uint8_t> out) = 0;

  /// The largest array, unpacked, that is read from an archive (a bound on
  /// time: memory is flat anyway).
  static constexpr uint64_t maxUnpackedBytes = uint64_t(64) << 30;

  static constexpr unsigned maxStepsBack = 8; ///< more than the passes of a calibration

protected:
  NpyHeader head;
};

} // namespace wino

#endif // WINO_CALIBRATE_ARRAYFILE_H
