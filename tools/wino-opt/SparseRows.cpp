// One function per kind of op; the interpreter says where moved elements come from.
#include "SparseRows.h"

#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Reference/MoveOps.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace llvm;

namespace wino {

using Rows = SparseLayer::Rows;

static constexpr size_t exactFloats = size_t(1) << 24;

size_t sizeOf(mlir::Value value) { return size_t(cast<mlir::RankedTensorType>(value.getType()).getNumElements()); }

/// Sum, difference, or product with a constant.
static std::optional<Rows> elementwiseRows(mlir::Operation *op, function_ref<bool(mlir::Value)> isKnown) {
  Rows rows;
  size_t size = sizeOf(op->getResult(0));
  bool isProduct = isa<MulOp>(op);
  std::vector<std::optional<std::vector<float>>> constants;
  for (mlir::Value operand : op->getOperands())
    constants.push_back(isKnown(operand) ? std::nullopt : constantFloats(operand));
  if (isProduct && !constants[0] == !constants[1])
    return std::nullopt;
  for (size_t i = 0; i < size; ++i) {
    float offset = 0;
    size_t before = 0; // elements of the known operands so far
    for (unsigned k = 0; k < 2; ++k) {
      float sign = k == 1 && isa<SubOp>(op) ? -1 : 1;
      if (constants[k]) {
        offset += sign * (*constants[k])[i];
        continue;
      }
      rows.indices.push_back(before + i);
      rows.factors.push_back(isProduct ? (*constants[1 - k])[i] : sign);
      before += size;
    }
    rows.offsets.push_back(isProduct ? 0 : offset);
    rows.starts.push_back(rows.indices.size());
  }
  return rows;
}

/// The interpreter moves the indices, counted from 1 so that padding is 0.
static std::optional<Rows> moveRows(mlir::Operation *op) {
  std::vector<Tensor> numbers;
  size_t next = 1;
  for (mlir::Value operand : op->getOperands()) {
    if (next + sizeOf(operand) > exactFloats)
      return std::nullopt;
    Tensor &tensor = numbers.emplace_back(cast<mlir::RankedTensorType>(operand.getType()));
    for (float &number : tensor.f)
      number = float(next++);
  }
  if (auto pad = dyn_cast<PadOp>(op); pad && !pad.getValue().isZero())
    return std::nullopt;
  std::vector<const Tensor *> operands;
  for (const Tensor &tensor : numbers)
    operands.push_back(&tensor);
  Rows rows;
  for (float number : evaluateMove(op, operands).f) {
    if (number > 0)
      rows.indices.push_back(size_t(number) - 1);
    rows.starts.push_back(rows.indices.size());
  }
  return rows;
}

template <typename PoolOp> static Rows windowsOf(PoolOp op, bool isMean, bool countsPadding) {
  Rows rows;
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = shapeOf(op.getOutput());
  rows.isMaximum = !isMean;
  for (int64_t plane = 0; plane < in[0] * in[1]; ++plane)
    for (int64_t y = 0; y < out[2]; ++y)
      for (int64_t x = 0; x < out[3]; ++x) {
        size_t first = rows.indices.size();
        for (int64_t ky = 0; ky < op.getKernel()[0]; ++ky)
          for (int64_t kx = 0; kx < op.getKernel()[1]; ++kx) {
            int64_t iy = y * op.getStrides()[0] + ky - op.getPads()[0],
                    ix = x * op.getStrides()[1] + kx - op.getPads()[1];
            if (iy >= 0 && iy < in[2] && ix >= 0 && ix < in[3])
              rows.indices.push_back(size_t((plane * in[2] + iy) * in[3] + ix));
          }
        int64_t count = countsPadding ? op.getKernel()[0] * op.getKernel()[1] : int64_t(rows.indices.size() - first);
        if (isMean)
          rows.factors.resize(rows.indices.size(), 1.0f / float(count));
        rows.starts.push_back(rows.indices.size());
      }
  return rows;
}

static Rows meanOver(ReduceMeanOp op) {
  ArrayRef<int64_t> in = shapeOf(op.getInput());
  size_t size = sizeOf(op.getInput()), count = sizeOf(op.getOutput());
  std::vector<std::vector<size_t>> members(count);
  for (size_t i = 0; i < size; ++i) {
    size_t row = 0, rest = i, stride = size;
    for (size_t dim = 0; dim < in.size(); ++dim) {
      stride /= size_t(in[dim]);
      if (!is_contained(op.getAxes(), int64_t(dim)))
        row = row * size_t(in[dim]) + rest / stride;
      rest %= stride;
    }
    members[row].push_back(i);
  }
  Rows rows;
  for (const std::vector<size_t> &row : members) {
    append_range(rows.indices, row);
    rows.starts.push_back(rows.indices.size());
  }
  rows.factors.assign(size, float(count) / float(size));
  return rows;
}

bool isSparse(mlir::Operation *op) {
  return isa<AddOp, SubOp, MulOp, AvgPool2DOp, ReduceMeanOp>(op) || (isMove(op) && !isa<ReduceMaxOp>(op));
}

/// Elements that all windows of a pool read together.
template <typename PoolOp> static bool isTooLarge(PoolOp op) {
  int64_t most = int64_t(exactFloats) / int64_t(sizeOf(op.getOutput()));
  return op.getKernel()[0] > most || op.getKernel()[1] > most / op.getKernel()[0];
}

std::optional<Rows> sparseRows(mlir::Operation *op, function_ref<bool(mlir::Value)> isKnown) {
  using Result = std::optional<Rows>;
  if (auto pool = dyn_cast<MaxPool2DOp>(op); pool && isTooLarge(pool))
    return std::nullopt;
  if (auto pool = dyn_cast<AvgPool2DOp>(op); pool && isTooLarge(pool))
    return std::nullopt;
  return TypeSwitch<mlir::Operation *, Result>(op)
      .Case<AddOp, SubOp, MulOp>([&](mlir::Operation *sum) { return elementwiseRows(sum, isKnown); })
      .Case([](MaxPool2DOp pool) -> Result { return windowsOf(pool, /*isMean=*/false, /*countsPadding=*/false); })
      .Case([](AvgPool2DOp pool) -> Result { return windowsOf(pool, /*isMean=*/true, pool.getCountIncludePad()); })
      .Case([](ReduceMeanOp mean) -> Result { return meanOver(mean); })
      .Default([](mlir::Operation *move) { return moveRows(move); });
}

} // namespace wino
