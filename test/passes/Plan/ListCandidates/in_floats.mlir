// Layers that a policy keeps in floats have the candidates of a network in fp32, and the noise of a result that integers read, 1 / 12 of
// its step's square over its power: here (255 / 255)^2 / 12 / 40^2.
// RUN: wino-opt %s --wino-list-candidates="policy=%S/Inputs/keep_in_floats.yaml" | FileCheck %s
// RUN: wino-opt %s --wino-list-candidates="policy=%S/Inputs/keep_in_floats.yaml" --wino-choose-plan="policy=%S/Inputs/keep_in_floats.yaml" 2>/dev/null | FileCheck %s --check-prefix=PLAN
// RUN: not wino-opt %s --wino-list-candidates="target=sm_80 policy=%S/Inputs/keep_in_floats.yaml" 2>&1 | FileCheck %s --check-prefix=GPU
// RUN: not wino-opt %s --wino-list-candidates="policy=%s" 2>&1 | FileCheck %s --check-prefix=BROKEN

// CHECK: winograd.conv_2d %arg0
// CHECK-NOT: i8xi8
// CHECK-SAME: error = 5.208330e-05 : f64, plan = #winograd.plan<"direct">
// CHECK-NOT: i8xi8
// CHECK-SAME: f32xf32
// CHECK-NOT: i8xi8
// CHECK-SAME: winograd.in_floats
// CHECK: winograd.conv_2d %0
// CHECK-SAME: i8xi8
// CHECK-NOT: in_floats
// PLAN: winograd.conv_2d %arg0
// PLAN-SAME: plan = #winograd.plan<"F({{.*}}taps=f32xf32">, strides
// GPU: error: {{.*}}node 'conv': expected precision mixed or int8 for a GPU, got fp32 in {{.*}}keep_in_floats.yaml
// BROKEN: error: {{.*}}in_floats.mlir:
func.func @main(%x: tensor<1x16x32x32xf32>) -> tensor<1x16x32x32xf32> {
  %w = arith.constant dense<0.1> : tensor<16x16x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<16xf32>
  %c = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    winograd.stats = {min = 0.0, max = 255.0, rms = 40.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x16x32x32xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<1x16x32x32xf32> loc("conv")
  %y = winograd.conv_2d %c, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x16x32x32xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<1x16x32x32xf32> loc("head")
  return %y : tensor<1x16x32x32xf32>
}
