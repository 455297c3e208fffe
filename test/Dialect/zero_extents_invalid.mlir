// No tensor of the dialect is empty: counts of tiles, channels and bytes are divisors.
// RUN: wino-opt %s --split-input-file --verify-diagnostics

func.func @operand(%x: tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, %w: tensor<0x4x3x3xi8>, %b: tensor<0xi32>) -> tensor<1x0x3x3x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{operand #1 must be statically shaped tensor without zero extents, but got 'tensor<0x4x3x3xi8>'}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, requant = #winograd.requant<pre = 0, shift = 8, lo = 0, hi = 1, multipliers = []>} : (tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<0x4x3x3xi8>, tensor<0xi32>) -> tensor<1x0x3x3x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x0x3x3x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @result(%x: tensor<4x6xf32>) -> tensor<4x0xf32> {
  // expected-error@+1 {{result #0 must be statically shaped tensor without zero extents, but got 'tensor<4x0xf32>'}}
  %y = winograd.slice %x {starts = array<i64: 0, 1>, steps = array<i64: 1, 2>} : (tensor<4x6xf32>) -> tensor<4x0xf32>
  return %y : tensor<4x0xf32>
}

// -----

func.func @tile_op(%u: tensor<1x1x9x0xi8>, %v: tensor<1x1x2x0xi8>) -> tensor<1x1x9x2xi32> {
  // expected-error@+1 {{operand #0 must be statically shaped tensor without zero extents, but got 'tensor<1x1x9x0xi8>'}}
  %y = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 2>} : (tensor<1x1x9x0xi8>, tensor<1x1x2x0xi8>) -> tensor<1x1x9x2xi32>
  return %y : tensor<1x1x9x2xi32>
}
