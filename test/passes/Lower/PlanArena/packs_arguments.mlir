// RUN: wino-opt %s --wino-plan-arena | FileCheck %s

// 3 channels become 16 inside the network. Only a direct convolution reads the caller's layout itself.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    %arg0: tensor<1x3x2x2x{{[^{]*}}> {wino.packed = {{[0-9]+}} : i64}
// CHECK-SAME:    %arg1: tensor<1x16x2x2x!quant.uniform<i8:f32, 1.000000e+00>>)
!q = !quant.uniform<i8:f32, 1.0>
#sum = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>
func.func @main(%x: tensor<1x3x2x2x!q>, %y: tensor<1x16x2x2x!q>) -> (tensor<1x3x2x2x!q>, tensor<1x16x2x2x!q>) {
  %a = winograd.add %x, %x {requant = #sum} : (tensor<1x3x2x2x!q>, tensor<1x3x2x2x!q>) -> tensor<1x3x2x2x!q>
  %b = winograd.add %y, %y {requant = #sum} : (tensor<1x16x2x2x!q>, tensor<1x16x2x2x!q>) -> tensor<1x16x2x2x!q>
  return %a, %b : tensor<1x3x2x2x!q>, tensor<1x16x2x2x!q>
}
