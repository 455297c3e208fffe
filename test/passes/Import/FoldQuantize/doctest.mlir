// RUN: wino-opt %s --wino-fold-quantize | FileCheck %s

// clip(round(x / 0.5) + 128, 0, 255) is read as (q - 128) 0.5: whole steps of 0.5 from -128 to 127, what i8 holds.
// CHECK-LABEL: func.func @main
// CHECK-NEXT:    %[[S:.*]] = winograd.add %arg0, %arg0
// CHECK-NEXT:    %[[Y:.*]] = winograd.activate %[[S]] {activation = #winograd.activation<clip, -6.400000e+01 : f32, 6.350000e+01 : f32>,
// CHECK-SAME:      winograd.file_scale = {high = 127 : i64, low = -128 : i64, scale = 5.000000e-01 : f32}}
// CHECK-NEXT:    return %[[Y]]
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %inverse = arith.constant dense<2.0> : tensor<4xf32>
  %zero = arith.constant dense<128.0> : tensor<4xf32>
  %scale = arith.constant dense<0.5> : tensor<4xf32>
  %s = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %0 = winograd.mul %s, %inverse : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = winograd.activate %0 {activation = #winograd.activation<round, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = winograd.add %1, %zero : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = winograd.activate %2 {activation = #winograd.activation<clip, 0.0 : f32, 255.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %4 = winograd.sub %3, %zero : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.mul %4, %scale : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
