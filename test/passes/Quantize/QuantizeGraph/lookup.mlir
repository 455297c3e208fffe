// RUN: wino-opt %s --wino-quantize-graph | FileCheck %s

// A fused leaky_relu becomes a table; the sum before it has clip max(clip_s8, |min| / slope) = 254, scale 2.
// CHECK-LABEL: func.func @fused_leaky_relu
// CHECK: %[[S:.*]] = winograd.add
// CHECK-SAME: -> tensor<4x!quant.uniform<i8:f32, 2.000000e+00>>
// CHECK: winograd.lookup %[[S]] {table = array<i32: -128, -127, {{.*}}winograd.function = #winograd.activation<leaky_relu, 5.000000e-01 : f32, {{.*}}winograd.stats
// CHECK-SAME: -> tensor<4x!quant.uniform<i8:f32, 1.000000e+00>>
func.func @fused_leaky_relu(%a: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}},
    %b: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<4xf32> {
  %y = winograd.add %a, %b {activation = #winograd.activation<leaky_relu, 0.5 : f32, 0.0 : f32>,
    winograd.stats = {min = -127.0, clip_s8 = 127.0, clip_u8 = 127.0}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func.func @alone
// CHECK-NOT: winograd.activate
// CHECK: winograd.lookup %arg0 {{.*}}winograd.function = #winograd.activation<sigmoid, {{.*}} -> tensor<4x!quant.uniform<u8:f32, {{.*}}>>
func.func @alone(%a: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<4xf32> {
  %y = winograd.activate %a {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>,
    winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// log of steps of 1 in [0, 255], result i8 with scale 1/16 (clip 127/16): log 0 is below all numbers, log of 1, 2, 3, 4 is
// 0, 0.69 * 16 = 11.1, 17.6, 22.2.
// CHECK-LABEL: func.func @log_of_zero
// CHECK: winograd.lookup %arg0 {table = array<i32: -128, 0, 11, 18, 22, {{.*}}winograd.function = #winograd.activation<log, {{.*}} -> tensor<4x!quant.uniform<i8:f32, 6.250000e-02>>
func.func @log_of_zero(%a: tensor<4xf32> {winograd.stats = {min = 0.0, clip_s8 = 255.0, clip_u8 = 255.0}}) -> tensor<4xf32> {
  %y = winograd.activate %a {activation = #winograd.activation<log, 0.0 : f32, 0.0 : f32>,
    winograd.stats = {min = -1.0, clip_s8 = 7.9375, clip_u8 = 7.9375}} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func.func @softmax
// CHECK: winograd.softmax %arg0 {axis = 0 : i64, table = array<i32: 65535, 24109, {{.*}} -> tensor<4x!quant.uniform<u8:f32, 3.906250e-03>>
func.func @softmax(%a: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<4xf32> {
  %y = winograd.softmax %a {axis = 0 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
