// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv --verify-diagnostics

// A bias of 1e8 steps leaves 4 fraction bits; the integer output transform of this tile multiplies the rounding of every tap.
func.func @main(%x: tensor<1x1x6x6xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x6x6xf32> {
  %w = arith.constant dense<0.25> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0e8> : tensor<1xf32>
  // expected-warning @below {{expected at most 16 steps of rounding noise from the output transform, got up to}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(6,3) K=8 points=[0,1,-1,2,-2,1/2,-1/2,inf] taps=i8xi8">,
    winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x6x6xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x6x6xf32>
  return %y : tensor<1x1x6x6xf32>
}
