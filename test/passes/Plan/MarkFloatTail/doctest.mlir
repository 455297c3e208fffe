// RUN: wino-opt %s --wino-mark-float-tail | FileCheck %s

// Centres are offsets times a size plus a place that differs from prior to prior; sizes an exponential. The product with
// 0.1, the exponential and the join are in the tail as well; the transposition and the slices before them only move
// integers; the scores, in [0, 1], join it behind their sigmoid.
// CHECK-LABEL: func.func @main
// CHECK:         winograd.conv_2d
// CHECK-NOT:       winograd.in_floats
// CHECK:         %[[S:.*]] = winograd.slice
// CHECK-NOT:       winograd.in_floats
// CHECK:         %[[M:.*]] = winograd.mul %[[S]], %{{[^ ]*}} {winograd.in_floats}
// CHECK:         %[[C:.*]] = winograd.add %[[M]], %{{[^ ]*}} {winograd.in_floats}
// CHECK:         %[[E:.*]] = winograd.activate %{{.*}} {activation = #winograd.activation<exp, {{.*}}winograd.in_floats}
// CHECK:         %[[G:.*]] = winograd.activate
// CHECK-SAME:      sigmoid
// CHECK-NOT:       winograd.in_floats
// CHECK:         winograd.concat %[[C]], %[[E]], %[[G]] {axis = 2 : i64, winograd.in_floats}
func.func @main(%x: tensor<1x3x2x2xf32>) -> tensor<1x4x3xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x1x1xf32>
  %b = arith.constant dense<0.0> : tensor<3xf32>
  %tenth = arith.constant dense<0.1> : tensor<1x4x1xf32>
  %places = arith.constant dense<[[[0.0], [0.25], [0.5], [0.75]]]> : tensor<1x4x1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x3x2x2xf32>, tensor<3x3x1x1xf32>, tensor<3xf32>) -> tensor<1x3x2x2xf32>
  %t = winograd.transpose %y {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x2x2xf32>) -> tensor<1x2x2x3xf32>
  %r = winograd.reshape %t : (tensor<1x2x2x3xf32>) -> tensor<1x4x3xf32>
  %s = winograd.slice %r {starts = array<i64: 0, 0, 0>, steps = array<i64: 1, 1, 1>} : (tensor<1x4x3xf32>) -> tensor<1x4x1xf32>
  %m = winograd.mul %s, %tenth : (tensor<1x4x1xf32>, tensor<1x4x1xf32>) -> tensor<1x4x1xf32>
  %c = winograd.add %m, %places : (tensor<1x4x1xf32>, tensor<1x4x1xf32>) -> tensor<1x4x1xf32>
  %u = winograd.slice %r {starts = array<i64: 0, 0, 1>, steps = array<i64: 1, 1, 1>} : (tensor<1x4x3xf32>) -> tensor<1x4x1xf32>
  %e = winograd.activate %u {activation = #winograd.activation<exp, 0.0 : f32, 0.0 : f32>} : (tensor<1x4x1xf32>) -> tensor<1x4x1xf32>
  %v = winograd.slice %r {starts = array<i64: 0, 0, 2>, steps = array<i64: 1, 1, 1>} : (tensor<1x4x3xf32>) -> tensor<1x4x1xf32>
  %g = winograd.activate %v {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>} : (tensor<1x4x1xf32>) -> tensor<1x4x1xf32>
  %z = winograd.concat %c, %e, %g {axis = 2 : i64} : (tensor<1x4x1xf32>, tensor<1x4x1xf32>, tensor<1x4x1xf32>) -> tensor<1x4x3xf32>
  return %z : tensor<1x4x3xf32>
}
