// Tile-level operations: one Winograd convolution as input transform, tap products and output transform in explicit integers.
#ifndef WINO_DIALECT_TILEOPS_TD
#define WINO_DIALECT_TILEOPS_TD

include "wino/Dialect/GraphOps.td"

def InputTransformOp : Winograd_UnaryOp<"input_transform"> {
  let summary = "U = B^T X B per tile and channel, in integers";
  let description = [{
    input N x C_in x H x W (quantized); output K x K x P x C_in (i8 or i16), P = N * ceil(OH/m) * ceil(OW/m) tiles, row-major.
    Here and below m, n, r and K of rows are those of the plan's direction down, of columns those of the one across.
    The n x n patch of a tile starts at (ty*m*s - pad_top, tx*m*s - pad_left), s the stride of the plan's directions, zero outside the map. Columns first, then rows, by the
    input DAG of `Numerics/IntegerTransform.h` on 16-bit lanes after x << prescale.
    Input taps of b <= 8 bits: u = clamp(rshr(mulhi16(t, M_ij), s_ij), -2^(b-1), 2^(b-1) - 1), M_ij in [2^14, 2^15),
    0 <= s_ij <= 15; i16 taps: u = t.
    (C1) the plan is a Winograd tile; the output is i8 where its input taps have at most 8 bits, else i16. (C2) output shape is
    K, K, P, C_in. (C3) K*K multipliers and shifts in range for taps of at most 8 bits, none for i16 taps. (C4) two output sizes
    >= 1 and two pads >= 0.
  }];
  let arguments = (ins Winograd_Tensor:$input, PlanAttr:$plan, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$output_size,
    DenseI32ArrayAttr:$multipliers, DenseI32ArrayAttr:$shifts);
}

def FilterTransformOp : Winograd_UnaryOp<"filter_transform"> {
  let summary = "V = G W G^T, rounded to the filter tap type (folded to a constant by wino-fold-filter)";
  let description = [{
    input C_out x C_in x r x r (float); output K x K x C_out x C_in. Filter taps of b bits:
    v = clamp(rhu(V_ijfc / scale_ijf), -L, L), L = 2^(b-1) - 1, one scale per (tap, output channel): K*K*C_out scales.
    (C1) the plan is a Winograd tile; the output is stored as the input taps are, i8 or i16. (C2) shapes agree.
    (C3) K*K*C_out scales, all finite and positive.
  }];
  let arguments = (ins Winograd_Tensor:$input, PlanAttr:$plan, DenseF64ArrayAttr:$scales);
}

def TapMatmulOp : Winograd_Op<"tap_matmul"> {
  let summary = "O = sum over C_in of U * V for every tap, scaled to the output transform's common unit or rounded to 8 or 16 bits";
  let description = [{
    lhs K x K x P x C_in, rhs K x K x C_out x C_in (both i8 or both i16), output K x K x P x C_out i32, i16 or i8; one 31-bit
    multiplier per (tap, output channel). With p = mulhi32((sum over c of u * v) << pre, M_ijf):
    i32: o = p; i16 and i8: o = clamp(rshr(p, shift)) to the range of the type.
    (C1) shapes agree. (C2) element types are i8 x i8 or i16 x i16 to i32, i16 or i8. (C3) K*K*C_out multipliers >= 0.
    (C4) 0 <= pre <= 31. (C5) shift is 0 for i32, 1 to 16 for i16 and i8.
  }];
  let arguments = (ins Winograd_Tensor:$lhs, Winograd_Tensor:$rhs, DenseI32ArrayAttr:$multipliers,
    DefaultValuedAttr<I64Attr, "0">:$pre, DefaultValuedAttr<I64Attr, "0">:$shift);
  let results = (outs Winograd_Tensor:$output);
  /// i32 products.
  let builders = [OpBuilder<(ins "::mlir::Type":$output, "::mlir::Value":$lhs, "::mlir::Value":$rhs,
    "::mlir::DenseI32ArrayAttr":$multipliers, "::mlir::IntegerAttr":$pre), [{
      build($_builder, $_state, output, lhs, rhs, multipliers, pre, $_builder.getI64IntegerAttr(0));
    }]>];
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def OutputTransformOp : Winograd_Op<"output_transform"> {
  let summary = "Y = A^T O A per tile and channel, bias, requantization";
  let description = [{
    input K x K x P x C_out i32, i16 or i8, bias C_out i32; output N x C_out x OH x OW quantized. O of 8 or 16 bits is brought to a
    common 32-bit unit first: o' = mulhi32(o << (32 - bits), N_ij). Columns first, then rows, by the 32-bit output DAG; then
    i32: y = clamp(rshr(t + bias_f, shift), lo, hi); i16 and i8: y = clamp(rshr(mulhi32(t + bias_f, R_f), shift), lo, hi).
    Rows and columns of a tile beyond the map are dropped.
    With a residual r of the output's shape, r * M_r is added before rshr (lib/Numerics, E52).
    (C1) the plan is a Winograd tile; input is K x K x P x C_out, i32 or the plan's out type. (C2) P matches the output shape.
    (C3) C_out biases, i32. (C4) 1 <= shift <= 16, lo <= hi, both in the output type. (C5) K*K tap multipliers N and C_out channel
    multipliers R, all >= 0, for i16 and i8; none for i32. (C6) residual has the output's shape and 8 bits, and products are i32 then.
    (C7) residual_multiplier, in [0, 32767], is present exactly with a residual.
  }];
  let arguments = (ins Winograd_Tensor:$input, Winograd_Tensor:$bias, Optional<Winograd_Tensor>:$residual, PlanAttr:$plan,
    I64Attr:$shift, I64Attr:$lo, I64Attr:$hi,
    OptionalAttr<DenseI32ArrayAttr>:$tap_multipliers, OptionalAttr<DenseI32ArrayAttr>:$channel_multipliers,
    OptionalAttr<I64Attr>:$residual_multiplier);
  let results = (outs Winograd_Tensor:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def FloatTilesOp : Winograd_Op<"float_tiles"> {
  let summary = "Winograd convolution with taps in floats, of a quantized map or one of floats";
  let description = [{
    input N x C_in x H x W (quantized or floats), filter K x K x C_out x C_in: V, f32, for f16 taps every number one of binary16. Tiles,
    pads and directions as of input_transform. Per tile, by `Numerics/FloatTransform.h`, nothing fused but what is called fma, all binary32:
    U = B^T X B, for f16 taps rounded to binary16 (nearest, ties to even);  O_ijf = fma(U_ijc, V_ijfc, .) from 0 over c = 0, 1, ...;
    T = A^T O A. Quantized: y = floor(min(max(fma(T, scale_f, offset_f), lo), hi)), offset_f holds the bias and 1/2.
    Floats: y = act(fma(T, scale_f, offset_f)), offset_f is the bias; an f16 result is rounded once more.
    (C1) the plan is a tile with taps in floats, the filter f32. (C2) shapes agree; input and output are both quantized or both floats.
    (C3) two pads >= 0. (C4) C_out scales > 0 and offsets, all finite. (C5) lo <= hi, both in the output type, exactly when quantized;
    an activation only of floats.
  }];
  let arguments = (ins Winograd_Tensor:$input, Winograd_Tensor:$filter, PlanAttr:$plan, DenseI64ArrayAttr:$pads,
    DenseF32ArrayAttr:$scales, DenseF32ArrayAttr:$offsets, OptionalAttr<I64Attr>:$lo, OptionalAttr<I64Attr>:$hi,
    OptionalAttr<ActivationAttr>:$activation);
  let results = (outs Winograd_Tensor:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif
