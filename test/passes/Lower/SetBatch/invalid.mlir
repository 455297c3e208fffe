// RUN: wino-opt %s --wino-set-batch --split-input-file --verify-diagnostics

!q = !quant.uniform<i8:f32, 1.0>
func.func @mixes(%x: tensor<1x16x!q>) -> tensor<16x1x!q> attributes {winograd.batch = 2} {
  // expected-error @+1 {{expected an op that treats images alike to make 2 of, got 'winograd.transpose'}}
  %t = winograd.transpose %x {perm = array<i64: 1, 0>} : (tensor<1x16x!q>) -> tensor<16x1x!q>
  return %t : tensor<16x1x!q>
}

// -----

!q = !quant.uniform<i8:f32, 1.0>
// expected-error @+1 {{expected one image in dimension 0 to make 2 of, got 'tensor<2x16x!quant.uniform<i8:f32, 1.000000e+00>>'}}
func.func @two(%x: tensor<2x16x!q>) -> tensor<2x16x!q> attributes {winograd.batch = 2} {
  return %x : tensor<2x16x!q>
}

// -----

// expected-error @+1 {{expected winograd.batch in [1, 4096], got 0}}
func.func @none() attributes {winograd.batch = 0} {
  return
}
