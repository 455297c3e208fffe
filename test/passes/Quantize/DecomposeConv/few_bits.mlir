// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv --split-input-file | FileCheck %s

// Mixed formats: bytes as long as the input taps have at most 8 bits, 16 bits for both operands otherwise.
// CHECK-LABEL: func.func @six_by_four
// CHECK: winograd.input_transform {{.*}} -> tensor<4x4x4x1xi8>
// CHECK: winograd.filter_transform {{.*}} -> tensor<4x4x1x1xi8>
func.func @six_by_four(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<0.25> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3) taps=i6xi4">, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

// CHECK-LABEL: func.func @sixteen_by_eight
// CHECK: winograd.input_transform {{.*}}multipliers = array<i32>,{{.*}} -> tensor<4x4x4x1xi16>
// CHECK: winograd.filter_transform {{.*}} -> tensor<4x4x1x1xi16>
func.func @sixteen_by_eight(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<0.25> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3) taps=i16xi8">, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}

// -----

// A 5x5 filter takes F(m,5).
// CHECK-LABEL: func.func @five_by_five
// CHECK: winograd.input_transform {{.*}} -> tensor<6x6x4x1xi8>
func.func @five_by_five(%x: tensor<1x1x4x4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<0.25> : tensor<1x1x5x5xf32>
  %b = arith.constant dense<1.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,5) points=[0,1,-1,1/2,-1/2,inf]">, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x5x5xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}
