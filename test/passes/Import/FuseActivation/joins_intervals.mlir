// RUN: wino-opt %s --wino-fuse-activation --split-input-file | FileCheck %s

// clip to [0, infinity) and to [0, largest float] are relu.
// CHECK-LABEL: func.func @clip_is_relu
// CHECK:         winograd.sub {{.*}}#winograd.activation<relu,
// CHECK:         winograd.mul {{.*}}#winograd.activation<relu,
func.func @clip_is_relu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = winograd.sub %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %r = winograd.activate %s {activation = #winograd.activation<clip, 0.0 : f32, 0x7F800000 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %m = winograd.mul %r, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.activate %m {activation = #winograd.activation<clip, 0.0 : f32, 0x7F7FFFFF : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// relu then clip to [-1, 6] cuts to [0, 6].
// CHECK-LABEL: func.func @relu_then_clip
// CHECK:         winograd.add {{.*}}#winograd.activation<clip, 0.000000e+00 : f32, 6.000000e+00 : f32>
// CHECK-NEXT:    return
func.func @relu_then_clip(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %r = winograd.activate %s {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.activate %r {activation = #winograd.activation<clip, -1.0 : f32, 6.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// sigmoid gives [0, 1] already; leaky_relu of a relu's result meets no negative number; both without a producer to fuse with.
// CHECK-LABEL: func.func @changes_nothing
// CHECK:         %[[S:.*]] = winograd.activate %arg0 {activation = #winograd.activation<sigmoid,
// CHECK-NEXT:    return %[[S]]
func.func @changes_nothing(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = winograd.activate %x {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %r = winograd.activate %s {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.activate %r {activation = #winograd.activation<leaky_relu, 0.1 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
