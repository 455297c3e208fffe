// RUN: wino-opt %s --wino-plan-arena=target=x86-64 --wino-lower-to-x86 | FileCheck %s

// Two sums that differ in nothing but their memory are one kernel; the third clamps and is another.
// CHECK: func.func private @model_sum_0
// CHECK: func.func private @model_sum_1
// CHECK-NOT: func.func private @model_sum
// CHECK-LABEL: func.func @model_run_impl
// CHECK: call @model_sum_0
// CHECK: call @model_sum_0
// CHECK: call @model_sum_1
!q = !quant.uniform<i8:f32, 1.0>
#sum = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>
#relu = #winograd.requant<pre = 0, shift = 4, lo = 0, hi = 127, multipliers = [16, 16]>
func.func @main(%x: tensor<64x!q>, %y: tensor<64x!q>) -> tensor<64x!q> {
  %a = winograd.add %x, %y {requant = #sum} : (tensor<64x!q>, tensor<64x!q>) -> tensor<64x!q>
  %b = winograd.add %a, %y {requant = #sum} : (tensor<64x!q>, tensor<64x!q>) -> tensor<64x!q>
  %c = winograd.add %b, %y {requant = #relu} : (tensor<64x!q>, tensor<64x!q>) -> tensor<64x!q>
  return %c : tensor<64x!q>
}
