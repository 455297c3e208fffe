// RUN: wino-opt %s --wino-fold-pad --split-input-file --verify-diagnostics

// The pass itself rejects nothing; what it reads is checked by the ops' verifiers.
func.func @negative_amount(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x3x4xf32> {
  // expected-error @below {{'winograd.pad' op expected}}
  %p = winograd.pad %x {low = array<i64: 0, 0, -1, 0>, high = array<i64: 0, 0, 0, 0>, value = 0.0 : f32} : (tensor<1x1x4x4xf32>) -> tensor<1x1x3x4xf32>
  return %p : tensor<1x1x3x4xf32>
}
