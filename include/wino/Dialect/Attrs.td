// Dialect definition and its attributes: plan, activation, requantization, target. No operations here.
#ifndef WINO_DIALECT_ATTRS_TD
#define WINO_DIALECT_ATTRS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Winograd_Dialect : Dialect {
  let name = "winograd";
  let cppNamespace = "::wino";
  let summary = "CNN graphs whose convolutions may run as integer Winograd";
  let description = [{
    Two levels. Graph ops act on tensors in logical NCHW order with float or `!quant.uniform` element types: quantization is a
    change of type. Tile ops state the Winograd pipeline U = B^T X B, O = sum over C_in of U * V, Y = A^T O A explicitly in
    integer types, scales and rounding. Upstream `linalg.winograd_*` has float only, fixed points and equal element types,
    which is why this dialect exists. Every op carries its ONNX node name as location.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::quant::QuantizationDialect"];
}

class Winograd_Attr<string name, string attrMnemonic> : AttrDef<Winograd_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def PlanAttr : Winograd_Attr<"Plan", "plan"> {
  let summary = "Algorithm of one convolution: direct, or F(m, r) with points, factors and tap types";
  let description = [{
    The body is the tile text of `Numerics/TileSpec.h`, the one grammar that plan files, policy files and reports use as well:
    `#winograd.plan<"F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i8xi8">` or
    `#winograd.plan<"direct">`. Tiles whose two directions differ state both, as in `#winograd.plan<"F(4x2,3)">`.
    (C1) the text is a valid tile.
  }];
  let parameters = (ins "::mlir::StringAttr":$text);
  let assemblyFormat = "`<` $text `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The parsed tile; (C1) guarantees that parsing succeeds.
    TileSpec getSpec() const;
    bool isDirect() const { return getSpec().direct; }
  }];
}

def ActivationKind : I32EnumAttr<"ActivationKind", "elementwise nonlinearity", [
    I32EnumAttrCase<"Relu", 1, "relu">,
    I32EnumAttrCase<"Clip", 2, "clip">,
    I32EnumAttrCase<"LeakyRelu", 3, "leaky_relu">,
    I32EnumAttrCase<"Sigmoid", 4, "sigmoid">,
    I32EnumAttrCase<"Exp", 5, "exp">,
    I32EnumAttrCase<"Log", 6, "log">,
    I32EnumAttrCase<"Sqrt", 7, "sqrt">,
    I32EnumAttrCase<"Reciprocal", 8, "reciprocal">,
    I32EnumAttrCase<"Pow", 9, "pow">,
    I32EnumAttrCase<"Abs", 10, "abs">,
    I32EnumAttrCase<"Neg", 11, "neg">,
    I32EnumAttrCase<"Sign", 12, "sign">,
    I32EnumAttrCase<"Floor", 13, "floor">,
    I32EnumAttrCase<"Ceil", 14, "ceil">,
    I32EnumAttrCase<"Round", 15, "round">,
    I32EnumAttrCase<"Tanh", 16, "tanh">,
    I32EnumAttrCase<"Erf", 17, "erf">,
    I32EnumAttrCase<"Softplus", 18, "softplus">,
    I32EnumAttrCase<"Softsign", 19, "softsign">,
    I32EnumAttrCase<"Elu", 20, "elu">,
    I32EnumAttrCase<"Celu", 21, "celu">,
    I32EnumAttrCase<"Selu", 22, "selu">,
    I32EnumAttrCase<"Gelu", 23, "gelu">,
    I32EnumAttrCase<"GeluTanh", 24, "gelu_tanh">,
    I32EnumAttrCase<"Mish", 25, "mish">,
    I32EnumAttrCase<"HardSigmoid", 26, "hard_sigmoid">,
    I32EnumAttrCase<"HardSwish", 27, "hard_swish">,
    I32EnumAttrCase<"ThresholdedRelu", 28, "thresholded_relu">]> {
  let cppNamespace = "::wino";
  let genSpecializedAttr = 0;
}

def ActivationAttr : Winograd_Attr<"Activation", "activation"> {
  let summary = "Elementwise nonlinearity with its parameters";
  let description = [{
    relu: max(x, 0); clip: min(max(x, lo), hi); leaky_relu: x < 0 ? lo * x : x; sigmoid: 1 / (1 + exp(-x)).
    exp, log, sqrt, abs, neg, sign, floor, ceil, tanh, erf as in C; reciprocal: 1 / x; pow: x ** lo; round: to the nearest
    integer, halves to the even one; softplus: log(1 + exp(x)); softsign: x / (1 + |x|); elu: x < 0 ? lo * (exp(x) - 1) : x;
    celu: x < 0 ? lo * (exp(x / lo) - 1) : x; selu: hi * (x < 0 ? lo * (exp(x) - 1) : x); gelu: x/2 * (1 + erf(x / sqrt(2)));
    gelu_tanh: x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))); mish: x * tanh(softplus(x)); hard_sigmoid:
    min(max(lo * x + hi, 0), 1); hard_swish: x * min(max(x/6 + 1/2, 0), 1); thresholded_relu: x > lo ? x : 0.
    `lo` and `hi` are f32 and zero where unused: `#winograd.activation<clip, 0.0 : f32, 6.0 : f32>`.
    One table of all of them: `wino/Dialect/UnaryFunction.h`.
  }];
  let parameters = (ins EnumParameter<ActivationKind>:$kind, "::mlir::FloatAttr":$lo, "::mlir::FloatAttr":$hi);
  let assemblyFormat = "`<` $kind `,` $lo `,` $hi `>`";
}

def RequantAttr : Winograd_Attr<"Requant", "requant"> {
  let summary = "How a wide integer becomes an 8-bit one";
  let description = [{
    y = clamp(rshr(mulhi32(acc << pre, M), shift), lo, hi), rounding half up at both steps (`Numerics/FixedPoint.h`).
    Ops that need no 32-bit multiplier (add, requantize) state their own formula with the same fields; M then is signed 16 bit.
    (C1) 0 <= pre <= 31, (C2) 1 <= shift <= 16, (C3) lo <= hi and both in [-32768, 65535].
    Where an op constrains its requant, lo and hi also lie in the output's type.
  }];
  let parameters = (ins "int64_t":$pre, "int64_t":$shift, "int64_t":$lo, "int64_t":$hi,
                        "::mlir::DenseI32ArrayAttr":$multipliers);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif
