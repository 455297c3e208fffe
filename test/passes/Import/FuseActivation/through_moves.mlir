// RUN: wino-opt %s --wino-fuse-activation --split-input-file | FileCheck %s

// A transposed convolution is a convolution, depth_to_space and a slice.
// CHECK-LABEL: func.func @after_pixels
// CHECK:         %[[S:.*]] = winograd.add {{.*}}activation = #winograd.activation<relu,
// CHECK-NEXT:    %[[D:.*]] = winograd.depth_to_space %[[S]]
// CHECK-NEXT:    %[[Y:.*]] = winograd.slice %[[D]]
// CHECK-NEXT:    return %[[Y]]
func.func @after_pixels(%x: tensor<1x4x2x2xf32>) -> tensor<1x1x3x4xf32> {
  %s = winograd.add %x, %x : (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  %d = winograd.depth_to_space %s {block = array<i64: 2, 2>, channels_first = false} : (tensor<1x4x2x2xf32>) -> tensor<1x1x4x4xf32>
  %c = winograd.slice %d {starts = array<i64: 0, 0, 0, 0>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x1x4x4xf32>) -> tensor<1x1x3x4xf32>
  %y = winograd.activate %c {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32>
  return %y : tensor<1x1x3x4xf32>
}

// -----

// The map between is read by another op, too.
// CHECK-LABEL: func.func @moved_map_with_two_uses
// CHECK:         winograd.add %arg0, %arg0 :
// CHECK:         winograd.activate
func.func @moved_map_with_two_uses(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %s = winograd.add %x, %x : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %t = winograd.transpose %s {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %r = winograd.activate %t {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<3x2xf32>) -> tensor<3x2xf32>
  %y = winograd.sub %t, %r : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

// What a pad adds is no result of the sum: clip(1, 6) of it is 1, not 0.
// CHECK-LABEL: func.func @after_pad
// CHECK:         winograd.pad
// CHECK-NEXT:    winograd.activate
func.func @after_pad(%x: tensor<4xf32>) -> tensor<5xf32> {
  %s = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %p = winograd.pad %s {low = array<i64: 1>, high = array<i64: 0>, value = 0.0 : f32} : (tensor<4xf32>) -> tensor<5xf32>
  %y = winograd.activate %p {activation = #winograd.activation<clip, 1.0 : f32, 6.0 : f32>} : (tensor<5xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}
