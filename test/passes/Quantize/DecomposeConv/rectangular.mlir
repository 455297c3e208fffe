// RUN: wino-opt %s --split-input-file --wino-quantize-graph --wino-decompose-conv | FileCheck %s
// RUN: wino-opt %s --split-input-file --wino-quantize-graph --wino-decompose-conv --wino-fold-filter --wino-prove-ranges | FileCheck %s --check-prefix=PROVED

// Tiles of 4 x 2 outputs, 6 x 4 products: 2 of them down and 3 across cover 8 x 6 outputs.
// CHECK-LABEL: func.func @rectangle
// CHECK:         %[[U:.*]] = winograd.input_transform %arg0 {{.*}} -> tensor<6x4x6x1xi8>
// CHECK:         %[[V:.*]] = winograd.filter_transform %{{.*}} : (tensor<2x1x3x3xf32>) -> tensor<6x4x2x1xi8>
// CHECK:         %[[O:.*]] = winograd.tap_matmul %[[U]], %[[V]] {{.*}} -> tensor<6x4x6x2xi32>
// CHECK:         winograd.output_transform %[[O]]
// CHECK-SAME:    (tensor<6x4x6x2xi32>, tensor<2xi32>) -> tensor<1x2x8x6x!quant
// PROVED-LABEL: func.func @rectangle
// PROVED:       winograd.output_transform {{.*}}winograd.headroom_bits
func.func @rectangle(%x: tensor<1x1x8x6xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x2x8x6xf32> {
  %w = arith.constant dense<0.25> : tensor<2x1x3x3xf32>
  %b = arith.constant dense<[1.0, -2.0]> : tensor<2xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(4x2,3)">, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x8x6xf32>, tensor<2x1x3x3xf32>, tensor<2xf32>) -> tensor<1x2x8x6xf32>
  return %y : tensor<1x2x8x6xf32>
}

// -----

// One row of products for a filter of one row; 8 rows of two tiles each.
// CHECK-LABEL: func.func @flat
// CHECK:         winograd.input_transform {{.*}} -> tensor<1x6x16x1xi16>
// CHECK:         winograd.filter_transform %{{.*}} : (tensor<2x1x1x3xf32>) -> tensor<1x6x2x1xi16>
// CHECK:         winograd.tap_matmul {{.*}} -> tensor<1x6x16x2xi32>
// CHECK:         winograd.output_transform {{.*}} -> tensor<1x2x8x6x!quant
// PROVED-LABEL: func.func @flat
// PROVED:       winograd.input_transform {{.*}}winograd.ranges = {input_transform = 1.280000e+03 : f64}
func.func @flat(%x: tensor<1x1x8x6xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x2x8x6xf32> {
  %w = arith.constant dense<0.25> : tensor<2x1x1x3xf32>
  %b = arith.constant dense<[1.0, -2.0]> : tensor<2xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(1x4,1x3) points=[0]x[0,1,-1,2,-2,inf] taps=i16xi16">, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x1x8x6xf32>, tensor<2x1x1x3xf32>, tensor<2xf32>) -> tensor<1x2x8x6xf32>
  return %y : tensor<1x2x8x6xf32>
}
