// One table: ONNX operator -> how it is folded, what shape it has, how it is imported. What is not here is reported,
// never guessed.
#include "OpTable.h"

#include "FoldConstants.h"
#include "wino/Import/ImportOps.h"

#include "llvm/Support/FormatVariadic.h"

namespace wino {

llvm::ArrayRef<OpRow> opTable() {
  static const OpRow rows[] = {
      {"Add", 7, foldBinary, inferBinary, buildBinary, "equal shapes, or one operand constant and broadcast"},
      {"AveragePool", 7, nullptr, inferPool, buildPool,
       "2-D, dilations 1; ceil_mode not together with count_include_pad"},
      {"BatchNormalization", 7, nullptr, inferBatchNorm, buildBatchNorm, "inference, constant parameters"},
      {"Cast", 7, foldCast, nullptr, nullptr, "constants only"},
      {"Clip", 7, nullptr, inferClip, buildActivation, "constant bounds, as attributes or inputs"},
      {"Concat", 7, foldConcat, inferConcat, buildConcat, ""},
      {"Constant", 7, foldConstant, nullptr, nullptr, "numbers: value, value_int(s), value_float(s)"},
      {"ConstantOfShape", 9, foldConstantOfShape, nullptr, nullptr, "constants only"},
      {"Conv", 7, nullptr, inferConv, buildConv,
       "2-D, constant filter and bias; any stride, pads, auto_pad, dilations, group"},
      {"Div", 7, foldBinary, nullptr, nullptr, "constants only"},
      {"Dropout", 7, nullptr, inferDropout, buildIdentity, "inference: passes its input on"},
      {"Expand", 8, foldExpand, nullptr, nullptr, "constants only"},
      {"Flatten", 7, foldReshape, inferReshape, buildReshape, ""},
      {"Gather", 7, foldGather, nullptr, nullptr, "constants only"},
      {"Gemm", 7, nullptr, inferGemm, buildGemm, "constant B; C constant and the same for every row"},
      {"GlobalAveragePool", 7, nullptr, inferReduceMean, buildReduceMean, ""},
      {"Identity", 7, foldIdentity, inferUnary, buildIdentity, ""},
      {"LeakyRelu", 7, nullptr, inferUnary, buildActivation, ""},
      {"MatMul", 7, nullptr, inferMatMul, buildMatMul, "constant B of rank 2; leading dimensions of A are flattened"},
      {"MaxPool", 7, nullptr, inferPool, buildPool, "2-D, dilations 1; no Indices output"},
      {"Mul", 7, foldBinary, inferBinary, buildBinary, "as Add"},
      {"Pad", 7, nullptr, inferPad, buildPad, "mode constant, amounts >= 0"},
      {"Range", 11, foldRange, nullptr, nullptr, "constants only"},
      {"ReduceMean", 7, nullptr, inferReduceMean, buildReduceMean, "axes as attribute or constant input"},
      {"Relu", 7, nullptr, inferUnary, buildActivation, ""},
      {"Reshape", 7, foldReshape, inferReshape, buildReshape, "shape known after folding"},
      {"Shape", 7, foldShape, nullptr, nullptr, "of anything whose shape is known"},
      {"Sigmoid", 7, nullptr, inferUnary, buildActivation, ""},
      {"Slice", 7, foldSlice, inferSlice, buildSlice, "known bounds; steps > 0 unless the data are constant"},
      {"Softmax", 7, nullptr, inferSoftmax, buildSoftmax, "before opset 13 over all axes from `axis` on"},
      {"Squeeze", 7, foldReshape, inferReshape, buildReshape, ""},
      {"Sub", 7, foldBinary, inferBinary, buildBinary, "as Add"},
      {"Transpose", 7, foldTranspose, inferTranspose, buildTranspose, ""},
      {"Unsqueeze", 7, foldReshape, inferReshape, buildReshape, ""},
  };
  return rows;
}

const OpRow *findOp(llvm::StringRef op) {
  for (const OpRow &row : opTable())
    if (row.op == op)
      return &row;
  return nullptr;
}

std::string listOps() {
  std::string text = "operator             opset  imported as far as\n";
  for (const OpRow &row : opTable())
    text +=
        llvm::formatv("{0,-20} {1,3}+   {2}\n", row.op, row.since, row.notes.empty() ? "everything" : row.notes.data())
            .str();
  return text;
}

} // namespace wino
