// One function per constraint of the tile ops (TileOps.td).
// RUN: wino-opt %s --split-input-file --verify-diagnostics

func.func @input_transform_c1(%x: tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi16> {
  // expected-error@+1 {{expected a Winograd plan, got direct}}
  %y = winograd.input_transform %x {plan = #winograd.plan<"direct">, pads = array<i64: 1, 1>, output_size = array<i64: 5, 5>, multipliers = array<i32>, shifts = array<i32>} : (tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi16>
  return %y : tensor<4x4x9x4xi16>
}

// -----

func.func @input_transform_c1(%x: tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi8> {
  // expected-error@+1 {{expected output element type i16 as the plan's taps, got 'i8'}}
  %y = winograd.input_transform %x {plan = #winograd.plan<"F(2,3) taps=i16xi16">, pads = array<i64: 1, 1>, output_size = array<i64: 5, 5>, multipliers = array<i32>, shifts = array<i32>} : (tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi8>
  return %y : tensor<4x4x9x4xi8>
}

// -----

func.func @input_transform_c2(%x: tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x8x4xi16> {
  // expected-error@+1 {{expected output shape 4x4x9x4, got 4x4x8x4}}
  %y = winograd.input_transform %x {plan = #winograd.plan<"F(2,3) taps=i16xi16">, pads = array<i64: 1, 1>, output_size = array<i64: 5, 5>, multipliers = array<i32>, shifts = array<i32>} : (tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x8x4xi16>
  return %y : tensor<4x4x8x4xi16>
}

// -----

func.func @input_transform_c2_directions(%x: tensor<1x4x5x6x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x6x6x4xi16> {
  // expected-error@+1 {{expected output shape 6x4x6x4, got 4x6x6x4}}
  %y = winograd.input_transform %x {plan = #winograd.plan<"F(4x2,3) taps=i16xi16">, pads = array<i64: 1, 1>, output_size = array<i64: 5, 6>, multipliers = array<i32>, shifts = array<i32>} : (tensor<1x4x5x6x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x6x6x4xi16>
  return %y : tensor<4x6x6x4xi16>
}

// -----

func.func @filter_transform_c2_directions(%x: tensor<1x4x3x1xf32>) -> tensor<1x4x1x4xi16> {
  // expected-error@+1 {{expected input shape 1x4x1x3, got 1x4x3x1}}
  %y = winograd.filter_transform %x {plan = #winograd.plan<"F(1x2,1x3) taps=i16xi16">, scales = array<f64: 1.0, 1.0, 1.0, 1.0>} : (tensor<1x4x3x1xf32>) -> tensor<1x4x1x4xi16>
  return %y : tensor<1x4x1x4xi16>
}

// -----

func.func @output_transform_c2_directions(%o: tensor<6x4x4x2xi32>, %b: tensor<2xi32>) -> tensor<1x2x8x2x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected 2 tiles, got 4}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(4x2,3) taps=i16xi16">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64} : (tensor<6x4x4x2xi32>, tensor<2xi32>) -> tensor<1x2x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x8x2x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @input_transform_c3(%x: tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi16> {
  // expected-error@+1 {{expected 0 multipliers and shifts, got 1 and 0}}
  %y = winograd.input_transform %x {plan = #winograd.plan<"F(2,3) taps=i16xi16">, pads = array<i64: 1, 1>, output_size = array<i64: 5, 5>, multipliers = array<i32: 16384>, shifts = array<i32>} : (tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi16>
  return %y : tensor<4x4x9x4xi16>
}

// -----

func.func @input_transform_c3(%x: tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi8> {
  // expected-error@+1 {{expected multipliers in [16384, 32767], got 1}}
  %y = winograd.input_transform %x {plan = #winograd.plan<"F(2,3)">, pads = array<i64: 1, 1>, output_size = array<i64: 5, 5>, multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>, shifts = array<i32: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi8>
  return %y : tensor<4x4x9x4xi8>
}

// -----

func.func @input_transform_c4(%x: tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi16> {
  // expected-error@+1 {{expected two pads >= 0, got [1, -1]}}
  %y = winograd.input_transform %x {plan = #winograd.plan<"F(2,3) taps=i16xi16">, pads = array<i64: 1, -1>, output_size = array<i64: 5, 5>, multipliers = array<i32>, shifts = array<i32>} : (tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi16>
  return %y : tensor<4x4x9x4xi16>
}

// -----

func.func @filter_transform_c1(%x: tensor<1x4x3x3xf32>) -> tensor<4x4x1x4xi8> {
  // expected-error@+1 {{expected output element type i16 as the plan's taps, got 'i8'}}
  %y = winograd.filter_transform %x {plan = #winograd.plan<"F(2,3) taps=i16xi16">, scales = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>} : (tensor<1x4x3x3xf32>) -> tensor<4x4x1x4xi8>
  return %y : tensor<4x4x1x4xi8>
}

// -----

func.func @filter_transform_c2(%x: tensor<1x4x3x5xf32>) -> tensor<4x4x1x4xi16> {
  // expected-error@+1 {{expected input shape 1x4x3x3, got 1x4x3x5}}
  %y = winograd.filter_transform %x {plan = #winograd.plan<"F(2,3) taps=i16xi16">, scales = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>} : (tensor<1x4x3x5xf32>) -> tensor<4x4x1x4xi16>
  return %y : tensor<4x4x1x4xi16>
}

// -----

func.func @filter_transform_c3(%x: tensor<1x4x3x3xf32>) -> tensor<4x4x1x4xi16> {
  // expected-error@+1 {{expected 16 scales, got 1}}
  %y = winograd.filter_transform %x {plan = #winograd.plan<"F(2,3) taps=i16xi16">, scales = array<f64: 1.0>} : (tensor<1x4x3x3xf32>) -> tensor<4x4x1x4xi16>
  return %y : tensor<4x4x1x4xi16>
}

// -----

func.func @filter_transform_c3(%x: tensor<1x4x3x3xf32>) -> tensor<4x4x1x4xi16> {
  // expected-error@+1 {{expected finite positive scales, got 0}}
  %y = winograd.filter_transform %x {plan = #winograd.plan<"F(2,3) taps=i16xi16">, scales = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0>} : (tensor<1x4x3x3xf32>) -> tensor<4x4x1x4xi16>
  return %y : tensor<4x4x1x4xi16>
}

// -----

func.func @tap_matmul_c1(%u: tensor<1x1x9x4xi8>, %v: tensor<1x1x2x5xi8>) -> tensor<1x1x9x2xi32> {
  // expected-error@+1 {{expected rhs shape 1x1x2x4, got 1x1x2x5}}
  %y = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 2>} : (tensor<1x1x9x4xi8>, tensor<1x1x2x5xi8>) -> tensor<1x1x9x2xi32>
  return %y : tensor<1x1x9x2xi32>
}

// -----

func.func @tap_matmul_c2(%u: tensor<1x1x9x4xi8>, %v: tensor<1x1x2x4xi16>) -> tensor<1x1x9x2xi32> {
  // expected-error@+1 {{expected i8 x i8 or i16 x i16 to i32, i16 or i8, got 'i8' x 'i16' to 'i32'}}
  %y = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 2>} : (tensor<1x1x9x4xi8>, tensor<1x1x2x4xi16>) -> tensor<1x1x9x2xi32>
  return %y : tensor<1x1x9x2xi32>
}

// -----

func.func @tap_matmul_c3(%u: tensor<1x1x9x4xi8>, %v: tensor<1x1x2x4xi8>) -> tensor<1x1x9x2xi32> {
  // expected-error@+1 {{expected 2 multipliers, got 1}}
  %y = winograd.tap_matmul %u, %v {multipliers = array<i32: 1>} : (tensor<1x1x9x4xi8>, tensor<1x1x2x4xi8>) -> tensor<1x1x9x2xi32>
  return %y : tensor<1x1x9x2xi32>
}

// -----

func.func @tap_matmul_c4(%u: tensor<1x1x9x4xi8>, %v: tensor<1x1x2x4xi8>) -> tensor<1x1x9x2xi32> {
  // expected-error@+1 {{expected pre in [0, 31], got 32}}
  %y = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1>, pre = 32 : i64} : (tensor<1x1x9x4xi8>, tensor<1x1x2x4xi8>) -> tensor<1x1x9x2xi32>
  return %y : tensor<1x1x9x2xi32>
}

// -----

func.func @tap_matmul_c5(%u: tensor<1x1x9x4xi8>, %v: tensor<1x1x2x4xi8>) -> tensor<1x1x9x2xi32> {
  // expected-error@+1 {{expected shift 0 for products in i32, got 3}}
  %y = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1>, shift = 3 : i64} : (tensor<1x1x9x4xi8>, tensor<1x1x2x4xi8>) -> tensor<1x1x9x2xi32>
  return %y : tensor<1x1x9x2xi32>
}

// -----

func.func @tap_matmul_c5(%u: tensor<1x1x9x4xi8>, %v: tensor<1x1x2x4xi8>) -> tensor<1x1x9x2xi8> {
  // expected-error@+1 {{expected shift in [1, 16] for products in i8, got 0}}
  %y = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1>} : (tensor<1x1x9x4xi8>, tensor<1x1x2x4xi8>) -> tensor<1x1x9x2xi8>
  return %y : tensor<1x1x9x2xi8>
}

// -----

func.func @output_transform_c1(%o: tensor<4x4x9x2xi8>, %b: tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected input element type i32 or i16 as the plan's products, got 'i8'}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) out=i16">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64} : (tensor<4x4x9x2xi8>, tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c5(%o: tensor<4x4x9x2xi8>, %b: tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected 16 tap multipliers for products in i8, got 0}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) out=i8">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64} : (tensor<4x4x9x2xi8>, tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c5(%o: tensor<4x4x9x2xi8>, %b: tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected channel multipliers >= 0, got -1}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) out=i8">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64, tap_multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>, channel_multipliers = array<i32: 1, -1>} : (tensor<4x4x9x2xi8>, tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c5(%o: tensor<4x4x9x2xi32>, %b: tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected 0 channel multipliers for products in i32, got 2}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3)">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64, channel_multipliers = array<i32: 1, 1>} : (tensor<4x4x9x2xi32>, tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c1(%o: tensor<4x5x9x2xi32>, %b: tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected input shape 4x4x9x2, got 4x5x9x2}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) taps=i16xi16">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64} : (tensor<4x5x9x2xi32>, tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c2(%o: tensor<4x4x8x2xi32>, %b: tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected 9 tiles, got 8}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) taps=i16xi16">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64} : (tensor<4x4x8x2xi32>, tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c3(%o: tensor<4x4x9x2xi32>, %b: tensor<3xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected bias shape 2, got 3}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) taps=i16xi16">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64} : (tensor<4x4x9x2xi32>, tensor<3xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c4(%o: tensor<4x4x9x2xi32>, %b: tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected shift in [1, 16], got 0}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) taps=i16xi16">, shift = 0 : i64, lo = 0 : i64, hi = 127 : i64} : (tensor<4x4x9x2xi32>, tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c4(%o: tensor<4x4x9x2xi32>, %b: tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<u8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected lo and hi in [0, 255] of the output type, got -1 and 127}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) taps=i16xi16">, shift = 8 : i64, lo = -1 : i64, hi = 127 : i64} : (tensor<4x4x9x2xi32>, tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<u8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<u8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c4(%o: tensor<4x4x9x2xi32>, %b: tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected lo <= hi, got lo = 128 and hi = 127}}
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) taps=i16xi16">, shift = 8 : i64, lo = 128 : i64, hi = 127 : i64} : (tensor<4x4x9x2xi32>, tensor<2xi32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @input_transform_c1_four_bits(%x: tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi4> {
  // expected-error@+1 {{expected output element type i8 as the plan's taps, got 'i4'}}
  %y = winograd.input_transform %x {plan = #winograd.plan<"F(2,3) taps=i4xi8">, pads = array<i64: 1, 1>, output_size = array<i64: 5, 5>, multipliers = array<i32>, shifts = array<i32>} : (tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi4>
  return %y : tensor<4x4x9x4xi4>
}

// -----

func.func @filter_transform_c1_beside_16_bits(%x: tensor<1x4x3x3xf32>) -> tensor<4x4x1x4xi8> {
  // expected-error@+1 {{expected output element type i16 as the plan's taps, got 'i8'}}
  %y = winograd.filter_transform %x {plan = #winograd.plan<"F(2,3) taps=i16xi8">, scales = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>} : (tensor<1x4x3x3xf32>) -> tensor<4x4x1x4xi8>
  return %y : tensor<4x4x1x4xi8>
}

// -----

func.func @output_transform_c6(%o: tensor<4x4x9x2xi32>, %b: tensor<2xi32>, %r: tensor<1x2x5x4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected residual shape 1x2x5x5, got 1x2x5x4}}
  %y = winograd.output_transform %o, %b, %r {plan = #winograd.plan<"F(2,3)">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64, residual_multiplier = 5 : i64} : (tensor<4x4x9x2xi32>, tensor<2xi32>, tensor<1x2x5x4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c6(%o: tensor<4x4x9x2xi8>, %b: tensor<2xi32>, %r: tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected products in i32 beside a residual, got i8}}
  %y = winograd.output_transform %o, %b, %r {plan = #winograd.plan<"F(2,3) out=i8">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64, residual_multiplier = 5 : i64, tap_multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>, channel_multipliers = array<i32: 1, 1>} : (tensor<4x4x9x2xi8>, tensor<2xi32>, tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @output_transform_c7(%o: tensor<4x4x9x2xi32>, %b: tensor<2xi32>, %r: tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected residual_multiplier for a residual of a quantized output, got none}}
  %y = winograd.output_transform %o, %b, %r {plan = #winograd.plan<"F(2,3)">, shift = 8 : i64, lo = 0 : i64, hi = 127 : i64} : (tensor<4x4x9x2xi32>, tensor<2xi32>, tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @float_tiles_c1(%x: tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, %v: tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected a Winograd plan with taps in floats, got F(2,3) i8xi8}}
  %y = winograd.float_tiles %x, %v {plan = #winograd.plan<"F(2,3)">, pads = array<i64: 1, 1>, scales = array<f32: 1.0, 2.0>, offsets = array<f32: 0.5, 0.5>, lo = -128 : i64, hi = 127 : i64} : (tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @float_tiles_c1(%x: tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, %v: tensor<4x4x2x3xi16>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected filter element type f32, got}}
  %y = winograd.float_tiles %x, %v {plan = #winograd.plan<"F(2,3) taps=f32xf32">, pads = array<i64: 1, 1>, scales = array<f32: 1.0, 2.0>, offsets = array<f32: 0.5, 0.5>, lo = -128 : i64, hi = 127 : i64} : (tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x2x3xi16>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @float_tiles_c2(%x: tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, %v: tensor<4x4x3x2xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected filter shape 4x4x2x3, got 4x4x3x2}}
  %y = winograd.float_tiles %x, %v {plan = #winograd.plan<"F(2,3) taps=f32xf32">, pads = array<i64: 1, 1>, scales = array<f32: 1.0, 2.0>, offsets = array<f32: 0.5, 0.5>, lo = -128 : i64, hi = 127 : i64} : (tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x3x2xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @float_tiles_c2(%x: tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, %v: tensor<4x4x2x3xf32>) -> tensor<1x2x5x5xf32> {
  // expected-error@+1 {{expected input and output both quantized or both floats, got}}
  %y = winograd.float_tiles %x, %v {plan = #winograd.plan<"F(2,3) taps=f32xf32">, pads = array<i64: 1, 1>, scales = array<f32: 1.0, 2.0>, offsets = array<f32: 0.5, 0.5>, lo = -128 : i64, hi = 127 : i64} : (tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x2x3xf32>) -> tensor<1x2x5x5xf32>
  return %y : tensor<1x2x5x5xf32>
}

// -----

func.func @float_tiles_c3(%x: tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, %v: tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected two pads >= 0, got [-1, 1]}}
  %y = winograd.float_tiles %x, %v {plan = #winograd.plan<"F(2,3) taps=f32xf32">, pads = array<i64: -1, 1>, scales = array<f32: 1.0, 2.0>, offsets = array<f32: 0.5, 0.5>, lo = -128 : i64, hi = 127 : i64} : (tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @float_tiles_c4(%x: tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, %v: tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected 2 scales and offsets, got 1 and 2}}
  %y = winograd.float_tiles %x, %v {plan = #winograd.plan<"F(2,3) taps=f32xf32">, pads = array<i64: 1, 1>, scales = array<f32: 1.0>, offsets = array<f32: 0.5, 0.5>, lo = -128 : i64, hi = 127 : i64} : (tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @float_tiles_c4(%x: tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, %v: tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected finite scales > 0 and finite offsets, got}}
  %y = winograd.float_tiles %x, %v {plan = #winograd.plan<"F(2,3) taps=f32xf32">, pads = array<i64: 1, 1>, scales = array<f32: 0.0, 1.0>, offsets = array<f32: 0.5, 0.5>, lo = -128 : i64, hi = 127 : i64} : (tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @float_tiles_c5(%x: tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, %v: tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected lo <= hi, got lo = 5 and hi = 4}}
  %y = winograd.float_tiles %x, %v {plan = #winograd.plan<"F(2,3) taps=f32xf32">, pads = array<i64: 1, 1>, scales = array<f32: 1.0, 2.0>, offsets = array<f32: 0.5, 0.5>, lo = 5 : i64, hi = 4 : i64} : (tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}

// -----

func.func @float_tiles_c5(%x: tensor<1x3x5x5xf32>, %v: tensor<4x4x2x3xf32>) -> tensor<1x2x5x5xf16> {
  // expected-error@+1 {{expected lo and hi exactly with a quantized output, got one or both}}
  %y = winograd.float_tiles %x, %v {plan = #winograd.plan<"F(2,3) taps=f32xf32">, pads = array<i64: 1, 1>, scales = array<f32: 1.0, 2.0>, offsets = array<f32: 0.5, 0.5>, lo = 3 : i64, hi = 4 : i64} : (tensor<1x3x5x5xf32>, tensor<4x4x2x3xf32>) -> tensor<1x2x5x5xf16>
  return %y : tensor<1x2x5x5xf16>
}

// -----

func.func @float_tiles_c5(%x: tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, %v: tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>> {
  // expected-error@+1 {{expected no activation beside a quantized output, got one}}
  %y = winograd.float_tiles %x, %v {plan = #winograd.plan<"F(2,3) taps=f32xf32">, pads = array<i64: 1, 1>, scales = array<f32: 1.0, 2.0>, offsets = array<f32: 0.5, 0.5>, lo = 3 : i64, hi = 4 : i64, activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<1x3x5x5x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<4x4x2x3xf32>) -> tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
  return %y : tensor<1x2x5x5x!quant.uniform<i8:f32, 5.000000e-01>>
}
