// RUN: wino-opt %s --wino-plan-arena="workers=2 least-shared=0" --wino-lower-to-neon=prefix=net | FileCheck %s
// RUN: wino-opt %s --wino-plan-arena="workers=2 least-shared=0 target=x86-64" --wino-lower-to-x86=prefix=net | FileCheck %s --check-prefixes=CHECK,X86

// 1,088 bytes in cache lines, about four pieces for each of two workers: 6 of 192 bytes (the last one smaller), by a kernel
// that two sums share, and its task: pointers from memory, the worker's scratch (none: times 0), the range of pieces.
// CHECK: func.func private @net_sum_0({{.*}}, %[[FIRST:[a-z0-9]+]]: i64, %[[END:[a-z0-9]+]]: i64)
// CHECK-NOT: func.func private @net_sum
// CHECK: llvm.func internal @net_task_0(%[[ARG:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i32, %[[LAST:.*]]: i32, %[[WORKER:.*]]: i32)
// CHECK: arith.extui %[[WORKER]] : i32 to i64
// CHECK: %[[B:.*]] = arith.extui %[[BEGIN]] : i32 to i64
// CHECK: %[[E:.*]] = arith.extui %[[LAST]] : i32 to i64
// CHECK: call @net_sum_0({{.*}}, %[[B]], %[[E]])
// CHECK-NOT: net_task_1
// The hook is the last argument: a function, what it takes first.
// CHECK-LABEL: func.func @net_run_impl
// CHECK-SAME: %[[HOOK:arg[0-9]+]]: !llvm.ptr)
// CHECK: %[[SLOTS:.*]] = llvm.alloca
// CHECK: %[[F:.*]] = llvm.load %[[HOOK]]
// CHECK: %[[TASK:.*]] = llvm.mlir.addressof @net_task_0
// CHECK: llvm.call %[[F]](%{{.*}}, %[[TASK]], %[[SLOTS]], %c6_i32)
// CHECK: llvm.call %{{.*}}(%{{.*}}, %{{.*}}, %[[SLOTS]], %c6_i32
// CHECK-NOT: llvm.call
// X86: return
!q = !quant.uniform<i8:f32, 1.0>
#sum = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [100, 100]>
func.func @main(%x: tensor<1088x!q>, %y: tensor<1088x!q>) -> tensor<1088x!q> {
  %a = winograd.add %x, %y {requant = #sum} : (tensor<1088x!q>, tensor<1088x!q>) -> tensor<1088x!q>
  %b = winograd.add %a, %y {requant = #sum} : (tensor<1088x!q>, tensor<1088x!q>) -> tensor<1088x!q>
  return %b : tensor<1088x!q>
}
