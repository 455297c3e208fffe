// RUN: wino-opt %s --wino-fold-pad --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @other_value
// CHECK:         %[[P:.*]] = winograd.pad
// CHECK-NEXT:    winograd.conv_2d %[[P]], {{.*}}pads = array<i64: 0, 0, 0, 0>
func.func @other_value(%x: tensor<1x1x4x4xf32>, %w: tensor<1x1x3x3xf32>, %b: tensor<1xf32>) -> tensor<1x1x4x4xf32> {
  %p = winograd.pad %x {low = array<i64: 0, 0, 1, 1>, high = array<i64: 0, 0, 1, 1>, value = 1.0 : f32} : (tensor<1x1x4x4xf32>) -> tensor<1x1x6x6xf32>
  %y = winograd.conv_2d %p, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x6x6xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

// CHECK-LABEL: func.func @channels
// CHECK:         %[[P:.*]] = winograd.pad
// CHECK-NEXT:    winograd.conv_2d %[[P]]
func.func @channels(%x: tensor<1x1x4x4xf32>, %w: tensor<1x2x3x3xf32>, %b: tensor<1xf32>) -> tensor<1x1x2x2xf32> {
  %p = winograd.pad %x {low = array<i64: 0, 1, 0, 0>, high = array<i64: 0, 0, 0, 0>, value = 0.0 : f32} : (tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32>
  %y = winograd.conv_2d %p, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x2x4x4xf32>, tensor<1x2x3x3xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32>
  return %y : tensor<1x1x2x2xf32>
}

// -----

// The pool still reads the pad, the convolution no longer does.
// CHECK-LABEL: func.func @two_readers
// CHECK:         %[[P:.*]] = winograd.pad
// CHECK:         winograd.conv_2d %arg0, {{.*}}pads = array<i64: 1, 1, 1, 1>
// CHECK:         winograd.max_pool_2d %[[P]]
func.func @two_readers(%x: tensor<1x1x4x4xf32>, %w: tensor<1x1x3x3xf32>, %b: tensor<1xf32>) -> (tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>) {
  %p = winograd.pad %x {low = array<i64: 0, 0, 1, 1>, high = array<i64: 0, 0, 1, 1>, value = 0.0 : f32} : (tensor<1x1x4x4xf32>) -> tensor<1x1x6x6xf32>
  %y = winograd.conv_2d %p, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x6x6xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  %z = winograd.max_pool_2d %p {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>}
    : (tensor<1x1x6x6xf32>) -> tensor<1x1x4x4xf32>
  return %y, %z : tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>
}
