// What is stored is what is proved: a tile's bounds are twice those of the direct layer, which stays f32 and is clipped, as is what reads it.
// RUN: wino-opt %s --split-input-file --wino-store-halves="input-low=-100 input-high=100" --wino-decompose-conv --wino-prove-ranges | FileCheck %s

// CHECK-LABEL: func.func @wide
// CHECK: winograd.float_tiles
// CHECK-SAME: activation = #winograd.activation<clip, -78{{[0-9]+}}.{{[0-9]+}} : f32, 78{{[0-9]+}}.{{[0-9]+}} : f32>
// CHECK-SAME: winograd.taken_back
// CHECK-SAME: -> tensor<1x1x8x8xf32>
// CHECK: winograd.add
// CHECK-SAME: -> tensor<1x1x8x8xf32>
// CHECK: winograd.mul
// CHECK-SAME: stored_map
// CHECK-SAME: -> tensor<1x1x8x8xf16>
func.func @wide(%x: tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32> attributes {winograd.precision = "fp16"} {
  %w = arith.constant dense<86.7> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %k = arith.constant dense<0.5> : tensor<1x1x8x8xf32>
  %c = winograd.conv_2d %x, %w, %b {plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf] taps=f32xf32">, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32>
  %s = winograd.add %c, %x : (tensor<1x1x8x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32>
  %m = winograd.mul %s, %k : (tensor<1x1x8x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32>
  %r = winograd.add %m, %m : (tensor<1x1x8x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32>
  return %r : tensor<1x1x8x8xf32>
}

// -----

// Both maps are in [0, 36000] by their sums and in [-36072, 36072] by their clips, which is all that tiles keep: their difference does not fit.
// CHECK-LABEL: func.func @difference
// CHECK: winograd.float_tiles
// CHECK-SAME: -> tensor<1x1x8x8xf16>
// CHECK: winograd.sub
// CHECK-SAME: winograd.taken_back
// CHECK-SAME: -> tensor<1x1x8x8xf32>
func.func @difference(%given: tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32> attributes {winograd.precision = "fp16"} {
  %w = arith.constant dense<40.0> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %x = winograd.activate %given {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32>
  %c = winograd.conv_2d %x, %w, %b {plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf] taps=f32xf32">, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32>
  %d = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32>
  %s = winograd.sub %c, %d : (tensor<1x1x8x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32>
  %m = winograd.maximum %s, %x : (tensor<1x1x8x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32>
  %r = winograd.add %m, %m : (tensor<1x1x8x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32>
  return %r : tensor<1x1x8x8xf32>
}

// -----

// The interval of a result of 32 bits is that of the constant as it is stored: 1 + 2^-10 instead of 1.0007.
// CHECK-LABEL: func.func @rounded
// CHECK: winograd.mul
// CHECK-SAME: winograd.interval = array<f64: -100.09{{[0-9]+}}, 100.09{{[0-9]+}}>
// CHECK-SAME: -> tensor<2x3xf32>
func.func @rounded(%x: tensor<2x3xf32>) -> tensor<2x3xf32> attributes {winograd.precision = "fp16"} {
  %k = arith.constant dense<1.0007> : tensor<2x3xf32>
  %y = winograd.mul %x, %k : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
