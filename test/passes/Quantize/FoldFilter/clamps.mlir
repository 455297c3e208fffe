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

// Filter taps of 4 bits end at 7; beside 16-bit input taps they are stored in 16 bits.
// CHECK-LABEL: func.func @four_bits
// CHECK: arith.constant dense<7> : tensor<4x4x1x1xi16>
func.func @four_bits() -> tensor<4x4x1x1xi16> {
  %w = arith.constant dense<[[[[1000.0, 0.0, 1000.0], [0.0, 0.0, 0.0], [1000.0, 0.0, 1000.0]]]]> : tensor<1x1x3x3xf32>
  %v = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi4">,
    scales = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>} : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi16>
  return %v : tensor<4x4x1x1xi16>
}
