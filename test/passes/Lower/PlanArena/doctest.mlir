// RUN: wino-opt %s --wino-plan-arena | FileCheck %s

// Three tensors of 256 bytes, of which two live at any time: the sum takes the place of the first.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    wino.arena_bytes = 512 : i64
// CHECK:         winograd.requantize {{.*}}wino.offset = 0 : i64
// CHECK:         winograd.requantize {{.*}}wino.offset = 256 : i64
// CHECK:         winograd.add {{.*}}wino.offset = 0 : i64
!q = !quant.uniform<i8:f32, 0.5>
func.func @main(%x: tensor<1x16x4x4x!q> {wino.name = "image"}) -> (tensor<1x16x4x4x!q> {wino.name = "out"}) {
  %a = winograd.requantize %x {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [256]>}
    : (tensor<1x16x4x4x!q>) -> tensor<1x16x4x4x!q>
  %b = winograd.requantize %a {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [128]>}
    : (tensor<1x16x4x4x!q>) -> tensor<1x16x4x4x!q>
  %y = winograd.add %b, %b {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [256, 256]>}
    : (tensor<1x16x4x4x!q>, tensor<1x16x4x4x!q>) -> tensor<1x16x4x4x!q>
  return %y : tensor<1x16x4x4x!q>
}
