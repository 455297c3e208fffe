// Arithmetic: the fixed-point steps of FixedPoint.h on one integer or on several lanes, in plain operations. A device
// has no instruction for them; LLVM takes vectors apart.
#ifndef WINO_LOWER_LOWERTOPTX_ARITHMETIC_H
#define WINO_LOWER_LOWERTOPTX_ARITHMETIC_H

#include "Lower/Kernels/Isa.h"

namespace wino::ptx {

/// `element`, or a vector of it with the lanes of `shape`.
inline mlir::Type like(mlir::Type shape, mlir::Type element) {
  auto vector = mlir::dyn_cast<mlir::VectorType>(shape);
  return vector ? mlir::Type(mlir::VectorType::get(vector.getShape(), element)) : element;
}
/// One lane is no vector.
inline mlir::Type lanesOf(Kernel &k, int64_t lanes, mlir::Type element) {
  return lanes == 1 ? element : mlir::Type(k.vec(lanes, element));
}

inline mlir::Value mulhi16(Kernel &k, mlir::Value a, mlir::Value b) {
  mlir::Type wide = like(a.getType(), k.i32());
  return k.trunc(k.ashr(k.add(k.mul(k.sext(a, wide), k.sext(b, wide)), 1 << 14), 15), a.getType());
}
inline mlir::Value mulhi32(Kernel &k, mlir::Value a, mlir::Value b) {
  mlir::Type wide = like(a.getType(), k.i64());
  return k.trunc(k.ashr(k.add(k.mul(k.sext(a, wide), k.sext(b, wide)), int64_t(1) << 30), 31), a.getType());
}
inline mlir::Value clamp(Kernel &k, mlir::Value x, int64_t lo, int64_t hi) {
  return k.smax(k.smin(x, k.constant(x.getType(), hi)), k.constant(x.getType(), lo));
}
/// clamp(rshr(x, shift), lo, hi) in `bits` bits.
inline mlir::Value narrow(Kernel &k, mlir::Value x, int64_t shift, int64_t lo, int64_t hi, int64_t bits) {
  return k.trunc(clamp(k, k.rshr(x, shift), lo, hi), like(x.getType(), k.b.getIntegerType(bits)));
}
/// The last steps of a layer: 32-bit sums to bytes.
inline mlir::Value requantize(Kernel &k, mlir::Value sum, int64_t pre, mlir::Value multiplier, const Narrowing &n) {
  return narrow(k, mulhi32(k, k.shl(sum, pre), multiplier), n.shift, n.lo, n.hi, 8);
}

} // namespace wino::ptx

#endif
