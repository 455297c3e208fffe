// RUN: wino-opt %s --wino-prove-ranges | FileCheck %s

// F(2x1,3x1) on signed 8-bit input: rows of B^T reach 2 * 128 = 256 in pass 1, and pass 2 changes nothing. Products are 256 * 100 = 25600,
// an output is a sum of 3 taps of 25600 / 2 + 1/2 each, the bias 5 and the rounding addend 2^15.
// CHECK-LABEL: func.func @main
// CHECK: winograd.input_transform {{.*}}winograd.headroom_bits = 6 : i64, winograd.ranges = {input_transform = 2.560000e+02 : f64}
// CHECK: winograd.tap_matmul {{.*}}winograd.headroom_bits = 16 : i64, winograd.ranges = {tap_products = 2.560000e+04 : f64}
// CHECK: winograd.output_transform {{.*}}winograd.ranges = {output_transform = 7.117450e+04 : f64}
#plan = #winograd.plan<"F(2x1,3x1) K=4x1 points=[0,1,-1,inf]x[0] taps=i16xi16">
!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<1x1x4x3x!q>) -> tensor<1x1x2x3x!q> {
  %v = arith.constant dense<100> : tensor<4x1x1x1xi16>
  %b = arith.constant dense<5> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 3>, multipliers = array<i32>,
    shifts = array<i32>} : (tensor<1x1x4x3x!q>) -> tensor<4x1x3x1xi16>
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1073741824, 1073741824, 1073741824, 1073741824>}
    : (tensor<4x1x3x1xi16>, tensor<4x1x1x1xi16>) -> tensor<4x1x3x1xi32>
  %y = winograd.output_transform %o, %b {plan = #plan, shift = 16 : i64, lo = -128 : i64, hi = 127 : i64}
    : (tensor<4x1x3x1xi32>, tensor<1xi32>) -> tensor<1x1x2x3x!q>
  return %y : tensor<1x1x2x3x!q>
}
