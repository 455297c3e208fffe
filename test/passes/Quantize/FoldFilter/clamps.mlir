// RUN: wino-opt %s --wino-fold-filter | FileCheck %s

// Every tap is 1000 or more and clamps to 127.
// CHECK-LABEL: func.func @main
// CHECK: arith.constant dense<127> : tensor<4x4x1x1xi8>
func.func @main() -> tensor<4x4x1x1xi8> {
  %w = arith.constant dense<[[[[1000.0, 0.0, 1000.0], [0.0, 0.0, 0.0], [1000.0, 0.0, 1000.0]]]]> : tensor<1x1x3x3xf32>
  %v = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">,
    scales = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>} : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi8>
  return %v : tensor<4x4x1x1xi8>
}
