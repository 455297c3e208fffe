// RUN: wino-opt %s --wino-prove-ranges --split-input-file --verify-diagnostics

#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16">
!q = !quant.uniform<i8:f32, 1.0>
func.func @tap_products(%x: tensor<1x200x4x4x!q>) -> tensor<1x1x2x2x!q> {
  %v = arith.constant dense<32767> : tensor<4x4x1x200xi16>
  %b = arith.constant dense<5> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>, multipliers = array<i32>,
    shifts = array<i32>} : (tensor<1x200x4x4x!q>) -> tensor<4x4x1x200xi16>
  // expected-error @below {{expected tap products within i32 (2147483647), got bound 3.35534e+09}}
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>}
    : (tensor<4x4x1x200xi16>, tensor<4x4x1x200xi16>) -> tensor<4x4x1x1xi32>
  %y = winograd.output_transform %o, %b {plan = #plan, shift = 16 : i64, lo = -128 : i64, hi = 127 : i64}
    : (tensor<4x4x1x1xi32>, tensor<1xi32>) -> tensor<1x1x2x2x!q>
  return %y : tensor<1x1x2x2x!q>
}

// -----

#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16">
!q = !quant.uniform<i8:f32, 1.0>
func.func @output_transform(%x: tensor<1x100x4x4x!q>) -> tensor<1x1x2x2x!q> {
  %v = arith.constant dense<32000> : tensor<4x4x1x100xi16>
  %b = arith.constant dense<2000000000> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>, multipliers = array<i32>,
    shifts = array<i32>} : (tensor<1x100x4x4x!q>) -> tensor<4x4x1x100xi16>
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647>}
    : (tensor<4x4x1x100xi16>, tensor<4x4x1x100xi16>) -> tensor<4x4x1x1xi32>
  // expected-error @below {{expected output transform within i32 (2147483647), got bound}}
  %y = winograd.output_transform %o, %b {plan = #plan, shift = 16 : i64, lo = -128 : i64, hi = 127 : i64}
    : (tensor<4x4x1x1xi32>, tensor<1xi32>) -> tensor<1x1x2x2x!q>
  return %y : tensor<1x1x2x2x!q>
}

// -----

!q = !quant.uniform<i8:f32, 1.0>
func.func @weight_of_minus_128(%x: tensor<1x2x!q>) -> tensor<1x1x!q> {
  %w = arith.constant dense<[[1, -128]]> : tensor<1x2xi8>
  %b = arith.constant dense<0> : tensor<1xi32>
  // expected-error @below {{expected filter weights in [-127, 127], got -128}}
  %y = winograd.fully_connected %x, %w, %b {requant = #winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [1]>}
    : (tensor<1x2x!q>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<1x1x!q>
  return %y : tensor<1x1x!q>
}

// -----

!q = !quant.uniform<i8:f32, 1.0>
func.func @pre_shift(%x: tensor<1x2x!q>) -> tensor<1x1x!q> {
  %w = arith.constant dense<[[1, 127]]> : tensor<1x2xi8>
  %b = arith.constant dense<0> : tensor<1xi32>
  // expected-error @below {{expected shifted accumulator within i32 (2147483647), got bound 1.71799e+10}}
  %y = winograd.fully_connected %x, %w, %b {requant = #winograd.requant<pre = 20, shift = 8, lo = -128, hi = 127, multipliers = [1]>}
    : (tensor<1x2x!q>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<1x1x!q>
  return %y : tensor<1x1x!q>
}

// -----

func.func @float_graph(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected an integer graph (run --wino-quantize-graph), got a result of type 'tensor<4xf32>'}}
  %y = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16">
#other = #winograd.plan<"F(2,3) K=4 points=[0,1/2,-1/2,inf] taps=i16xi16">
!q = !quant.uniform<i8:f32, 1.0>
func.func @ends_of_different_plans(%x: tensor<1x1x4x4x!q>) -> tensor<1x1x2x2x!q> {
  %v = arith.constant dense<1> : tensor<4x4x1x1xi16>
  %b = arith.constant dense<5> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>, multipliers = array<i32>,
    shifts = array<i32>} : (tensor<1x1x4x4x!q>) -> tensor<4x4x1x1xi16>
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>}
    : (tensor<4x4x1x1xi16>, tensor<4x4x1x1xi16>) -> tensor<4x4x1x1xi32>
  // expected-error @below {{expected the plan of its winograd.input_transform, 'F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16', got 'F(2,3) K=4 points=[0,1/2,-1/2,inf] taps=i16xi16'}}
  %y = winograd.output_transform %o, %b {plan = #other, shift = 16 : i64, lo = -128 : i64, hi = 127 : i64}
    : (tensor<4x4x1x1xi32>, tensor<1xi32>) -> tensor<1x1x2x2x!q>
  return %y : tensor<1x1x2x2x!q>
}

// -----

#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16">
#other = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16">
!q = !quant.uniform<i8:f32, 1.0>
func.func @ends_of_different_sizes(%x: tensor<1x1x4x4x!q>) -> tensor<1x1x2x1x!q> {
  %v = arith.constant dense<1> : tensor<4x4x1x1xi16>
  %b = arith.constant dense<5> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>, multipliers = array<i32>,
    shifts = array<i32>} : (tensor<1x1x4x4x!q>) -> tensor<4x4x1x1xi16>
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>}
    : (tensor<4x4x1x1xi16>, tensor<4x4x1x1xi16>) -> tensor<4x4x1x1xi32>
  // expected-error @below {{expected the batch and output size of its winograd.input_transform, 1 x [2, 2], got 1 x [2, 1]}}
  %y = winograd.output_transform %o, %b {plan = #other, shift = 16 : i64, lo = -128 : i64, hi = 127 : i64}
    : (tensor<4x4x1x1xi32>, tensor<1xi32>) -> tensor<1x1x2x1x!q>
  return %y : tensor<1x1x2x1x!q>
}

// -----

#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16">
#other = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16">
!q = !quant.uniform<i8:f32, 1.0>
func.func @ends_of_different_batches(%x: tensor<2x1x4x4x!q>) -> tensor<1x1x4x2x!q> {
  %v = arith.constant dense<1> : tensor<4x4x1x1xi16>
  %b = arith.constant dense<5> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>, multipliers = array<i32>,
    shifts = array<i32>} : (tensor<2x1x4x4x!q>) -> tensor<4x4x2x1xi16>
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>}
    : (tensor<4x4x2x1xi16>, tensor<4x4x1x1xi16>) -> tensor<4x4x2x1xi32>
  // expected-error @below {{expected the batch and output size of its winograd.input_transform, 2 x [2, 2], got 1 x [4, 2]}}
  %y = winograd.output_transform %o, %b {plan = #other, shift = 16 : i64, lo = -128 : i64, hi = 127 : i64}
    : (tensor<4x4x2x1xi32>, tensor<1xi32>) -> tensor<1x1x4x2x!q>
  return %y : tensor<1x1x4x2x!q>
}

// -----

#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi4">
!q = !quant.uniform<i8:f32, 1.0>
func.func @filter_tap_beyond_4_bits(%x: tensor<1x2x4x4x!q>) -> tensor<4x4x1x1xi32> {
  %v = arith.constant dense<8> : tensor<4x4x1x2xi8>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>,
    multipliers = array<i32: 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384, 16384>,
    shifts = array<i32: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x2x4x4x!q>) -> tensor<4x4x1x2xi8>
  // expected-error @below {{expected filter taps in [-7, 7], got 8}}
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>}
    : (tensor<4x4x1x2xi8>, tensor<4x4x1x2xi8>) -> tensor<4x4x1x1xi32>
  return %o : tensor<4x4x1x1xi32>
}

// -----

#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16 out=i16">
!q = !quant.uniform<i8:f32, 1.0>
func.func @products_in_32_bits(%x: tensor<1x1x4x4x!q>) -> tensor<1x1x2x2x!q> {
  %v = arith.constant dense<100> : tensor<4x4x1x1xi16>
  %b = arith.constant dense<5> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>, multipliers = array<i32>,
    shifts = array<i32>} : (tensor<1x1x4x4x!q>) -> tensor<4x4x1x1xi16>
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>}
    : (tensor<4x4x1x1xi16>, tensor<4x4x1x1xi16>) -> tensor<4x4x1x1xi32>
  // expected-error @below {{expected products in i16 as the plan says (run --wino-factor-scales), got 'i32'}}
  %y = winograd.output_transform %o, %b {plan = #plan, shift = 16 : i64, lo = -128 : i64, hi = 127 : i64}
    : (tensor<4x4x1x1xi32>, tensor<1xi32>) -> tensor<1x1x2x2x!q>
  return %y : tensor<1x1x2x2x!q>
}

// -----

// Products reach 512 * 100 / 2 = 25600 of 32768, so that O' reaches 0.78 (2^31 - 1), and nine of them do not fit.
#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16 out=i16">
!q = !quant.uniform<i8:f32, 1.0>
func.func @narrow_products(%x: tensor<1x1x4x4x!q>) -> tensor<1x1x2x2x!q> {
  %v = arith.constant dense<100> : tensor<4x4x1x1xi16>
  %b = arith.constant dense<5> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>, multipliers = array<i32>,
    shifts = array<i32>} : (tensor<1x1x4x4x!q>) -> tensor<4x4x1x1xi16>
  %o = winograd.tap_matmul %u, %v {shift = 1 : i64, multipliers = array<i32: 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647>}
    : (tensor<4x4x1x1xi16>, tensor<4x4x1x1xi16>) -> tensor<4x4x1x1xi16>
  // expected-error @below {{expected output transform within i32 (2147483647), got bound 1.51}}
  %y = winograd.output_transform %o, %b {plan = #plan, shift = 16 : i64, lo = -128 : i64, hi = 127 : i64, channel_multipliers = array<i32: 1>,
    tap_multipliers = array<i32: 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647>}
    : (tensor<4x4x1x1xi16>, tensor<1xi32>) -> tensor<1x1x2x2x!q>
  return %y : tensor<1x1x2x2x!q>
}
