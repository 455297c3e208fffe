// RUN: wino-opt %s --wino-fold-pad | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-NOT:     winograd.pad
// CHECK:         winograd.conv_2d %arg0, {{.*}}pads = array<i64: 1, 3, 2, 4>
func.func @main(%x: tensor<1x1x4x4xf32>, %w: tensor<1x1x3x3xf32>, %b: tensor<1xf32>) -> tensor<1x1x5x9xf32> {
  %p = winograd.pad %x {low = array<i64: 0, 0, 1, 2>, high = array<i64: 0, 0, 2, 3>, value = 0.0 : f32} : (tensor<1x1x4x4xf32>) -> tensor<1x1x7x9xf32>
  %y = winograd.conv_2d %p, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x7x9xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x5x9xf32>
  return %y : tensor<1x1x5x9xf32>
}
