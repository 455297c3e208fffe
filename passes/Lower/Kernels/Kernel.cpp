// Kernel builder: the pieces that are longer than a line.
#include "Lower/Kernels/Kernel.h"
#include "Lower/Kernels/Grid.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace wino {

Value Kernel::constant(Type type, int64_t value) {
  if (auto vector = dyn_cast<VectorType>(type))
    return b.create<arith::ConstantOp>(
        DenseElementsAttr::get(vector, b.getIntegerAttr(vector.getElementType(), value)));
  return b.create<arith::ConstantOp>(b.getIntegerAttr(type, value));
}

Value Kernel::rshr(Value x, int64_t s) {
  if (s == 0)
    return x;
  Value bit = b.create<arith::AndIOp>(ashr(x, s - 1), constant(x.getType(), 1));
  return add(ashr(x, s), bit);
}

Value Kernel::lanes(Value x, int64_t first, int64_t count) {
  llvm::SmallVector<int64_t> mask(count);
  for (int64_t i = 0; i < count; ++i)
    mask[i] = first + i;
  return b.create<vector::ShuffleOp>(x, x, mask);
}

Value Kernel::broadcastLane(Value x, int64_t lane, int64_t count) {
  return b.create<vector::ShuffleOp>(x, x, llvm::SmallVector<int64_t>(count, lane));
}

Value Kernel::concat(Value x, Value y) {
  int64_t count = cast<VectorType>(x.getType()).getNumElements();
  llvm::SmallVector<int64_t> mask(2 * count);
  for (int64_t i = 0; i < 2 * count; ++i)
    mask[i] = i;
  return b.create<vector::ShuffleOp>(x, y, mask);
}

Value Kernel::intrinsic(llvm::StringRef name, Type result, ValueRange operands) {
  return b.create<LLVM::CallIntrinsicOp>(result, b.getStringAttr(name), operands).getResult(0);
}

void Kernel::assembly(const Assembly &code, ValueRange operands) {
  auto results = LLVM::LLVMStructType::getLiteral(b.getContext(), llvm::to_vector(operands.getTypes()));
  b.create<LLVM::InlineAsmOp>(results, operands, code.text, code.constraints, /*has_side_effects=*/true,
                              /*is_align_stack=*/false, LLVM::AsmDialectAttr(), /*operand_attrs=*/ArrayAttr());
}

Value Kernel::at(Value pointer, Value byteOffset) {
  return b.create<LLVM::GEPOp>(pointer.getType(), i8(), pointer, ArrayRef<LLVM::GEPArg>{byteOffset});
}

static std::optional<int64_t> constantOf(Value value) {
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    if (auto attr = dyn_cast<IntegerAttr>(constant.getValue()))
      return attr.getInt();
  return std::nullopt;
}

void Kernel::loop(Value lo, Value hi, Value step, llvm::function_ref<void(Value)> body) {
  loop(lo, hi, step, Values{}, [&](Value i, Values) {
    body(i);
    return Values{};
  });
}

void Kernel::loop(int64_t lo, int64_t hi, int64_t step, llvm::function_ref<void(Value)> body) {
  if (lo < hi && grid)
    grid->share(lo, hi, step, body);
  else if (lo < hi)
    loop(index(lo), index(hi), index(step), body);
}

void Kernel::loop(const Part &part, int64_t extent, int64_t step, llvm::function_ref<void(Value)> body) {
  if (!part)
    return loop(0, extent, step, body);
  Value end = mul(part.end, step);
  loop(mul(part.first, step), extent % step ? smin(end, index(extent)) : end, index(step), body);
}

Kernel::Values Kernel::loop(int64_t lo, int64_t hi, int64_t step, Values init,
                            llvm::function_ref<Values(Value, Values)> body) {
  return loop(index(lo), index(hi), index(step), init, body);
}

Kernel::Values Kernel::loop(Value lo, Value hi, Value step, Values init,
                            llvm::function_ref<Values(Value, Values)> body) {
  auto first = constantOf(lo), last = constantOf(hi), stride = constantOf(step);
  llvm::SaveAndRestore one(grid, static_cast<Grid *>(nullptr)); // rounds depend on each other: all by one thread
  if (first && last && stride && *first < *last && *first + *stride >= *last)
    return body(lo, init);
  auto op = b.create<scf::ForOp>(lo, hi, step, init);
  OpBuilder::InsertionGuard guard(b);
  if (init.empty()) {
    b.setInsertionPoint(op.getBody()->getTerminator());
    body(op.getInductionVar(), {});
    return {};
  }
  b.setInsertionPointToStart(op.getBody());
  Values next = body(op.getInductionVar(), Values(op.getRegionIterArgs().begin(), op.getRegionIterArgs().end()));
  b.create<scf::YieldOp>(next);
  return Values(op.getResults().begin(), op.getResults().end());
}

void Kernel::ifThen(Value condition, llvm::function_ref<void()> body) {
  auto op = b.create<scf::IfOp>(condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(op.thenBlock()->getTerminator());
  body();
}

void Kernel::ifLast(const Part &part, int64_t pieces, llvm::function_ref<void()> body) {
  if (!part)
    return body();
  ifThen(b.create<arith::CmpIOp>(arith::CmpIPredicate::eq, part.end, index(pieces)), body);
}

void Kernel::fill(Value pointer, int64_t bytes, uint8_t value) {
  int64_t whole = bytes / 16 * 16;
  Value wide = constant(vec(16, i8()), static_cast<int8_t>(value));
  loop(0, whole, 16, [&](Value i) { store(wide, at(pointer, i)); });
  Value narrow = constant(i8(), static_cast<int8_t>(value));
  loop(whole, bytes, 1, [&](Value i) { store(narrow, at(pointer, i)); });
}

void Kernel::copy(Value to, Value from, int64_t bytes) {
  int64_t whole = bytes / 16 * 16;
  loop(0, whole, 16, [&](Value i) { store(load(vec(16, i8()), at(from, i)), at(to, i)); });
  loop(whole, bytes, 1, [&](Value i) { store(load(i8(), at(from, i)), at(to, i)); });
}

} // namespace wino
