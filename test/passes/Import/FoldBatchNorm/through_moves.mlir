// RUN: wino-opt %s --wino-fold-batch-norm --split-input-file | FileCheck %s

// Channels of the convolution are phase 0 of channels 0 and 1, then phase 1: gains 2, 3, 2, 3 and offsets 5, 7, 5, 7. The
// filter is 1 everywhere, the bias 0.
// CHECK-LABEL: func.func @phases_first
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}2.000000e+00]]], {{\[\[\[}}3.000000e+00]]], {{\[\[\[}}2.000000e+00]]], {{\[\[\[}}3.000000e+00]]]]>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<[5.000000e+00, 7.000000e+00, 5.000000e+00, 7.000000e+00]>
// CHECK:         %[[C:.*]] = winograd.conv_2d %arg0, %[[W]], %[[B]]
// CHECK-NEXT:    %[[D:.*]] = winograd.depth_to_space %[[C]]
// CHECK-NEXT:    %[[Y:.*]] = winograd.slice %[[D]]
// CHECK-NEXT:    return %[[Y]]
func.func @phases_first(%x: tensor<1x1x2x2xf32>) -> tensor<1x2x2x3xf32> {
  %w = arith.constant dense<1.0> : tensor<4x1x1x1xf32>
  %b = arith.constant dense<0.0> : tensor<4xf32>
  %scale = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %bias = arith.constant dense<[5.0, 7.0]> : tensor<2xf32>
  %mean = arith.constant dense<0.0> : tensor<2xf32>
  %variance = arith.constant dense<1.0> : tensor<2xf32>
  %c = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x2x2xf32>, tensor<4x1x1x1xf32>, tensor<4xf32>) -> tensor<1x4x2x2xf32>
  %d = winograd.depth_to_space %c {block = array<i64: 1, 2>, channels_first = false} : (tensor<1x4x2x2xf32>) -> tensor<1x2x2x4xf32>
  %s = winograd.slice %d {starts = array<i64: 0, 0, 0, 0>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x2x2x4xf32>) -> tensor<1x2x2x3xf32>
  %y = winograd.batch_norm %s, %scale, %bias, %mean, %variance {epsilon = 0.0 : f32}
    : (tensor<1x2x2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x3xf32>
  return %y : tensor<1x2x2x3xf32>
}

// -----

// Here both phases of a channel lie together: gains 2, 2, 3, 3.
// CHECK-LABEL: func.func @channels_first
// CHECK:         arith.constant dense<{{\[\[\[\[}}2.000000e+00]]], {{\[\[\[}}2.000000e+00]]], {{\[\[\[}}3.000000e+00]]], {{\[\[\[}}3.000000e+00]]]]>
func.func @channels_first(%x: tensor<1x1x2x2xf32>) -> tensor<1x2x2x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x1x1x1xf32>
  %b = arith.constant dense<0.0> : tensor<4xf32>
  %scale = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %bias = arith.constant dense<[5.0, 7.0]> : tensor<2xf32>
  %mean = arith.constant dense<0.0> : tensor<2xf32>
  %variance = arith.constant dense<1.0> : tensor<2xf32>
  %c = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x2x2xf32>, tensor<4x1x1x1xf32>, tensor<4xf32>) -> tensor<1x4x2x2xf32>
  %d = winograd.depth_to_space %c {block = array<i64: 1, 2>, channels_first = true} : (tensor<1x4x2x2xf32>) -> tensor<1x2x2x4xf32>
  %y = winograd.batch_norm %d, %scale, %bias, %mean, %variance {epsilon = 0.0 : f32}
    : (tensor<1x2x2x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x4xf32>
  return %y : tensor<1x2x2x4xf32>
}
