// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv | FileCheck %s

// F(2,3) on a 4x4 map with padding 1: 2x2 tiles. The taps' clips are the proven bounds, there are no statistics.
// CHECK-LABEL: func.func @main
// CHECK-NOT:     winograd.conv_2d
// CHECK:         %[[U:.*]] = winograd.input_transform %arg0 {multipliers = array<i32: {{.*}}>, output_size = array<i64: 4, 4>, pads = array<i64: 1, 1>
// CHECK-SAME:    -> tensor<4x4x4x1xi8>
// CHECK:         %[[V:.*]] = winograd.filter_transform %{{.*}} -> tensor<4x4x2x1xi8>
// CHECK:         %[[O:.*]] = winograd.tap_matmul %[[U]], %[[V]] {{.*}} -> tensor<4x4x4x2xi32>
// CHECK:         winograd.output_transform %[[O]], %{{.*}} {hi = 255 : i64, lo = 0 : i64
// CHECK-SAME:    winograd.output_rounding
// CHECK-SAME:    winograd.why = "test"
// CHECK-SAME:    -> tensor<1x2x4x4x!quant.uniform<u8:f32, 1.000000e+00>>
func.func @main(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x2x4x4xf32> {
  %w = arith.constant dense<0.25> : tensor<2x1x3x3xf32>
  %b = arith.constant dense<[1.0, -2.0]> : tensor<2xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>,
    winograd.why = "test", winograd.stats = {min = 0.0, clip_s8 = 255.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<2x1x3x3xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %y : tensor<1x2x4x4xf32>
}
