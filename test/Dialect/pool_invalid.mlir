// One function per constraint of the pools, reduce_mean, reduce_max and softmax.
// RUN: wino-opt %s --split-input-file --verify-diagnostics

func.func @max_pool_2d_c1(%x: tensor<1x4x8x8xf32>) -> tensor<1x5x4x4xf32> {
  // expected-error@+1 {{expected output N and C 1x4, got 1x5}}
  %y = winograd.max_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x4x8x8xf32>) -> tensor<1x5x4x4xf32>
  return %y : tensor<1x5x4x4xf32>
}

// -----

func.func @max_pool_2d_c2(%x: tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32> {
  // expected-error@+1 {{expected four pads in [0, kernel), got [0, 0, 2, 0]}}
  %y = winograd.max_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 2, 0>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
  return %y : tensor<1x4x4x4xf32>
}

// -----

func.func @max_pool_2d_c3(%x: tensor<1x4x8x8xf32>) -> tensor<1x4x4x5xf32> {
  // expected-error@+1 {{expected output shape 1x4x4x4, got 1x4x4x5}}
  %y = winograd.max_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x5xf32>
  return %y : tensor<1x4x4x5xf32>
}

// -----

func.func @max_pool_2d_c4(%x: tensor<1x4x8x8xi8>) -> tensor<1x4x4x4xf32> {
  // expected-error@+1 {{expected input element type 'f32' as in the output, got 'i8'}}
  %y = winograd.max_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x4x8x8xi8>) -> tensor<1x4x4x4xf32>
  return %y : tensor<1x4x4x4xf32>
}

// -----

func.func @avg_pool_2d_c1(%x: tensor<1x4x8x8xf32>) -> tensor<1x5x4x4xf32> {
  // expected-error@+1 {{expected output N and C 1x4, got 1x5}}
  %y = winograd.avg_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, count_include_pad = false} : (tensor<1x4x8x8xf32>) -> tensor<1x5x4x4xf32>
  return %y : tensor<1x5x4x4xf32>
}

// -----

func.func @avg_pool_2d_c2(%x: tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32> {
  // expected-error@+1 {{expected four pads in [0, kernel), got [0, 0, 2, 0]}}
  %y = winograd.avg_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 2, 0>, count_include_pad = false} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
  return %y : tensor<1x4x4x4xf32>
}

// -----

func.func @avg_pool_2d_c3(%x: tensor<1x4x8x8xf32>) -> tensor<1x4x4x5xf32> {
  // expected-error@+1 {{expected output shape 1x4x4x4, got 1x4x4x5}}
  %y = winograd.avg_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, count_include_pad = false} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x5xf32>
  return %y : tensor<1x4x4x5xf32>
}

// -----

func.func @avg_pool_2d_c4(%x: tensor<1x4x8x8x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x4x4x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected 1 or 16 requant multipliers, got 2}}
  %y = winograd.avg_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, count_include_pad = false, requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1, 2]>} : (tensor<1x4x8x8x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x4x4x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x4x4x4x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @reduce_max_c1(%x: tensor<1x4x8x8xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{expected distinct ascending axes in [0, 4), got [2, 4]}}
  %y = winograd.reduce_max %x {axes = array<i64: 2, 4>, keep_dims = false} : (tensor<1x4x8x8xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

func.func @reduce_max_c2(%x: tensor<1x4x8x8xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{expected output shape 1x4x1x1, got 1x4}}
  %y = winograd.reduce_max %x {axes = array<i64: 2, 3>, keep_dims = true} : (tensor<1x4x8x8xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

func.func @reduce_max_c3(%x: tensor<1x4x8x8xf32>) -> tensor<1x4xi8> {
  // expected-error@+1 {{expected input element type 'i8' as in the output, got 'f32'}}
  %y = winograd.reduce_max %x {axes = array<i64: 2, 3>, keep_dims = false} : (tensor<1x4x8x8xf32>) -> tensor<1x4xi8>
  return %y : tensor<1x4xi8>
}

// -----

func.func @reduce_mean_c1(%x: tensor<1x4x8x8xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{expected distinct ascending axes in [0, 4), got [3, 2]}}
  %y = winograd.reduce_mean %x {axes = array<i64: 3, 2>, keep_dims = false} : (tensor<1x4x8x8xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

func.func @reduce_mean_c2(%x: tensor<1x4x8x8xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{expected output shape 1x4x1x1, got 1x4}}
  %y = winograd.reduce_mean %x {axes = array<i64: 2, 3>, keep_dims = true} : (tensor<1x4x8x8xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

func.func @reduce_mean_c3(%x: tensor<1x4x8x8x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected requant for a quantized output, got none}}
  %y = winograd.reduce_mean %x {axes = array<i64: 2, 3>, keep_dims = false} : (tensor<1x4x8x8x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @softmax_c1(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{expected axis in [0, 2), got 2}}
  %y = winograd.softmax %x {axis = 2 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

func.func @softmax_c2(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{expected no table without a quantized output, got one}}
  %y = winograd.softmax %x {axis = 1 : i64, table = array<i32: 1>} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

func.func @softmax_c2(%x: tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x!quant.uniform<u8:f32, 3.906250e-03>> {
  // expected-error@+1 {{expected a table of 256 entries, got 1}}
  %y = winograd.softmax %x {axis = 1 : i64, table = array<i32: 1>} : (tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x!quant.uniform<u8:f32, 3.906250e-03>>
  return %y : tensor<1x4x!quant.uniform<u8:f32, 3.906250e-03>>
}

// -----

func.func @softmax_c3(%x: tensor<1x4xf32>) -> tensor<1x4x!quant.uniform<u8:f32, 3.906250e-03>> {
  // expected-error@+1 {{expected input and output both quantized or both not, got 'f32' and '!quant.uniform<u8:f32, 3.906250e-03>'}}
  %y = winograd.softmax %x {axis = 1 : i64, table = array<i32: 1>} : (tensor<1x4xf32>) -> tensor<1x4x!quant.uniform<u8:f32, 3.906250e-03>>
  return %y : tensor<1x4x!quant.uniform<u8:f32, 3.906250e-03>>
}

// -----

func.func @softmax_c3(%x: tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x!quant.uniform<i8:f32, 3.906250e-03>> {
  // expected-error@+1 {{expected output element type '!quant.uniform<u8:f32, 3.906250e-03>', got '!quant.uniform<i8:f32, 3.906250e-03>'}}
  %y = winograd.softmax %x {axis = 1 : i64, table = array<i32: 1>} : (tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x!quant.uniform<i8:f32, 3.906250e-03>>
  return %y : tensor<1x4x!quant.uniform<i8:f32, 3.906250e-03>>
}

// -----

func.func @softmax_c3(%x: tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x!quant.uniform<u8:f32, 7.812500e-03>> {
  // expected-error@+1 {{expected output element type '!quant.uniform<u8:f32, 3.906250e-03>', got '!quant.uniform<u8:f32, 7.812500e-03>'}}
  %y = winograd.softmax %x {axis = 1 : i64, table = array<i32: 1>} : (tensor<1x4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x!quant.uniform<u8:f32, 7.812500e-03>>
  return %y : tensor<1x4x!quant.uniform<u8:f32, 7.812500e-03>>
}
