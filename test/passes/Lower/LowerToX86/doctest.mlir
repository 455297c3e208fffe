// RUN: wino-opt %s --wino-plan-arena --wino-lower-to-x86="prefix=net" | FileCheck %s

// CHECK:       module attributes {{.*}}wino.arena_bytes = 256 : i64
// The same kernel in plain vector arithmetic, which LLVM maps to AVX2; rounding is (x >> 8) + bit 7 of x.
// CHECK-LABEL: func.func private @net_sum_0
// CHECK:         arith.muli {{.*}} : vector<4xi32>
// CHECK:         arith.shrsi
// CHECK:         arith.minsi
// CHECK:         arith.maxsi
// CHECK:         arith.trunci
// CHECK-NOT:     aarch64
// The arena comes first, then inputs, then outputs.
// CHECK-LABEL: func.func @net_run_impl(%arg0: !llvm.ptr {llvm.noalias}, %arg1: !llvm.ptr {llvm.noalias}, %arg2: !llvm.ptr {llvm.noalias})
// CHECK-NEXT:    call @net_sum_0(%arg1, %arg0)
// CHECK-NEXT:    call @net_copy_1(%arg0, %arg2)
!q = !quant.uniform<i8:f32, 0.5>
func.func @main(%x: tensor<1x16x4x4x!q> {wino.name = "image"}) -> (tensor<1x16x4x4x!q> {wino.name = "out"}) {
  %y = winograd.requantize %x {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [128]>}
    : (tensor<1x16x4x4x!q>) -> tensor<1x16x4x4x!q>
  return %y : tensor<1x16x4x4x!q>
}
