// RUN: wino-opt %s --wino-plan-arena=target=sm_80 --wino-lower-to-ptx=prefix=net | FileCheck %s

// Kernels in a gpu.module; the entry gets the addresses of arena, constants, inputs and outputs, and launches them.
// CHECK: module attributes {gpu.container_module, wino.arena_align = 64 : i64, wino.arena_bytes = 64 : i64
// CHECK-SAME: wino.prefix = "net"
// CHECK: llvm.mlir.global internal constant @net_weights
// CHECK-LABEL: gpu.module @net_kernels
// CHECK: llvm.func @net_sum_0(
// CHECK-SAME: attributes {gpu.kernel, nvvm.kernel, nvvm.maxntid = array<i32: 32>}
// CHECK: nvvm.read.ptx.sreg.tid.x
// CHECK-LABEL: func.func @net_run_impl(
// CHECK: gpu.launch_func @net_kernels::@net_sum_0 blocks in (%c1, %c1{{.*}}, %c1{{.*}}) threads in (%c32, %c1{{.*}}, %c1{{.*}}) args(%arg2 : !llvm.ptr, %arg3 : !llvm.ptr
// CHECK: gpu.launch_func @net_kernels::@net_copy_1
// CHECK-NOT: winograd.
!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<64x!q>, %y: tensor<64x!q>) -> tensor<64x!q> {
  %a = winograd.add %x, %y {requant = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>}
    : (tensor<64x!q>, tensor<64x!q>) -> tensor<64x!q>
  return %a : tensor<64x!q>
}
