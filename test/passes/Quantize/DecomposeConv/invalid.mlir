// RUN: wino-opt %s --wino-decompose-conv --split-input-file --verify-diagnostics

func.func @float_graph(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<0.25> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  // expected-error @below {{expected a quantized convolution (run --wino-quantize-graph), got input 'tensor<1x1x4x4xf32>'}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3)">} : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

!q = !quant.uniform<i8:f32, 1.0>
func.func @filter_is_no_constant(%x: tensor<1x1x4x4x!q>, %w: tensor<1x1x3x3xf32>) -> tensor<1x1x4x4x!q> {
  %b = arith.constant dense<1.0> : tensor<1xf32>
  // expected-error @below {{expected constant f32 filter and bias for a planned convolution, got 'tensor<1x1x3x3xf32>'}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3)">, requant = #winograd.requant<pre = 0, shift = 16, lo = -128, hi = 127, multipliers = [0]>}
    : (tensor<1x1x4x4x!q>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4x!q>
  return %y : tensor<1x1x4x4x!q>
}

// -----

!q = !quant.uniform<i8:f32, 1.0>
!tiny = !quant.uniform<i8:f32, 1.0e-9>
func.func @result_scale_too_fine(%x: tensor<1x1x4x4x!q>) -> tensor<1x1x4x4x!tiny> {
  %w = arith.constant dense<0.25> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  // expected-error @below {{expected a plan whose output transform fits i32 with at least 1 fraction bit, got 'F(2,3)}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3)">, requant = #winograd.requant<pre = 0, shift = 16, lo = -128, hi = 127, multipliers = [0]>}
    : (tensor<1x1x4x4x!q>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4x!tiny>
  return %y : tensor<1x1x4x4x!tiny>
}
