// RUN: wino-opt %s --wino-plan-arena --wino-lower-to-neon=prefix=net | FileCheck %s

// 80 elements: 64 by assembly, the rest by vectors of eight. 300 = 128 * 2 + 44, -5000 = 128 * -39 - 8: the unsigned operand's
// negative parts are subtracted as magnitudes.
// CHECK-LABEL: func.func private @net_sum_0
// CHECK: llvm.inline_asm {{.*}}movi v0.16b, #2\0Amovi v1.16b, #44\0Amovi v2.16b, #39\0Amovi v3.16b, #8
// CHECK-SAME: umlsl
// CHECK-SAME: ssra {{[^#]*}}#7
// CHECK-SAME: sqrshrn {{[^#]*}}#4
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sqrshrn.v4i16"
!s = !quant.uniform<i8:f32, 1.0>
!u = !quant.uniform<u8:f32, 1.0>
#narrow = #winograd.requant<pre = 0, shift = 11, lo = -128, hi = 127, multipliers = [300, -5000]>
// Multipliers that add up to more than 16,319 need 32-bit lanes.
// CHECK-LABEL: func.func private @net_sum_1
// CHECK-NOT: llvm.inline_asm
// CHECK: return
#wide = #winograd.requant<pre = 0, shift = 14, lo = -128, hi = 127, multipliers = [16384, 16384]>
func.func @main(%x: tensor<80x!s>, %y: tensor<80x!u>) -> tensor<80x!s> {
  %a = winograd.add %x, %y {requant = #narrow} : (tensor<80x!s>, tensor<80x!u>) -> tensor<80x!s>
  %b = winograd.add %a, %y {requant = #wide} : (tensor<80x!s>, tensor<80x!u>) -> tensor<80x!s>
  return %b : tensor<80x!s>
}
