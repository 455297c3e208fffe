// RUN: wino-opt %s --split-input-file --wino-list-candidates | FileCheck %s
// RUN: wino-opt %s --split-input-file --wino-list-candidates --wino-choose-plan="policy=%S/Inputs/flat.yaml" 2>/dev/null | FileCheck %s --check-prefix=POLICY

// Two rows: a tile of two rows has fewer products than any square one, of bytes and of words, which come eight tiles at
// a time.
// CHECK-LABEL: func.func @thin
// CHECK:         winograd.conv_2d
// CHECK-SAME:    #winograd.plan<"F(6,3) K=9
// CHECK-SAME:    #winograd.plan<"F(2x4,3) K=4x6 points=[0,1,-1,inf]x[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8">
// CHECK-SAME:    #winograd.plan<"F(2x5,3) K=4x7 points=[0,1,-1,inf]x[{{.*}}] taps=i16xi16">
// POLICY-LABEL: func.func @thin
// POLICY:        plan = #winograd.plan<"direct">
func.func @thin(%x: tensor<1x16x2x40xf32>) -> tensor<1x16x2x40xf32> {
  %w = arith.constant dense<0.1> : tensor<16x16x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<16xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x16x2x40xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<1x16x2x40xf32> loc("thin")
  return %y : tensor<1x16x2x40xf32>
}

// -----

// A filter of one row has no transform down, and no square tile.
// CHECK-LABEL: func.func @flat
// CHECK:         winograd.conv_2d
// CHECK-SAME:    #winograd.plan<"direct">
// CHECK-NOT:     #winograd.plan<"F({{[0-9]}},
// CHECK-SAME:    #winograd.plan<"F(1x6,1x7) K=1x14 points=[0]x[{{.*}} taps=i8xi8">
// CHECK-SAME:    #winograd.plan<"F(1x6,1x7) K=1x12 points=[0]x[{{.*}} taps=i16xi16">
// POLICY-LABEL: func.func @flat
// POLICY:        plan = #winograd.plan<"F(1x2,1x7) K=1x9 points=[0]x[0,2/3,-2/3,3/2,-3/2,inf] factors=[]x[x^2+1@(0,2,-2)] taps=i8xi8">
func.func @flat(%x: tensor<1x16x17x17xf32>) -> tensor<1x16x17x17xf32> {
  %w = arith.constant dense<0.1> : tensor<16x16x1x7xf32>
  %b = arith.constant dense<0.0> : tensor<16xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 3, 0, 3>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x16x17x17xf32>, tensor<16x16x1x7xf32>, tensor<16xf32>) -> tensor<1x16x17x17xf32> loc("flat")
  return %y : tensor<1x16x17x17xf32>
}
