// RUN: wino-opt %s --wino-optimize-transforms=steps=0 2>/dev/null | FileCheck %s
// RUN: wino-opt %s --wino-optimize-transforms=steps=0 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// Without a step there is nothing to win; stated matrices and 8-bit sums are left alone.
// REMARK: node 'exact': transforms of 'F(2,3) i8xi8' stay exact: relative error 0.{{[0-9]*}}, not bettered
// REMARK: node 'stated': transforms of 'F(2,3) optimised i8xi8' stay as they are: the plan states its matrices
// REMARK: node 'fsq': transforms of 'F(2,3) i8xi8 out=i8' stay as they are: the rounding of 8-bit sums is not part of the search
// REMARK: node 'rectangle': transforms of 'F(4x2,3) i8xi8' stay as they are: the search knows only tiles of equal directions
// CHECK-LABEL: func.func @main
// CHECK:         plan = #winograd.plan<"F(2,3)">
// CHECK:         plan = #winograd.plan<"F(2,3) K=4 at=[1,1,1,0;0,1,-1,1]
// CHECK:         plan = #winograd.plan<"F(2,3) out=i8">
// CHECK:         plan = #winograd.plan<"F(4x2,3)">
// CHECK-NOT:     winograd.transform_error
func.func @main(%x: tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32> {
  %w = arith.constant dense<[[[[0.5, -1.0, 0.25], [1.0, 0.5, -0.75], [-0.5, 0.25, 1.0]]]]> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %0 = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3)">}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32> loc("exact")
  %1 = winograd.conv_2d %0, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3) K=4 at=[1,1,1,0;0,1,-1,1] g=[1,0,0;1/2,1/2,1/2;1/2,-1/2,1/2;0,0,1] bt=[1,0,-1,0;0,1,1,0;0,-1,1,0;0,-1,0,1]">}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32> loc("stated")
  %2 = winograd.conv_2d %1, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3) out=i8">}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32> loc("fsq")
  %3 = winograd.conv_2d %2, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(4x2,3)">}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32> loc("rectangle")
  return %3 : tensor<1x1x8x8xf32>
}
