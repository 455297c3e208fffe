// RUN: wino-opt %s --wino-quantize-graph | FileCheck %s
// RUN: wino-opt %s --wino-quantize-graph=compose-tables=false | FileCheck %s --check-prefix=APART

// x (x + 1) of x = -128, -127, .. in steps of 128: 127, 125.02, 123.05, 121.09.
// CHECK-LABEL: func.func @chain
// CHECK-NOT: winograd.add
// CHECK: %[[Y:.*]] = winograd.lookup %arg0 {table = array<i32: 127, 125, 123, 121, {{.*}} -> tensor<4x!quant.uniform<i8:f32, 1.280000e+02>>
// CHECK-NEXT: return %[[Y]]
// APART-LABEL: func.func @chain
// APART: winograd.add
// APART: winograd.mul
// APART-NOT: winograd.lookup
// APART: return
func.func @chain(%x: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<4xf32> {
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %t = winograd.add %x, %one {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.mul %x, %t {winograd.stats = {min = -0.25, clip_s8 = 16256.0, clip_u8 = 16256.0}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// The table starts from what the source has become: sigmoid alone is a table of its own here, since a pool reads it.
// 2 sigmoid(x) - 1 in steps of 1/127 from bytes of 1/255: -127, -126, -125.0, -124.
// CHECK-LABEL: func.func @behind_a_table
// CHECK: %[[S:.*]] = winograd.lookup %arg0
// CHECK: %[[M:.*]] = winograd.max_pool_2d %[[S]]
// CHECK: %[[Y:.*]] = winograd.lookup %[[M]] {table = array<i32: -127, -126, -125, -124,
// CHECK: return %[[Y]]
func.func @behind_a_table(%x: tensor<1x1x2x2xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x1x2x2xf32> {
  %two = arith.constant dense<2.0> : tensor<1x1x2x2xf32>
  %one = arith.constant dense<1.0> : tensor<1x1x2x2xf32>
  %s = winograd.activate %x {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>,
    winograd.stats = {min = 0.0, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %m = winograd.max_pool_2d %s {kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %d = winograd.mul %two, %m {winograd.stats = {min = 0.0, clip_s8 = 2.0, clip_u8 = 2.0}} : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %y = winograd.sub %d, %one {winograd.stats = {min = -1.0, clip_s8 = 1.0, clip_u8 = 1.0}} : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  return %y : tensor<1x1x2x2xf32>
}

// What is needed in between is made as well, by one op as ever.
// CHECK-LABEL: func.func @needed_between
// CHECK: %[[T:.*]] = winograd.add %arg0
// CHECK: %[[Y:.*]] = winograd.lookup %arg0 {table = array<i32: 127, 125,
// CHECK: return %[[Y]], %[[T]]
func.func @needed_between(%x: tensor<4xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> (tensor<4xf32>, tensor<4xf32>) {
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %t = winograd.add %x, %one {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.mul %x, %t {winograd.stats = {min = -0.25, clip_s8 = 16256.0, clip_u8 = 16256.0}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y, %t : tensor<4xf32>, tensor<4xf32>
}

// Constants that differ, and two tensors, are no function of one number.
// CHECK-LABEL: func.func @no_function_of_one
// CHECK-NOT: winograd.lookup
// CHECK: return
func.func @no_function_of_one(%x: tensor<2xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}},
    %z: tensor<2xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> (tensor<2xf32>, tensor<2xf32>) {
  %one = arith.constant dense<1.0> : tensor<2xf32>
  %both = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %t = winograd.add %x, %both {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %u = winograd.add %t, %one {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %v = winograd.add %x, %one {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %w = winograd.add %v, %z {winograd.stats = {min = -1.0, clip_s8 = 254.0, clip_u8 = 254.0}} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %u, %w : tensor<2xf32>, tensor<2xf32>
}

// x + [1, 2] and twice that: a table of 256 entries per channel. Steps of 2 from -128 on: 2 (-128 + 1) / 2 = -127, then
// 2 (-128 + 2) / 2 = -126.
// CHECK-LABEL: func.func @tables_of_channels
// CHECK: winograd.lookup %arg0 {table = array<i32: -127, -126, {{.*}}, 127, 127, -126, -125, {{.*}}, 127, 127, 127>
func.func @tables_of_channels(%x: tensor<1x2x1x1xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x2x1x1xf32> {
  %per = arith.constant dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %two = arith.constant dense<2.0> : tensor<1x2x1x1xf32>
  %t = winograd.add %x, %per {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}} : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %y = winograd.mul %t, %two {winograd.stats = {min = -1.0, clip_s8 = 254.0, clip_u8 = 254.0}} : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  return %y : tensor<1x2x1x1xf32>
}
