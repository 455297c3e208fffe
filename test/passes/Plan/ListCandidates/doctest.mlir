// RUN: wino-opt %s --wino-list-candidates="target=cortex-a53" | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-SAME:    winograd.target = "cortex-a53"
// CHECK:         winograd.conv_2d
// CHECK-SAME:    winograd.candidates = [{cycles = {{[0-9.e+]+}} : f64, error = {{[0-9.e+-]+}} : f64, plan = #winograd.plan<"direct">, scratch_bytes = 0 : i64, weight_bytes = {{[0-9]+}} : i64}
// CHECK-SAME:    #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">
// CHECK-SAME:    #winograd.plan<"F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8">
// CHECK-SAME:    #winograd.plan<"F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi7">
// CHECK-SAME:    #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16">
// CHECK-SAME:    #winograd.plan<"F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i8xi8">
func.func @main(%x: tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32> {
  %w = arith.constant dense<0.1> : tensor<16x16x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<16xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<1x16x8x8xf32> loc("conv1")
  return %y : tensor<1x16x8x8xf32>
}
