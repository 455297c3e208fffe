// Tiles with taps in floats are candidates where asked for: halves noisier than floats, both far quieter than bytes; a GPU has none; a policy may ask for one.
// RUN: wino-opt %s --wino-list-candidates=float-taps=all | FileCheck %s
// RUN: wino-opt %s --wino-list-candidates=float-taps=f16 | FileCheck %s --check-prefix=HALF --implicit-check-not=f32xf32
// RUN: wino-opt %s --wino-list-candidates | FileCheck %s --check-prefix=NONE --implicit-check-not=f32xf32 --implicit-check-not=f16xf16
// RUN: wino-opt %s --wino-list-candidates --wino-choose-plan="policy=%S/Inputs/floats.yaml" 2>&1 | FileCheck %s --check-prefix=ASKED
// RUN: not wino-opt %s --wino-list-candidates=float-taps=f64 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not wino-opt %s --wino-list-candidates="target=sm_80 float-taps=f32" 2>&1 | FileCheck %s --check-prefix=GPU
// RUN: not wino-opt %s --wino-list-candidates=target=sm_80 --wino-choose-plan="policy=%S/Inputs/floats.yaml" 2>&1 | FileCheck %s --check-prefix=GPUPOLICY

// CHECK: plan = #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=f16xf16">
// CHECK-SAME: plan = #winograd.plan<"F(6,3) K=8 points=[0,1,-1,2,-2,1/2,-1/2,inf] taps=f16xf16">
// CHECK-SAME: error = 1.700000e-04 : f64, plan = #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=f32xf32">
// HALF: f16xf16
// NONE: i16xi16
// ASKED: plan = #winograd.plan<"F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=f32xf32">
// TYPE: error: float-taps: expected none, f16, f32 or all, got 'f64'
// GPU: error: float-taps: expected none for a GPU, got 'f32'
// GPUPOLICY: error: {{.*}}node 'conv': expected taps of integers for a GPU, got F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=f32xf32
func.func @main(%x: tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32> {
  %w = arith.constant dense<0.1> : tensor<16x16x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<16xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<1x16x8x8xf32> loc("conv")
  return %y : tensor<1x16x8x8xf32>
}
