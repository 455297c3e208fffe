// RUN: wino-opt %s --wino-list-candidates=target=sm_80 --split-input-file | FileCheck %s

// Eight images that wino-set-batch will make of one cost what eight images cost.
// CHECK-LABEL: func.func @one_to_be_eight
// CHECK:       winograd.candidates = [{cycles = [[DIRECT:[^ ]*]] : f64, {{.*}}plan = #winograd.plan<"direct">
// CHECK-LABEL: func.func @eight
// CHECK:       winograd.candidates = [{cycles = [[DIRECT]] : f64, {{.*}}plan = #winograd.plan<"direct">
// CHECK-LABEL: func.func @one
// CHECK-NOT:   winograd.candidates = [{cycles = [[DIRECT]] : f64
// CHECK:       winograd.candidates = [{cycles = {{.*}}plan = #winograd.plan<"direct">
func.func @one_to_be_eight(%x: tensor<1x16x40x40xf32>) -> tensor<1x16x40x40xf32> attributes {winograd.batch = 8} {
  %w = arith.constant dense<0.1> : tensor<16x16x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<16xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x16x40x40xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<1x16x40x40xf32>
  return %y : tensor<1x16x40x40xf32>
}

// -----

func.func @eight(%x: tensor<8x16x40x40xf32>) -> tensor<8x16x40x40xf32> {
  %w = arith.constant dense<0.1> : tensor<16x16x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<16xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<8x16x40x40xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<8x16x40x40xf32>
  return %y : tensor<8x16x40x40xf32>
}

// -----

func.func @one(%x: tensor<1x16x40x40xf32>) -> tensor<1x16x40x40xf32> {
  %w = arith.constant dense<0.1> : tensor<16x16x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<16xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x16x40x40xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<1x16x40x40xf32>
  return %y : tensor<1x16x40x40xf32>
}
