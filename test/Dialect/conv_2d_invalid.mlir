// One function per constraint of conv_2d (GraphOps.td); c7 has the three ways of getting requant wrong.
// RUN: wino-opt %s --split-input-file --verify-diagnostics

func.func @conv_2d_c1(%x: tensor<4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected input of rank 4, got rank 3}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c2(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected two strides >= 1, got [0, 1]}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 0, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c2(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected two dilations >= 1, got [1]}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c2(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected four pads >= 0, got [1, 1, -1, 1]}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, -1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c3(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected groups that divide C_in = 4 and C_out = 6, got 4}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 4 : i64} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c3(%x: tensor<1x4x8x8xf32>, %w: tensor<6x5x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected filter dim 1 = C_in / groups = 4, got 5}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<6x5x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c4(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x7xf32> {
  // expected-error@+1 {{expected output shape 1x6x8x8, got 1x6x8x7}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x7xf32>
  return %y : tensor<1x6x8x7xf32>
}

// -----

func.func @conv_2d_c5(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<5xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected bias shape 6, got 5}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<5xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c6(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x4x4xf32> {
  // expected-error@+1 {{expected a 3x3 filter, strides [1, 1], dilation 1 and groups 1 for a plan F(4,3), got 3x3, strides [2, 2], dilations [1, 1] and groups 1}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, plan = #winograd.plan<"F(4,3)">} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x4x4xf32>
  return %y : tensor<1x6x4x4xf32>
}

// -----

func.func @conv_2d_c6_tile_of_another_stride(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected a 3x3 filter, strides [2, 2], dilation 1 and groups 1 for a plan F(4,3)/2, got 3x3, strides [1, 1]}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, plan = #winograd.plan<"F(4,3)/2">} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c6_tile_of_another_kernel(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected a 5x5 filter, strides [1, 1], dilation 1 and groups 1 for a plan F(2,5), got 3x3}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, plan = #winograd.plan<"F(2,5) points=[0,1,-1,2,-2,inf]">} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c6_directions_the_other_way_round(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x1xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected a 1x3 filter, strides [1, 1], dilation 1 and groups 1 for a plan F(1x4,1x3), got 3x1}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 1, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, plan = #winograd.plan<"F(1x4,1x3)">} : (tensor<1x4x8x8xf32>, tensor<6x4x3x1xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c7(%x: tensor<1x4x8x8x!quant.uniform<i8:f32, 5.000000e-01>>, %w: tensor<6x4x3x3xi8>, %b: tensor<6xi32>) -> tensor<1x6x8x8x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected requant for a quantized output, got none}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x4x8x8x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<6x4x3x3xi8>, tensor<6xi32>) -> tensor<1x6x8x8x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x6x8x8x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @conv_2d_c7(%x: tensor<1x4x8x8x!quant.uniform<i8:f32, 5.000000e-01>>, %w: tensor<6x4x3x3xi8>, %b: tensor<6xi32>) -> tensor<1x6x8x8x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected 6 requant multipliers, got 1}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [5]>} : (tensor<1x4x8x8x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<6x4x3x3xi8>, tensor<6xi32>) -> tensor<1x6x8x8x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x6x8x8x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @conv_2d_c7(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x8x8xf32> {
  // expected-error@+1 {{expected no requant without a quantized output, got one}}
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1, 2, 3, 4, 5, 6]>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  return %y : tensor<1x6x8x8xf32>
}

// -----

func.func @conv_2d_c8(%x: tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>, %w: tensor<4x4x1x1xi8>, %b: tensor<4xi32>, %r: tensor<1x4x2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected residual shape 1x4x2x2, got 1x4x2x3}}
  %y = winograd.conv_2d %x, %w, %b, %r {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1, 1, 1, 1]>, residual_multiplier = 5 : i64} : (tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x1x1xi8>, tensor<4xi32>, tensor<1x4x2x3x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @conv_2d_c8(%x: tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>, %w: tensor<4x2x1x1xi8>, %b: tensor<4xi32>, %r: tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected groups 1 beside a residual, got 2}}
  %y = winograd.conv_2d %x, %w, %b, %r {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 2 : i64, requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1, 1, 1, 1]>, residual_multiplier = 5 : i64} : (tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x2x1x1xi8>, tensor<4xi32>, tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @conv_2d_c8(%x: tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>, %w: tensor<4x4x1x1xi8>, %b: tensor<4xi32>, %r: tensor<1x4x2x2x!quant.uniform<i16:f32, 5.000000e-01>>) -> tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected a residual quantized to 8 bits beside this output, got '!quant.uniform<i16:f32, 5.000000e-01>'}}
  %y = winograd.conv_2d %x, %w, %b, %r {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1, 1, 1, 1]>, residual_multiplier = 5 : i64} : (tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x1x1xi8>, tensor<4xi32>, tensor<1x4x2x2x!quant.uniform<i16:f32, 5.000000e-01>>) -> tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @conv_2d_c9(%x: tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>, %w: tensor<4x4x1x1xi8>, %b: tensor<4xi32>, %r: tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected residual_multiplier for a residual of a quantized output, got none}}
  %y = winograd.conv_2d %x, %w, %b, %r {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1, 1, 1, 1]>} : (tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x1x1xi8>, tensor<4xi32>, tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @conv_2d_c9(%x: tensor<1x4x2x2xf32>, %w: tensor<4x4x1x1xf32>, %b: tensor<4xf32>, %r: tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32> {
  // expected-error@+1 {{expected no residual_multiplier without a residual of a quantized output, got one}}
  %y = winograd.conv_2d %x, %w, %b, %r {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, residual_multiplier = 5 : i64} : (tensor<1x4x2x2xf32>, tensor<4x4x1x1xf32>, tensor<4xf32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  return %y : tensor<1x4x2x2xf32>
}

// -----

func.func @conv_2d_c9(%x: tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>, %w: tensor<4x4x1x1xi8>, %b: tensor<4xi32>, %r: tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected residual_multiplier in [0, 32767], got 32768}}
  %y = winograd.conv_2d %x, %w, %b, %r {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1, 1, 1, 1]>, residual_multiplier = 32768 : i64} : (tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x1x1xi8>, tensor<4xi32>, tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x4x2x2x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @conv_2d_c8(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x3x3xf32>, %b: tensor<4xf32>, %r: tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> {
  // expected-error@+1 {{expected taps of integers and products of 32 bits beside a residual, got F(2,3) f32xf32}}
  %y = winograd.conv_2d %x, %w, %b, %r {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, plan = #winograd.plan<"F(2,3) taps=f32xf32">} : (tensor<1x4x4x4xf32>, tensor<4x4x3x3xf32>, tensor<4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %y : tensor<1x4x4x4xf32>
}
