// RUN: wino-opt %s --wino-plan-arena | FileCheck %s

// Buffers of 128, 64, 64 and 128 bytes, each alive with the next. Largest first gives both large ones offset 0 and needs 256
// bytes; 192 are enough when the one behind is placed first.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    wino.arena_bytes = 192 : i64, wino.live_bytes = 192 : i64
!q = !quant.uniform<i8:f32, 1.0>
#sum = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>
func.func @main(%x: tensor<128x!q>) -> tensor<128x!q> {
  %a = winograd.add %x, %x {requant = #sum} : (tensor<128x!q>, tensor<128x!q>) -> tensor<128x!q>
  %b = winograd.slice %a {starts = array<i64: 0>, steps = array<i64: 2>} : (tensor<128x!q>) -> tensor<64x!q>
  %c = winograd.add %b, %b {requant = #sum} : (tensor<64x!q>, tensor<64x!q>) -> tensor<64x!q>
  %d = winograd.concat %c, %c {axis = 0 : i64} : (tensor<64x!q>, tensor<64x!q>) -> tensor<128x!q>
  return %d : tensor<128x!q>
}
