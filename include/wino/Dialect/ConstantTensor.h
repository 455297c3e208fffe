// Reading and making float constants: what is needed to look at filters and biases. Arithmetic on them is their
// readers' own.
#ifndef WINO_DIALECT_CONSTANTTENSOR_H
#define WINO_DIALECT_CONSTANTTENSOR_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

#include <optional>
#include <vector>

namespace wino {

/// The row-major elements of an f32 or f16 constant, or nothing when `value` is no such constant. A splat is expanded.
inline std::optional<std::vector<float>> constantFloats(mlir::Value value) {
  mlir::Attribute attr;
  if (!mlir::matchPattern(value, mlir::m_Constant(&attr)))
    return std::nullopt;
  if (auto dense = llvm::dyn_cast<mlir::DenseElementsAttr>(attr)) {
    if (dense.getElementType().isF16()) {
      std::vector<float> numbers;
      for (llvm::APFloat number : dense.getValues<llvm::APFloat>()) {
        bool inexact = false;
        number.convert(llvm::APFloat::IEEEsingle(), llvm::APFloat::rmNearestTiesToEven, &inexact);
        numbers.push_back(number.convertToFloat());
      }
      return numbers;
    }
    if (!dense.getElementType().isF32())
      return std::nullopt;
    auto range = dense.getValues<float>();
    return std::vector<float>(range.begin(), range.end());
  }
  if (auto resource = llvm::dyn_cast<mlir::DenseF32ResourceElementsAttr>(attr))
    if (auto data = resource.tryGetAsArrayRef(); data && int64_t(data->size()) == resource.getType().getNumElements())
      return std::vector<float>(data->begin(), data->end());
  return std::nullopt;
}

/// The number that an f32 constant holds everywhere, where its attribute is a splat.
inline std::optional<float> constantSplat(mlir::Value value) {
  mlir::DenseElementsAttr attr;
  if (mlir::matchPattern(value, mlir::m_Constant(&attr)) && attr.isSplat() && attr.getElementType().isF32())
    return attr.getSplatValue<float>();
  return std::nullopt;
}

/// An f32 constant of the given shape.
inline mlir::Value makeConstant(mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<int64_t> shape,
                                llvm::ArrayRef<float> elements) {
  auto type = mlir::RankedTensorType::get(shape, builder.getF32Type());
  return builder.create<mlir::arith::ConstantOp>(loc, mlir::DenseElementsAttr::get(type, elements));
}

/// Puts an f32 constant of the same shape in the place of one operand's; the old one goes if nothing else reads it.
inline void replaceConstant(mlir::OpOperand &operand, llvm::ArrayRef<float> elements) {
  mlir::Value old = operand.get();
  mlir::OpBuilder builder(operand.getOwner());
  operand.set(makeConstant(builder, old.getLoc(), llvm::cast<mlir::ShapedType>(old.getType()).getShape(), elements));
  if (old.use_empty())
    old.getDefiningOp()->erase();
}

} // namespace wino

#endif
