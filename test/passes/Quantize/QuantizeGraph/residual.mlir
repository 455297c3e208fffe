// RUN: wino-opt %s --wino-quantize-graph | FileCheck %s
// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv --wino-fold-filter --wino-prove-ranges | FileCheck %s --check-prefix=INTEGER

// The residual has the scale 2, the result 1: 12 guard bits, M_r = 2 * 2^12. Without the residual pre = 9 and shift = 8 would do.
// CHECK-LABEL: func.func @direct
// CHECK:         winograd.conv_2d %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^ ]*}} {
// CHECK-SAME:    requant = #winograd.requant<pre = 13, shift = 12, lo = 0, hi = 255, multipliers = [1073741824]>, residual_multiplier = 8192 : i64
// CHECK-SAME:    -> tensor<1x1x2x2x!quant.uniform<u8:f32, 1.000000e+00>>
// The accumulator reaches 127 * 128 in units that 2^12 make 66,584,576; then 8192 * 255 and the rounding addend 2^11.
// INTEGER-LABEL: func.func @direct
// INTEGER:         winograd.conv_2d {{.*}}sum_with_residual = 68675584.5 : f64
func.func @direct(%x: tensor<1x1x2x2xf32> {winograd.stats = {min = -127.0, clip_s8 = 127.0, clip_u8 = 255.0}}) -> tensor<1x1x2x2xf32> {
  %w = arith.constant dense<127.0> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %r = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    winograd.stats = {min = 0.0, clip_s8 = 510.0, clip_u8 = 510.0}}
    : (tensor<1x1x2x2xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32>
  %y = winograd.conv_2d %x, %w, %b, %r {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>, winograd.stats = {min = 0.0, clip_s8 = 255.0, clip_u8 = 255.0}}
    : (tensor<1x1x2x2xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  return %y : tensor<1x1x2x2xf32>
}

// A Winograd layer has the largest shift whose multiplier fits 16 bits: 2 * 2^14 = 32768 does not.
// CHECK-LABEL: func.func @planned
// CHECK:         winograd.conv_2d %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^ ]*}} {{.*}}residual_multiplier = 0 : i64
// INTEGER-LABEL: func.func @planned
// INTEGER:         winograd.output_transform %{{.*}}, %{{.*}}, %{{.*}} {{.*}}residual_multiplier = 16384 : i64, shift = 13 : i64
func.func @planned(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -127.0, clip_s8 = 127.0, clip_u8 = 255.0}}) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<0.25> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %r = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    winograd.stats = {min = 0.0, clip_s8 = 510.0, clip_u8 = 510.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  %y = winograd.conv_2d %x, %w, %b, %r {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, winograd.stats = {min = 0.0, clip_s8 = 255.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>, tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}
