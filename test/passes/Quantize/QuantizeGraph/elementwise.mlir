// RUN: wino-opt %s --wino-quantize-graph | FileCheck %s

// Scales: a 1, b 2, sum 4 -> factors 1/4 and 1/2, shift 14 (3/4 * 2^15 would be more than 16319).
// CHECK-LABEL: func.func @add
// CHECK: winograd.add %arg0, %arg1 {requant = #winograd.requant<pre = 0, shift = 14, lo = -128, hi = 127, multipliers = [4096, 8192]>
func.func @add(%a: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}},
               %b: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 254.0, clip_u8 = 127.0}}) -> tensor<4xf32> {
  %y = winograd.add %a, %b {winograd.stats = {min = -1.0, clip_s8 = 508.0, clip_u8 = 508.0}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// As add: factors 1/4 and 1/2.
// CHECK-LABEL: func.func @maximum
// CHECK: winograd.maximum %arg0, %arg1 {requant = #winograd.requant<pre = 0, shift = 14, lo = -128, hi = 127, multipliers = [4096, 8192]>
func.func @maximum(%a: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}},
                   %b: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 254.0, clip_u8 = 127.0}}) -> tensor<4xf32> {
  %y = winograd.maximum %a, %b {winograd.stats = {min = -1.0, clip_s8 = 508.0, clip_u8 = 508.0}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// The constant has scale 2 (254 / 127) and becomes i8; sub's second multiplier is negative.
// CHECK-LABEL: func.func @sub_constant
// CHECK: %[[C:.*]] = arith.constant dense<[127, -64, 1, 0]> : tensor<4xi8>
// CHECK: winograd.sub %arg0, %[[C]] {requant = {{.*}}multipliers = [4096, -8192]>
func.func @sub_constant(%a: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<4xf32> {
  %c = arith.constant dense<[254.0, -129.0, 2.0, 0.0]> : tensor<4xf32>
  %y = winograd.sub %a, %c {winograd.stats = {min = -1.0, clip_s8 = 508.0, clip_u8 = 508.0}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// clip(0, 6) with scale 2^-4: hi = 96. Factor 1 * 1 / 2^-4 = 16.
// CHECK-LABEL: func.func @mul_clip
// CHECK: winograd.mul %arg0, %arg0 {requant = #winograd.requant<pre = 13, shift = 8, lo = 0, hi = 96, multipliers = [1073741824]>
func.func @mul_clip(%a: tensor<4xf32> {winograd.stats = {min = 0.0, clip_s8 = 127.0, clip_u8 = 255.0}}) -> tensor<4xf32> {
  %y = winograd.mul %a, %a {activation = #winograd.activation<clip, 0.0 : f32, 6.0 : f32>,
    winograd.stats = {min = 0.0, clip_s8 = 15.9375, clip_u8 = 15.9375}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
