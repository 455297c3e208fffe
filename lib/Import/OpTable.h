// Private to the Import room: the one table of ONNX operators, and the signatures of what its rows point to.
#ifndef WINO_LIB_IMPORT_OPTABLE_H
#define WINO_LIB_IMPORT_OPTABLE_H

#include "NodeArgs.h"
#include "wino/Dialect/Winograd.h"

#include <limits>

namespace wino {

class Builder;

constexpr size_t kAllInputs = std::numeric_limits<size_t>::max();

class Steps;

/// Types of a node's data inputs in the file, and of its results. All are f32 here: integers as their values.
enum class Types {
  Floats,   ///< f32, results too
  Same,     ///< one type, results too
  Compares, ///< one type, results are bools
  Bools,    ///< bools, results too
  Indices,  ///< one type, results are i64
  Selects,  ///< one type behind the first, results too
  Numbers   ///< any; `typeOf` says what results are, f32 without it
};

/// One operator. At least one of `fold`, `expand` and the pair `infer`, `build` is there.
struct OpRow {
  llvm::StringLiteral op;
  int since;                            ///< first opset whose form is read (6 or later)
  TensorPtr (*fold)(NodeArgs &);        ///< value when all inputs are constant
  bool (*infer)(NodeArgs &, Shape &);   ///< shape of the first output; complains about all that can't be imported
  void (*build)(Builder &, NodeArgs &); ///< emits the operation; only called when infer agreed
  llvm::StringLiteral notes;            ///< for `--list-ops`
  size_t dataInputs = 1;                ///< so many first inputs are data, not parameters: they become float values
  /// Shapes of the outputs after the first, where an operator has several.
  std::vector<Shape> (*inferMore)(NodeArgs &) = nullptr;
  Types types = Types::Floats;
  /// The operator as others; false where `infer` and `build` take it (or after a complaint).
  bool (*expand)(Steps &) = nullptr;
  DType (*typeOf)(NodeArgs &) = nullptr;
  bool needsFloats = false; ///< where it is expanded, its results have no use in bytes
};

llvm::ArrayRef<OpRow> opTable();
const OpRow *findOp(llvm::StringRef op);
/// What to do about an operator that is not imported, to follow the complaint; often nothing.
std::string adviceOn(llvm::StringRef op);

/// Shape functions; each checks ranks, attributes and constants before it uses them.
bool inferConv(NodeArgs &args, Shape &out);
bool inferGemm(NodeArgs &args, Shape &out);
bool inferMatMul(NodeArgs &args, Shape &out);
bool inferBatchNorm(NodeArgs &args, Shape &out);
bool inferNormalization(NodeArgs &args, Shape &out); ///< of instances, of layers, MeanVarianceNormalization
std::vector<Shape> inferNormalizationRest(NodeArgs &args);
bool inferIdentity(NodeArgs &args, Shape &out);
bool inferFunction(NodeArgs &args, Shape &out); ///< operators of UnaryFunction.h, Clip, Gelu, Pow
bool inferDropout(NodeArgs &args, Shape &out);
bool inferSoftmax(NodeArgs &args, Shape &out);
bool inferNary(NodeArgs &args, Shape &out); ///< Add, Sub, Mul, Div, Min, Max, Sum, Mean
bool inferPRelu(NodeArgs &args, Shape &out);
bool inferPool(NodeArgs &args, Shape &out);      ///< MaxPool, AveragePool
bool inferReduction(NodeArgs &args, Shape &out); ///< Reduce..., GlobalAveragePool, GlobalMaxPool
bool inferConvTranspose(NodeArgs &args, Shape &out);
bool inferConcat(NodeArgs &args, Shape &out);
bool inferSlice(NodeArgs &args, Shape &out);
bool inferPad(NodeArgs &args, Shape &out);
bool inferReshape(NodeArgs &args, Shape &out);
bool inferTranspose(NodeArgs &args, Shape &out);
bool inferExpand(NodeArgs &args, Shape &out);
bool inferTile(NodeArgs &args, Shape &out);
bool inferResize(NodeArgs &args, Shape &out); ///< Resize, Upsample
bool inferBlocks(NodeArgs &args, Shape &out); ///< DepthToSpace, SpaceToDepth
bool inferSplit(NodeArgs &args, Shape &out);
std::vector<Shape> inferSplitRest(NodeArgs &args);
bool inferGather(NodeArgs &args, Shape &out);

/// Operators as others (Steps.h). False where infer and build take the node, or after a complaint.
bool expandArgMax(Steps &s); ///< ArgMax, ArgMin
bool expandBatchNorm(Steps &s);
bool expandCast(Steps &s); ///< Cast, CastLike
bool expandCompare(Steps &s);
bool expandConv(Steps &s);
bool expandConvTranspose(Steps &s);
bool expandDequantize(Steps &s);
bool expandDropout(Steps &s);
bool expandEinsum(Steps &s);
bool expandGemm(Steps &s);
bool expandHardmax(Steps &s);
bool expandIntegerProduct(Steps &s); ///< ConvInteger, MatMulInteger
bool expandLogic(Steps &s);
bool expandLpNormalization(Steps &s);
bool expandLrn(Steps &s);
bool expandMatMul(Steps &s);
bool expandPool(Steps &s);
bool expandPow(Steps &s);
bool expandQLinearConv(Steps &s);
bool expandQLinearMatMul(Steps &s);
bool expandQuantize(Steps &s);
bool expandReduceProd(Steps &s);
bool expandTrilu(Steps &s);
bool expandWhere(Steps &s);
/// Types of results in the file.
DType castType(NodeArgs &args);
DType quantizedType(NodeArgs &args);
DType integerType(NodeArgs &args); ///< i32

/// Importers.
void buildConv(Builder &b, NodeArgs &args);
void buildGemm(Builder &b, NodeArgs &args);
void buildMatMul(Builder &b, NodeArgs &args);
void buildBatchNorm(Builder &b, NodeArgs &args);
void buildNormalization(Builder &b, NodeArgs &args);
void buildFunction(Builder &b, NodeArgs &args);
void buildIdentity(Builder &b, NodeArgs &args);
void buildSoftmax(Builder &b, NodeArgs &args);
void buildNary(Builder &b, NodeArgs &args);
void buildPRelu(Builder &b, NodeArgs &args);
void buildLogSoftmax(Builder &b, NodeArgs &args);
void buildPool(Builder &b, NodeArgs &args);
void buildReduction(Builder &b, NodeArgs &args);
void buildConvTranspose(Builder &b, NodeArgs &args);
void buildConcat(Builder &b, NodeArgs &args);
void buildSlice(Builder &b, NodeArgs &args);
void buildPad(Builder &b, NodeArgs &args);
void buildReshape(Builder &b, NodeArgs &args);
void buildTranspose(Builder &b, NodeArgs &args);
void buildExpand(Builder &b, NodeArgs &args);
void buildTile(Builder &b, NodeArgs &args);
void buildResize(Builder &b, NodeArgs &args);
void buildBlocks(Builder &b, NodeArgs &args);
void buildSplit(Builder &b, NodeArgs &args);
void buildGather(Builder &b, NodeArgs &args);

/// Numbers that shape functions and importers both need.
/// An elementwise function of input 0.
struct FunctionSpec {
  ActivationKind kind = ActivationKind::Relu;
  float lo = 0, hi = 0;
};
/// Complains unless attributes and further inputs say which function it is.
FunctionSpec readFunction(NodeArgs &args);
int64_t readSoftmaxAxis(NodeArgs &args);
/// Axes and keepdims of a reduction.
struct ReductionSpec {
  std::vector<int64_t> axes;
  bool keepDims = true;
};
ReductionSpec readReduction(NodeArgs &args);
/// The window of a Conv, MaxPool or AveragePool whose inputs were checked.
std::optional<Window> readNodeWindow(NodeArgs &args);

} // namespace wino

#endif // WINO_LIB_IMPORT_OPTABLE_H
