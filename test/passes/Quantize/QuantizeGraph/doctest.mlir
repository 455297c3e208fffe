// RUN: wino-opt %s --wino-quantize-graph | FileCheck %s

// A signed input (clip 127) and a relu result (clip 255) get scale 1 each; max|w| = 127 gives the filter scale 1 as well. The real
// factor 1 needs pre = 9 for 8 guard bits: M = 2^(31 + 8 - 9).
// CHECK-LABEL: func.func @main
// CHECK-SAME:    tensor<1x1x3x3x!quant.uniform<i8:f32, 1.000000e+00>>
// CHECK-SAME:    -> tensor<1x1x1x1x!quant.uniform<u8:f32, 1.000000e+00>>
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<{{.*}}127, {{.*}}> : tensor<1x1x3x3xi8>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<4> : tensor<1xi32>
// CHECK-NOT:     activation
// CHECK:         winograd.conv_2d %arg0, %[[W]], %[[B]]
// CHECK-SAME:    requant = #winograd.requant<pre = 9, shift = 8, lo = 0, hi = 255, multipliers = [1073741824]>
// CHECK-SAME:    winograd.stats
func.func @main(%x: tensor<1x1x3x3xf32> {winograd.stats = {min = -127.0, max = 127.0, rms = 40.0, clip_s8 = 127.0, clip_u8 = 255.0}})
    -> tensor<1x1x1x1xf32> {
  %w = arith.constant dense<[[[[1.0, 2.0, 3.0], [4.0, 127.0, 6.0], [7.0, 8.0, -9.5]]]]> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<3.5> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>,
    winograd.stats = {min = 0.0, max = 255.0, rms = 40.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x3x3xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}
