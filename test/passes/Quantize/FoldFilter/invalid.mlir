// RUN: wino-opt %s --wino-fold-filter --split-input-file --verify-diagnostics

func.func @filter_is_no_constant(%w: tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi8> {
  // expected-error @below {{expected a constant f32 filter, got a value of type 'tensor<1x1x3x3xf32>'}}
  %v = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">,
    scales = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>} : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi8>
  return %v : tensor<4x4x1x1xi8>
}
