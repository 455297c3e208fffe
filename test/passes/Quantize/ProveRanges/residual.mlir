// Sums with residuals that leave 32 bits.
// RUN: wino-opt %s --split-input-file --verify-diagnostics --wino-prove-ranges

// (127 * 128 + 100) * 2^17 = 2,143,813,632 fits, 255 * 32767 more does not.
!q = !quant.uniform<i8:f32, 1.0>
!u = !quant.uniform<u8:f32, 1.0>
func.func @direct(%x: tensor<1x1x1x1x!q>, %r: tensor<1x1x1x1x!u>) -> tensor<1x1x1x1x!q> {
  %w = arith.constant dense<127> : tensor<1x1x1x1xi8>
  %b = arith.constant dense<100> : tensor<1xi32>
  // expected-error@+1 {{expected sum with residual within i32 (2147483647), got bound 2.1522e+09}}
  %y = winograd.conv_2d %x, %w, %b, %r {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    requant = #winograd.requant<pre = 17, shift = 16, lo = -128, hi = 127, multipliers = [2147483647]>, residual_multiplier = 32767 : i64}
    : (tensor<1x1x1x1x!q>, tensor<1x1x1x1xi8>, tensor<1xi32>, tensor<1x1x1x1x!u>) -> tensor<1x1x1x1x!q>
  return %y : tensor<1x1x1x1x!q>
}
