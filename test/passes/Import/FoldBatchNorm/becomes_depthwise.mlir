// RUN: wino-opt %s --wino-fold-batch-norm --split-input-file | FileCheck %s

// The convolution's result is read twice, so the normalization stays a layer of its own.
// CHECK-LABEL: func.func @two_uses
// CHECK:         %[[C:.*]] = winograd.conv_2d %arg0
// CHECK:         %[[N:.*]] = winograd.conv_2d %[[C]], {{.*}}groups = 2 : i64{{.*}} (tensor<1x2x2x2xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>)
// CHECK:         winograd.add %[[C]], %[[N]]
func.func @two_uses(%x: tensor<1x1x2x2xf32>) -> tensor<1x2x2x2xf32> {
  %w = arith.constant dense<2.0> : tensor<2x1x1x1xf32>
  %v = arith.constant dense<1.0> : tensor<2xf32>
  %c = winograd.conv_2d %x, %w, %v {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x2x2xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  %n = winograd.batch_norm %c, %v, %v, %v, %v {epsilon = 0.0 : f32}
    : (tensor<1x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  %y = winograd.add %c, %n : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}

// -----

// Normalization after a relu cannot move before it.
// CHECK-LABEL: func.func @after_activation
// CHECK:         winograd.conv_2d {{.*}}activation
// CHECK:         winograd.conv_2d {{.*}}groups = 2 : i64
func.func @after_activation(%x: tensor<1x1x2x2xf32>) -> tensor<1x2x2x2xf32> {
  %w = arith.constant dense<2.0> : tensor<2x1x1x1xf32>
  %v = arith.constant dense<1.0> : tensor<2xf32>
  %c = winograd.conv_2d %x, %w, %v {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x2x2xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  %n = winograd.batch_norm %c, %v, %v, %v, %v {epsilon = 0.0 : f32}
    : (tensor<1x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  return %n : tensor<1x2x2x2xf32>
}

// -----

// Two normalizations in a row end in one depthwise convolution: gain 2 * 2, offset 2 * 1 + 1.
// CHECK-LABEL: func.func @matrix_input
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<4.000000e+00> : tensor<3x1x1x1xf32>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<3.000000e+00> : tensor<3xf32>
// CHECK:         %[[Y:.*]] = winograd.conv_2d %{{.*}}, %[[W]], %[[B]]
// CHECK:         %[[R:.*]] = winograd.reshape %[[Y]] {{.*}} -> tensor<5x3xf32>
// CHECK-NEXT:    return %[[R]]
func.func @matrix_input(%x: tensor<5x3x1x1xf32>) -> tensor<5x3xf32> {
  %two = arith.constant dense<2.0> : tensor<3xf32>
  %one = arith.constant dense<1.0> : tensor<3xf32>
  %zero = arith.constant dense<0.0> : tensor<3xf32>
  %n = winograd.batch_norm %x, %two, %one, %zero, %one {epsilon = 0.0 : f32}
    : (tensor<5x3x1x1xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<5x3x1x1xf32>
  %m = winograd.batch_norm %n, %two, %one, %zero, %one {epsilon = 0.0 : f32}
    : (tensor<5x3x1x1xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<5x3x1x1xf32>
  %y = winograd.reshape %m : (tensor<5x3x1x1xf32>) -> tensor<5x3xf32>
  return %y : tensor<5x3xf32>
}

// -----

// Rank 3 goes through rank 4.
// CHECK-LABEL: func.func @rank_3
// CHECK:         winograd.reshape {{.*}} -> tensor<2x3x7x1xf32>
// CHECK:         winograd.conv_2d {{.*}}groups = 3 : i64
// CHECK:         winograd.reshape {{.*}} -> tensor<2x3x7xf32>
func.func @rank_3(%x: tensor<2x3x7xf32>) -> tensor<2x3x7xf32> {
  %v = arith.constant dense<1.0> : tensor<3xf32>
  %n = winograd.batch_norm %x, %v, %v, %v, %v {epsilon = 0.0 : f32}
    : (tensor<2x3x7xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3x7xf32>
  return %n : tensor<2x3x7xf32>
}
