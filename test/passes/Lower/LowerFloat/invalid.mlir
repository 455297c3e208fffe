// RUN: wino-opt %s --wino-lower-float --split-input-file --verify-diagnostics

func.func @main(%x: tensor<1x2xf32>, %v: tensor<2xf32>) -> tensor<1x2xf32> {
  // expected-error @below {{expected an op with a float kernel, got 'winograd.batch_norm'}}
  %y = winograd.batch_norm %x, %v, %v, %v, %v {epsilon = 1.0e-5 : f32}
    : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// expected-error @below {{expected a function '@main', got none}}
module {
}
