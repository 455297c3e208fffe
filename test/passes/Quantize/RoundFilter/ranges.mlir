// The layer of doctest.mlir, whole. Its largest tap becomes 4 instead of 3: 128 * 4 << 21 fits 32 bits, 128 * 4 << 22 does not.
// RUN: wino-opt %s --wino-round-filter --wino-prove-ranges 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t

// CHECK-LABEL: func.func @fits
// CHECK: arith.constant dense<{{.*}}4{{.*}}> : tensor<4x4x1x1xi8>
// CHECK-LABEL: func.func @keeps
// CHECK-NOT: arith.constant dense<{{.*}}4{{.*}}> : tensor<4x4x1x1xi8>
// CHECK: arith.constant dense<{{.*}}3{{.*}}> : tensor<4x4x1x1xi8>

// REMARK-DAG: layer 'fits': no feature maps of its input; rounded for white noise
// REMARK-DAG: layer 'keeps': no feature maps of its input; rounded for white noise
// REMARK-DAG: layer 'keeps': 1 of 1 output channels would not fit their ranges; these are rounded to nearest
// REMARK-NOT: layer 'fits': 1 of 1
func.func @fits(%x: tensor<1x1x4x4x!quant.uniform<i8:f32, 1.0>>) -> tensor<1x1x4x4x!quant.uniform<u8:f32, 1.0>> {
  %w = arith.constant dense<[[[[-0.5, -0.6, 0.3], [0.3, 1.6, 0.7], [1.7, 1.4, 2.0]]]]> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, pads = array<i64: 1, 1>, output_size = array<i64: 4, 4>,
    multipliers = array<i32: 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512>,
    shifts = array<i32: 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2>}
    : (tensor<1x1x4x4x!quant.uniform<i8:f32, 1.0>>) -> tensor<4x4x4x1xi8>
  %v = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">,
    scales = array<f64: 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0>}
    : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi8> loc("fits")
  %o = winograd.tap_matmul %u, %v {pre = 21 : i64, multipliers = array<i32: 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000>}
    : (tensor<4x4x4x1xi8>, tensor<4x4x1x1xi8>) -> tensor<4x4x4x1xi32>
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, shift = 16 : i64, lo = 0 : i64, hi = 255 : i64}
    : (tensor<4x4x4x1xi32>, tensor<1xi32>) -> tensor<1x1x4x4x!quant.uniform<u8:f32, 1.0>>
  return %y : tensor<1x1x4x4x!quant.uniform<u8:f32, 1.0>>
}

func.func @keeps(%x: tensor<1x1x4x4x!quant.uniform<i8:f32, 1.0>>) -> tensor<1x1x4x4x!quant.uniform<u8:f32, 1.0>> {
  %w = arith.constant dense<[[[[-0.5, -0.6, 0.3], [0.3, 1.6, 0.7], [1.7, 1.4, 2.0]]]]> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0> : tensor<1xi32>
  %u = winograd.input_transform %x {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, pads = array<i64: 1, 1>, output_size = array<i64: 4, 4>,
    multipliers = array<i32: 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512, 32512>,
    shifts = array<i32: 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2>}
    : (tensor<1x1x4x4x!quant.uniform<i8:f32, 1.0>>) -> tensor<4x4x4x1xi8>
  %v = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">,
    scales = array<f64: 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0>}
    : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi8> loc("keeps")
  %o = winograd.tap_matmul %u, %v {pre = 22 : i64, multipliers = array<i32: 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000>}
    : (tensor<4x4x4x1xi8>, tensor<4x4x1x1xi8>) -> tensor<4x4x4x1xi32>
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, shift = 16 : i64, lo = 0 : i64, hi = 255 : i64}
    : (tensor<4x4x4x1xi32>, tensor<1xi32>) -> tensor<1x1x4x4x!quant.uniform<u8:f32, 1.0>>
  return %y : tensor<1x1x4x4x!quant.uniform<u8:f32, 1.0>>
}
