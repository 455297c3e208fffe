// RUN: wino-opt %s --wino-quantize-graph=compose-tables=false --split-input-file | FileCheck %s

// The file's scales come before those of the statistics, signed where the file's integers are, also in the head; a range that no type
// without zero point holds leaves the choice to the statistics.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    !quant.uniform<u8:f32, 2.500000e-01>
// CHECK:         winograd.sub {{.*}} -> tensor<1x4x1x1x!quant.uniform<i8:f32, 5.000000e-01>>
// CHECK:         winograd.add {{.*}} -> tensor<1x4x1x1x!quant.uniform<i8:f32, 1.000000e+00>>
// CHECK:         winograd.fully_connected {{.*}} -> tensor<1x2x!quant.uniform<i8:f32, 1.250000e-01>>
func.func @main(%x: tensor<1x4x1x1xf32> {winograd.stats = {min = -127.0, max = 127.0, rms = 40.0, clip_s8 = 127.0, clip_u8 = 255.0},
      winograd.file_scale = {low = 0 : i64, high = 255 : i64, scale = 0.25 : f32}}) -> tensor<1x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x4xf32>
  %b = arith.constant dense<0.0> : tensor<2xf32>
  %s = winograd.sub %x, %x {winograd.file_scale = {low = -128 : i64, high = 127 : i64, scale = 0.5 : f32},
    winograd.stats = {min = 0.0, max = 1.0, rms = 1.0, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<1x4x1x1xf32>, tensor<1x4x1x1xf32>) -> tensor<1x4x1x1xf32>
  %a = winograd.add %s, %s {winograd.file_scale = {low = -3 : i64, high = 252 : i64, scale = 0.5 : f32},
    winograd.stats = {min = -127.0, max = 127.0, rms = 1.0, clip_s8 = 127.0, clip_u8 = 255.0}} : (tensor<1x4x1x1xf32>, tensor<1x4x1x1xf32>) -> tensor<1x4x1x1xf32>
  %r = winograd.reshape %a : (tensor<1x4x1x1xf32>) -> tensor<1x4xf32>
  %y = winograd.fully_connected %r, %w, %b {winograd.file_scale = {low = -128 : i64, high = 127 : i64, scale = 0.125 : f32},
    winograd.stats = {min = -127.0, max = 127.0, rms = 1.0, clip_s8 = 127.0, clip_u8 = 255.0}} : (tensor<1x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Filters that are whole steps of 1/64 of at most 127 keep them: 96, -33, 1 and 0.
// CHECK-LABEL: func.func @filter
// CHECK-DAG:     arith.constant dense<{{\[\[}}96, -33, 1, 0]]> : tensor<1x4xi8>
func.func @filter(%x: tensor<1x4xf32> {winograd.stats = {min = -127.0, max = 127.0, rms = 40.0, clip_s8 = 127.0, clip_u8 = 255.0}}) -> tensor<1x1xf32> {
  %w = arith.constant dense<[[1.5, -0.515625, 0.015625, 0.0]]> : tensor<1x4xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %y = winograd.fully_connected %x, %w, %b {winograd.stats = {min = -127.0, max = 127.0, rms = 40.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

// Clips that storing does as well are gone: behind the first sigmoid, which is made in that scale. One to fewer steps than the type has is
// a table, in that scale too.
// CHECK-LABEL: func.func @stored
// CHECK:         %[[S:.*]] = winograd.lookup %arg0 {{.*}} -> tensor<4x!quant.uniform<u8:f32, 3.906250e-03>>
// CHECK-NEXT:    %[[T:.*]] = winograd.lookup %[[S]] {{.*}} -> tensor<4x!quant.uniform<u8:f32, {{.*}}>>
// CHECK-NEXT:    winograd.lookup %[[T]] {{.*}} -> tensor<4x!quant.uniform<u8:f32, 6.250000e-02>>
func.func @stored(%x: tensor<4xf32> {winograd.stats = {min = -127.0, max = 127.0, rms = 40.0, clip_s8 = 127.0, clip_u8 = 0.0}}) -> tensor<4xf32> {
  %s = winograd.activate %x {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>,
    winograd.stats = {min = 0.0, max = 1.0, rms = 1.0, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<4xf32>) -> tensor<4xf32>
  %a = winograd.activate %s {activation = #winograd.activation<clip, 0.0 : f32, 0.99609375 : f32>, winograd.file_scale = {high = 255 : i64, low = 0 : i64, scale = 0.00390625 : f32},
    winograd.stats = {min = 0.0, max = 1.0, rms = 1.0, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<4xf32>) -> tensor<4xf32>
  %t = winograd.activate %a {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>,
    winograd.stats = {min = 0.0, max = 1.0, rms = 1.0, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.activate %t {activation = #winograd.activation<clip, 0.0 : f32, 0.75 : f32>, winograd.file_scale = {high = 12 : i64, low = 0 : i64, scale = 0.0625 : f32},
    winograd.stats = {min = 0.0, max = 1.0, rms = 1.0, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
