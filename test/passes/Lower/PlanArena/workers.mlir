// RUN: wino-opt %s --wino-plan-arena | FileCheck %s --check-prefix=ONE
// RUN: wino-opt %s --wino-plan-arena="workers=3 least-shared=4096" | FileCheck %s --check-prefix=THREE
// RUN: wino-opt %s --wino-plan-arena="workers=3" | FileCheck %s --check-prefix=SMALL
// RUN: not wino-opt %s --wino-plan-arena="workers=65" 2>&1 | FileCheck %s --check-prefix=MANY
// RUN: not wino-opt %s --wino-plan-arena="workers=0" 2>&1 | FileCheck %s --check-prefix=NONE

// A result of 8 bytes, and patches of four rows (pixels are blocked by fours) of 2,048 bytes: 64 + 8,192 = 8,256. 2,048 * 8
// products, 4 a cycle, are 4,096 cycles. Three workers have three times the patches: 64 + 3 * 8,192 = 24,640.
// ONE-LABEL: func.func @main
// ONE-NOT:     max_workers
// ONE-SAME:    wino.arena_bytes = 8256 : i64
// ONE-NOT:     wino.workers
// THREE-LABEL: func.func @main
// THREE-SAME:  wino.arena_bytes = 24640 : i64
// THREE-SAME:  wino.max_workers = 3 : i64
// THREE:       winograd.fully_connected {{.*}}wino.workers = 3 : i64
// By default a layer of so few cycles is not shared, but the interface is that of a library for three workers.
// SMALL-LABEL: func.func @main
// SMALL-SAME:  wino.arena_bytes = 8256 : i64
// SMALL-SAME:  wino.max_workers = 3 : i64
// SMALL-NOT:   wino.workers
// MANY: error: expected 1 to 64 workers, got 65
// NONE: error: expected 1 to 64 workers, got 0
!q = !quant.uniform<i8:f32, 1.0>
#wide = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1, 1, 1, 1, 1, 1, 1, 1]>
func.func @main(%x: tensor<1x2048x!q>) -> tensor<1x8x!q> {
  %w = arith.constant dense<1> : tensor<8x2048xi8>
  %b = arith.constant dense<0> : tensor<8xi32>
  %y = winograd.fully_connected %x, %w, %b {requant = #wide} : (tensor<1x2048x!q>, tensor<8x2048xi8>, tensor<8xi32>) -> tensor<1x8x!q>
  return %y : tensor<1x8x!q>
}
