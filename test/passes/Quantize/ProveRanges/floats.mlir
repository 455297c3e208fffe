// In a network of floats: maps and taps of 16 bits are certified, and what is beyond them is refused with stage and head-room.
// RUN: wino-opt %s --split-input-file --wino-prove-ranges --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @certified
// CHECK: winograd.activate
// CHECK-SAME: winograd.headroom_bits = 9 : i64, winograd.ranges = {stored_map = 1.000000e+02 : f64}
// CHECK: winograd.float_tiles
// CHECK-SAME: winograd.headroom_bits = 2 : i64, winograd.ranges = {filter_taps = 1.600000e+01 : f64, input_transform = 10004.9{{[0-9]+}} : f64, output_transform = {{.*}}, stored_map = 8.000000e+00 : f64, tap_products
func.func @certified(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf16> attributes {winograd.precision = "fp16"} {
  %v = arith.constant dense<16.0> : tensor<6x6x1x1xf32>
  %c = winograd.activate %x {activation = #winograd.activation<clip, -100.0 : f32, 100.0 : f32>} : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf16>
  %y = winograd.float_tiles %c, %v {plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf] taps=f16xf16">, pads = array<i64: 1, 1>, scales = array<f32: 1.0>, offsets = array<f32: 0.5>, activation = #winograd.activation<clip, -8.0 : f32, 8.0 : f32>} : (tensor<1x1x4x4xf16>, tensor<6x6x1x1xf32>) -> tensor<1x1x4x4xf16>
  return %y : tensor<1x1x4x4xf16>
}

// -----

func.func @transform(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> attributes {winograd.precision = "fp16"} {
  %v = arith.constant dense<16.0> : tensor<6x6x1x1xf32>
  %c = winograd.activate %x {activation = #winograd.activation<clip, -1000.0 : f32, 1000.0 : f32>} : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf16>
  // expected-error @+1 {{expected input transform within f16 (6.550400e+04), got up to 1.000492e+05, -0.6 bits of head-room}}
  %y = winograd.float_tiles %c, %v {plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf] taps=f16xf16">, pads = array<i64: 1, 1>, scales = array<f32: 1.0>, offsets = array<f32: 0.5>} : (tensor<1x1x4x4xf16>, tensor<6x6x1x1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

func.func @map(%x: tensor<2x3xf32>) -> tensor<2x3xf16> attributes {winograd.precision = "fp16"} {
  // expected-error @+1 {{expected stored map within f16 (6.550400e+04), got up to 1.000000e+05}}
  %y = winograd.activate %x {activation = #winograd.activation<clip, 0.0 : f32, 1.0e+5 : f32>} : (tensor<2x3xf32>) -> tensor<2x3xf16>
  return %y : tensor<2x3xf16>
}

// -----

// Taps of 32 bits on a map of 32 bits: U can be inf - inf where direct sums are small, and no clip takes a NaN away.
func.func @not_a_number(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf16> attributes {winograd.precision = "fp16"} {
  %v = arith.constant dense<1.0e-36> : tensor<6x6x1x1xf32>
  %c = winograd.activate %x {activation = #winograd.activation<clip, -1.6e+38 : f32, 1.6e+38 : f32>} : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  // expected-error @+1 {{expected input transform within f32 (3.402823e+38), got up to}}
  %y = winograd.float_tiles %c, %v {plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf] taps=f32xf32">, pads = array<i64: 1, 1>, scales = array<f32: 1.0>, offsets = array<f32: 0.5>, activation = #winograd.activation<clip, -8.0 : f32, 8.0 : f32>} : (tensor<1x1x4x4xf32>, tensor<6x6x1x1xf32>) -> tensor<1x1x4x4xf16>
  return %y : tensor<1x1x4x4xf16>
}

// -----

func.func @stated(%x: tensor<2x3xf32>) -> tensor<2x3xf16> attributes {winograd.precision = "fp16"} {
  // expected-error @+1 {{expected numbers within the stated interval [0.000000e+00, 1.000000e+00], got up to [0.000000e+00, 2.000000e+00]; run --wino-store-halves on this graph}}
  %y = winograd.activate %x {activation = #winograd.activation<clip, 0.0 : f32, 2.0 : f32>, winograd.interval = array<f64: 0.0, 1.0>} : (tensor<2x3xf32>) -> tensor<2x3xf16>
  return %y : tensor<2x3xf16>
}
