// RUN: wino-opt %s --wino-quantize-graph --split-input-file --verify-diagnostics

// expected-error @below {{input 'image': expected winograd.stats with min, clip_s8 and clip_u8, got none}}
func.func @argument_without_statistics(%x: tensor<4xf32> {wino.name = "image"}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

func.func @op_without_statistics(%x: tensor<4xf32> {winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}}) -> tensor<4xf32> {
  // expected-error @below {{expected winograd.stats with min, clip_s8 and clip_u8, got none (run --wino-attach-profile)}}
  %y = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @fused_function(%x: tensor<4xf32> {winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}},
    %z: tensor<4xf32> {winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}}) -> tensor<4xf32> {
  // expected-error @below {{expected relu, clip, leaky_relu or sigmoid as fused activation, got exp, whose argument was not measured}}
  %y = winograd.add %x, %z {activation = #winograd.activation<exp, 0.0 : f32, 0.0 : f32>, winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// A result range 10^8 times finer than its operands' has no 16-bit multiplier.
func.func @scales_too_far_apart(%x: tensor<4xf32> {winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}}) -> tensor<4xf32> {
  // expected-error @below {{expected operand scales below 16383 times the result's}}
  %y = winograd.add %x, %x {winograd.stats = {min = 0.0, clip_s8 = 1.0e-8, clip_u8 = 1.0e-8}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @softmax_too_long(%x: tensor<65537xf32> {winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}}) -> tensor<65537xf32> {
  // expected-error @below {{expected at most 65536 elements along the softmax axis, got 65537}}
  %y = winograd.softmax %x {axis = 0 : i64} : (tensor<65537xf32>) -> tensor<65537xf32>
  return %y : tensor<65537xf32>
}

// -----

func.func @infinite_weight(%x: tensor<1x2xf32> {winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}}) -> tensor<1x1xf32> {
  %w = arith.constant dense<[[1.0, 0x7F800000]]> : tensor<1x2xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  // expected-error @below {{expected finite filter elements, got}}
  %y = winograd.fully_connected %x, %w, %b {winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}}
    : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

func.func @batch_norm_left(%x: tensor<1x1xf32> {winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}}) -> tensor<1x1xf32> {
  %c = arith.constant dense<1.0> : tensor<1xf32>
  // expected-error @below {{expected an op with an integer form, got 'winograd.batch_norm'}}
  %y = winograd.batch_norm %x, %c, %c, %c, %c {epsilon = 1.0e-5 : f32}
    : (tensor<1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

func.func @padding_beyond_the_range(%x: tensor<1x1x2x2xf32> {winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}}) -> tensor<1x1x4x4xf32> {
  // expected-error @below {{expected a padding value in [0.000000e+00, 1.000000e+00], the calibrated range of the tensor it pads, got -1.000000e+00}}
  %y = winograd.pad %x {low = array<i64: 0, 0, 1, 1>, high = array<i64: 0, 0, 1, 1>, value = -1.0 : f32, winograd.stats = {min = -1.0, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<1x1x2x2xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

func.func @activation_of_a_constant() -> tensor<2xf32> {
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // expected-error @below {{expected an activation of a computed tensor, got one of a constant; fold it into the model}}
  %y = winograd.activate %c {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>, winograd.stats = {min = 0.5, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}
