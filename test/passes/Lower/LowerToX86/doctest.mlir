// RUN: wino-opt %s --wino-plan-arena=target=x86-64 --wino-lower-to-x86=prefix=net | FileCheck %s

// One private kernel, one public entry on bare pointers: arena, inputs, outputs.
// CHECK: module attributes {wino.arena_align = 64 : i64, wino.arena_bytes = 64 : i64
// CHECK-SAME: wino.prefix = "net"
// CHECK-LABEL: func.func private @net_sum_0
// CHECK-NOT: aarch64
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// CHECK-LABEL: func.func @net_run_impl(
// CHECK: call @net_sum_0(%arg1, %arg2, %arg0)
// CHECK: call @net_copy_1(%arg0, %arg3)
// CHECK-NOT: winograd.
!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<64x!q>, %y: tensor<64x!q>) -> tensor<64x!q> {
  %a = winograd.add %x, %y {requant = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>}
    : (tensor<64x!q>, tensor<64x!q>) -> tensor<64x!q>
  return %a : tensor<64x!q>
}
