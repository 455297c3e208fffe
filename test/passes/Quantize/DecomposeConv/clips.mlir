// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv | FileCheck %s --check-prefix=MSE
// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv="tap-clip=percentile filter-clip=max" | FileCheck %s --check-prefix=PERCENTILE
// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv="tap-clip=max" | FileCheck %s --check-prefix=LARGEST
// RUN: not wino-opt %s --wino-decompose-conv="tap-clip=least" 2>&1 | FileCheck %s --check-prefix=TAPS
// RUN: not wino-opt %s --wino-decompose-conv="filter-clip=percentile" 2>&1 | FileCheck %s --check-prefix=FILTERS

// F(1,3) with one product per point has 1 x 1 taps per point only after the transform; here every tap has max 56, percentile 28
// and best clip 14 at 4 bits, in steps of 1: 7 levels give u = t/8, t/4 and t/2, that is shifts 2, 1 and 0 beside M = 2^14.
// MSE:        winograd.input_transform {{.*}}multipliers = array<i32: 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384>{{.*}}shifts = array<i32: 0, 0, 0, 0, 0, 0, 0, 0, 0>
// PERCENTILE: winograd.input_transform {{.*}}multipliers = array<i32: 16384, {{.*}}shifts = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1>
// LARGEST:    winograd.input_transform {{.*}}multipliers = array<i32: 16384, {{.*}}shifts = array<i32: 2, 2, 2, 2, 2, 2, 2, 2, 2>
// Without clipping the largest filter tap of each (tap, channel) is 7 scales.
// PERCENTILE: winograd.filter_transform {{.*}}scales = array<f64: 1.000000e+00,
// TAPS: error: tap-clip: expected max, percentile or mse, got 'least'
// FILTERS: error: filter-clip: expected max or mse, got 'percentile'
func.func @main(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<7.0> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(1,3) K=3 points=[0,1,inf] taps=i4xi4">,
    winograd.tap_stats = {"F(1,3) K=3 points=[0,1,inf] taps=i8xi8" = dense<[[[56.0, 1.0, 28.0, 14.0, 1.0, 1.0, 1.0, 1.0], [56.0, 1.0, 28.0, 14.0, 1.0, 1.0, 1.0, 1.0], [56.0, 1.0, 28.0, 14.0, 1.0, 1.0, 1.0, 1.0]],
      [[56.0, 1.0, 28.0, 14.0, 1.0, 1.0, 1.0, 1.0], [56.0, 1.0, 28.0, 14.0, 1.0, 1.0, 1.0, 1.0], [56.0, 1.0, 28.0, 14.0, 1.0, 1.0, 1.0, 1.0]],
      [[56.0, 1.0, 28.0, 14.0, 1.0, 1.0, 1.0, 1.0], [56.0, 1.0, 28.0, 14.0, 1.0, 1.0, 1.0, 1.0], [56.0, 1.0, 28.0, 14.0, 1.0, 1.0, 1.0, 1.0]]]> : tensor<3x3x8xf64>},
    winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}
