// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv --wino-factor-scales --wino-fold-filter --wino-prove-ranges | FileCheck %s

// out=i16 next to a layer without out=, which keeps 32 bits. The products of a dead channel are 0; its bias stays.
// CHECK-LABEL: func.func @main
// CHECK: winograd.tap_matmul {{.*}}, shift = {{[0-9]+}} : i64, {{.*}}tap_products{{.*}} -> tensor<6x6x1x2xi16>
// CHECK: arith.constant dense<[{{-?[1-9][0-9]*}}, {{-?[1-9][0-9]*}}]> : tensor<2xi32>
// CHECK: winograd.output_transform {{.*}}channel_multipliers{{.*}}tap_multipliers{{.*}}winograd.headroom_bits
// CHECK: winograd.tap_matmul {{.*}} -> tensor<4x4x4x1xi32>
// CHECK-NOT: channel_multipliers
// CHECK: winograd.output_transform
func.func @main(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<[[[[0.25, 0.5, 0.75], [1.0, 0.25, 0.5], [0.125, 0.25, 0.5]]], [[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]]>
    : tensor<2x1x3x3xf32>
  %w2 = arith.constant dense<0.25> : tensor<1x2x3x3xf32>
  %b = arith.constant dense<[1.0, -60.0]> : tensor<2xf32>
  %b2 = arith.constant dense<1.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(4,3) taps=i16xi16 out=i16">, winograd.stats = {min = -1.0, clip_s8 = 254.0, clip_u8 = 510.0}}
    : (tensor<1x1x4x4xf32>, tensor<2x1x3x3xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %z = winograd.conv_2d %y, %w2, %b2 {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3)">, winograd.stats = {min = -1.0, clip_s8 = 254.0, clip_u8 = 510.0}}
    : (tensor<1x2x4x4xf32>, tensor<1x2x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %z : tensor<1x1x4x4xf32>
}
