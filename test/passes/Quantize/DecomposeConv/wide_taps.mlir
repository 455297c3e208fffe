// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv --wino-fold-filter --wino-prove-ranges | FileCheck %s

// int16 taps are not requantized: no multipliers and no shifts on the input transform.
// CHECK-LABEL: func.func @main
// CHECK: winograd.input_transform %arg0 {multipliers = array<i32>,{{.*}}shifts = array<i32>
// CHECK-SAME: -> tensor<6x6x1x1xi16>
// CHECK: winograd.tap_matmul {{.*}}tap_products
func.func @main(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<0.25> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(4,3) taps=i16xi16">, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}
