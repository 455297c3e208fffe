// RUN: wino-opt %s --wino-round-filter --split-input-file --verify-diagnostics
// RUN: not wino-opt %s --wino-round-filter=rounding=up --split-input-file 2>&1 | FileCheck %s --check-prefix=ROUNDING
// RUN: not wino-opt %s --wino-round-filter=noise=-1 --split-input-file 2>&1 | FileCheck %s --check-prefix=NOISE
// RUN: not wino-opt %s --wino-round-filter=threads=0 --split-input-file 2>&1 | FileCheck %s --check-prefix=THREADS

// ROUNDING: rounding: expected gptq or nearest, got 'up'
// NOISE: noise: expected a number of at least 0, got -1
// THREADS: threads: expected 1 to 64, got 0

func.func @filter_is_no_constant(%w: tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi8> {
  // expected-error @below {{expected a constant f32 filter, got a value of type 'tensor<1x1x3x3xf32>'}}
  %v = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">,
    scales = array<f64: 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0>} : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi8>
  return %v : tensor<4x4x1x1xi8>
}

// -----

func.func @filter_is_not_finite() -> tensor<4x4x1x1xi8> {
  %w = arith.constant dense<0x7F800000> : tensor<1x1x3x3xf32>
  // expected-error @below {{expected a finite filter, got a NaN or infinity}}
  %v = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">,
    scales = array<f64: 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0>} : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi8>
  return %v : tensor<4x4x1x1xi8>
}
