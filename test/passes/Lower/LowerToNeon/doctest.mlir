// RUN: wino-opt %s --wino-plan-arena --wino-lower-to-neon="prefix=net" | FileCheck %s

// CHECK:       module attributes {{.*}}wino.arena_bytes = 256 : i64
// Eight elements at a time: products in 32 bits, rounding shift right with saturation, narrowing to bytes.
// CHECK-LABEL: func.func private @net_sum_0
// CHECK:         arith.muli {{.*}} : vector<4xi32>
// CHECK:         llvm.call_intrinsic "llvm.aarch64.neon.sqrshrn.v4i16"
// CHECK:         llvm.call_intrinsic "llvm.aarch64.neon.sqxtn.v8i8"
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
