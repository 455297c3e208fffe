// RUN: wino-opt %s --wino-plan-arena --wino-lower-to-neon=prefix=net | FileCheck %s
// RUN: wino-opt %s --wino-plan-arena=target=x86-64 --wino-lower-to-x86=prefix=net | FileCheck %s --check-prefix=X86

// Weights 127, 64, 64 and 1, 1, 1: three taps fit 16 bits (127 + 64 + 64 = 255), so that all are summed before they are
// widened: once per pixel. On x86 the same layer is vectors of sixteen channels.
// CHECK-LABEL: func.func private @net_depthwise_{{[0-9]+}}
// CHECK: llvm.inline_asm {{.*}}2 pixels x 16 channels, depthwise
// CHECK-SAME: smlal v
// CHECK-SAME: smlal2 v
// CHECK-SAME: sqxtn2 v
// CHECK-SAME: b.ne 1b
// X86-LABEL: func.func private @net_depthwise_{{[0-9]+}}
// X86-NOT: llvm.inline_asm
// X86: arith.muli {{.*}} : vector<8xi16>
// Two filters per channel are a grouped convolution.
// CHECK-LABEL: func.func private @net_direct_{{[0-9]+}}
// CHECK: call @net_depthwise
// CHECK: call @net_direct
!q = !quant.uniform<i8:f32, 1.0>
#requant = #winograd.requant<pre = 2, shift = 8, lo = -128, hi = 127, multipliers = [1000000000, 1000000000]>
#twice = #winograd.requant<pre = 2, shift = 8, lo = -128, hi = 127, multipliers = [1000000000, 1000000000, 1000000000, 1000000000]>
func.func @main(%x: tensor<1x3x6x6x!q>) -> tensor<1x4x6x6x!q> {
  %w = arith.constant dense<[[[[127], [64], [64]]], [[[1], [1], [1]]]]> : tensor<2x1x3x1xi8>
  %b = arith.constant dense<0> : tensor<2xi32>
  %v = arith.constant dense<1> : tensor<4x1x1x1xi8>
  %c = arith.constant dense<0> : tensor<4xi32>
  %s = winograd.slice %x {starts = array<i64: 0, 0, 0, 0>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x3x6x6x!q>) -> tensor<1x2x6x6x!q>
  %y = winograd.conv_2d %s, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 1, 0>, dilations = array<i64: 1, 1>,
    groups = 2 : i64, requant = #requant} : (tensor<1x2x6x6x!q>, tensor<2x1x3x1xi8>, tensor<2xi32>) -> tensor<1x2x6x6x!q>
  %z = winograd.conv_2d %y, %v, %c {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>,
    groups = 2 : i64, requant = #twice} : (tensor<1x2x6x6x!q>, tensor<4x1x1x1xi8>, tensor<4xi32>) -> tensor<1x4x6x6x!q>
  return %z : tensor<1x4x6x6x!q>
}
