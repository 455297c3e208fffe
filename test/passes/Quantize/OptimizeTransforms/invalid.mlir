// RUN: not wino-opt %s --wino-optimize-transforms 2>&1 | FileCheck %s
// RUN: not wino-opt %s --wino-optimize-transforms=threads=0 2>&1 | FileCheck %s --check-prefix=THREADS

// THREADS: error: threads: expected 1 to 64, got 0
// CHECK: error: {{.*}}layer 'computed': expected a constant f32 filter to optimise transforms for, got 'tensor<1x1x3x3xf32>'
func.func @main(%x: tensor<1x1x4x4xf32>, %w: tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32> {
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3)">}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32> loc("computed")
  return %y : tensor<1x1x2x2xf32>
}
