// RUN: wino-opt %s --wino-plan-arena --wino-lower-to-neon=prefix=net | FileCheck %s
// RUN: wino-opt %s --wino-plan-arena=target=x86-64 --wino-lower-to-x86=prefix=net | FileCheck %s --check-prefix=X86
// RUN: wino-opt %s --wino-plan-arena | FileCheck %s --check-prefix=ARENA
// RUN: wino-opt %s --wino-plan-arena=target=x86-64 | FileCheck %s --check-prefix=ARENA

// A window of 3 x 3 that reaches over 801 x 801 pixels: rings and bands, which keep the rows between, would take millions of
// bytes for a map of 4 x 4. Both layers gather what they read instead, whatever their groups; so does a depthwise window of
// 9 x 9 taps, which would be written out.
// CHECK-NOT: @net_depthwise
// CHECK-LABEL: func.func private @net_direct_{{[0-9]+}}
// X86-NOT: @net_depthwise
// X86: @net_direct
// ARENA: wino.arena_bytes = 2816 : i64
!q = !quant.uniform<i8:f32, 1.0>
#r16 = #winograd.requant<pre = 2, shift = 8, lo = -128, hi = 127, multipliers = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]>
func.func @main(%x: tensor<1x16x4x4x!q>) -> tensor<1x16x4x4x!q> {
  %w = arith.constant dense<1> : tensor<16x1x3x3xi8>
  %v = arith.constant dense<1> : tensor<16x16x3x3xi8>
  %u = arith.constant dense<1> : tensor<16x1x9x9xi8>
  %b = arith.constant dense<0> : tensor<16xi32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 400, 400, 400, 400>, dilations = array<i64: 400, 400>,
    groups = 16 : i64, requant = #r16} : (tensor<1x16x4x4x!q>, tensor<16x1x3x3xi8>, tensor<16xi32>) -> tensor<1x16x4x4x!q>
  %z = winograd.conv_2d %y, %v, %b {strides = array<i64: 1, 1>, pads = array<i64: 400, 400, 400, 400>, dilations = array<i64: 400, 400>,
    groups = 1 : i64, requant = #r16} : (tensor<1x16x4x4x!q>, tensor<16x16x3x3xi8>, tensor<16xi32>) -> tensor<1x16x4x4x!q>
  %t = winograd.conv_2d %z, %u, %b {strides = array<i64: 1, 1>, pads = array<i64: 4, 4, 4, 4>, dilations = array<i64: 1, 1>,
    groups = 16 : i64, requant = #r16} : (tensor<1x16x4x4x!q>, tensor<16x1x9x9xi8>, tensor<16xi32>) -> tensor<1x16x4x4x!q>
  return %t : tensor<1x16x4x4x!q>
}
