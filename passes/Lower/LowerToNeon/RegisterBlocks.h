// RegisterBlocks (NEON): the products of one register block, rows of taps or pixels x output channels, as a naive list
// of instructions. TapProducts.cpp puts blocks into loops and has them ordered.
#ifndef WINO_LOWER_LOWERTONEON_REGISTERBLOCKS_H
#define WINO_LOWER_LOWERTONEON_REGISTERBLOCKS_H

#include "Lower/Kernels/Isa.h"
#include "Lower/LowerToNeon/VectorCode.h"
#include "wino/Target/TargetData.h"

namespace wino {

/// Emits vector loads. A `ldr q` takes two cycles of its own; `ldr x` goes beside a 128-bit operation and `ins` beside
/// the `ldr d` of another register, one cycle for both. Halves pass through x7 to x13.
class Loader {
public:
  Loader(Lines &lines, bool split) : lines(lines), split(split) {}

  void load(int reg, int base, int64_t offset);

private:
  Lines &lines;
  bool split;
  int next = 0;
};

/// Products of a register block over a piece of the depth: x0 left, x1 right operands, x2 constants of the channels, x3
/// results. Every piece finds the operands of its first steps loaded and ends by loading those of the piece that
/// follows, x0 and x1 bytes further.
class RegisterBlock {
public:
  explicit RegisterBlock(const TapProducts &shape) : shape(shape) {}
  virtual ~RegisterBlock() = default;

  virtual int64_t stepDepth() const = 0;
  virtual int64_t maxStepsInPiece() const = 0;
  virtual void loadStart(Loader &loader) const = 0;
  /// The products of `steps` steps; `first`: sums start here.
  virtual void multiply(Lines &body, Loader &loader, int64_t steps, bool first) const = 0;
  /// Sums to the results at x3.
  virtual void finish(Lines &body, Loader &loader) const = 0;
  /// The last piece: products, `advance` once x0 and x1 are no longer needed, results, first loads of what follows.
  virtual void multiplyAndFinish(Lines &body, Loader &loader, int64_t steps, bool first,
                                 llvm::function_ref<void()> advance) const {
    multiply(body, loader, steps, first);
    advance();
    finish(body, loader);
    loadStart(loader);
  }
  /// Whether results take a residual, x28 bytes behind them; x27 is free then.
  virtual bool addsResidual() const { return false; }
  /// Bytes of the constants of `columns` channels, and of their results.
  virtual int64_t constantBytes() const { return shape.columns * 4; }
  virtual int64_t resultBytes() const { return shape.columns * 4; }

  const TapProducts shape;

protected:
  /// The residual's multiplier in eight lanes, and in x27 where it lies.
  static void beginResidual(Lines &body, const Residual &residual, int multiplier);
  void scale(Lines &body, int reg, int multiplier) const;
};

/// Tap products: O = round(sum 2^pre M), i32.
std::unique_ptr<RegisterBlock> byteBlock(const TapProducts &shape);
std::unique_ptr<RegisterBlock> wordBlock(const TapProducts &shape);
/// Pixels: y = narrow((sum + bias) 2^pre M), bytes.
std::unique_ptr<RegisterBlock> pixelBlock(const DirectProducts &shape);
/// Both, of bytes, with dot products; 16 channels. Filters: filterForm of those products.
std::unique_ptr<RegisterBlock> dotBlock(const TapProducts &shape, ByteProducts products);
std::unique_ptr<RegisterBlock> dotPixelBlock(const DirectProducts &shape, ByteProducts products);

} // namespace wino

#endif
