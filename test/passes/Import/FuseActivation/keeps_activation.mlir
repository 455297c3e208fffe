// RUN: wino-opt %s --wino-fuse-activation --split-input-file | FileCheck %s

// The sum is needed without the relu as well.
// CHECK-LABEL: func.func @producer_with_two_uses
// CHECK:         %[[S:.*]] = winograd.add %arg0, %arg0 :
// CHECK-NEXT:    %[[R:.*]] = winograd.activate %[[S]]
// CHECK-NEXT:    winograd.mul %[[S]], %[[R]]
func.func @producer_with_two_uses(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %r = winograd.activate %s {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.mul %s, %r : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// What exp gives says little about the range of its argument, which gets a scale of its own.
// CHECK-LABEL: func.func @exp_after_sum
// CHECK:         winograd.add %arg0, %arg0 :
// CHECK-NEXT:    winograd.activate {{.*}}<exp,
func.func @exp_after_sum(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.activate %s {activation = #winograd.activation<exp, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// sigmoid of a relu is neither.
// CHECK-LABEL: func.func @sigmoid_after_relu
// CHECK:         winograd.add {{.*}}<relu,
// CHECK-NEXT:    winograd.activate {{.*}}<sigmoid,
func.func @sigmoid_after_relu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %r = winograd.activate %s {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.activate %r {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// A pool has no activation.
// CHECK-LABEL: func.func @after_pool
// CHECK:         winograd.max_pool_2d
// CHECK-NEXT:    winograd.activate
func.func @after_pool(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x1x1xf32> {
  %p = winograd.max_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>}
    : (tensor<1x1x2x2xf32>) -> tensor<1x1x1x1xf32>
  %y = winograd.activate %p {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}
