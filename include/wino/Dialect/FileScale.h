// FileScale: the scale that a quantized model states for a tensor, in a pair of QuantizeLinear and DequantizeLinear. It
// comes before what calibration would choose.
#ifndef WINO_DIALECT_FILESCALE_H
#define WINO_DIALECT_FILESCALE_H

#include "wino/Dialect/Winograd.h"

#include <optional>

namespace wino {

/// Name of the attribute, a dictionary, of an op for its result or of a function's argument. Set by wino-fold-quantize.
inline constexpr const char *kFileScale = "winograd.file_scale";

/// Numbers scale * q with whole q in [low, high]: the file's integers, its zero point taken off.
struct FileScale {
  float scale;
  int64_t low, high;

  /// Whether a type without zero point holds these integers, u8 (low >= 0) or i8. Of others only the range is kept.
  bool isExact() const { return (low >= 0 && high <= 255) || (low >= -128 && high <= 127); }
  bool isUnsigned() const { return low >= 0; }
  /// Whether storing a number in that type cuts it to the file's range: the integers are all that the type has.
  bool storageCuts() const { return (low == 0 && high == 255) || (low == -128 && high == 127); }
  float least() const { return scale * float(low); }
  float largest() const { return scale * float(high); }

  mlir::DictionaryAttr attribute(mlir::MLIRContext *context) const;
  static std::optional<FileScale> fromAttribute(mlir::Attribute attr);
};

/// The file's scale of a value, none where it states none.
std::optional<FileScale> fileScale(mlir::Value value);

/// The same where a type without zero point has it.
std::optional<FileScale> exactFileScale(mlir::Value value);

/// Whether an op's activation does nothing but cut to the range of its file's signed integers, and cuts next to nothing
/// (`winograd.stats`: each end is beyond all numbers that calibration saw, or four root mean squares away): then it may
/// go where the result is not stored.
bool onlySaturates(mlir::Operation *op);

/// Whether the op's result can be made in the scale of a file: in any, that is, or unified by a concat.
bool takesFileScale(mlir::Operation *op);

/// What makes the numbers of a value, behind ops without other readers that only put them elsewhere or take the
/// largest: a file's scale is theirs as well, and a cut may come before them.
mlir::Value makerBehindMoves(mlir::Value value);

/// The tensor whose storing does all that a clip to its file's range does: made by an op that makes any scale, or an
/// argument, that nothing else reads and that has no other scale of the file. Null where the clip is needed.
mlir::Value storedBefore(ActivateOp clip);

} // namespace wino

#endif
