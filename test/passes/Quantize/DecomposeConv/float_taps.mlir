// Taps in floats: one op, V folded, scale and offset per channel; halves are scaled by powers of two per channel; ranges are proved, and what does not fit is refused.
// RUN: wino-opt %s --split-input-file --wino-quantize-graph --wino-decompose-conv --wino-fold-filter --wino-prove-ranges --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @single
// CHECK: %[[V:.*]] = arith.constant dense<{{.*}}> : tensor<6x6x1x1xf32>
// CHECK: winograd.float_tiles %arg0, %[[V]] {hi = 127 : i64, lo = -128 : i64, offsets = array<f32: 1.500000e+00>, pads = array<i64: 1, 1>, plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf] taps=f32xf32">, scales = array<f32: 1.000000e+00>
// CHECK-SAME: winograd.headroom_bits = {{[0-9]+}}
// CHECK-SAME: winograd.ranges = {filter_taps = 2.500000e-01 : f64, input_transform = 12800.048828125
func.func @single(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<0.25> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf] taps=f32xf32">, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

// CHECK-LABEL: func.func @half
// CHECK: scales = array<f32: 3.05175781E-5, 4.76837158E-7>, winograd.headroom_bits = 2 : i64, winograd.ranges = {filter_taps = 8.192000e+03
func.func @half(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x2x4x4xf32> {
  %w = arith.constant dense<[[[[0.25, 0.25, 0.25], [0.25, 0.25, 0.25], [0.25, 0.25, 0.25]]], [[[0.00390625, 0.00390625, 0.00390625], [0.00390625, 0.00390625, 0.00390625], [0.00390625, 0.00390625, 0.00390625]]]]> : tensor<2x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<2xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf] taps=f16xf16">, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<2x1x3x3xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %y : tensor<1x2x4x4xf32>
}

// -----

func.func @large(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<1.0e+36> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  // expected-error @+1 {{expected taps and sums within the floats of 'F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=f32xf32'}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf] taps=f32xf32">, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}
