// RUN: wino-opt %s --wino-fold-quantize --split-input-file | FileCheck %s --implicit-check-not=file_scale

// The integers themselves are an output.
// CHECK-LABEL: func.func @integers_leave
// CHECK:         <round
func.func @integers_leave(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %inverse = arith.constant dense<4.0> : tensor<4xf32>
  %scale = arith.constant dense<0.25> : tensor<4xf32>
  %0 = winograd.mul %x, %inverse : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = winograd.activate %0 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = winograd.activate %1 {activation = #winograd.activation<clip, -128.0 : f32, 127.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %3 = winograd.mul %2, %scale : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2, %3 : tensor<4xf32>, tensor<4xf32>
}

// -----

// Another scale is taken off than was put on.
// CHECK-LABEL: func.func @scales_differ
// CHECK:         <round
func.func @scales_differ(%x: tensor<4xf32>) -> tensor<4xf32> {
  %inverse = arith.constant dense<4.0> : tensor<4xf32>
  %scale = arith.constant dense<0.26> : tensor<4xf32>
  %0 = winograd.mul %x, %inverse : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = winograd.activate %0 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = winograd.activate %1 {activation = #winograd.activation<clip, -128.0 : f32, 127.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %3 = winograd.mul %2, %scale : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// -----

// One reader takes another zero point off.
// CHECK-LABEL: func.func @zero_points_differ
// CHECK:         <round
func.func @zero_points_differ(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %inverse = arith.constant dense<4.0> : tensor<4xf32>
  %scale = arith.constant dense<0.25> : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %0 = winograd.mul %x, %inverse : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = winograd.activate %0 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = winograd.activate %1 {activation = #winograd.activation<clip, -128.0 : f32, 127.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %3 = winograd.mul %2, %scale : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %4 = winograd.sub %2, %one : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %5 = winograd.mul %4, %scale : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %3, %5 : tensor<4xf32>, tensor<4xf32>
}

// -----

// A scale per channel; a rounding that is not clipped; padding by another number than the zero point.
// CHECK-LABEL: func.func @others
// CHECK-COUNT-3: <round
func.func @others(%x: tensor<1x2x1x1xf32>) -> (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x2x1xf32>) {
  %inverses = arith.constant dense<[[[[4.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %scales = arith.constant dense<[[[[0.25]], [[0.5]]]]> : tensor<1x2x1x1xf32>
  %inverse = arith.constant dense<4.0> : tensor<1x2x1x1xf32>
  %scale = arith.constant dense<0.25> : tensor<1x2x1x1xf32>
  %padded = arith.constant dense<0.25> : tensor<1x2x2x1xf32>
  %0 = winograd.mul %x, %inverses : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %1 = winograd.activate %0 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %2 = winograd.activate %1 {activation = #winograd.activation<clip, -128.0 : f32, 127.0 : f32>} : (tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %3 = winograd.mul %2, %scales : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %4 = winograd.mul %x, %inverse : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %5 = winograd.activate %4 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %6 = winograd.mul %5, %scale : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %7 = winograd.activate %4 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %8 = winograd.activate %7 {activation = #winograd.activation<clip, -128.0 : f32, 127.0 : f32>} : (tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %9 = winograd.pad %8 {low = array<i64: 0, 0, 0, 0>, high = array<i64: 0, 0, 1, 0>, value = 3.0 : f32} : (tensor<1x2x1x1xf32>) -> tensor<1x2x2x1xf32>
  %10 = winograd.mul %9, %padded : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %3, %6, %10 : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x2x1xf32>
}

// -----

// Fifteen steps are part of the network.
// CHECK-LABEL: func.func @four_bits
// CHECK:         <round
func.func @four_bits(%x: tensor<4xf32>) -> tensor<4xf32> {
  %inverse = arith.constant dense<4.0> : tensor<4xf32>
  %scale = arith.constant dense<0.25> : tensor<4xf32>
  %0 = winograd.mul %x, %inverse : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = winograd.activate %0 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = winograd.activate %1 {activation = #winograd.activation<clip, -8.0 : f32, 7.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %3 = winograd.mul %2, %scale : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}
