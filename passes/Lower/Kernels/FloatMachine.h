// FloatMachine: the machine of Numerics/ElementaryFunctions.h whose numbers are values of a kernel, one f32 or a vector
// of them. What the interpreter computes with NumberMachine, emitted code computes with this, bit for bit.
#ifndef WINO_LOWER_KERNELS_FLOATMACHINE_H
#define WINO_LOWER_KERNELS_FLOATMACHINE_H

#include "Lower/Kernels/Kernel.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Math/IR/Math.h"

namespace wino {

struct FloatMachine {
  using Value = mlir::Value;
  using Float = Value;
  using Double = Value;
  using Bits = Value;
  using Truth = Value;

  FloatMachine(Kernel &kernel, int64_t count) : k(kernel), count(count) {}
  FloatMachine(Kernel &kernel, Value like) : k(kernel), count(lanesOf(like)) {}

  Value f32(double value) { return constant(k.b.getF32FloatAttr(static_cast<float>(value))); }
  Value f64(double value) { return constant(k.b.getF64FloatAttr(value)); }
  Value widen(Value x) { return k.b.create<mlir::arith::ExtFOp>(like(k.b.getF64Type()), x); }
  Value widen32(Value x) { return k.b.create<mlir::arith::ExtFOp>(like(k.b.getF32Type()), x); } ///< of f16
  Value narrow(Value x) { return k.b.create<mlir::arith::TruncFOp>(like(k.b.getF32Type()), x); }
  Value add(Value x, Value y) { return k.b.create<mlir::arith::AddFOp>(x, y); }
  Value sub(Value x, Value y) { return k.b.create<mlir::arith::SubFOp>(x, y); }
  Value mul(Value x, Value y) { return k.b.create<mlir::arith::MulFOp>(x, y); }
  Value div(Value x, Value y) { return k.b.create<mlir::arith::DivFOp>(x, y); }
  Value fma(Value x, Value y, Value z) { return k.b.create<mlir::math::FmaOp>(x, y, z); }
  Value neg(Value x) { return k.b.create<mlir::arith::NegFOp>(x); }
  Value abs(Value x) { return k.b.create<mlir::math::AbsFOp>(x); }
  Value sqrt(Value x) { return k.b.create<mlir::math::SqrtOp>(x); }
  Value floor(Value x) { return k.b.create<mlir::math::FloorOp>(x); }
  Value ceil(Value x) { return k.b.create<mlir::math::CeilOp>(x); }
  Value roundEven(Value x) { return k.b.create<mlir::math::RoundEvenOp>(x); }
  Value less(Value x, Value y) { return compare(mlir::arith::CmpFPredicate::OLT, x, y); }
  Value equal(Value x, Value y) { return compare(mlir::arith::CmpFPredicate::OEQ, x, y); }
  Value select(Value condition, Value yes, Value no) { return k.select(condition, yes, no); }

  Value bits(Value x) { return k.b.create<mlir::arith::BitcastOp>(like(k.i64()), x); }
  Value fromBits(Value x) { return k.b.create<mlir::arith::BitcastOp>(like(k.b.getF64Type()), x); }
  Value addBits(Value x, int64_t y) { return k.b.create<mlir::arith::AddIOp>(x, k.constant(x.getType(), y)); }
  Value subBits(Value x, Value y) { return k.sub(x, y); }
  Value shiftLeft(Value x, int amount) { return k.shl(x, amount); }
  Value shiftRight(Value x, int amount) { return k.ashr(x, amount); }

  static int64_t lanesOf(Value x) {
    auto vector = mlir::dyn_cast<mlir::VectorType>(x.getType());
    return vector ? vector.getNumElements() : 0;
  }

private:
  Kernel &k;
  int64_t count; ///< lanes; 0: no vector

  mlir::Type like(mlir::Type element) { return count ? mlir::Type(k.vec(count, element)) : element; }
  Value compare(mlir::arith::CmpFPredicate predicate, Value x, Value y) {
    return k.b.create<mlir::arith::CmpFOp>(predicate, x, y);
  }
  Value constant(mlir::FloatAttr scalar) {
    if (count == 0)
      return k.b.create<mlir::arith::ConstantOp>(scalar);
    return k.b.create<mlir::arith::ConstantOp>(
        mlir::DenseElementsAttr::get(k.vec(count, scalar.getType()), mlir::Attribute(scalar)));
  }
};

/// One f32 or `lanes` of them, if not 0, at an address where floats of 4 or of 2 bytes lie.
mlir::Value loadFloats(Kernel &k, mlir::Value from, int64_t lanes, int64_t bytes);
/// Floats of 2 bytes are rounded to nearest, ties to even.
void storeFloats(Kernel &k, mlir::Value x, mlir::Value to, int64_t bytes);

/// act(x) on an f32 or a vector of them, as FloatActivation.h states it; a null activation is the identity.
mlir::Value applyActivation(Kernel &k, ActivationAttr activation, mlir::Value x);

} // namespace wino

#endif
