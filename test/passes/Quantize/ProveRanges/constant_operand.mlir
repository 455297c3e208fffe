// RUN: wino-opt %s --wino-quantize-graph --wino-prove-ranges | FileCheck %s

// Scales 1, 1 and 1/300: the factor 300 needs pre = 17 for 8 guard bits. 128 * 127 * 2^17 fits 31 bits, 128 * 128 * 2^17 does not:
// both passes must take the constant for what it holds.
// CHECK-LABEL: func.func @product
// CHECK: winograd.mul {{.*}}requant = #winograd.requant<pre = 17, shift = 8,
// CHECK-SAME: winograd.ranges = {product = 1.625600e+04 : f64, shifted_product = 
func.func @product(%a: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<4xf32> {
  %c = arith.constant dense<[127.0, -64.0, 1.0, 0.0]> : tensor<4xf32>
  %y = winograd.mul %a, %c {winograd.stats = {min = -1.0, clip_s8 = 0.42333, clip_u8 = 0.42333}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
