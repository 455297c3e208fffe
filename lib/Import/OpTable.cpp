// One table: ONNX operator -> how it is folded, what shape it has, how it is imported. What is not here is reported,
// never guessed.
#include "OpTable.h"

#include "FoldConstants.h"
#include "wino/Import/ImportOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace wino {

llvm::ArrayRef<OpRow> opTable() {
  static const OpRow rows[] = {
      {"Abs", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Add", 7, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"AveragePool", 7, nullptr, inferPool, buildPool,
       "1-D and 2-D, dilations 1; ceil_mode not together with count_include_pad"},
      {"BatchNormalization", 7, nullptr, inferBatchNorm, buildBatchNorm, "inference, constant parameters"},
      {"Cast", 7, foldCast, nullptr, nullptr, "constants only"},
      {"Ceil", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Celu", 12, foldFunction, inferFunction, buildFunction, ""},
      {"Clip", 7, nullptr, inferFunction, buildFunction, "constant bounds, as attributes or inputs"},
      {"Concat", 7, foldConcat, inferConcat, buildConcat, "", kAllInputs},
      {"Constant", 7, foldConstant, nullptr, nullptr, "numbers: value, value_int(s), value_float(s)"},
      {"ConstantOfShape", 9, foldConstantOfShape, nullptr, nullptr, "constants only"},
      {"Conv", 7, nullptr, inferConv, buildConv,
       "1-D and 2-D, constant filter and bias; any stride, pads, auto_pad, dilations, group"},
      {"ConvTranspose", 7, nullptr, inferConvTranspose, buildConvTranspose,
       "2-D, constant filter and bias; any stride, pads, auto_pad, dilations, group"},
      {"DepthToSpace", 7, nullptr, inferBlocks, buildBlocks, ""},
      {"Div", 7, foldBinary, inferNary, buildNary,
       "by constants; else product with the reciprocal, poor in 8 bits near 0", kAllInputs},
      {"Dropout", 7, nullptr, inferDropout, buildIdentity, "inference: passes its input on"},
      {"Elu", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Erf", 9, foldFunction, inferFunction, buildFunction, ""},
      {"Exp", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Expand", 8, foldExpand, inferExpand, buildExpand, "known shape"},
      {"Flatten", 7, foldReshape, inferReshape, buildReshape, ""},
      {"Floor", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Gather", 7, foldGather, inferGather, buildGather, "constant indices"},
      {"Gelu", 20, foldFunction, inferFunction, buildFunction, ""},
      {"Gemm", 7, nullptr, inferGemm, buildGemm, "constant B; C constant and the same for every row"},
      {"GlobalAveragePool", 7, nullptr, inferReduction, buildReduction, ""},
      {"GlobalMaxPool", 7, nullptr, inferReduction, buildReduction, ""},
      {"HardSigmoid", 7, foldFunction, inferFunction, buildFunction, ""},
      {"HardSwish", 14, foldFunction, inferFunction, buildFunction, ""},
      {"Identity", 7, foldIdentity, inferIdentity, buildIdentity, ""},
      {"LeakyRelu", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Log", 7, foldFunction, inferFunction, buildFunction, ""},
      {"LogSoftmax", 7, nullptr, inferSoftmax, buildLogSoftmax, "as Softmax"},
      {"MatMul", 7, nullptr, inferMatMul, buildMatMul, "constant B of rank 2; leading dimensions of A are flattened"},
      {"Max", 8, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"MaxPool", 7, nullptr, inferPool, buildPool, "1-D and 2-D, dilations 1; no Indices output"},
      {"Mean", 8, nullptr, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"Min", 8, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"Mish", 18, foldFunction, inferFunction, buildFunction, ""},
      {"Mul", 7, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"Neg", 7, foldFunction, inferFunction, buildFunction, ""},
      {"PRelu", 7, nullptr, inferPRelu, buildPRelu, "constant slopes"},
      {"Pad", 7, nullptr, inferPad, buildPad, "mode constant, amounts >= 0"},
      {"Pow", 7, foldFunction, inferFunction, buildFunction, "one constant exponent"},
      {"Range", 11, foldRange, nullptr, nullptr, "constants only"},
      {"Reciprocal", 7, foldFunction, inferFunction, buildFunction, ""},
      {"ReduceL1", 7, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceL2", 7, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceLogSum", 7, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceLogSumExp", 7, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceMax", 7, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceMean", 7, nullptr, inferReduction, buildReduction, "axes as attribute or constant input"},
      {"ReduceMin", 7, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceSum", 7, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceSumSquare", 7, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"Relu", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Reshape", 7, foldReshape, inferReshape, buildReshape, "shape known after folding"},
      {"Resize", 10, nullptr, inferResize, buildResize, "mode nearest where it repeats or skips elements evenly"},
      {"Round", 11, foldFunction, inferFunction, buildFunction, ""},
      {"Selu", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Shape", 7, foldShape, nullptr, nullptr, "of anything whose shape is known"},
      {"Sigmoid", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Sign", 9, foldFunction, inferFunction, buildFunction, ""},
      {"Slice", 7, foldSlice, inferSlice, buildSlice, "known bounds; steps > 0 unless the data are constant"},
      {"Softmax", 7, nullptr, inferSoftmax, buildSoftmax, "before opset 13 over all axes from `axis` on"},
      {"Softplus", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Softsign", 7, foldFunction, inferFunction, buildFunction, ""},
      {"SpaceToDepth", 7, nullptr, inferBlocks, buildBlocks, ""},
      {"Split", 7, nullptr, inferSplit, buildSplit, "known sizes", 1, inferSplitRest},
      {"Sqrt", 7, foldFunction, inferFunction, buildFunction, ""},
      {"Squeeze", 7, foldReshape, inferReshape, buildReshape, ""},
      {"Sub", 7, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"Sum", 8, nullptr, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"Tanh", 7, foldFunction, inferFunction, buildFunction, ""},
      {"ThresholdedRelu", 10, foldFunction, inferFunction, buildFunction, ""},
      {"Tile", 7, nullptr, inferTile, buildTile, "constant repeats"},
      {"Transpose", 7, foldTranspose, inferTranspose, buildTranspose, ""},
      {"Unsqueeze", 7, foldReshape, inferReshape, buildReshape, ""},
      {"Upsample", 7, nullptr, inferResize, buildResize, "as Resize"},
  };
  return rows;
}

const OpRow *findOp(llvm::StringRef op) {
  for (const OpRow &row : opTable())
    if (row.op == op)
      return &row;
  return nullptr;
}

std::string adviceOn(llvm::StringRef op) {
  if (llvm::is_contained({"TopK", "NonMaxSuppression", "NonZero", "Unique"}, op))
    return ": how much it makes depends on the data; end the model before it, with its inputs as outputs, and do this "
           "step in your program";
  if (llvm::is_contained({"If", "Loop", "Scan"}, op))
    return ": control flow; export the model with constants in place of what it decides";
  return "";
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
