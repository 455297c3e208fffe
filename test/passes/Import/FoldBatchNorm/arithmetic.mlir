// RUN: wino-opt %s --wino-fold-batch-norm --split-input-file | FileCheck %s

// 3 ((x w + b) 2 - [5, 7]): filter 1 becomes 6, bias 1 becomes 3 (2 - [5, 7]) = [-9, -15]. The last sum is an output, whose
// name it gives.
// CHECK-LABEL: func.func @into_the_layer
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<6.000000e+00> : tensor<2x1x1x1xf32>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<[-9.000000e+00, -1.500000e+01]>
// CHECK:         %[[C:.*]] = winograd.conv_2d %arg0, %[[W]], %[[B]]
// CHECK-NEXT:    %[[Y:.*]] = winograd.add %[[C]],
// CHECK-NEXT:    return %[[Y]]
func.func @into_the_layer(%x: tensor<1x1x1x2xf32>) -> tensor<1x2x1x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x1x1x1xf32>
  %b = arith.constant dense<1.0> : tensor<2xf32>
  %two = arith.constant dense<2.0> : tensor<1x2x1x2xf32>
  %three = arith.constant dense<3.0> : tensor<1x2x1x2xf32>
  %per = arith.constant dense<[[[[5.0, 5.0]], [[7.0, 7.0]]]]> : tensor<1x2x1x2xf32>
  %c = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x1x2xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x1x2xf32>
  %m = winograd.mul %two, %c : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  %s = winograd.sub %m, %per : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  %t = winograd.mul %s, %three : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  %y = winograd.add %t, %two : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  return %y : tensor<1x2x1x2xf32>
}

// -----

// [5, 7] - (x w + b): the filter is negated. What has one number per pixel stays, and so does what follows.
// CHECK-LABEL: func.func @stays
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<-1.000000e+00> : tensor<2x1x1x1xf32>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<[4.000000e+00, 6.000000e+00]>
// CHECK:         %[[C:.*]] = winograd.conv_2d %arg0, %[[W]], %[[B]]
// CHECK-NEXT:    %[[S:.*]] = winograd.add %[[C]],
// CHECK-NEXT:    %[[M:.*]] = winograd.mul %[[S]],
// CHECK-NEXT:    winograd.max_pool_2d %[[M]]
func.func @stays(%x: tensor<1x1x1x2xf32>) -> tensor<1x2x1x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x1x1x1xf32>
  %b = arith.constant dense<1.0> : tensor<2xf32>
  %two = arith.constant dense<2.0> : tensor<1x2x1x2xf32>
  %per = arith.constant dense<[[[[5.0, 5.0]], [[7.0, 7.0]]]]> : tensor<1x2x1x2xf32>
  %pixels = arith.constant dense<[[[[5.0, 6.0]], [[5.0, 6.0]]]]> : tensor<1x2x1x2xf32>
  %c = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x1x2xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x1x2xf32>
  %n = winograd.sub %per, %c : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  %s = winograd.add %n, %pixels : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  %m = winograd.mul %s, %two : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  %y = winograd.max_pool_2d %m {kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  return %y : tensor<1x2x1x2xf32>
}
