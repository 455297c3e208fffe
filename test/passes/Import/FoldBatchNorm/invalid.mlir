// RUN: wino-opt %s --wino-fold-batch-norm --split-input-file --verify-diagnostics

func.func @computed_scale(%x: tensor<1x1x2x2xf32>, %scale: tensor<1xf32>) -> tensor<1x1x2x2xf32> {
  %v = arith.constant dense<1.0> : tensor<1xf32>
  // expected-error @below {{expected constant f32 scale, bias, mean and variance, got computed ones}}
  %y = winograd.batch_norm %x, %scale, %v, %v, %v {epsilon = 0.0 : f32}
    : (tensor<1x1x2x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32>
  return %y : tensor<1x1x2x2xf32>
}

// -----

func.func @negative_variance(%x: tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
  %v = arith.constant dense<1.0> : tensor<2xf32>
  %variance = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  // expected-error @below {{expected variance + epsilon > 0, got -5.000000e-01 in channel 1}}
  %y = winograd.batch_norm %x, %v, %v, %v, %variance {epsilon = 0.5 : f32}
    : (tensor<1x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}

// -----

func.func @weights_leave_f32(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> {
  %v = arith.constant dense<1.0> : tensor<1xf32>
  %scale = arith.constant dense<1.0e38> : tensor<1xf32>
  %variance = arith.constant dense<1.0e-30> : tensor<1xf32>
  // expected-error @below {{expected finite folded weights}}
  %y = winograd.batch_norm %x, %scale, %v, %v, %variance {epsilon = 0.0 : f32}
    : (tensor<1x1x2x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32>
  return %y : tensor<1x1x2x2xf32>
}
