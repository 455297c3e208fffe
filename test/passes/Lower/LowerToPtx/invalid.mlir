// RUN: wino-opt %s --wino-lower-to-ptx --split-input-file --verify-diagnostics

!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<4x!q>) -> tensor<4x!q> attributes {wino.arena_bytes = 64 : i64, wino.arena_target = "sm_80"} {
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

!q = !quant.uniform<i8:f32, 1.0>
// expected-error @below {{expected an arena planned for sm_NN, got one for the shared kernels; run --wino-plan-arena=target=sm_NN}}
func.func @main(%x: tensor<4x!q>) -> tensor<4x!q> attributes {wino.arena_bytes = 64 : i64} {
  return %x : tensor<4x!q>
}
