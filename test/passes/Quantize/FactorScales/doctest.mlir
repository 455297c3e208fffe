// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv --wino-factor-scales | FileCheck %s

// Products in 8 bits: one multiplier per tap brings them back to 32 bits, one per channel takes the result to its scale. Both
// channels get the same multiplier, because their filters differ in sign only.
// CHECK-LABEL: func.func @main
// CHECK:         %[[O:.*]] = winograd.tap_matmul {{.*}}shift = {{.*}} -> tensor<4x4x4x2xi8>
// CHECK:         winograd.output_transform %[[O]], %{{.*}} {channel_multipliers = array<i32: [[R:[0-9]+]], [[R]]>
// CHECK-SAME:    tap_multipliers = array<i32: {{([0-9]+, ){15}[0-9]+}}>
// CHECK-SAME:    -> tensor<1x2x4x4x!quant.uniform<i8:f32, 2.000000e+00>>
func.func @main(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x2x4x4xf32> {
  %w = arith.constant dense<[[[[0.25, 0.5, 0.75], [1.0, 0.25, 0.5], [0.125, 0.25, 0.5]]], [[[-0.25, -0.5, -0.75], [-1.0, -0.25, -0.5], [-0.125, -0.25, -0.5]]]]>
    : tensor<2x1x3x3xf32>
  %b = arith.constant dense<[1.0, -2.0]> : tensor<2xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8 out=i8">, winograd.stats = {min = -1.0, clip_s8 = 254.0, clip_u8 = 510.0}}
    : (tensor<1x1x4x4xf32>, tensor<2x1x3x3xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %y : tensor<1x2x4x4xf32>
}
