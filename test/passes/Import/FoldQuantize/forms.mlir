// RUN: wino-opt %s --wino-fold-quantize --split-input-file | FileCheck %s

// No zero point, no sum; an argument takes the scale itself, and so do both products that read the integers.
// CHECK-LABEL: func.func @argument
// CHECK-SAME:    winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 2.500000e-01 : f32}
// CHECK-NEXT:    %[[Y:.*]] = winograd.mul %arg0, %arg0
// CHECK-NEXT:    return %[[Y]]
func.func @argument(%x: tensor<4xf32>) -> tensor<4xf32> {
  %inverse = arith.constant dense<4.0> : tensor<4xf32>
  %scale = arith.constant dense<0.25> : tensor<4xf32>
  %0 = winograd.mul %x, %inverse : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = winograd.activate %0 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = winograd.activate %1 {activation = #winograd.activation<clip, -128.0 : f32, 127.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %3 = winograd.mul %2, %scale : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %4 = winograd.mul %2, %scale : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.mul %3, %4 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// Scale 1: the importer's product is there as well. Padding by the zero point, a transposition and a maximum between the two operators
// stay, on the numbers themselves.
// CHECK-LABEL: func.func @moves
// CHECK-NEXT:    %[[S:.*]] = winograd.add %arg0, %arg0
// CHECK-NEXT:    %[[C:.*]] = winograd.activate %[[S]] {{.*}}<clip, -3.000000e+00 : f32, 2.520000e+02 : f32>, winograd.file_scale = {high = 252 : i64, low = -3 : i64, scale = 1.0{{.*}}
// CHECK-NEXT:    %[[P:.*]] = winograd.pad %[[C]] {{.*}}value = 0.0
// CHECK-NEXT:    %[[M:.*]] = winograd.max_pool_2d %[[P]]
// CHECK-NEXT:    %[[Y:.*]] = winograd.transpose %[[M]]
// CHECK-NEXT:    return %[[Y]]
func.func @moves(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x1x2xf32> {
  %one = arith.constant dense<1.0> : tensor<1x1x2x2xf32>
  %zero = arith.constant dense<3.0> : tensor<1x1x2x2xf32>
  %zeros = arith.constant dense<3.0> : tensor<1x1x1x2xf32>
  %ones = arith.constant dense<1.0> : tensor<1x1x1x2xf32>
  %s = winograd.add %x, %x : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %0 = winograd.mul %s, %one : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %1 = winograd.activate %0 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %2 = winograd.add %1, %zero : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %3 = winograd.activate %2 {activation = #winograd.activation<clip, 0.0 : f32, 255.0 : f32>} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %4 = winograd.pad %3 {low = array<i64: 0, 0, 0, 0>, high = array<i64: 0, 0, 0, 1>, value = 3.0 : f32} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x3xf32>
  %5 = winograd.max_pool_2d %4 {kernel = array<i64: 1, 3>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x1x2x3xf32>) -> tensor<1x1x2x1xf32>
  %6 = winograd.transpose %5 {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x1x2x1xf32>) -> tensor<1x1x1x2xf32>
  %7 = winograd.sub %6, %zeros : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %y = winograd.mul %7, %ones : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  return %y : tensor<1x1x1x2xf32>
}

// -----

// An argument that is transposed first has the scale; one whose product with 1 / s something else reads is not cut for that.
// CHECK-LABEL: func.func @arguments
// CHECK-SAME:    %[[X:.*]]: tensor<1x1x2x3xf32> {winograd.file_scale
// CHECK-SAME:    %[[Z:.*]]: tensor<4xf32>)
// CHECK:         %[[T:.*]] = winograd.transpose %[[X]]
// CHECK-NEXT:    %[[S:.*]] = winograd.mul %[[Z]],
// CHECK-NEXT:    %[[C:.*]] = winograd.activate %[[Z]] {{.*}}winograd.file_scale
// CHECK-NEXT:    return %[[T]], %[[C]], %[[S]]
func.func @arguments(%x: tensor<1x1x2x3xf32>, %z: tensor<4xf32>) -> (tensor<1x1x3x2xf32>, tensor<4xf32>, tensor<4xf32>) {
  %inverses = arith.constant dense<4.0> : tensor<1x1x3x2xf32>
  %scales = arith.constant dense<0.25> : tensor<1x1x3x2xf32>
  %inverse = arith.constant dense<4.0> : tensor<4xf32>
  %scale = arith.constant dense<0.25> : tensor<4xf32>
  %t = winograd.transpose %x {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x1x2x3xf32>) -> tensor<1x1x3x2xf32>
  %0 = winograd.mul %t, %inverses : (tensor<1x1x3x2xf32>, tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32>
  %1 = winograd.activate %0 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32>
  %2 = winograd.activate %1 {activation = #winograd.activation<clip, -128.0 : f32, 127.0 : f32>} : (tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32>
  %3 = winograd.mul %2, %scales : (tensor<1x1x3x2xf32>, tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32>
  %4 = winograd.mul %z, %inverse : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %5 = winograd.activate %4 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %6 = winograd.activate %5 {activation = #winograd.activation<clip, -128.0 : f32, 127.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %7 = winograd.mul %6, %scale : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %3, %7, %4 : tensor<1x1x3x2xf32>, tensor<4xf32>, tensor<4xf32>
}
