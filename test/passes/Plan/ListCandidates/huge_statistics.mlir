// RUN: not wino-opt %s --wino-list-candidates 2>&1 | FileCheck %s

// The square of the step is beyond binary64, and no number of the input was seen that is not zero.
// CHECK: error: {{.*}}node 'conv': expected statistics of a finite noise, got {{-?nan}} for direct
func.func @main(%x: tensor<1x1x8x8xf32>
    {winograd.stats = {min = 0.0 : f64, max = 4.0 : f64, rms = 1.0 : f64, clip_s8 = 1.0e+300 : f64, clip_u8 = 1.0e+300 : f64, nonzero = 0.0 : f64}})
    -> tensor<1x1x8x8xf32> {
  %w = arith.constant dense<0.1> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32> loc("conv")
  return %y : tensor<1x1x8x8xf32>
}
