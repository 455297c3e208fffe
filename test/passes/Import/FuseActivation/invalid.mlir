// RUN: wino-opt %s --wino-fuse-activation --split-input-file --verify-diagnostics

// The pass itself rejects nothing; what it reads is checked by the ops' verifiers.
func.func @types_differ(%x: tensor<4xf32>) -> tensor<5xf32> {
  // expected-error @below {{'winograd.activate' op expected}}
  %y = winograd.activate %x {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}
