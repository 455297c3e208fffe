// RUN: wino-opt %s --wino-list-candidates | FileCheck %s

// Without statistics every direct convolution has an error of 3 c = 2.55e-4; with a step of 1/100 of the input's rms it has less.
// CHECK-LABEL: func.func @main
// CHECK:         winograd.conv_2d %arg0
// CHECK-SAME:    [{cycles = {{[0-9.e+]+}} : f64, error = 2.550000e-04 : f64
// CHECK:         winograd.conv_2d
// CHECK-SAME:    error = {{[0-9.]+}}e-06 : f64, plan = #winograd.plan<"direct">
func.func @main(%x: tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32> {
  %w = arith.constant dense<0.1> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    winograd.stats = {min = 0.0 : f64, max = 2.55 : f64, rms = 1.0 : f64, clip_s8 = 1.27 : f64, clip_u8 = 2.55 : f64}}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32>
  %z = winograd.conv_2d %y, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    winograd.stats = {min = 0.0 : f64, max = 2.55 : f64, rms = 1.0 : f64, clip_s8 = 1.27 : f64, clip_u8 = 2.55 : f64}}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32>
  return %z : tensor<1x1x8x8xf32>
}
