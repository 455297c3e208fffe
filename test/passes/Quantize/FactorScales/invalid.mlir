// RUN: wino-opt %s --wino-factor-scales --verify-diagnostics

// The filter is folded: its float taps, which the scales are made from, are gone.
#plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16 out=i8">
!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<1x1x4x4x!q>) -> tensor<1x1x2x2x!q> {
  %v = arith.constant dense<100> : tensor<4x4x1x1xi16>
  %b = arith.constant dense<5> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #plan, pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>, multipliers = array<i32>,
    shifts = array<i32>} : (tensor<1x1x4x4x!q>) -> tensor<4x4x1x1xi16>
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>}
    : (tensor<4x4x1x1xi16>, tensor<4x4x1x1xi16>) -> tensor<4x4x1x1xi32>
  // expected-error @below {{expected products of winograd.input_transform and winograd.filter_transform that nothing else reads (run --wino-decompose-conv before, --wino-fold-filter after)}}
  %y = winograd.output_transform %o, %b {plan = #plan, shift = 16 : i64, lo = -128 : i64, hi = 127 : i64}
    : (tensor<4x4x1x1xi32>, tensor<1xi32>) -> tensor<1x1x2x2x!q>
  return %y : tensor<1x1x2x2x!q>
}
