// Private to the Import room: the one table of ONNX operators, and the signatures of what its rows point to.
#ifndef WINO_LIB_IMPORT_OPTABLE_H
#define WINO_LIB_IMPORT_OPTABLE_H

#include "NodeArgs.h"

namespace wino {

class Builder;

/// One operator. At least one of `fold` and the pair `infer`, `build` is there.
struct OpRow {
  llvm::StringLiteral op;
  int since;                            ///< first opset whose form is read (7 or later)
  TensorPtr (*fold)(NodeArgs &);        ///< value when all inputs are constant
  bool (*infer)(NodeArgs &, Shape &);   ///< shape of the first output; complains about all that can't be imported
  void (*build)(Builder &, NodeArgs &); ///< emits the operation; only called when infer agreed
  llvm::StringLiteral notes;            ///< for `--list-ops`
};

llvm::ArrayRef<OpRow> opTable();
const OpRow *findOp(llvm::StringRef op);

/// Shape functions; each checks ranks, attributes and constants before it uses them.
bool inferConv(NodeArgs &args, Shape &out);
bool inferGemm(NodeArgs &args, Shape &out);
bool inferMatMul(NodeArgs &args, Shape &out);
bool inferBatchNorm(NodeArgs &args, Shape &out);
bool inferUnary(NodeArgs &args, Shape &out); ///< Relu, LeakyRelu, Sigmoid, Identity
bool inferClip(NodeArgs &args, Shape &out);
bool inferDropout(NodeArgs &args, Shape &out);
bool inferSoftmax(NodeArgs &args, Shape &out);
bool inferBinary(NodeArgs &args, Shape &out);
bool inferPool(NodeArgs &args, Shape &out);       ///< MaxPool, AveragePool
bool inferReduceMean(NodeArgs &args, Shape &out); ///< ReduceMean, GlobalAveragePool
bool inferConcat(NodeArgs &args, Shape &out);
bool inferSlice(NodeArgs &args, Shape &out);
bool inferPad(NodeArgs &args, Shape &out);
bool inferReshape(NodeArgs &args, Shape &out);
bool inferTranspose(NodeArgs &args, Shape &out);

/// Importers.
void buildConv(Builder &b, NodeArgs &args);
void buildGemm(Builder &b, NodeArgs &args);
void buildMatMul(Builder &b, NodeArgs &args);
void buildBatchNorm(Builder &b, NodeArgs &args);
void buildActivation(Builder &b, NodeArgs &args);
void buildIdentity(Builder &b, NodeArgs &args);
void buildSoftmax(Builder &b, NodeArgs &args);
void buildBinary(Builder &b, NodeArgs &args);
void buildPool(Builder &b, NodeArgs &args);
void buildReduceMean(Builder &b, NodeArgs &args);
void buildConcat(Builder &b, NodeArgs &args);
void buildSlice(Builder &b, NodeArgs &args);
void buildPad(Builder &b, NodeArgs &args);
void buildReshape(Builder &b, NodeArgs &args);
void buildTranspose(Builder &b, NodeArgs &args);

/// Numbers that shape functions and importers both need.
struct ClipBounds {
  float lo, hi;
};
ClipBounds readClip(NodeArgs &args);
int64_t readSoftmaxAxis(NodeArgs &args);
/// Axes and keepdims of ReduceMean or GlobalAveragePool.
struct MeanSpec {
  std::vector<int64_t> axes;
  bool keepDims = true;
};
MeanSpec readMean(NodeArgs &args);
/// The window of a Conv, MaxPool or AveragePool whose inputs were checked.
std::optional<Window> readNodeWindow(NodeArgs &args);

} // namespace wino

#endif // WINO_LIB_IMPORT_OPTABLE_H
