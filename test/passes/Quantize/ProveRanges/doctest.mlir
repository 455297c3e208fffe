// RUN: wino-opt %s --wino-prove-ranges | FileCheck %s

// F(2,3) on signed 8-bit input: taps reach 4 * 128 = 512, products 512 * 100 = 51200, and an output is a sum of 3 x 3 taps of
// 51200 / 2 + 1/2 each, the bias 5 and the rounding addend 2^15.
// CHECK-LABEL: func.func @main
// CHECK: winograd.input_transform {{.*}}winograd.headroom_bits = 5 : i64, winograd.ranges = {input_transform = 5.120000e+02 : f64}
// CHECK: winograd.tap_matmul {{.*}}winograd.headroom_bits = 15 : i64, winograd.ranges = {tap_products = 5.120000e+04 : f64}
// CHECK: winograd.output_transform {{.*}}winograd.headroom_bits = 12 : i64, winograd.ranges = {output_transform = 263177.5 : f64}
#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16">
!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<1x1x4x4x!q>) -> tensor<1x1x2x2x!q> {
  %v = arith.constant dense<100> : tensor<4x4x1x1xi16>
  %b = arith.constant dense<5> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>, multipliers = array<i32>,
    shifts = array<i32>} : (tensor<1x1x4x4x!q>) -> tensor<4x4x1x1xi16>
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824>}
    : (tensor<4x4x1x1xi16>, tensor<4x4x1x1xi16>) -> tensor<4x4x1x1xi32>
  %y = winograd.output_transform %o, %b {plan = #plan, shift = 16 : i64, lo = -128 : i64, hi = 127 : i64}
    : (tensor<4x4x1x1xi32>, tensor<1xi32>) -> tensor<1x1x2x2x!q>
  return %y : tensor<1x1x2x2x!q>
}
