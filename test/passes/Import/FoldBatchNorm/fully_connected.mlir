// RUN: wino-opt %s --wino-fold-batch-norm | FileCheck %s

// One gain per row of the matrix: 2 and 4.
// CHECK-LABEL: func.func @scales_rows
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<{{\[\[}}2.000000e+00, 4.000000e+00, 6.000000e+00], [1.600000e+01, 2.000000e+01, 2.400000e+01]]> : tensor<2x3xf32>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<[2.000000e+00, 5.000000e+00]> : tensor<2xf32>
// CHECK:         %[[Y:.*]] = winograd.fully_connected %arg0, %[[W]], %[[B]]
// CHECK-NEXT:    return %[[Y]]
func.func @scales_rows(%x: tensor<1x3xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %b = arith.constant dense<1.0> : tensor<2xf32>
  %scale = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %bias = arith.constant dense<[0.0, 1.0]> : tensor<2xf32>
  %mean = arith.constant dense<0.0> : tensor<2xf32>
  %variance = arith.constant dense<1.0> : tensor<2xf32>
  %c = winograd.fully_connected %x, %w, %b : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %y = winograd.batch_norm %c, %scale, %bias, %mean, %variance {epsilon = 0.0 : f32}
    : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
