// RUN: wino-opt %s --wino-quantize-graph | FileCheck %s

// max_pool keeps the type. avg_pool of a 2x2 map with a 2x2 window and padding 1 before: 1, 2, 2 and 4 valid elements.
// CHECK-LABEL: func.func @main
// CHECK: winograd.max_pool_2d {{.*}} -> tensor<1x1x2x2x!quant.uniform<i8:f32, 1.000000e+00>>
// CHECK: winograd.avg_pool_2d {{.*}}requant = #winograd.requant<pre = 9, shift = 8, lo = -128, hi = 127, multipliers = [1073741824, 536870912, 536870912, 268435456]>
func.func @main(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x2x2xf32> {
  %m = winograd.max_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>}
    : (tensor<1x1x4x4xf32>) -> tensor<1x1x2x2xf32>
  %y = winograd.avg_pool_2d %m {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 0, 0>, count_include_pad = false,
    winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  return %y : tensor<1x1x2x2xf32>
}
