// Floats on Arm: one lane of four inputs times a vector of outputs, in order for the A53 and left to LLVM on cores that reorder; equal layers share a kernel.
// RUN: wino-opt %s --wino-plan-arena --wino-lower-to-neon="prefix=net target=cortex-a76" | FileCheck %s
// RUN: wino-opt %s --wino-plan-arena --wino-lower-to-neon=prefix=net | FileCheck %s --check-prefix=ORDERED

// ORDERED-LABEL: func.func private @net_float_layer_0
// ORDERED: llvm.inline_asm {{.*}}// float products, 6 x 8 x 72: {{[0-9]+}} cycles
// ORDERED-SAME: fmla v20.4s, v6.4s, v0.s[0]
// ORDERED: llvm.load {{.*}} -> vector<4xf32>

// CHECK-LABEL: func.func private @net_float_layer_0
// CHECK: %[[X:.*]] = llvm.load {{.*}} -> vector<4xf32>
// CHECK: vector.shuffle {{.*}} [2, 2, 2, 2] : vector<4xf32>, vector<4xf32>
// CHECK: math.fma {{.*}} vector<4xf32>
// CHECK-LABEL: func.func @net_run_impl(
// CHECK: call @net_float_layer_0
// CHECK: call @net_float_layer_0
// CHECK-NOT: @net_float_layer_1
// CHECK-NOT: winograd.
func.func @main(%x: tensor<1x8x6x6xf32>) -> tensor<1x8x6x6xf32> {
  %w = arith.constant dense<1.0> : tensor<8x8x3x3xf32>
  %v = arith.constant dense<2.0> : tensor<8x8x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<8xf32>
  %c = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x8x6x6xf32>, tensor<8x8x3x3xf32>, tensor<8xf32>) -> tensor<1x8x6x6xf32>
  %y = winograd.conv_2d %c, %v, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x8x6x6xf32>, tensor<8x8x3x3xf32>, tensor<8xf32>) -> tensor<1x8x6x6xf32>
  return %y : tensor<1x8x6x6xf32>
}
