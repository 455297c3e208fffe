// RUN: wino-opt %s --wino-plan-arena | FileCheck %s --check-prefix=ONE
// RUN: wino-opt %s --wino-plan-arena="workers=3 least-shared=4096" | FileCheck %s --check-prefix=THREE
// RUN: wino-opt %s --wino-plan-arena="workers=3" | FileCheck %s --check-prefix=SMALL
// RUN: not wino-opt %s --wino-plan-arena="workers=65" 2>&1 | FileCheck %s --check-prefix=MANY
// RUN: not wino-opt %s --wino-plan-arena="workers=0" 2>&1 | FileCheck %s --check-prefix=NONE

// Results of 256 and of 64 bytes; the patches of each layer are four rows (pixels are blocked by fours) of 64 or of 256 bytes.
// The largest sum is that of the second layer: 256 + 64 + 1,024 = 1,344. Products: 64 * 256 in both layers, 4 a cycle: 4,096
// cycles. Three workers have three times the patches: 256 + 64 + 3 * 1,024 = 3,392.
// ONE-LABEL: func.func @main
// ONE-NOT:     max_workers
// ONE-SAME:    wino.arena_bytes = 1344 : i64
// ONE-NOT:     wino.workers
// THREE-LABEL: func.func @main
// THREE-SAME:  wino.arena_bytes = 3392 : i64
// THREE-SAME:  wino.max_workers = 3 : i64
// THREE:       winograd.fully_connected {{.*}}wino.workers = 3 : i64
// THREE:       winograd.fully_connected {{.*}}wino.workers = 3 : i64
// By default a layer of so few cycles is not shared, but the interface is that of a library for three workers.
// SMALL-LABEL: func.func @main
// SMALL-SAME:  wino.arena_bytes = 1344 : i64
// SMALL-SAME:  wino.max_workers = 3 : i64
// SMALL-NOT:   wino.workers
// MANY: error: expected 1 to 64 workers, got 65
// NONE: error: expected 1 to 64 workers, got 0
!q = !quant.uniform<i8:f32, 1.0>
#wide = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1]>
func.func @main(%x: tensor<1x64x!q>) -> tensor<1x64x!q> {
  %w = arith.constant dense<1> : tensor<256x64xi8>
  %b = arith.constant dense<0> : tensor<256xi32>
  %v = arith.constant dense<1> : tensor<64x256xi8>
  %c = arith.constant dense<0> : tensor<64xi32>
  %y = winograd.fully_connected %x, %w, %b {requant = #wide} : (tensor<1x64x!q>, tensor<256x64xi8>, tensor<256xi32>) -> tensor<1x256x!q>
  %z = winograd.fully_connected %y, %v, %c {requant = #wide} : (tensor<1x256x!q>, tensor<64x256xi8>, tensor<64xi32>) -> tensor<1x64x!q>
  return %z : tensor<1x64x!q>
}
