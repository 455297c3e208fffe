// RUN: wino-opt %s --wino-fuse-residual | FileCheck %s

// The first convolution's clip is what storing its result would do and cuts next to nothing; it is not stored, and the result has the sum's
// scale. The second one's cuts more than its scale does and stays before the sum; the third one's cuts at two root mean squares.
// CHECK-LABEL: func.func @main
// CHECK:         %[[X:.*]] = winograd.max_pool_2d
// CHECK:         %[[Y:.*]] = winograd.conv_2d %arg0, %{{[^,]*}}, %{{[^,]*}}, %[[X]] {activation = #winograd.activation<clip, 0.000000e+00 : f32, 5.100000e+01 : f32>
// CHECK-SAME:      winograd.file_scale = {high = 255 : i64, low = 0 : i64, scale = 2.000000e-01 : f32}
// CHECK:         %[[C:.*]] = winograd.conv_2d %[[Y]], {{.*}}<clip, -1.000000e+00 : f32, 1.000000e+00 : f32>
// CHECK:         %[[A:.*]] = winograd.add %[[C]], %[[X]]
// CHECK:         %[[D:.*]] = winograd.conv_2d %[[A]]
// CHECK:         winograd.add %[[D]], %[[X]]
func.func @main(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %r = winograd.max_pool_2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>}
    : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  %1 = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    activation = #winograd.activation<clip, -64.0 : f32, 63.5 : f32>, winograd.file_scale = {low = -128 : i64, high = 127 : i64, scale = 0.5 : f32},
    winograd.stats = {min = -64.0, max = 60.0, rms = 16.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  %2 = winograd.add %1, %r {activation = #winograd.activation<clip, 0.0 : f32, 51.0 : f32>, winograd.file_scale = {low = 0 : i64, high = 255 : i64, scale = 0.2 : f32}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  %3 = winograd.conv_2d %2, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    activation = #winograd.activation<clip, -1.0 : f32, 1.0 : f32>, winograd.file_scale = {low = -128 : i64, high = 127 : i64, scale = 0.5 : f32}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  %4 = winograd.add %3, %r : (tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  %5 = winograd.conv_2d %4, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    activation = #winograd.activation<clip, -64.0 : f32, 63.5 : f32>, winograd.file_scale = {low = -128 : i64, high = 127 : i64, scale = 0.5 : f32},
    winograd.stats = {min = -64.0, max = 60.0, rms = 32.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  %6 = winograd.add %5, %r : (tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  return %6 : tensor<1x1x4x4xf32>
}
