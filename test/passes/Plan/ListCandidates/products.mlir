// RUN: wino-opt %s --wino-list-candidates="products=i16" | FileCheck %s
// RUN: wino-opt %s --wino-list-candidates="products=i16" --wino-choose-plan="policy=%S/Inputs/three.yaml" 2>&1 >/dev/null | FileCheck %s --check-prefix=POLICY
// RUN: wino-opt %s --wino-list-candidates --wino-choose-plan="policy=%S/Inputs/three.yaml" 2>&1 >/dev/null | FileCheck %s --check-prefix=WIDE
// RUN: not wino-opt %s --wino-list-candidates="products=i4" 2>&1 | FileCheck %s --check-prefix=BAD

// What a policy asks for keeps its products, which is said once.
// POLICY:     warning: products=i16 is for layers that the planner chooses, not 'conv1', whose tile was asked for; say out=i16 there
// POLICY-NOT: warning: products
// WIDE-NOT: warning: products
// BAD: error: products: expected i8, i16 or i32, got 'i4'
// CHECK-LABEL: func.func @main
// CHECK:         #winograd.plan<"direct">
// CHECK-SAME:    #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8 out=i16">
// CHECK-SAME:    #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16 out=i16">
// CHECK-NOT:     taps=i8xi8">
func.func @main(%x: tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32> {
  %w = arith.constant dense<0.1> : tensor<16x16x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<16xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<1x16x8x8xf32> loc("conv1")
  return %y : tensor<1x16x8x8xf32>
}
