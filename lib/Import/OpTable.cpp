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
      {"Abs", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Add", 6, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"AveragePool", 6, nullptr, inferPool, buildPool,
       "1-D and 2-D, dilations 1; ceil_mode not together with count_include_pad"},
      {"BatchNormalization", 6, nullptr, inferBatchNorm, buildBatchNorm, "inference, constant parameters"},
      {"Cast", 6, foldCast, nullptr, nullptr, "constants only"},
      {"Ceil", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Celu", 12, foldFunction, inferFunction, buildFunction, ""},
      {"Clip", 6, nullptr, inferFunction, buildFunction, "constant bounds, as attributes or inputs"},
      {"Concat", 6, foldConcat, inferConcat, buildConcat, "", kAllInputs},
      {"Constant", 6, foldConstant, nullptr, nullptr, "numbers: value, value_int(s), value_float(s)"},
      {"ConstantOfShape", 9, foldConstantOfShape, nullptr, nullptr, "constants only"},
      {"Conv", 6, nullptr, inferConv, buildConv,
       "1-D and 2-D, constant filter and bias; any stride, pads, auto_pad, dilations, group"},
      {"ConvTranspose", 6, nullptr, inferConvTranspose, buildConvTranspose,
       "2-D, constant filter and bias; any stride, pads, auto_pad, dilations, group"},
      {"DepthToSpace", 6, nullptr, inferBlocks, buildBlocks, ""},
      {"Div", 6, foldBinary, inferNary, buildNary,
       "by constants; else product with the reciprocal, poor in 8 bits near 0", kAllInputs},
      {"Dropout", 6, nullptr, inferDropout, buildIdentity, "inference: passes its input on"},
      {"Elu", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Erf", 9, foldFunction, inferFunction, buildFunction, ""},
      {"Exp", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Expand", 8, foldExpand, inferExpand, buildExpand, "known shape"},
      {"Flatten", 6, foldReshape, inferReshape, buildReshape, ""},
      {"Floor", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Gather", 6, foldGather, inferGather, buildGather, "constant indices"},
      {"Gelu", 20, foldFunction, inferFunction, buildFunction, ""},
      {"Gemm", 6, nullptr, inferGemm, buildGemm, "constant B; C constant and the same for every row"},
      {"GlobalAveragePool", 6, nullptr, inferReduction, buildReduction, ""},
      {"GlobalMaxPool", 6, nullptr, inferReduction, buildReduction, ""},
      {"HardSigmoid", 6, foldFunction, inferFunction, buildFunction, ""},
      {"HardSwish", 14, foldFunction, inferFunction, buildFunction, ""},
      {"Identity", 6, foldIdentity, inferIdentity, buildIdentity, ""},
      {"InstanceNormalization", 6, nullptr, inferNormalization, buildNormalization, "constant scale and bias"},
      {"LayerNormalization", 17, nullptr, inferNormalization, buildNormalization, "constant scale and bias", 1,
       inferNormalizationRest},
      {"LeakyRelu", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Log", 6, foldFunction, inferFunction, buildFunction, ""},
      {"LogSoftmax", 6, nullptr, inferSoftmax, buildLogSoftmax, "as Softmax"},
      {"MatMul", 6, nullptr, inferMatMul, buildMatMul, "constant B of rank 2; leading dimensions of A are flattened"},
      {"Max", 6, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"MaxPool", 6, nullptr, inferPool, buildPool, "1-D and 2-D, dilations 1; no Indices output"},
      {"Mean", 6, nullptr, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"MeanVarianceNormalization", 9, nullptr, inferNormalization, buildNormalization, ""},
      {"Min", 6, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"Mish", 18, foldFunction, inferFunction, buildFunction, ""},
      {"Mul", 6, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"Neg", 6, foldFunction, inferFunction, buildFunction, ""},
      {"PRelu", 6, nullptr, inferPRelu, buildPRelu, "constant slopes"},
      {"Pad", 6, nullptr, inferPad, buildPad, "modes constant, reflect and edge, amounts >= 0"},
      {"Pow", 6, foldFunction, inferFunction, buildFunction, "one constant exponent"},
      {"Range", 11, foldRange, nullptr, nullptr, "constants only"},
      {"Reciprocal", 6, foldFunction, inferFunction, buildFunction, ""},
      {"ReduceL1", 6, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceL2", 6, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceLogSum", 6, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceLogSumExp", 6, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceMax", 6, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceMean", 6, nullptr, inferReduction, buildReduction, "axes as attribute or constant input"},
      {"ReduceMin", 6, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceSum", 6, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceSumSquare", 6, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"Relu", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Reshape", 6, foldReshape, inferReshape, buildReshape, "shape known after folding"},
      {"Resize", 10, nullptr, inferResize, buildResize,
       "no roi, no antialias; modes linear and cubic as matrix products"},
      {"Round", 11, foldFunction, inferFunction, buildFunction, ""},
      {"Selu", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Shape", 6, foldShape, nullptr, nullptr, "of anything whose shape is known"},
      {"Sigmoid", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Sign", 9, foldFunction, inferFunction, buildFunction, ""},
      {"Slice", 6, foldSlice, inferSlice, buildSlice, "known bounds; steps > 0 unless the data are constant"},
      {"Softmax", 6, nullptr, inferSoftmax, buildSoftmax, "before opset 13 over all axes from `axis` on"},
      {"Softplus", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Softsign", 6, foldFunction, inferFunction, buildFunction, ""},
      {"SpaceToDepth", 6, nullptr, inferBlocks, buildBlocks, ""},
      {"Split", 6, nullptr, inferSplit, buildSplit, "known sizes", 1, inferSplitRest},
      {"Sqrt", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Squeeze", 6, foldReshape, inferReshape, buildReshape, ""},
      {"Sub", 6, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"Sum", 6, nullptr, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"Tanh", 6, foldFunction, inferFunction, buildFunction, ""},
      {"ThresholdedRelu", 10, foldFunction, inferFunction, buildFunction, ""},
      {"Tile", 6, nullptr, inferTile, buildTile, "constant repeats"},
      {"Transpose", 6, foldTranspose, inferTranspose, buildTranspose, ""},
      {"Unsqueeze", 6, foldReshape, inferReshape, buildReshape, ""},
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
