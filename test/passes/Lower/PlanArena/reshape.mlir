// RUN: wino-opt %s --wino-plan-arena --split-input-file | FileCheck %s

// No byte moves: the reshape has no buffer, and its input lives as long as it does.
// CHECK-LABEL: func.func @shares
// CHECK-SAME:    wino.arena_bytes = 128
// CHECK: winograd.add {{.*}}wino.offset = 0
// CHECK: winograd.reshape %{{[0-9]+}} :
// CHECK: winograd.add {{.*}}wino.offset = 64
!q = !quant.uniform<i8:f32, 1.0>
#sum = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>
func.func @shares(%x: tensor<8x8x!q>) -> tensor<64x!q> {
  %a = winograd.add %x, %x {requant = #sum} : (tensor<8x8x!q>, tensor<8x8x!q>) -> tensor<8x8x!q>
  %r = winograd.reshape %a : (tensor<8x8x!q>) -> tensor<64x!q>
  %b = winograd.add %r, %r {requant = #sum} : (tensor<64x!q>, tensor<64x!q>) -> tensor<64x!q>
  return %b : tensor<64x!q>
}

// -----

// Channels are innermost in memory, so flattening a map moves bytes: a buffer of its own and scratch, apart from its input.
// CHECK-LABEL: func.func @moves
// CHECK: winograd.reshape {{.*}}wino.offset = {{[0-9]+}} : i64, wino.scratch = {{[0-9]+}}
!q = !quant.uniform<i8:f32, 1.0>
#sum = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>
func.func @moves(%x: tensor<1x16x2x2x!q>) -> tensor<1x64x!q> {
  %a = winograd.add %x, %x {requant = #sum} : (tensor<1x16x2x2x!q>, tensor<1x16x2x2x!q>) -> tensor<1x16x2x2x!q>
  %r = winograd.reshape %a : (tensor<1x16x2x2x!q>) -> tensor<1x64x!q>
  return %r : tensor<1x64x!q>
}

// -----

// An argument lies in the caller's memory: its reshape is a copy, through scratch that nobody else uses.
// CHECK-LABEL: func.func @argument
// CHECK-SAME:    wino.arena_bytes = 128
// CHECK: winograd.reshape {{.*}}wino.offset = 0 : i64, wino.scratch = 64
!q = !quant.uniform<i8:f32, 1.0>
func.func @argument(%x: tensor<8x8x!q>) -> tensor<64x!q> {
  %r = winograd.reshape %x : (tensor<8x8x!q>) -> tensor<64x!q>
  return %r : tensor<64x!q>
}
