// Graph-level operations: whole layers on NCHW tensors, float or quantized. Transforms and tap products are in TileOps.td.
#ifndef WINO_DIALECT_GRAPHOPS_TD
#define WINO_DIALECT_GRAPHOPS_TD

include "wino/Dialect/Attrs.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// Static shapes with extents >= 1: an empty tensor would divide by zero in counts of tiles, channels and bytes.
def Winograd_Tensor : ConfinedType<AnyStaticShapeTensor,
  [CPred<"!::llvm::is_contained(::llvm::cast<::mlir::ShapedType>($_self).getShape(), 0)">],
  "statically shaped tensor without zero extents">;

class Winograd_Op<string mnemonic, list<Trait> traits = []> : Op<Winograd_Dialect, mnemonic, !listconcat([Pure], traits)> {
  let hasVerifier = 1;
}

class Winograd_UnaryOp<string mnemonic, list<Trait> traits = []> : Winograd_Op<mnemonic, traits> {
  let results = (outs Winograd_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def Conv2DOp : Winograd_Op<"conv_2d"> {
  let summary = "2-D convolution (cross-correlation) with bias and fused activation";
  let description = [{
    Y[b, f, y, x] = act(bias[f] + sum over c, u, v of X[b, c, y*s_h + u*d_h - p_top, x*s_w + v*d_w - p_left] * W[f, c, u, v]).
    input N x C_in x H x W, filter C_out x C_in/groups x r_h x r_w, bias C_out, output N x C_out x OH x OW.
    Quantized: integer input, filter i8, bias i32; y = requant(acc + bias) with one multiplier per output channel.
    (C1) input, filter and output have rank 4. (C2) strides, dilations >= 1, two each; four pads >= 0 (top, left, bottom, right).
    (C3) groups divides C_in and C_out, and filter dim 1 = C_in / groups. (C4) output shape follows from the others.
    (C5) bias has C_out elements. (C6) a plan F(m,r) needs an r x r filter, stride 1 (F(m,r)/2: 2), dilation 1, groups 1.
    (C7) requant is present exactly when the output element type is quantized, with C_out multipliers.
    A `residual` R of the output's shape is added before the activation; quantized it is 8 bits wide and the sum wide:
    y = clamp(rshr(mulhi32((acc + bias) << pre, M_f) + r * M_r, shift), lo, hi) (lib/Numerics, E52).
    (C8) residual has the output's shape and groups is 1; quantized, it has 8 bits. (C9) residual_multiplier, in [0, 32767], is present
    exactly with a residual of a quantized output.
  }];
  let arguments = (ins Winograd_Tensor:$input, Winograd_Tensor:$filter, Winograd_Tensor:$bias,
    Optional<Winograd_Tensor>:$residual,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$groups,
    OptionalAttr<ActivationAttr>:$activation, OptionalAttr<PlanAttr>:$plan, OptionalAttr<RequantAttr>:$requant,
    OptionalAttr<I64Attr>:$residual_multiplier);
  let results = (outs Winograd_Tensor:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def FullyConnectedOp : Winograd_Op<"fully_connected"> {
  let summary = "Matrix product with a constant matrix, bias and fused activation";
  let description = [{
    Y[b, f] = act(bias[f] + sum over c of X[b, c] * W[f, c]). input N x C_in, filter C_out x C_in, bias C_out.
    (C1) ranks are 2, 2, 1 and 2. (C2) shapes agree. (C3) requant exactly when quantized, with C_out multipliers.
  }];
  let arguments = (ins Winograd_Tensor:$input, Winograd_Tensor:$filter, Winograd_Tensor:$bias,
    OptionalAttr<ActivationAttr>:$activation, OptionalAttr<RequantAttr>:$requant);
  let results = (outs Winograd_Tensor:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def BatchNormOp : Winograd_UnaryOp<"batch_norm"> {
  let summary = "Inference batch normalization, as imported (float only; folded by wino-fold-batch-norm)";
  let description = [{
    Y = (X - mean[c]) / sqrt(var[c] + epsilon) * scale[c] + bias[c].
    (C1) input has rank >= 2 and equals the output's type. (C2) the four vectors have C elements.
  }];
  let arguments = (ins Winograd_Tensor:$input, Winograd_Tensor:$scale, Winograd_Tensor:$bias, Winograd_Tensor:$mean,
    Winograd_Tensor:$variance, F32Attr:$epsilon);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

class Winograd_BinaryOp<string mnemonic> : Winograd_Op<mnemonic> {
  let arguments = (ins Winograd_Tensor:$lhs, Winograd_Tensor:$rhs, OptionalAttr<ActivationAttr>:$activation,
    OptionalAttr<RequantAttr>:$requant);
  let results = (outs Winograd_Tensor:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def AddOp : Winograd_BinaryOp<"add"> {
  let summary = "Elementwise sum with fused activation";
  let description = [{
    Y = act(L + R). Quantized: y = clamp(rshr(l * M_l + r * M_r, shift), lo, hi), two signed 16-bit multipliers.
    (C1) both operands and the output have one shape. (C2) requant exactly when quantized, with 2 multipliers in 16 bit.
  }];
}
def SubOp : Winograd_BinaryOp<"sub"> {
  let summary = "Elementwise difference with fused activation";
  let description = [{
    Y = act(L - R). Quantized: as add, the second multiplier is negative.
    (C1) both operands and the output have one shape. (C2) requant exactly when quantized, with 2 multipliers in 16 bit.
  }];
}
def MulOp : Winograd_BinaryOp<"mul"> {
  let summary = "Elementwise product with fused activation";
  let description = [{
    Y = act(L * R). Quantized: y = clamp(rshr(mulhi32((l * r) << pre, M), shift), lo, hi), one multiplier.
    (C1) both operands and the output have one shape. (C2) requant exactly when quantized, with 1 multiplier.
  }];
}

def MaximumOp : Winograd_BinaryOp<"maximum"> {
  let summary = "Elementwise maximum with fused activation";
  let description = [{
    Y = act(max(L, R)). Quantized: y = clamp(rshr(max(l * M_l, r * M_r), shift), lo, hi), two signed 16-bit multipliers.
    (C1) both operands and the output have one shape. (C2) requant exactly when quantized, with 2 multipliers in 16 bit.
  }];
}
def MinimumOp : Winograd_BinaryOp<"minimum"> {
  let summary = "Elementwise minimum with fused activation";
  let description = [{
    Y = act(min(L, R)). Quantized: as maximum, with the smaller product.
    (C1) both operands and the output have one shape. (C2) requant exactly when quantized, with 2 multipliers in 16 bit.
  }];
}

def ActivateOp : Winograd_UnaryOp<"activate"> {
  let summary = "Elementwise nonlinearity that no producer could take in (float only)";
  let description = [{
    With clip it is also the step between floats of 16 and of 32 bits.
    (C1) shapes are equal, and element types, but that one may be f16 and the other f32.
  }];
  let arguments = (ins Winograd_Tensor:$input, ActivationAttr:$activation);
}

def MaxPool2DOp : Winograd_UnaryOp<"max_pool_2d"> {
  let summary = "Maximum over windows; padded elements do not take part";
  let description = [{
    (C1) rank 4 in and out, N and C equal. (C2) kernel, strides >= 1; pads >= 0 and smaller than the kernel.
    (C3) output shape follows from the others. (C4) element types are equal (the scale does not change).
  }];
  let arguments = (ins Winograd_Tensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads);
}

def AvgPool2DOp : Winograd_UnaryOp<"avg_pool_2d"> {
  let summary = "Mean over windows";
  let description = [{
    Sum over the valid elements of a window divided by their number, or by the full window when `count_include_pad`.
    Quantized: y = requant(sum); the division is in the multiplier, one for all positions or one per output position (OH*OW).
    (C1) rank 4 in and out, N and C equal. (C2) kernel, strides >= 1; pads >= 0 and smaller than the kernel.
    (C3) output shape follows from the others. (C4) requant exactly when quantized, with 1 or OH*OW multipliers.
  }];
  let arguments = (ins Winograd_Tensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads,
    BoolAttr:$count_include_pad, OptionalAttr<RequantAttr>:$requant);
}

def ReduceMeanOp : Winograd_UnaryOp<"reduce_mean"> {
  let summary = "Mean over axes";
  let description = [{
    (C1) axes are distinct, ascending and in [0, rank). (C2) the output shape has 1 there (keep_dims) or lacks them.
    (C3) requant exactly when quantized, with 1 multiplier.
  }];
  let arguments = (ins Winograd_Tensor:$input, DenseI64ArrayAttr:$axes, BoolAttr:$keep_dims, OptionalAttr<RequantAttr>:$requant);
}

def ReduceMaxOp : Winograd_UnaryOp<"reduce_max"> {
  let summary = "Maximum over axes";
  let description = [{
    (C1) axes are distinct, ascending and in [0, rank). (C2) the output shape has 1 there (keep_dims) or lacks them.
    (C3) element types are equal (the scale does not change).
  }];
  let arguments = (ins Winograd_Tensor:$input, DenseI64ArrayAttr:$axes, BoolAttr:$keep_dims);
}

def ConcatOp : Winograd_Op<"concat"> {
  let summary = "Concatenation along one axis";
  let description = [{
    (C1) at least one input, axis in [0, rank). (C2) shapes agree but for the axis, whose extents add up.
    (C3) all element types equal the output's.
  }];
  let arguments = (ins Variadic<Winograd_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Winograd_Tensor:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def SliceOp : Winograd_UnaryOp<"slice"> {
  let summary = "Strided part of a tensor";
  let description = [{
    output[i] = input[start + i * step] per dimension. (C1) one start >= 0 and one step >= 1 per dimension.
    (C2) every element read lies inside the input. (C3) element types are equal.
  }];
  let arguments = (ins Winograd_Tensor:$input, DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$steps);
}

def PadOp : Winograd_UnaryOp<"pad"> {
  let summary = "Constant padding";
  let description = [{
    `value` is the real value; quantized, it is floor(value / scale + 1/2) clamped to the type.
    (C1) one low and one high amount >= 0 per dimension. (C2) the output shape follows. (C3) element types are equal.
  }];
  let arguments = (ins Winograd_Tensor:$input, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high, F32Attr:$value);
}

def ReshapeOp : Winograd_UnaryOp<"reshape"> {
  let summary = "Same elements in row-major order of the logical (NCHW) shape under another shape";
  let description = "(C1) element counts are equal. (C2) element types are equal.";
  let arguments = (ins Winograd_Tensor:$input);
}

def TransposeOp : Winograd_UnaryOp<"transpose"> {
  let summary = "Permutation of dimensions: output dim k is input dim perm[k]";
  let description = "(C1) perm is a permutation of the rank. (C2) the output shape follows. (C3) element types are equal.";
  let arguments = (ins Winograd_Tensor:$input, DenseI64ArrayAttr:$perm);
}

def RepeatOp : Winograd_UnaryOp<"repeat"> {
  let summary = "Every element as often as stated per dimension: nearest upsampling, broadcasting of extents 1";
  let description = [{
    output[i] = input[i / factor] per dimension. (C1) one factor >= 1 per dimension. (C2) output extents are the input's
    times the factors. (C3) element types are equal.
  }];
  let arguments = (ins Winograd_Tensor:$input, DenseI64ArrayAttr:$factors);
}

def DepthToSpaceOp : Winograd_UnaryOp<"depth_to_space"> {
  let summary = "Channels become blocks of pixels";
  let description = [{
    output[n, c, y*b_h + i, x*b_w + j] = input[n, (i*b_w + j)*C + c, y, x], or input[n, (c*b_h + i)*b_w + j, y, x] where
    `channels_first`, C channels in the output. (C1) rank 4 in and out. (C2) two blocks >= 1 whose product divides the
    input's channels. (C3) the output shape follows. (C4) element types are equal.
  }];
  let arguments = (ins Winograd_Tensor:$input, DenseI64ArrayAttr:$block, BoolAttr:$channels_first);
}

def SpaceToDepthOp : Winograd_UnaryOp<"space_to_depth"> {
  let summary = "Blocks of pixels become channels";
  let description = [{
    output[n, (i*b_w + j)*C + c, y, x] = input[n, c, y*b_h + i, x*b_w + j], C channels in the input.
    (C1) rank 4 in and out. (C2) two blocks >= 1 that divide height and width. (C3) the output shape follows.
    (C4) element types are equal.
  }];
  let arguments = (ins Winograd_Tensor:$input, DenseI64ArrayAttr:$block);
}

def SoftmaxOp : Winograd_UnaryOp<"softmax"> {
  let summary = "Softmax along one axis";
  let description = [{
    Quantized (integer table): d = max - x, e = table[min(d, last)], y = min(n - 1, (n e + s/2) / s) with s = sum of e; result u8 and
    n = 256, for 16-bit inputs u16 and n = 65536; scale 1/n.
    (C1) axis in [0, rank), shapes are equal. (C2) a table of 256 entries (for 16-bit inputs, up to as many as they have levels) in
    [0, 65535], table[0] > 0, exactly when quantized. (C3) a quantized input exactly when the output is, and the output then is u8 with scale
    1/256, or u16 with scale 1/65536.
  }];
  let arguments = (ins Winograd_Tensor:$input, I64Attr:$axis, OptionalAttr<DenseI32ArrayAttr>:$table);
}

def RequantizeOp : Winograd_UnaryOp<"requantize"> {
  let summary = "Change of scale between quantized types";
  let description = [{
    y = clamp(rshr(x * M, shift), lo, hi), M signed 16 bit. (C1) shapes are equal and both element types quantized.
    (C2) requant has 1 multiplier in 16 bit and pre = 0.
  }];
  let arguments = (ins Winograd_Tensor:$input, RequantAttr:$requant);
}

def LookupOp : Winograd_UnaryOp<"lookup"> {
  let summary = "Any unary function on 8-bit values by a table of 256 entries, or one of each channel";
  let description = [{
    y = table[x - qmin], qmin = -128 for i8 and 0 for u8; with tables of channels (dimension 1) table[256 c + x - qmin].
    (C1) shapes are equal and both element types quantized. (C2) 256 entries inside the output type, or 256 per channel.
  }];
  let arguments = (ins Winograd_Tensor:$input, DenseI32ArrayAttr:$table);
}

def DequantizeOp : Winograd_UnaryOp<"dequantize"> {
  let summary = "Stored integers as floats: where a tail in floats begins";
  let description = [{
    y = f32(x) * f32(scale), one rounding to nearest even. (C1) shapes are equal. (C2) the input is quantized, the output f32.
  }];
  let arguments = (ins Winograd_Tensor:$input);
}

#endif
