// RUN: wino-opt %s --wino-fold-filter | FileCheck %s

// F(2,3), scale 1. G of the points 0, 1, -1, inf has rows (1, 0, 0), (1, 1, 1), (1, -1, 1), (0, 0, 1); the halves are in B^T.
// CHECK-LABEL: func.func @main
// CHECK-NOT:     winograd.filter_transform
// CHECK:         arith.constant dense<{{\[\[\[\[}}1{{\]\]}}, {{\[\[}}6{{.*}}12{{\]\]}}, {{\[\[}}45{{.*}} {{\[\[}}9{{\]\]\]\]}}> : tensor<4x4x1x1xi8>
func.func @main() -> tensor<4x4x1x1xi8> {
  %w = arith.constant dense<[[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]> : tensor<1x1x3x3xf32>
  %v = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">,
    scales = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>}
    : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi8>
  return %v : tensor<4x4x1x1xi8>
}
