// RUN: wino-opt %s --wino-fuse-activation --split-input-file | FileCheck %s

// The sum takes the clip in, behind its relu, and the scale.
// CHECK-LABEL: func.func @taken_in
// CHECK:         winograd.add {{.*}}<clip, 0.000000e+00 : f32, 6.350000e+01 : f32>, winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 5.000000e-01 : f32}
// CHECK-NEXT:    return
func.func @taken_in(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = winograd.add %x, %x {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.activate %s {activation = #winograd.activation<clip, -64.0 : f32, 63.5 : f32>, winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 0.5 : f32}} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// No clip joins a sigmoid: floats need it, and wino-quantize-graph sees to it that bytes do not. One that cuts nothing leaves its scale.
// CHECK-LABEL: func.func @behind_functions
// CHECK-NEXT:    %[[S:.*]] = winograd.activate %arg0 {activation = #winograd.activation<sigmoid, 0.000000e+00 : f32, 0.000000e+00 : f32>}
// CHECK-NEXT:    %[[C:.*]] = winograd.activate %[[S]] {{.*}}<clip, 0.000000e+00 : f32, 0.996093{{.*}} : f32>, winograd.file_scale
// CHECK-NEXT:    %[[T:.*]] = winograd.activate %[[C]] {{.*}}<sigmoid, {{.*}}>, winograd.file_scale = {high = 255 : i64, low = 0 : i64, scale = 7.812500e-03 : f32}
// CHECK-NEXT:    return %[[T]]
func.func @behind_functions(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = winograd.activate %x {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.activate %s {activation = #winograd.activation<clip, 0.0 : f32, 0.99609375 : f32>, winograd.file_scale = {high = 255 : i64, low = 0 : i64, scale = 0.00390625 : f32}} : (tensor<4xf32>) -> tensor<4xf32>
  %t = winograd.activate %y {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %z = winograd.activate %t {activation = #winograd.activation<clip, 0.0 : f32, 1.9921875 : f32>, winograd.file_scale = {high = 255 : i64, low = 0 : i64, scale = 0.0078125 : f32}} : (tensor<4xf32>) -> tensor<4xf32>
  return %z : tensor<4xf32>
}

// -----

// A maximum behind a sum: the cut comes before it, and the sum has the scale. A clip of the same scale further on changes nothing.
// CHECK-LABEL: func.func @behind_moves
// CHECK-NEXT:    %[[S:.*]] = winograd.add {{.*}}<clip, -6.400000e+01 : f32, 6.350000e+01 : f32>, winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 5.000000e-01 : f32}
// CHECK-NEXT:    %[[M:.*]] = winograd.max_pool_2d %[[S]]
// CHECK-NEXT:    %[[T:.*]] = winograd.transpose %[[M]]
// CHECK-NEXT:    return %[[T]]
func.func @behind_moves(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x1x1xf32> {
  %s = winograd.add %x, %x : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %m = winograd.max_pool_2d %s {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x1x2x2xf32>) -> tensor<1x1x1x1xf32>
  %c = winograd.activate %m {activation = #winograd.activation<clip, -64.0 : f32, 63.5 : f32>, winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 0.5 : f32}} : (tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %t = winograd.transpose %c {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %y = winograd.activate %t {activation = #winograd.activation<clip, -64.0 : f32, 63.5 : f32>, winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 0.5 : f32}} : (tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}

// -----

// What has a scale already and what others read too is not changed: the narrower clip stays an op, the scale with it. No function
// but a cut joins what has the file's scale.
// CHECK-LABEL: func.func @stays
// CHECK:         %[[S:.*]] = winograd.add {{.*}}<clip, -6.400000e+01 : f32, 6.350000e+01 : f32>, winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 5.000000e-01 : f32}
// CHECK:         winograd.activate %[[S]] {{.*}}<clip, -3.200000e+01 : f32, 3.175000e+01 : f32>, winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 2.500000e-01 : f32}
// CHECK:         %[[T:.*]] = winograd.sub
// CHECK-NEXT:    winograd.activate %[[T]] {{.*}}<leaky_relu
func.func @stays(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %s = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %c = winograd.activate %s {activation = #winograd.activation<clip, -64.0 : f32, 63.5 : f32>, winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 0.5 : f32}} : (tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.activate %c {activation = #winograd.activation<clip, -32.0 : f32, 31.75 : f32>, winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 0.25 : f32}} : (tensor<4xf32>) -> tensor<4xf32>
  %t = winograd.sub %c, %y {winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 0.25 : f32}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %l = winograd.activate %t {activation = #winograd.activation<leaky_relu, 0.1 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  return %c, %y, %l : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// A softmax has one scale; a clip that cuts off most of it stays.
// CHECK-LABEL: func.func @softmax
// CHECK-NEXT:    %[[S:.*]] = winograd.softmax
// CHECK-NEXT:    %[[Y:.*]] = winograd.activate %[[S]] {{.*}}<clip, 0.000000e+00 : f32, 2.550000e-01 : f32>
// CHECK-NEXT:    %[[T:.*]] = winograd.softmax %[[Y]]
// CHECK-NEXT:    return %[[T]]
func.func @softmax(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %s = winograd.softmax %x {axis = 1 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %y = winograd.activate %s {activation = #winograd.activation<clip, 0.0 : f32, 0.255 : f32>, winograd.file_scale = {high = 255 : i64, low = 0 : i64, scale = 0.001 : f32}} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %t = winograd.softmax %y {axis = 1 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %z = winograd.activate %t {activation = #winograd.activation<clip, 0.0 : f32, 0.99609375 : f32>, winograd.file_scale = {high = 255 : i64, low = 0 : i64, scale = 0.00390625 : f32}} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %z : tensor<1x4xf32>
}
