// RUN: wino-opt %s --wino-mark-float-tail | FileCheck %s

// No constant that differs from place to place: a number for all, one per channel of an image, another map.
// CHECK-LABEL: func.func @same_everywhere
// CHECK-NOT: winograd.in_floats
// CHECK: return
func.func @same_everywhere(%x: tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32> {
  %half = arith.constant dense<0.5> : tensor<1x2x1x2xf32>
  %channels = arith.constant dense<[[[[1.0, 1.0]], [[2.0, 2.0]]]]> : tensor<1x2x1x2xf32>
  %m = winograd.mul %x, %half : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  %a = winograd.add %m, %channels : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  %y = winograd.add %a, %x : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  return %y : tensor<1x2x1x2xf32>
}

// A convolution that reads the sum, and a pool on another way to the outputs, make it a part of the network.
// CHECK-LABEL: func.func @not_behind
// CHECK-NOT: winograd.in_floats
// CHECK: return
func.func @not_behind(%x: tensor<1x1x1x2xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x2xf32>) {
  %w = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %places = arith.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %a = winograd.add %x, %places : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %y = winograd.conv_2d %a, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x1x2xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x1x1x2xf32>
  %c = winograd.mul %x, %places : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %p = winograd.max_pool_2d %c {kernel = array<i64: 1, 2>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x1x1x2xf32>) -> tensor<1x1x1x1xf32>
  return %y, %p, %c : tensor<1x1x1x2xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x2xf32>
}
