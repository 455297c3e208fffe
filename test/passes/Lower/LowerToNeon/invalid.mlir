// RUN: wino-opt %s --wino-lower-to-neon --split-input-file --verify-diagnostics

!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<4x!q>) -> tensor<4x!q> attributes {wino.arena_bytes = 64 : i64} {
  // expected-error @below {{expected an op with an integer kernel, got 'winograd.activate'; quantize the graph first}}
  %y = winograd.activate %x {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4x!q>) -> tensor<4x!q>
  return %y : tensor<4x!q>
}

// -----

// expected-error @below {{expected a function '@main', got none}}
module {
}

// -----

!q = !quant.uniform<i8:f32, 1.0>
// expected-error @below {{expected a function with planned addresses, got none; run --wino-plan-arena first}}
func.func @main(%x: tensor<4x!q>) -> tensor<4x!q> {
  return %x : tensor<4x!q>
}

// -----

// Shared by workers, but planned without any: nobody would hand its pieces out.
!q = !quant.uniform<i8:f32, 1.0>
#sum = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>
func.func @main(%x: tensor<4x!q>) -> tensor<4x!q> attributes {wino.arena_bytes = 64 : i64} {
  // expected-error @below {{expected 'wino.workers' of an op to be the function's 'wino.max_workers', got another; run --wino-plan-arena=workers=N}}
  %y = winograd.add %x, %x {requant = #sum, wino.workers = 2 : i64} : (tensor<4x!q>, tensor<4x!q>) -> tensor<4x!q>
  return %y : tensor<4x!q>
}

// -----

// An argument has no room for whole vectors behind its channels.
!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<1x3x2x2x!q>) -> tensor<1x3x2x2x!q> attributes {wino.arena_bytes = 4096 : i64} {
  %w = arith.constant dense<1> : tensor<3x3x1x1xi8>
  %b = arith.constant dense<0> : tensor<3xi32>
  // expected-error @below {{expected a residual that lies in memory as the result does, got another layout}}
  %y = winograd.conv_2d %x, %w, %b, %x {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    requant = #winograd.requant<pre = 8, shift = 12, lo = -128, hi = 127, multipliers = [1, 1, 1]>, residual_multiplier = 7 : i64}
    : (tensor<1x3x2x2x!q>, tensor<3x3x1x1xi8>, tensor<3xi32>, tensor<1x3x2x2x!q>) -> tensor<1x3x2x2x!q>
  return %y : tensor<1x3x2x2x!q>
}

// -----

func.func @main(%x: tensor<1x3x2x2xf32>) -> tensor<1x3x2x2xf32> attributes {wino.arena_bytes = 4096 : i64} {
  %w = arith.constant dense<1.0> : tensor<3x3x1x1xf32>
  %b = arith.constant dense<0.0> : tensor<3xf32>
  // expected-error @below {{expected sums as ops of their own for GPUs and in floats, got a residual}}
  %y = winograd.conv_2d %x, %w, %b, %x {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x3x2x2xf32>, tensor<3x3x1x1xf32>, tensor<3xf32>, tensor<1x3x2x2xf32>) -> tensor<1x3x2x2xf32>
  return %y : tensor<1x3x2x2xf32>
}
