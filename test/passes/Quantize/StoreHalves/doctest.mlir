// RUN: wino-opt %s --wino-store-halves | FileCheck %s

// The input is clipped to [0, 1]; relu sums of 9 x 1/2 reach 1 + 4.5 and a little more for roundings; the result stays f32.
// CHECK-LABEL: func.func @main
// CHECK:         %[[X:.*]] = winograd.activate %arg0 {activation = #winograd.activation<clip, 0.000000e+00 : f32, 1.000000e+00 : f32>, winograd.interval = array<f64: 0.000000e+00, 1.000000e+00>} : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf16>
// CHECK:         %[[Y:.*]] = winograd.conv_2d %[[X]]
// CHECK-SAME:      activation = #winograd.activation<clip, 0.000000e+00 : f32, 5.51{{[0-9]+}} : f32>
// CHECK-SAME:      -> tensor<1x1x4x4xf16>
// CHECK:         winograd.conv_2d %[[Y]]
// CHECK-NOT:       activation
// CHECK-SAME:      -> tensor<1x1x4x4xf32>
func.func @main(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<0.5> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32> loc("conv1")
  %z = winograd.conv_2d %y, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32> loc("conv2")
  return %z : tensor<1x1x4x4xf32>
}
