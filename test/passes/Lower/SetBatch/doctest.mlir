// RUN: wino-opt %s --wino-set-batch | FileCheck %s

// Eight images: maps get extent 8, the vector per image a row each.
// CHECK-LABEL: func.func @main(%arg0: tensor<8x16x4x4x!quant.uniform<i8:f32, 1.000000e+00>>) -> tensor<8x16x!quant.uniform<i8:f32, 1.000000e+00>>
// CHECK-NOT:   winograd.batch
// CHECK: winograd.add %arg0, %arg0 {{.*}} -> tensor<8x16x4x4x
// CHECK: winograd.reduce_max {{.*}} -> tensor<8x16x
!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<1x16x4x4x!q>) -> tensor<1x16x!q> attributes {winograd.batch = 8} {
  %a = winograd.add %x, %x {requant = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>}
    : (tensor<1x16x4x4x!q>, tensor<1x16x4x4x!q>) -> tensor<1x16x4x4x!q>
  %m = winograd.reduce_max %a {axes = array<i64: 2, 3>, keep_dims = false} : (tensor<1x16x4x4x!q>) -> tensor<1x16x!q>
  return %m : tensor<1x16x!q>
}
