// RUN: wino-opt %s --wino-list-candidates --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @stride_3
// CHECK:         winograd.conv_2d
// CHECK-SAME:    #winograd.plan<"direct">
// CHECK-NOT:     F(
func.func @stride_3(%x: tensor<1x4x9x9xf32>) -> tensor<1x4x3x3xf32> {
  %w = arith.constant dense<0.1> : tensor<4x4x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<4xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x9x9xf32>, tensor<4x4x3x3xf32>, tensor<4xf32>) -> tensor<1x4x3x3xf32>
  return %y : tensor<1x4x3x3xf32>
}

// -----

// CHECK-LABEL: func.func @depthwise
// CHECK:         winograd.conv_2d
// CHECK-SAME:    #winograd.plan<"direct">
// CHECK-NOT:     F(
func.func @depthwise(%x: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  %w = arith.constant dense<0.1> : tensor<4x1x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<4xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 4 : i64}
    : (tensor<1x4x8x8xf32>, tensor<4x1x3x3xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return %y : tensor<1x4x8x8xf32>
}
