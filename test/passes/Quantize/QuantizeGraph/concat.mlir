// RUN: wino-opt %s --wino-quantize-graph | FileCheck %s

// The widest operand (%a, scale 2) gives the type. The add is read by the concat only and is made in it; %b is an argument and needs
// a requantize (factor 1/2, shift 14).
// CHECK-LABEL: func.func @main
// CHECK: %[[S:.*]] = winograd.add {{.*}} -> tensor<4x!quant.uniform<i8:f32, 2.000000e+00>>
// CHECK: %[[R:.*]] = winograd.requantize %arg1 {requant = #winograd.requant<pre = 0, shift = 14, lo = -128, hi = 127, multipliers = [8192]>}
// CHECK: winograd.concat %arg0, %[[R]], %[[S]] {{.*}} -> tensor<12x!quant.uniform<i8:f32, 2.000000e+00>>
func.func @main(%a: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 254.0, clip_u8 = 254.0}},
                %b: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<12xf32> {
  %s = winograd.add %b, %b {winograd.stats = {min = 0.0, clip_s8 = 127.0, clip_u8 = 200.0}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.concat %a, %b, %s {axis = 0 : i64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<12xf32>
  return %y : tensor<12xf32>
}
