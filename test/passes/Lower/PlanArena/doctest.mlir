// RUN: wino-opt %s --wino-plan-arena | FileCheck %s

// Three sums in a row. The first is dead when the third is made, so both have offset 0: two buffers of 64 bytes are enough.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    wino.arena_bytes = 128
// CHECK: %[[A:.*]] = winograd.add %arg0, %arg1 {{.*}}wino.offset = 0
// CHECK: %[[B:.*]] = winograd.add %[[A]], %arg1 {{.*}}wino.offset = 64
// CHECK: winograd.add %[[B]], %arg1 {{.*}}wino.offset = 0
!q = !quant.uniform<i8:f32, 1.0>
#sum = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>
func.func @main(%x: tensor<64x!q>, %y: tensor<64x!q>) -> tensor<64x!q> {
  %a = winograd.add %x, %y {requant = #sum} : (tensor<64x!q>, tensor<64x!q>) -> tensor<64x!q>
  %b = winograd.add %a, %y {requant = #sum} : (tensor<64x!q>, tensor<64x!q>) -> tensor<64x!q>
  %c = winograd.add %b, %y {requant = #sum} : (tensor<64x!q>, tensor<64x!q>) -> tensor<64x!q>
  return %c : tensor<64x!q>
}
