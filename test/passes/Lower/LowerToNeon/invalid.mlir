// RUN: wino-opt %s --wino-lower-to-neon --split-input-file --verify-diagnostics

!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<4x!q>) -> tensor<4x!q> attributes {wino.arena_bytes = 64 : i64} {
  // expected-error @below {{expected an op with an integer kernel, got 'winograd.activate'; quantize the graph first}}
  %y = winograd.activate %x {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4x!q>) -> tensor<4x!q>
  return %y : tensor<4x!q>
}

// -----

// expected-error @below {{expected a function '@main', got none}}
module {
}

// -----

!q = !quant.uniform<i8:f32, 1.0>
// expected-error @below {{expected a function with planned addresses, got none; run --wino-plan-arena first}}
func.func @main(%x: tensor<4x!q>) -> tensor<4x!q> {
  return %x : tensor<4x!q>
}

// -----

// Shared by workers, but planned without any: nobody would hand its pieces out.
!q = !quant.uniform<i8:f32, 1.0>
#sum = #winograd.requant<pre = 0, shift = 4, lo = -128, hi = 127, multipliers = [16, 16]>
func.func @main(%x: tensor<4x!q>) -> tensor<4x!q> attributes {wino.arena_bytes = 64 : i64} {
  // expected-error @below {{expected 'wino.workers' of an op to be the function's 'wino.max_workers', got another; run --wino-plan-arena=workers=N}}
  %y = winograd.add %x, %x {requant = #sum, wino.workers = 2 : i64} : (tensor<4x!q>, tensor<4x!q>) -> tensor<4x!q>
  return %y : tensor<4x!q>
}
