// RUN: wino-opt %s --wino-fold-batch-norm | FileCheck %s

// a = scale / sqrt(variance + epsilon) = 3 / sqrt(3 + 1) = 1.5; filter 2 * 1.5, bias 1.5 * (1 - 5) + 7.
// CHECK-LABEL: func.func @main
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<3.000000e+00> : tensor<1x1x1x1xf32>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<1.000000e+00> : tensor<1xf32>
// CHECK:         %[[Y:.*]] = winograd.conv_2d %arg0, %[[W]], %[[B]]
// CHECK-NEXT:    return %[[Y]]
func.func @main(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> {
  %w = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %scale = arith.constant dense<3.0> : tensor<1xf32>
  %bias = arith.constant dense<7.0> : tensor<1xf32>
  %mean = arith.constant dense<5.0> : tensor<1xf32>
  %variance = arith.constant dense<3.0> : tensor<1xf32>
  %c = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x2x2xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32>
  %y = winograd.batch_norm %c, %scale, %bias, %mean, %variance {epsilon = 1.0 : f32}
    : (tensor<1x1x2x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32>
  return %y : tensor<1x1x2x2xf32>
}
