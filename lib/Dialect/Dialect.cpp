// Registration of the winograd dialect and the small questions everybody asks of its IR: names, shapes, storage ranges,
// window extents. Attribute and operation verifiers are in Attrs.cpp, GraphOps.cpp, ShapeOps.cpp and TileOps.cpp.
#include "wino/Dialect/Winograd.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "wino/Dialect/WinogradDialect.cpp.inc"

#include "wino/Dialect/WinogradEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "wino/Dialect/WinogradAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "wino/Dialect/WinogradOps.cpp.inc"

namespace wino {

void WinogradDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "wino/Dialect/WinogradAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "wino/Dialect/WinogradOps.cpp.inc"
      >();
}

llvm::StringRef nodeName(Operation *op) {
  StringRef name = "?";
  // The first NameLoc met inside fused or call-site locations is the node; later ones describe where it came from.
  op->getLoc()->walk([&](Location loc) {
    auto named = dyn_cast<NameLoc>(loc);
    if (!named)
      return WalkResult::advance();
    name = named.getName().strref();
    return WalkResult::interrupt();
  });
  return name;
}

bool isHalf(Value value) { return getElementTypeOrSelf(value.getType()).isF16(); }
bool isFloat(Value value) { return isHalf(value) || getElementTypeOrSelf(value.getType()).isF32(); }

quant::UniformQuantizedType quantizedType(Value value) {
  return dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(value.getType()));
}

StorageRange storageRange(quant::UniformQuantizedType type) {
  return {static_cast<int32_t>(type.getStorageTypeMin()), static_cast<int32_t>(type.getStorageTypeMax())};
}

bool keepsScale(Operation *op) {
  return isa<MaxPool2DOp, ReduceMaxOp, ReshapeOp, TransposeOp, SliceOp, PadOp, RepeatOp, DepthToSpaceOp,
             SpaceToDepthOp>(op);
}

bool choosesItsScale(Operation *op) {
  return isa<Conv2DOp, FullyConnectedOp, AddOp, SubOp, MulOp, MaximumOp, MinimumOp, AvgPool2DOp, ReduceMeanOp,
             ActivateOp>(op);
}

llvm::ArrayRef<int64_t> shapeOf(Value value) { return cast<ShapedType>(value.getType()).getShape(); }

int64_t windowExtent(int64_t size, int64_t kernel, int64_t stride, int64_t dilation, int64_t padLow, int64_t padHigh) {
  int64_t span = size + padLow + padHigh - dilation * (kernel - 1) - 1;
  return span < 0 ? 0 : span / stride + 1;
}

} // namespace wino
