// RUN: wino-opt %s --wino-list-candidates --verify-diagnostics

// 2^31 over the largest 16-bit tap leaves less than 1/2 per channel for the filter: no scale exists, so the tile is no candidate.
func.func @main(%x: tensor<1x400000x1x1xf32>) -> tensor<1x1x1x1xf32> {
  %w = arith.constant dense<0.25> : tensor<1x400000x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  // expected-remark @below {{F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16 is no candidate: expected fewer input channels for i16 taps of F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16 in an i32 accumulator, got 400000}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x400000x1x1xf32>, tensor<1x400000x3x3xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}
