// RUN: wino-opt %s --wino-plan-arena | FileCheck %s

// The first sum is read again by the last op and is a result: three buffers live at once, none shares a byte. 65 bytes take 128.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    wino.arena_bytes = 384 : i64, wino.live_bytes = 384 : i64
// CHECK: winograd.add %arg0, %arg1 {{.*}}wino.offset = 0
// CHECK: winograd.add {{.*}}wino.offset = 128
// CHECK: winograd.add {{.*}}wino.offset = 256
!q = !quant.uniform<i8:f32, 1.0>
#sum = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>
func.func @main(%x: tensor<65x!q>, %y: tensor<65x!q>) -> (tensor<65x!q>, tensor<65x!q>) {
  %a = winograd.add %x, %y {requant = #sum} : (tensor<65x!q>, tensor<65x!q>) -> tensor<65x!q>
  %b = winograd.add %a, %y {requant = #sum} : (tensor<65x!q>, tensor<65x!q>) -> tensor<65x!q>
  %c = winograd.add %b, %a {requant = #sum} : (tensor<65x!q>, tensor<65x!q>) -> tensor<65x!q>
  return %c, %a : tensor<65x!q>, tensor<65x!q>
}
