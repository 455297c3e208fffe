// RUN: wino-opt %s --wino-prove-ranges | FileCheck %s

// Input taps of 6 bits count as 32: 3 channels of 7 give 32 * 21.
#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i6xi4">
!q = !quant.uniform<i8:f32, 1.0>
// CHECK-LABEL: func.func @main
// CHECK: winograd.tap_matmul {{.*}}winograd.ranges = {tap_products = 6.720000e+02 : f64}
func.func @main(%x: tensor<1x3x4x4x!q>) -> tensor<4x4x1x1xi32> {
  %v = arith.constant dense<-7> : tensor<4x4x1x3xi8>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>,
    multipliers = array<i32: 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384>,
    shifts = array<i32: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x3x4x4x!q>) -> tensor<4x4x1x3xi8>
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>}
    : (tensor<4x4x1x3xi8>, tensor<4x4x1x3xi8>) -> tensor<4x4x1x1xi32>
  return %o : tensor<4x4x1x1xi32>
}
