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
      {"Abs", 6, foldFunction, inferFunction, buildFunction, "", 1, nullptr, Types::Same},
      {"Add", 6, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs, nullptr, Types::Same},
      {"And", 7, nullptr, nullptr, nullptr, "bools as 0 and 1", kAllInputs, nullptr, Types::Bools, expandLogic},
      {"ArgMax", 1, nullptr, nullptr, nullptr, "indices as f32; in floats only", 1, nullptr, Types::Indices,
       expandArgMax, nullptr, true},
      {"ArgMin", 1, nullptr, nullptr, nullptr, "indices as f32; in floats only", 1, nullptr, Types::Indices,
       expandArgMax, nullptr, true},
      {"AveragePool", 1, nullptr, inferPool, buildPool,
       "1-D to 3-D, dilations 1; ceil_mode not together with count_include_pad", 1, nullptr, Types::Floats, expandPool},
      {"BatchNormalization", 6, nullptr, inferBatchNorm, buildBatchNorm,
       "constant parameters; training_mode as the batch has it", 1, nullptr, Types::Floats, expandBatchNorm},
      {"Cast", 6, foldCast, nullptr, nullptr, "numbers and bools; floats of other widths are computed as f32", 1,
       nullptr, Types::Numbers, expandCast, castType, false},
      {"CastLike", 15, nullptr, nullptr, nullptr, "as Cast", 1, nullptr, Types::Numbers, expandCast, castType},
      {"Ceil", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Celu", 12, foldFunction, inferFunction, buildFunction, ""},
      {"Clip", 6, nullptr, inferFunction, buildFunction, "constant bounds, as attributes or inputs", 1, nullptr,
       Types::Same},
      {"Concat", 4, foldConcat, inferConcat, buildConcat, "", kAllInputs, nullptr, Types::Same},
      {"Constant", 1, foldConstant, nullptr, nullptr, "numbers: value, value_int(s), value_float(s)"},
      {"ConstantOfShape", 9, foldConstantOfShape, nullptr, nullptr, "constants only"},
      {"Conv", 1, nullptr, inferConv, buildConv,
       "1-D to 3-D, constant filter and bias; any stride, pads, auto_pad, dilations, group", 1, nullptr, Types::Floats,
       expandConv},
      {"ConvInteger", 10, nullptr, nullptr, nullptr, "constant zero points and filter; sums below 2^24", 2, nullptr,
       Types::Numbers, expandIntegerProduct, integerType},
      {"ConvTranspose", 1, nullptr, inferConvTranspose, buildConvTranspose,
       "1-D and 2-D, constant filter and bias; any stride, pads, auto_pad, dilations, group", 1, nullptr, Types::Floats,
       expandConvTranspose},
      {"DepthToSpace", 1, nullptr, inferBlocks, buildBlocks, "", 1, nullptr, Types::Same},
      {"DequantizeLinear", 10, nullptr, nullptr, nullptr, "constant scales and zero points", 1, nullptr, Types::Numbers,
       expandDequantize},
      {"Div", 6, foldBinary, inferNary, buildNary,
       "by constants; else product with the reciprocal, poor in 8 bits near 0", kAllInputs},
      {"Dropout", 6, nullptr, inferDropout, buildIdentity, "inference: passes its input on, the mask is 1", 1, nullptr,
       Types::Same, expandDropout},
      {"Einsum", 12, nullptr, nullptr, nullptr, "known shapes; a product of all elements and a sum", kAllInputs,
       nullptr, Types::Same, expandEinsum},
      {"Elu", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Equal", 7, nullptr, nullptr, nullptr, "finite numbers; in floats only", kAllInputs, nullptr, Types::Compares,
       expandCompare, nullptr, true},
      {"Erf", 9, foldFunction, inferFunction, buildFunction, ""},
      {"Exp", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Expand", 8, foldExpand, inferExpand, buildExpand, "known shape", 1, nullptr, Types::Same},
      {"Flatten", 1, foldReshape, inferReshape, buildReshape, "", 1, nullptr, Types::Same},
      {"Floor", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Gather", 1, foldGather, inferGather, buildGather, "constant indices", 1, nullptr, Types::Same},
      {"Gelu", 20, foldFunction, inferFunction, buildFunction, ""},
      {"Gemm", 6, nullptr, inferGemm, buildGemm, "constant B as a layer; else as MatMul", 1, nullptr, Types::Floats,
       expandGemm},
      {"GlobalAveragePool", 1, nullptr, inferReduction, buildReduction, ""},
      {"GlobalMaxPool", 1, nullptr, inferReduction, buildReduction, "", 1, nullptr, Types::Same},
      {"Greater", 7, nullptr, nullptr, nullptr, "finite numbers; in floats only", kAllInputs, nullptr, Types::Compares,
       expandCompare, nullptr, true},
      {"GreaterOrEqual", 12, nullptr, nullptr, nullptr, "finite numbers; in floats only", kAllInputs, nullptr,
       Types::Compares, expandCompare, nullptr, true},
      {"HardSigmoid", 6, foldFunction, inferFunction, buildFunction, ""},
      {"HardSwish", 14, foldFunction, inferFunction, buildFunction, ""},
      {"Hardmax", 1, nullptr, nullptr, nullptr, "in floats only", 1, nullptr, Types::Floats, expandHardmax, nullptr,
       true},
      {"Identity", 1, foldIdentity, inferIdentity, buildIdentity, "", 1, nullptr, Types::Same},
      {"InstanceNormalization", 6, nullptr, inferNormalization, buildNormalization, "constant scale and bias"},
      {"LRN", 1, nullptr, nullptr, nullptr, "", 1, nullptr, Types::Floats, expandLrn},
      {"LayerNormalization", 17, nullptr, inferNormalization, buildNormalization, "constant scale and bias", 1,
       inferNormalizationRest},
      {"LeakyRelu", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Less", 7, nullptr, nullptr, nullptr, "finite numbers; in floats only", kAllInputs, nullptr, Types::Compares,
       expandCompare, nullptr, true},
      {"LessOrEqual", 12, nullptr, nullptr, nullptr, "finite numbers; in floats only", kAllInputs, nullptr,
       Types::Compares, expandCompare, nullptr, true},
      {"Log", 6, foldFunction, inferFunction, buildFunction, ""},
      {"LogSoftmax", 1, nullptr, inferSoftmax, buildLogSoftmax, "as Softmax"},
      {"LpNormalization", 1, nullptr, nullptr, nullptr, "", 1, nullptr, Types::Floats, expandLpNormalization},
      {"MatMul", 1, nullptr, inferMatMul, buildMatMul,
       "constant B of rank 2 as a layer; else a product of all elements and a sum", 1, nullptr, Types::Floats,
       expandMatMul},
      {"MatMulInteger", 10, nullptr, nullptr, nullptr, "constant zero points; sums below 2^24", 2, nullptr,
       Types::Numbers, expandIntegerProduct, integerType},
      {"Max", 6, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs, nullptr, Types::Same},
      {"MaxPool", 1, nullptr, inferPool, buildPool, "1-D to 3-D, dilated; Indices of 1-D and 2-D", 1, nullptr,
       Types::Same, expandPool},
      {"Mean", 6, nullptr, inferNary, buildNary, "shapes that broadcast", kAllInputs},
      {"MeanVarianceNormalization", 9, nullptr, inferNormalization, buildNormalization, ""},
      {"Min", 6, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs, nullptr, Types::Same},
      {"Mish", 18, foldFunction, inferFunction, buildFunction, ""},
      {"Mul", 6, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs, nullptr, Types::Same},
      {"Neg", 6, foldFunction, inferFunction, buildFunction, "", 1, nullptr, Types::Same},
      {"Not", 1, nullptr, nullptr, nullptr, "bools as 0 and 1", 1, nullptr, Types::Bools, expandLogic},
      {"Or", 7, nullptr, nullptr, nullptr, "bools as 0 and 1", kAllInputs, nullptr, Types::Bools, expandLogic},
      {"PRelu", 6, nullptr, inferPRelu, buildPRelu, "constant slopes"},
      {"Pad", 6, nullptr, inferPad, buildPad, "modes constant, reflect and edge, amounts >= 0", 1, nullptr,
       Types::Same},
      {"Pow", 6, foldFunction, inferFunction, buildFunction, "constant exponents, at most 1024 that differ", 1, nullptr,
       Types::Same, expandPow},
      {"QLinearConv", 10, nullptr, nullptr, nullptr, "constant scales, zero points, filter and bias", 1, nullptr,
       Types::Numbers, expandQLinearConv, quantizedType},
      {"QLinearMatMul", 10, nullptr, nullptr, nullptr, "constant scales and zero points", 1, nullptr, Types::Numbers,
       expandQLinearMatMul, quantizedType},
      {"QuantizeLinear", 10, nullptr, nullptr, nullptr, "constant scales and zero points, bytes as their values", 1,
       nullptr, Types::Numbers, expandQuantize, quantizedType},
      {"Range", 11, foldRange, nullptr, nullptr, "constants only"},
      {"Reciprocal", 6, foldFunction, inferFunction, buildFunction, ""},
      {"ReduceL1", 1, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceL2", 1, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceLogSum", 1, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceLogSumExp", 1, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceMax", 1, nullptr, inferReduction, buildReduction, "as ReduceMean", 1, nullptr, Types::Same},
      {"ReduceMean", 1, nullptr, inferReduction, buildReduction, "axes as attribute or constant input"},
      {"ReduceMin", 1, nullptr, inferReduction, buildReduction, "as ReduceMean", 1, nullptr, Types::Same},
      {"ReduceProd", 1, nullptr, nullptr, nullptr, "as ReduceMean", 1, nullptr, Types::Same, expandReduceProd},
      {"ReduceSum", 1, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"ReduceSumSquare", 1, nullptr, inferReduction, buildReduction, "as ReduceMean"},
      {"Relu", 6, foldFunction, inferFunction, buildFunction, "", 1, nullptr, Types::Same},
      {"Reshape", 6, foldReshape, inferReshape, buildReshape, "shape known after folding", 1, nullptr, Types::Same},
      {"Resize", 10, nullptr, inferResize, buildResize,
       "no roi, no antialias; modes linear and cubic as matrix products"},
      {"Round", 11, foldFunction, inferFunction, buildFunction, ""},
      {"Selu", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Shape", 1, foldShape, nullptr, nullptr, "of anything whose shape is known"},
      {"Sigmoid", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Sign", 9, foldFunction, inferFunction, buildFunction, "", 1, nullptr, Types::Same},
      {"Size", 1, foldSize, nullptr, nullptr, "of anything whose shape is known"},
      {"Slice", 1, foldSlice, inferSlice, buildSlice, "known bounds; at most 1024 elements along axes with steps < 0",
       1, nullptr, Types::Same},
      {"Softmax", 1, nullptr, inferSoftmax, buildSoftmax, "before opset 13 over all axes from `axis` on"},
      {"Softplus", 1, foldFunction, inferFunction, buildFunction, ""},
      {"Softsign", 1, foldFunction, inferFunction, buildFunction, ""},
      {"SpaceToDepth", 1, nullptr, inferBlocks, buildBlocks, "", 1, nullptr, Types::Same},
      {"Split", 6, nullptr, inferSplit, buildSplit, "known sizes", 1, inferSplitRest, Types::Same},
      {"Sqrt", 6, foldFunction, inferFunction, buildFunction, ""},
      {"Squeeze", 1, foldReshape, inferReshape, buildReshape, "", 1, nullptr, Types::Same},
      {"Sub", 6, foldBinary, inferNary, buildNary, "shapes that broadcast", kAllInputs, nullptr, Types::Same},
      {"Sum", 6, nullptr, inferNary, buildNary, "shapes that broadcast", kAllInputs, nullptr, Types::Same},
      {"Tanh", 6, foldFunction, inferFunction, buildFunction, ""},
      {"ThresholdedRelu", 10, foldFunction, inferFunction, buildFunction, ""},
      {"Tile", 6, nullptr, inferTile, buildTile, "constant repeats", 1, nullptr, Types::Same},
      {"Transpose", 1, foldTranspose, inferTranspose, buildTranspose, "", 1, nullptr, Types::Same},
      {"Trilu", 14, nullptr, nullptr, nullptr, "finite numbers, constant k", 1, nullptr, Types::Same, expandTrilu},
      {"Unsqueeze", 1, foldReshape, inferReshape, buildReshape, "", 1, nullptr, Types::Same},
      {"Upsample", 7, nullptr, inferResize, buildResize, "as Resize"},
      {"Where", 9, nullptr, nullptr, nullptr, "finite numbers", 3, nullptr, Types::Selects, expandWhere},
      {"Xor", 7, nullptr, nullptr, nullptr, "bools as 0 and 1", kAllInputs, nullptr, Types::Bools, expandLogic},
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
