// RUN: wino-opt %s --wino-list-candidates="products=i16" | FileCheck %s
// RUN: not wino-opt %s --wino-list-candidates="products=i4" 2>&1 | FileCheck %s --check-prefix=BAD

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
