// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv="input-scales=tensor filter-scales=tap" | FileCheck %s --check-prefix=ONE
// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv="input-scales=tensor filter-scales=tap balance-rows=paired" | FileCheck %s --check-prefix=ROWS
// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv="input-scales=tensor filter-scales=channel balance-rows=free" --wino-fold-filter --wino-prove-ranges | FileCheck %s --check-prefix=PROVED
// RUN: not wino-opt %s --wino-decompose-conv="input-scales=row" 2>&1 | FileCheck %s --check-prefix=INPUT
// RUN: not wino-opt %s --wino-decompose-conv="filter-scales=row" 2>&1 | FileCheck %s --check-prefix=FILTER

// Taps reach 28, in row or column 1 twice as far, at (1, 1) 112. One scale for all is 112 / 7 = 16 steps of 1: mulhi16 by 2^14 halves, the
// shift by 3 does the rest. With factors 1, 1/2, 1 of the rows all reach 28: a scale of 4 there, of 8 and 16 in the taps themselves.
// ONE:  winograd.input_transform {{.*}}multipliers = array<i32: 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384>{{.*}}shifts = array<i32: 3, 3, 3, 3, 3, 3, 3, 3, 3>
// ROWS: winograd.input_transform {{.*}}multipliers = array<i32: 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384>{{.*}}shifts = array<i32: 1, 2, 1, 2, 3, 2, 1, 2, 1>
// PROVED: winograd.tap_matmul {{.*}}tap_products
// INPUT: error: input-scales: expected tap or tensor, got 'row'
// FILTER: error: filter-scales: expected tap-channel, tap, channel or tensor, got 'row'
func.func @main(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<7.0> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(1,3) K=3 points=[0,1,inf] taps=i4xi4">,
    winograd.tap_stats = {"F(1,3) K=3 points=[0,1,inf] taps=i8xi8" = dense<[[[28.0, 1.0, 28.0, 28.0, 1.0, 1.0, 1.0, 1.0], [56.0, 2.0, 56.0, 56.0, 1.0, 1.0, 1.0, 1.0], [28.0, 1.0, 28.0, 28.0, 1.0, 1.0, 1.0, 1.0]],
      [[56.0, 2.0, 56.0, 56.0, 1.0, 1.0, 1.0, 1.0], [112.0, 4.0, 112.0, 112.0, 1.0, 1.0, 1.0, 1.0], [56.0, 2.0, 56.0, 56.0, 1.0, 1.0, 1.0, 1.0]],
      [[28.0, 1.0, 28.0, 28.0, 1.0, 1.0, 1.0, 1.0], [56.0, 2.0, 56.0, 56.0, 1.0, 1.0, 1.0, 1.0], [28.0, 1.0, 28.0, 28.0, 1.0, 1.0, 1.0, 1.0]]]> : tensor<3x3x8xf64>},
    winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}
