// One function per constraint of the ops that move values.
// RUN: wino-opt %s --split-input-file --verify-diagnostics

func.func @concat_c1(%l: tensor<1x2x4xf32>, %r: tensor<1x3x4xf32>) -> tensor<1x5x4xf32> {
  // expected-error@+1 {{expected axis in [0, 3), got 3}}
  %y = winograd.concat %l, %r {axis = 3 : i64} : (tensor<1x2x4xf32>, tensor<1x3x4xf32>) -> tensor<1x5x4xf32>
  return %y : tensor<1x5x4xf32>
}

// -----

func.func @concat_c2(%l: tensor<1x2x4xf32>, %r: tensor<1x3x5xf32>) -> tensor<1x5x4xf32> {
  // expected-error@+1 {{expected input shape 1x3x4, got 1x3x5}}
  %y = winograd.concat %l, %r {axis = 1 : i64} : (tensor<1x2x4xf32>, tensor<1x3x5xf32>) -> tensor<1x5x4xf32>
  return %y : tensor<1x5x4xf32>
}

// -----

func.func @concat_c2(%l: tensor<1x2x4xf32>, %r: tensor<1x3x4xf32>) -> tensor<1x6x4xf32> {
  // expected-error@+1 {{expected extents along axis 1 that add up to 6, got 5}}
  %y = winograd.concat %l, %r {axis = 1 : i64} : (tensor<1x2x4xf32>, tensor<1x3x4xf32>) -> tensor<1x6x4xf32>
  return %y : tensor<1x6x4xf32>
}

// -----

func.func @concat_c3(%l: tensor<1x2x4xf32>, %r: tensor<1x3x4xi8>) -> tensor<1x5x4xf32> {
  // expected-error@+1 {{expected input element type 'f32' as in the output, got 'i8'}}
  %y = winograd.concat %l, %r {axis = 1 : i64} : (tensor<1x2x4xf32>, tensor<1x3x4xi8>) -> tensor<1x5x4xf32>
  return %y : tensor<1x5x4xf32>
}

// -----

func.func @slice_c1(%x: tensor<4x6xf32>) -> tensor<4x3xf32> {
  // expected-error@+1 {{expected 2 starts >= 0, got [0, -1]}}
  %y = winograd.slice %x {starts = array<i64: 0, -1>, steps = array<i64: 1, 2>} : (tensor<4x6xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

func.func @slice_c2(%x: tensor<4x6xf32>) -> tensor<4x4xf32> {
  // expected-error@+1 {{expected at most 3 elements along dim 1, got 4}}
  %y = winograd.slice %x {starts = array<i64: 0, 1>, steps = array<i64: 1, 2>} : (tensor<4x6xf32>) -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// -----

func.func @slice_c3(%x: tensor<4x6xf32>) -> tensor<4x3xi8> {
  // expected-error@+1 {{expected input element type 'i8' as in the output, got 'f32'}}
  %y = winograd.slice %x {starts = array<i64: 0, 1>, steps = array<i64: 1, 2>} : (tensor<4x6xf32>) -> tensor<4x3xi8>
  return %y : tensor<4x3xi8>
}

// -----

func.func @pad_c1(%x: tensor<4x6xf32>) -> tensor<5x6xf32> {
  // expected-error@+1 {{expected 2 amounts >= 0, got [1]}}
  %y = winograd.pad %x {low = array<i64: 1>, high = array<i64: 0, 0>, value = 0.0 : f32} : (tensor<4x6xf32>) -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}

// -----

func.func @pad_c2(%x: tensor<4x6xf32>) -> tensor<5x6xf32> {
  // expected-error@+1 {{expected output shape 5x8, got 5x6}}
  %y = winograd.pad %x {low = array<i64: 1, 0>, high = array<i64: 0, 2>, value = 0.0 : f32} : (tensor<4x6xf32>) -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}

// -----

func.func @pad_c3(%x: tensor<4x6xf32>) -> tensor<5x8xi8> {
  // expected-error@+1 {{expected input element type 'i8' as in the output, got 'f32'}}
  %y = winograd.pad %x {low = array<i64: 1, 0>, high = array<i64: 0, 2>, value = 0.0 : f32} : (tensor<4x6xf32>) -> tensor<5x8xi8>
  return %y : tensor<5x8xi8>
}

// -----

func.func @reshape_c1(%x: tensor<4x6xf32>) -> tensor<5x5xf32> {
  // expected-error@+1 {{expected 24 output elements, got 25}}
  %y = winograd.reshape %x : (tensor<4x6xf32>) -> tensor<5x5xf32>
  return %y : tensor<5x5xf32>
}

// -----

func.func @reshape_c2(%x: tensor<4x6xf32>) -> tensor<24xi8> {
  // expected-error@+1 {{expected input element type 'i8' as in the output, got 'f32'}}
  %y = winograd.reshape %x : (tensor<4x6xf32>) -> tensor<24xi8>
  return %y : tensor<24xi8>
}

// -----

func.func @transpose_c1(%x: tensor<4x6xf32>) -> tensor<6x4xf32> {
  // expected-error@+1 {{expected a permutation of 2 dims, got [0, 0]}}
  %y = winograd.transpose %x {perm = array<i64: 0, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
  return %y : tensor<6x4xf32>
}

// -----

func.func @transpose_c2(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  // expected-error@+1 {{expected output shape 6x4, got 4x6}}
  %y = winograd.transpose %x {perm = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}

// -----

func.func @transpose_c3(%x: tensor<4x6xf32>) -> tensor<6x4xi8> {
  // expected-error@+1 {{expected input element type 'i8' as in the output, got 'f32'}}
  %y = winograd.transpose %x {perm = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xi8>
  return %y : tensor<6x4xi8>
}

// -----

func.func @repeat_c1(%x: tensor<1x2xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{expected 2 factors >= 1, got [1, 0]}}
  %y = winograd.repeat %x {factors = array<i64: 1, 0>} : (tensor<1x2xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

func.func @repeat_c2(%x: tensor<1x2xf32>) -> tensor<1x5xf32> {
  // expected-error@+1 {{expected output extent 2 * 2 of dim 1, got 5}}
  %y = winograd.repeat %x {factors = array<i64: 1, 2>} : (tensor<1x2xf32>) -> tensor<1x5xf32>
  return %y : tensor<1x5xf32>
}

// -----

func.func @repeat_c3(%x: tensor<1x2xf32>) -> tensor<1x4xi8> {
  // expected-error@+1 {{expected input element type 'i8' as in the output, got 'f32'}}
  %y = winograd.repeat %x {factors = array<i64: 1, 2>} : (tensor<1x2xf32>) -> tensor<1x4xi8>
  return %y : tensor<1x4xi8>
}

// -----

func.func @depth_to_space_c1(%x: tensor<4x2x2xf32>) -> tensor<1x1x4x4xf32> {
  // expected-error@+1 {{expected input of rank 4, got rank 3}}
  %y = winograd.depth_to_space %x {block = array<i64: 2, 2>, channels_first = false} : (tensor<4x2x2xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

func.func @depth_to_space_c2(%x: tensor<1x4x2x2xf32>) -> tensor<1x1x4x4xf32> {
  // expected-error@+1 {{expected two blocks >= 1, got [2, 0]}}
  %y = winograd.depth_to_space %x {block = array<i64: 2, 0>, channels_first = false} : (tensor<1x4x2x2xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

func.func @depth_to_space_c2(%x: tensor<1x4x2x2xf32>) -> tensor<1x1x4x6xf32> {
  // expected-error@+1 {{expected blocks whose product divides 4 channels, got [2, 3]}}
  %y = winograd.depth_to_space %x {block = array<i64: 2, 3>, channels_first = false} : (tensor<1x4x2x2xf32>) -> tensor<1x1x4x6xf32>
  return %y : tensor<1x1x4x6xf32>
}

// -----

func.func @depth_to_space_c2(%x: tensor<1x4x2x2xf32>) -> tensor<1x1x4x6xf32> {
  // expected-error@+1 {{expected blocks whose product divides 4 channels, got [4, 4611686018427387904]}}
  %y = winograd.depth_to_space %x {block = array<i64: 4, 4611686018427387904>, channels_first = false} : (tensor<1x4x2x2xf32>) -> tensor<1x1x4x6xf32>
  return %y : tensor<1x1x4x6xf32>
}

// -----

func.func @depth_to_space_c3(%x: tensor<1x4x2x2xf32>) -> tensor<1x1x4x5xf32> {
  // expected-error@+1 {{expected output shape 1x1x4x4, got 1x1x4x5}}
  %y = winograd.depth_to_space %x {block = array<i64: 2, 2>, channels_first = false} : (tensor<1x4x2x2xf32>) -> tensor<1x1x4x5xf32>
  return %y : tensor<1x1x4x5xf32>
}

// -----

func.func @depth_to_space_c4(%x: tensor<1x4x2x2xf32>) -> tensor<1x1x4x4xi8> {
  // expected-error@+1 {{expected input element type 'i8' as in the output, got 'f32'}}
  %y = winograd.depth_to_space %x {block = array<i64: 2, 2>, channels_first = false} : (tensor<1x4x2x2xf32>) -> tensor<1x1x4x4xi8>
  return %y : tensor<1x1x4x4xi8>
}

// -----

func.func @space_to_depth_c1(%x: tensor<1x1x4x4xf32>) -> tensor<4x2x2xf32> {
  // expected-error@+1 {{expected output of rank 4, got rank 3}}
  %y = winograd.space_to_depth %x {block = array<i64: 2, 2>} : (tensor<1x1x4x4xf32>) -> tensor<4x2x2xf32>
  return %y : tensor<4x2x2xf32>
}

// -----

func.func @space_to_depth_c2(%x: tensor<1x1x4x4xf32>) -> tensor<1x6x2x2xf32> {
  // expected-error@+1 {{expected blocks that divide 4x4 pixels, got [2, 3]}}
  %y = winograd.space_to_depth %x {block = array<i64: 2, 3>} : (tensor<1x1x4x4xf32>) -> tensor<1x6x2x2xf32>
  return %y : tensor<1x6x2x2xf32>
}

// -----

func.func @space_to_depth_c3(%x: tensor<1x1x4x4xf32>) -> tensor<1x4x2x3xf32> {
  // expected-error@+1 {{expected output shape 1x4x2x2, got 1x4x2x3}}
  %y = winograd.space_to_depth %x {block = array<i64: 2, 2>} : (tensor<1x1x4x4xf32>) -> tensor<1x4x2x3xf32>
  return %y : tensor<1x4x2x3xf32>
}

// -----

func.func @space_to_depth_c4(%x: tensor<1x1x4x4xf32>) -> tensor<1x4x2x2xi8> {
  // expected-error@+1 {{expected input element type 'i8' as in the output, got 'f32'}}
  %y = winograd.space_to_depth %x {block = array<i64: 2, 2>} : (tensor<1x1x4x4xf32>) -> tensor<1x4x2x2xi8>
  return %y : tensor<1x4x2x2xi8>
}
