// Stride 2 has the tiles of its phases; a larger one follows where it has at least 5 % fewer products. Strides that differ have none.
// RUN: wino-opt %s --wino-list-candidates | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK:         winograd.conv_2d
// CHECK-SAME:    #winograd.plan<"direct">
// CHECK-SAME:    #winograd.plan<"F(2,3)/2 K=5 points=[1/2,-1/2,inf] taps=i8xi8">
// CHECK-SAME:    #winograd.plan<"F(2,3)/2 K=5 points=[1/2,-1/2,inf] taps=i8xi7">
// CHECK-SAME:    #winograd.plan<"F(2,3)/2 K=5 points=[1/2,-1/2,inf] taps=i16xi16">
// CHECK-NOT:     F(3,3)/2
// CHECK-SAME:    #winograd.plan<"F(4,3)/2 K=9 points=[1/2,-1/2,5/4,-5/4,inf] taps=i8xi8">
// CHECK:         winograd.conv_2d
// CHECK-SAME:    #winograd.plan<"direct">
// CHECK-NOT:     F(
func.func @main(%x: tensor<1x4x16x16xf32>) -> tensor<1x4x8x4xf32> {
  %w = arith.constant dense<0.1> : tensor<4x4x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<4xf32>
  %c = winograd.conv_2d %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x16x16xf32>, tensor<4x4x3x3xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  %y = winograd.conv_2d %c, %w, %b {strides = array<i64: 1, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x8x8xf32>, tensor<4x4x3x3xf32>, tensor<4xf32>) -> tensor<1x4x8x4xf32>
  return %y : tensor<1x4x8x4xf32>
}
