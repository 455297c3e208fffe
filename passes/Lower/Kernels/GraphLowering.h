// GraphLowering: the state of one run of lowerGraph. LowerGraph.cpp holds the walk and the convolutions,
// LowerGraphOps.cpp the rest.
#ifndef WINO_LOWER_KERNELS_GRAPHLOWERING_H
#define WINO_LOWER_KERNELS_GRAPHLOWERING_H

#include "Lower/Kernels/Convolution.h"
#include "Lower/Kernels/FloatLayers.h"
#include "Lower/Kernels/ModuleBuilder.h"
#include "Lower/Kernels/Pointwise.h"
#include "wino/Dialect/ConstantTensor.h"

#include "mlir/IR/Matchers.h"

namespace wino {

/// True if a value's stored integers are unsigned.
bool isUnsigned(mlir::Value value);

Narrowing narrowing(mlir::Operation *op, int64_t shift, int64_t lo, int64_t hi);
Narrowing narrowing(mlir::Operation *op, RequantAttr requant);

/// The integers of a constant, through a storage cast if there is one.
template <typename T> std::vector<T> elements(mlir::Value value) {
  if (auto cast = value.getDefiningOp<mlir::quant::StorageCastOp>())
    value = cast.getArg();
  mlir::DenseElementsAttr attr;
  std::vector<T> result;
  if (matchPattern(value, mlir::m_Constant(&attr)))
    for (const llvm::APInt &x : attr.getValues<llvm::APInt>())
      result.push_back(x.getSExtValue());
  return result;
}

/// Of an op with a residual, which lies as the result does: neither is a part of something else.
template <typename OpT> std::optional<Residual> residualForm(OpT op) {
  if (!op.getResidual())
    return std::nullopt;
  return Residual{int64_t(*op.getResidualMultiplier()), isUnsigned(op.getResidual())};
}

/// Text that tells kernels apart: every number their code depends on.
std::string keyText(const Layout &layout);
std::string keyList(llvm::ArrayRef<int64_t> values);
std::string keyText(const Narrowing &narrowing);
/// Nothing for a layer without a residual.
std::string keyText(const std::optional<Residual> &residual);
/// Nothing for a layer that is not shared.
std::string keyText(const Split &split);

/// Kernels for 16-bit tensors are those of a network's head.
bool hasKernelWidths(mlir::Operation &op);

class GraphLowering {
public:
  GraphLowering(mlir::ModuleOp module, mlir::func::FuncOp main, const Isa &isa, llvm::StringRef prefix)
      : module(module), main(main), isa(isa), prefix(prefix), builder(module, prefix, isa.isDevice()) {}

  mlir::LogicalResult run();

private:
  mlir::ModuleOp module;
  mlir::func::FuncOp main;
  const Isa &isa;
  std::string prefix;
  ModuleBuilder builder;
  mlir::Value arena;
  llvm::DenseMap<mlir::Value, mlir::Value> pointers; // tensor -> address of its internal layout
  llvm::DenseMap<mlir::Value, mlir::Value> external; // argument -> the caller's buffer
  llvm::DenseMap<mlir::Value, mlir::Value>
      inPlace; // result of the network -> the caller's buffer, where none is between

  mlir::Value offset(mlir::Operation *op, llvm::StringRef attribute) {
    auto attr = op->getAttrOfType<mlir::IntegerAttr>(attribute);
    return builder.entry(op->getLoc()).at(arena, attr ? attr.getInt() : 0);
  }
  mlir::Value result(mlir::Operation *op) {
    mlir::Value value = op->getResult(0), there = inPlace.lookup(value);
    return pointers[value] = there ? there : offset(op, "wino.offset");
  }
  mlir::Value operand(mlir::Value value);
  void copy(mlir::Location loc, const StridedCopy &copy, mlir::Value from, mlir::Value to);
  void copyElements(mlir::Location loc, const Layout &from, const Layout &to, mlir::Value source, mlir::Value target);

  using Body = llvm::function_ref<void(Kernel &, mlir::ValueRange, const Part &)>;
  /// A kernel with scratch, its last operand: one call, or one that the hook hands out to workers.
  void callShared(mlir::Operation *op, llvm::StringRef name, const std::string &key, Kernel::Values operands,
                  const Split &split, Body body);
  /// A kernel without scratch in so many pieces.
  void callPieces(mlir::Operation *op, llvm::StringRef name, const std::string &key, mlir::ValueRange operands,
                  int64_t pieces, Body body);
  /// A Winograd layer whose output channels are shared: per block of `blockTiles` tiles one call for U, one for the
  /// rest.
  void callStages(mlir::Operation *op, const std::string &key, const Kernel::Values &operands, const Split &split,
                  int64_t tileCount, int64_t blockTiles, Body input, Body output);
  /// Elementwise kernels on dense bytes: `body` does so many bytes, whole units, on pointers to the first of each
  /// operand but the `fixed` ones.
  void bytewise(mlir::Operation *op, llvm::StringRef name, const std::string &key, mlir::ValueRange operands,
                int64_t bytes, llvm::function_ref<void(Kernel &, mlir::ValueRange, int64_t)> body, size_t fixed = 0,
                int64_t unit = 1);

  mlir::LogicalResult lower(mlir::Operation &op);
  void convolution(Conv2DOp op);
  void depthwise(Conv2DOp op);
  void fullyConnected(FullyConnectedOp op);
  void headProducts(FullyConnectedOp op);
  /// `residual`: null for none.
  void ownLayer(mlir::Operation *op, llvm::StringRef name, const std::string &key, const OwnLayer &layer,
                mlir::Value in, mlir::Value out, mlir::Value residual);
  void direct(mlir::Operation *op, DirectConvolution conv, mlir::Value in, mlir::Value out, mlir::Value residual,
              mlir::Value filter, mlir::Value bias, llvm::ArrayRef<int32_t> multipliers);
  void winograd(OutputTransformOp op);
  mlir::LogicalResult floatTiles(FloatTilesOp op); // FloatWinograd.cpp
  void weightedSum(mlir::Operation *op, RequantAttr requant);
  void product(MulOp op);
  void lookup(LookupOp op);
  void pool(mlir::Operation *op, llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> strides,
            llvm::ArrayRef<int64_t> pads, RequantAttr requant);
  /// Mean, or maximum where there is no `requant`.
  void reduce(mlir::Operation *op, llvm::ArrayRef<int64_t> axes, bool keepDims, RequantAttr requant);
  void blocks(mlir::Operation *op);
  void softmax(SoftmaxOp op);
  void concat(ConcatOp op);
  void slice(SliceOp op);
  void pad(PadOp op);
  void reshape(ReshapeOp op);
  void transpose(TransposeOp op);

  /// Ops that only move elements, integers or floats; false where it is another.
  bool lowerMove(mlir::Operation &op);
  /// Ops that compute floats (LowerFloats.cpp).
  mlir::LogicalResult lowerFloat(mlir::Operation &op);
  mlir::LogicalResult floatLayer(mlir::Operation *op, const FloatLayer &layer);
  void floatElementwise(mlir::Operation *op, ActivationAttr activation);
  void floatWindow(mlir::Operation *op, llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> strides,
                   llvm::ArrayRef<int64_t> pads, bool countPadding);
  void floatReduction(mlir::Operation *op, llvm::ArrayRef<int64_t> axes, bool keepDims);
  void floatSoftmax(SoftmaxOp op);
  void dequantize(DequantizeOp op);
  mlir::LogicalResult quantize(mlir::quant::QuantizeCastOp op);
  void floatFill(mlir::Location loc, float value, int64_t count, int64_t bytes, mlir::Value to);
  void setInterface(llvm::ArrayRef<mlir::Value> results);
};

} // namespace wino

#endif
