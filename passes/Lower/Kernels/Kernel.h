// Kernel: a thin builder for the straight-line and loop code that kernels are made of (arith, scf, vector, llvm
// pointers). It knows no layer and no instruction set; Isa.h adds the instructions that differ between targets.
#ifndef WINO_LOWER_KERNELS_KERNEL_H
#define WINO_LOWER_KERNELS_KERNEL_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <string>
#include <vector>

namespace wino {

/// Code of a stage that a target writes itself. The constraints bind the operands, all of which the code may change,
/// and name all else that it changes.
struct Assembly {
  std::string text, constraints;
  std::vector<int32_t> table; ///< constants that it reads, an operand
  uint64_t cycles = 0;        ///< of one pass through its innermost straight-line code, by the target's issue model
};

/// Pieces [first, end) of a kernel that workers share, i64; both null for a kernel that one caller does whole.
struct Part {
  mlir::Value first, end;
  explicit operator bool() const { return bool(first); }
};

class Grid;

/// Pointers are `!llvm.ptr`, offsets and counters i64 in bytes, vectors plain MLIR vectors.
class Kernel {
public:
  using Value = mlir::Value;
  using Values = llvm::SmallVector<mlir::Value>;

  Kernel(mlir::Location loc, mlir::OpBuilder &builder) : b(loc, builder) {}

  mlir::ImplicitLocOpBuilder b;
  Grid *grid = nullptr; ///< on a device, while loops over constant ranges are threads

  mlir::Type i8() { return b.getI8Type(); }
  mlir::Type i16() { return b.getI16Type(); }
  mlir::Type i32() { return b.getI32Type(); }
  mlir::Type i64() { return b.getI64Type(); }
  mlir::Type f32() { return b.getF32Type(); }
  mlir::VectorType vec(int64_t lanes, mlir::Type element) { return mlir::VectorType::get(lanes, element); }

  Value index(int64_t value) { return b.create<mlir::arith::ConstantOp>(b.getI64IntegerAttr(value)); }
  /// Integer constant of a scalar or (splat) vector type.
  Value constant(mlir::Type type, int64_t value);
  Value constantF32(float value) { return b.create<mlir::arith::ConstantOp>(b.getF32FloatAttr(value)); }

  Value add(Value x, Value y) { return b.create<mlir::arith::AddIOp>(x, y); }
  Value add(Value x, int64_t y) { return y == 0 ? x : add(x, constant(x.getType(), y)); }
  Value sub(Value x, Value y) { return b.create<mlir::arith::SubIOp>(x, y); }
  Value mul(Value x, Value y) { return b.create<mlir::arith::MulIOp>(x, y); }
  Value mul(Value x, int64_t y) { return y == 1 ? x : mul(x, constant(x.getType(), y)); }
  Value shl(Value x, int64_t s) {
    return s == 0 ? x : b.create<mlir::arith::ShLIOp>(x, constant(x.getType(), s)).getResult();
  }
  Value ashr(Value x, int64_t s) {
    return s == 0 ? x : b.create<mlir::arith::ShRSIOp>(x, constant(x.getType(), s)).getResult();
  }
  Value smin(Value x, Value y) { return b.create<mlir::arith::MinSIOp>(x, y); }
  Value smax(Value x, Value y) { return b.create<mlir::arith::MaxSIOp>(x, y); }
  Value less(Value x, Value y) { return b.create<mlir::arith::CmpIOp>(mlir::arith::CmpIPredicate::slt, x, y); }
  Value both(Value x, Value y) { return b.create<mlir::arith::AndIOp>(x, y); }
  Value select(Value c, Value x, Value y) { return b.create<mlir::arith::SelectOp>(c, x, y); }
  Value sext(Value x, mlir::Type type) { return b.create<mlir::arith::ExtSIOp>(type, x); }
  Value zext(Value x, mlir::Type type) { return b.create<mlir::arith::ExtUIOp>(type, x); }
  Value extend(Value x, mlir::Type type, bool isUnsigned) { return isUnsigned ? zext(x, type) : sext(x, type); }
  Value trunc(Value x, mlir::Type type) { return b.create<mlir::arith::TruncIOp>(type, x); }
  /// Round half up without overflow: (x >> s) + bit s-1 of x (FixedPoint.h, rshr).
  Value rshr(Value x, int64_t s);
  /// Lanes [first, first + count) of a vector.
  Value lanes(Value x, int64_t first, int64_t count);
  /// One lane copied to all lanes of a vector of `count` lanes.
  Value broadcastLane(Value x, int64_t lane, int64_t count);
  Value splat(Value scalar, int64_t count) {
    return b.create<mlir::vector::SplatOp>(vec(count, scalar.getType()), scalar);
  }
  Value concat(Value x, Value y);
  Value intrinsic(llvm::StringRef name, mlir::Type result, mlir::ValueRange operands);

  void assembly(const Assembly &code, mlir::ValueRange operands);

  Value at(Value pointer, Value byteOffset);
  /// Bytes from one address to another, i64.
  Value distance(Value from, Value to) {
    auto number = [&](Value pointer) { return b.create<mlir::LLVM::PtrToIntOp>(i64(), pointer).getResult(); };
    return sub(number(to), number(from));
  }
  Value at(Value pointer, int64_t byteOffset) { return byteOffset == 0 ? pointer : at(pointer, index(byteOffset)); }
  /// Alignment to state for an access that layouts place at multiples of `bytes`: CPUs do not care.
  unsigned aligned(unsigned bytes) const { return onDevice ? bytes : 1; }
  bool onDevice = false;
  Value load(mlir::Type type, Value pointer, unsigned alignment = 1) {
    return b.create<mlir::LLVM::LoadOp>(type, pointer, alignment);
  }
  void store(Value value, Value pointer, unsigned alignment = 1) {
    b.create<mlir::LLVM::StoreOp>(value, pointer, alignment);
  }

  /// for (i = lo; i < hi; i += step) body(i). A loop that runs once is not emitted as a loop.
  void loop(Value lo, Value hi, Value step, llvm::function_ref<void(Value)> body);
  void loop(int64_t lo, int64_t hi, int64_t step, llvm::function_ref<void(Value)> body);
  /// for (i = 0; i < extent; i += step), of which `part` takes the rounds numbered [first, end).
  void loop(const Part &part, int64_t extent, int64_t step, llvm::function_ref<void(Value)> body);
  /// The same with carried values.
  Values loop(int64_t lo, int64_t hi, int64_t step, Values init, llvm::function_ref<Values(Value, Values)> body);
  Values loop(Value lo, Value hi, Value step, Values init, llvm::function_ref<Values(Value, Values)> body);
  void ifThen(Value condition, llvm::function_ref<void()> body);
  /// Runs `body` where `part` has the last of `pieces` pieces.
  void ifLast(const Part &part, int64_t pieces, llvm::function_ref<void()> body);

  /// Fill or copy `bytes` bytes; whole 16-byte vectors while they last, then single bytes.
  void fill(Value pointer, int64_t bytes, uint8_t value);
  void copy(Value to, Value from, int64_t bytes);
};

} // namespace wino

#endif
