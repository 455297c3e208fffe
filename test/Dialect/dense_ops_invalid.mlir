// One function per constraint of fully_connected, batch_norm and the elementwise ops.
// RUN: wino-opt %s --split-input-file --verify-diagnostics

func.func @fully_connected_c1(%x: tensor<2x4xf32>, %w: tensor<3x4xf32>, %b: tensor<1x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{expected bias of rank 1, got rank 2}}
  %y = winograd.fully_connected %x, %w, %b : (tensor<2x4xf32>, tensor<3x4xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

func.func @fully_connected_c2(%x: tensor<2x4xf32>, %w: tensor<3x5xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{expected filter shape 3x4, got 3x5}}
  %y = winograd.fully_connected %x, %w, %b : (tensor<2x4xf32>, tensor<3x5xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

func.func @fully_connected_c3(%x: tensor<2x4x!quant.uniform<i8:f32, 5.000000e-01>>, %w: tensor<3x4xi8>, %b: tensor<3xi32>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected requant for a quantized output, got none}}
  %y = winograd.fully_connected %x, %w, %b : (tensor<2x4x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<3x4xi8>, tensor<3xi32>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @batch_norm_c1(%x: tensor<4xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{expected input of rank >= 2, got rank 1}}
  %y = winograd.batch_norm %x, %s, %b, %m, %v {epsilon = 1.0e-05 : f32} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @batch_norm_c2(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<5xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{expected scale, bias, mean and variance shape 4, got 5}}
  %y = winograd.batch_norm %x, %s, %b, %m, %v {epsilon = 1.0e-05 : f32} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<5xf32>) -> tensor<1x4x8x8xf32>
  return %y : tensor<1x4x8x8xf32>
}

// -----

func.func @fully_connected_c3(%x: tensor<2x4x!quant.uniform<i8:f32, 5.000000e-01>>, %w: tensor<3x4xi8>, %b: tensor<3xi32>) -> tensor<2x3x!quant.uniform<u8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected lo and hi in [0, 255] of the output type, got -128 and 127}}
  %y = winograd.fully_connected %x, %w, %b {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1, 2, 3]>} : (tensor<2x4x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<3x4xi8>, tensor<3xi32>) -> tensor<2x3x!quant.uniform<u8:f32, 5.000000e-01>>
  return %y : tensor<2x3x!quant.uniform<u8:f32, 5.000000e-01>>
}

// -----

func.func @add_c1(%l: tensor<2x3xf32>, %r: tensor<1x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{expected rhs shape 2x3, got 1x3}}
  %y = winograd.add %l, %r : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

func.func @add_c2(%l: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, %r: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected requant multipliers in [-32768, 32767], got 32768}}
  %y = winograd.add %l, %r {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1, 32768]>} : (tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @sub_c1(%l: tensor<2x1xf32>, %r: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{expected lhs shape 2x3, got 2x1}}
  %y = winograd.sub %l, %r : (tensor<2x1xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

func.func @sub_c2(%l: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, %r: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected 2 requant multipliers, got 1}}
  %y = winograd.sub %l, %r {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1]>} : (tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @maximum_c1(%l: tensor<2x1xf32>, %r: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{expected lhs shape 2x3, got 2x1}}
  %y = winograd.maximum %l, %r : (tensor<2x1xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

func.func @maximum_c2(%l: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, %r: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected 2 requant multipliers, got 1}}
  %y = winograd.maximum %l, %r {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1]>} : (tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @minimum_c1(%l: tensor<2x1xf32>, %r: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{expected lhs shape 2x3, got 2x1}}
  %y = winograd.minimum %l, %r : (tensor<2x1xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

func.func @minimum_c2(%l: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, %r: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected 2 requant multipliers, got 1}}
  %y = winograd.minimum %l, %r {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1]>} : (tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @mul_c1(%l: tensor<2x3xf32>, %r: tensor<2x1xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{expected rhs shape 2x3, got 2x1}}
  %y = winograd.mul %l, %r : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

func.func @mul_c2(%l: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, %r: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected requant multipliers in [0, 2147483647], got -1}}
  %y = winograd.mul %l, %r {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [-1]>} : (tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @activate_c1(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{expected output shape 2x3, got 3x2}}
  %y = winograd.activate %x {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

func.func @activate_c1(%x: tensor<2x3xf16>) -> tensor<2x3xi8> {
  // expected-error@+1 {{expected output type 'tensor<2x3xf16>' as the input, got 'tensor<2x3xi8>'}}
  %y = winograd.activate %x {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<2x3xf16>) -> tensor<2x3xi8>
  return %y : tensor<2x3xi8>
}

// -----

func.func @requantize_c1(%x: tensor<2x3xi8>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected quantized element types, got 'i8'}}
  %y = winograd.requantize %x {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1]>} : (tensor<2x3xi8>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @requantize_c2(%x: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected requant pre = 0, got 1}}
  %y = winograd.requantize %x {requant = #winograd.requant<pre = 1, shift = 8, lo = -128, hi = 127, multipliers = [1]>} : (tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @lookup_c1(%x: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<3x2x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected output shape 2x3, got 3x2}}
  %y = winograd.lookup %x {table = array<i32: 0>} : (tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<3x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<3x2x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @lookup_c2(%x: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected a table of 256 entries, or of 256 per channel, got 1}}
  %y = winograd.lookup %x {table = array<i32: 0>} : (tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @dequantize_c1(%x: tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<3x2xf32> {
  // expected-error@+1 {{expected output shape 2x3, got 3x2}}
  %y = winograd.dequantize %x : (tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

func.func @dequantize_c2(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{expected a quantized input and an f32 output, got 'f32' and 'f32'}}
  %y = winograd.dequantize %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
