// RUN: wino-opt %s --wino-list-candidates > %t.mse
// RUN: wino-opt %s --wino-list-candidates="tap-clip=max" > %t.max
// RUN: wino-opt %s --wino-list-candidates="tap-clip=percentile" > %t.percentile
// RUN: FileCheck %s --check-prefix=MSE < %t.mse
// RUN: FileCheck %s --check-prefix=MAX < %t.max
// RUN: cat %t.mse %t.max %t.percentile | grep -o 'error = [0-9.e-]* : f64, plan = #winograd.plan<"F(2,3)' | awk '{e[n++] = $3} END {exit !(n == 3 && e[0] < e[1] && e[1] < e[2])}'
// RUN: wino-opt %s --wino-list-candidates="filter-clip=max" | FileCheck %s --check-prefix=FILTER
// RUN: sh -c 'for clip in mse max; do wino-opt %s --wino-list-candidates="filter-clip=$clip" --wino-choose-plan="policy=%S/Inputs/narrow.yaml" 2>&1 >/dev/null; done' | grep -o 'remark: [^;]*' | grep -o 'error [0-9.e-]*' | awk '{e[n++] = $NF} END {exit !(n == 2 && e[0] < e[1])}'
// RUN: not wino-opt %s --wino-list-candidates="tap-clip=best" 2>&1 | FileCheck %s --check-prefix=TAP
// RUN: not wino-opt %s --wino-list-candidates="filter-clip=percentile" 2>&1 | FileCheck %s --check-prefix=BAD

// Where the tail reaches to 8 and the clip of least error stands at 3.9, a clip at 8 is coarser, and one in a thousand cut at 4, up to
// 4 times rms beyond it, is worse than either. Filters of 8 bits are priced by their maximum; the policy's have 4.
// MSE-NOT: winograd.tap_clip
// MSE-NOT: winograd.filter_clip
// MAX:     winograd.tap_clip = "max"
// FILTER:  winograd.filter_clip = "max"
// TAP:     error: tap-clip: expected {{.*}}got 'best'
// BAD:     error: filter-clip: expected max or mse, got 'percentile'
func.func @main(%x: tensor<1x4x8x8xf32>
    {winograd.stats = {min = 0.0 : f64, max = 4.0 : f64, rms = 1.0 : f64, clip_s8 = 4.0 : f64, clip_u8 = 4.0 : f64}}) -> tensor<1x1x8x8xf32> {
  %w = arith.constant dense<[[[[-0.52, 0.09, -0.26], [0.21, 0.25, -0.87], [-0.97, 0.67, -0.48]], [[-0.53, 0.99, -0.06], [0.67, -0.05, 0.28], [-0.7, 0.27, 0.74]], [[0.05, 0.48, 0.34], [-0.87, 0.52, 0.18], [-0.4, -0.94, 0.73]], [[-0.05, 0.44, 0.76], [0.43, 0.84, -0.21], [0.6, -0.11, 0.87]]]]> : tensor<1x4x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    winograd.tap_stats = {"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8" = dense<[
      [[8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9]],
      [[8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9]],
      [[8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9]],
      [[8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9], [8.0, 1.0, 4.0, 2.0, 2.5, 3.0, 3.5, 3.9]]
    ]> : tensor<4x4x8xf64>}}
    : (tensor<1x4x8x8xf32>, tensor<1x4x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32> loc("conv")
  return %y : tensor<1x1x8x8xf32>
}
