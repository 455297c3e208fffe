// Every op and attribute prints what it parses, float and quantized.
// RUN: wino-opt %s | wino-opt - | FileCheck %s

!s8 = !quant.uniform<i8:f32, 5.000000e-01>
!u8 = !quant.uniform<u8:f32, 2.500000e-01>
!p8 = !quant.uniform<u8:f32, 3.906250e-03>

// CHECK-LABEL: func.func @float_layers
func.func @float_layers(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %b: tensor<6xf32>, %c: tensor<6xf32>) -> tensor<1x6xf32> {
  // CHECK: winograd.conv_2d %{{.*}}, %{{.*}}, %{{.*}} {activation = #winograd.activation<relu, 0.000000e+00 : f32, 0.000000e+00 : f32>, dilations = array<i64: 1, 1>, groups = 1 : i64, pads = array<i64: 1, 1, 1, 1>, plan = #winograd.plan<"F(4,3)">, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  %0 = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, plan = #winograd.plan<"F(4,3)">, activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: winograd.batch_norm
  %1 = winograd.batch_norm %0, %c, %c, %c, %c {epsilon = 1.0e-05 : f32} : (tensor<1x6x8x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: winograd.activate %{{.*}} {activation = #winograd.activation<leaky_relu, 1.000000e-01 : f32, 0.000000e+00 : f32>}
  %2 = winograd.activate %1 {activation = #winograd.activation<leaky_relu, 0.1 : f32, 0.0 : f32>} : (tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: winograd.add
  %3 = winograd.add %1, %2 {activation = #winograd.activation<clip, 0.0 : f32, 6.0 : f32>} : (tensor<1x6x8x8xf32>, tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: winograd.activate %{{.*}} {activation = #winograd.activation<gelu_tanh, 0.000000e+00 : f32, 0.000000e+00 : f32>}
  %f0 = winograd.activate %1 {activation = #winograd.activation<gelu_tanh, 0.0 : f32, 0.0 : f32>} : (tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: winograd.maximum
  %f1 = winograd.maximum %f0, %2 : (tensor<1x6x8x8xf32>, tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: winograd.minimum
  %f2 = winograd.minimum %f1, %2 : (tensor<1x6x8x8xf32>, tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: winograd.repeat %{{.*}} {factors = array<i64: 1, 1, 2, 2>}
  %f3 = winograd.repeat %f2 {factors = array<i64: 1, 1, 2, 2>} : (tensor<1x6x8x8xf32>) -> tensor<1x6x16x16xf32>
  // CHECK: winograd.space_to_depth %{{.*}} {block = array<i64: 2, 2>}
  %f4 = winograd.space_to_depth %f3 {block = array<i64: 2, 2>} : (tensor<1x6x16x16xf32>) -> tensor<1x24x8x8xf32>
  // CHECK: winograd.depth_to_space %{{.*}} {block = array<i64: 2, 2>, channels_first = true}
  %f5 = winograd.depth_to_space %f4 {block = array<i64: 2, 2>, channels_first = true} : (tensor<1x24x8x8xf32>) -> tensor<1x6x16x16xf32>
  // CHECK: winograd.reduce_max
  %f6 = winograd.reduce_max %f5 {axes = array<i64: 2, 3>, keep_dims = true} : (tensor<1x6x16x16xf32>) -> tensor<1x6x1x1xf32>
  // CHECK: winograd.sub
  %4 = winograd.sub %3, %2 : (tensor<1x6x8x8xf32>, tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: winograd.mul
  %5 = winograd.mul %4, %2 {activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>} : (tensor<1x6x8x8xf32>, tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: winograd.max_pool_2d
  %6 = winograd.max_pool_2d %5 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x6x8x8xf32>) -> tensor<1x6x4x4xf32>
  // CHECK: winograd.avg_pool_2d
  %7 = winograd.avg_pool_2d %6 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, count_include_pad = false} : (tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32>
  // CHECK: winograd.concat
  %8 = winograd.concat %6, %7 {axis = 1 : i64} : (tensor<1x6x4x4xf32>, tensor<1x6x4x4xf32>) -> tensor<1x12x4x4xf32>
  // CHECK: winograd.slice
  %9 = winograd.slice %8 {starts = array<i64: 0, 1, 0, 0>, steps = array<i64: 1, 2, 1, 1>} : (tensor<1x12x4x4xf32>) -> tensor<1x6x4x4xf32>
  // CHECK: winograd.pad
  %10 = winograd.pad %9 {low = array<i64: 0, 0, 1, 1>, high = array<i64: 0, 0, 0, 0>, value = 0.0 : f32} : (tensor<1x6x4x4xf32>) -> tensor<1x6x5x5xf32>
  // CHECK: winograd.transpose
  %11 = winograd.transpose %10 {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x6x5x5xf32>) -> tensor<1x5x5x6xf32>
  // CHECK: winograd.reduce_mean
  %12 = winograd.reduce_mean %11 {axes = array<i64: 1, 2>, keep_dims = false} : (tensor<1x5x5x6xf32>) -> tensor<1x6xf32>
  // CHECK: winograd.reshape
  %13 = winograd.reshape %12 : (tensor<1x6xf32>) -> tensor<6x1xf32>
  %14 = winograd.reshape %13 : (tensor<6x1xf32>) -> tensor<1x6xf32>
  // CHECK: winograd.softmax
  %15 = winograd.softmax %14 {axis = 1 : i64} : (tensor<1x6xf32>) -> tensor<1x6xf32>
  return %15 : tensor<1x6xf32>
}

// CHECK-LABEL: func.func @quantized_layers
func.func @quantized_layers(%x: tensor<2x3x!s8>, %w: tensor<2x3xi8>, %b: tensor<2xi32>) -> tensor<2x2x!u8> {
  // CHECK: winograd.fully_connected %{{.*}}, %{{.*}}, %{{.*}} {requant = #winograd.requant<pre = 2, shift = 8, lo = 0, hi = 255, multipliers = [5, 6]>} : (tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>, tensor<2x3xi8>, tensor<2xi32>) -> tensor<2x2x!quant.uniform<u8:f32, 2.500000e-01>>
  %0 = winograd.fully_connected %x, %w, %b {requant = #winograd.requant<pre = 2, shift = 8, lo = 0, hi = 255, multipliers = [5, 6]>} : (tensor<2x3x!s8>, tensor<2x3xi8>, tensor<2xi32>) -> tensor<2x2x!u8>
  // CHECK: winograd.requantize
  %1 = winograd.requantize %0 {requant = #winograd.requant<pre = 0, shift = 8, lo = 0, hi = 255, multipliers = [-5]>} : (tensor<2x2x!u8>) -> tensor<2x2x!u8>
  return %1 : tensor<2x2x!u8>
}

// CHECK-LABEL: func.func @tables
func.func @tables(%x: tensor<1x4x!s8>) -> tensor<1x4x!p8> {
  // CHECK: winograd.lookup %{{.*}} {table = array<i32: 0, 0, {{.*}}, 126, 127>}
  %0 = winograd.lookup %x {table = array<i32: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127>} : (tensor<1x4x!s8>) -> tensor<1x4x!s8>
  // CHECK: winograd.softmax %{{.*}} {axis = 1 : i64, table = array<i32: 65535, 65278, {{.*}}, 0>}
  %1 = winograd.softmax %0 {axis = 1 : i64, table = array<i32: 65535, 65278, 65021, 64764, 64507, 64250, 63993, 63736, 63479, 63222, 62965, 62708, 62451, 62194, 61937, 61680, 61423, 61166, 60909, 60652, 60395, 60138, 59881, 59624, 59367, 59110, 58853, 58596, 58339, 58082, 57825, 57568, 57311, 57054, 56797, 56540, 56283, 56026, 55769, 55512, 55255, 54998, 54741, 54484, 54227, 53970, 53713, 53456, 53199, 52942, 52685, 52428, 52171, 51914, 51657, 51400, 51143, 50886, 50629, 50372, 50115, 49858, 49601, 49344, 49087, 48830, 48573, 48316, 48059, 47802, 47545, 47288, 47031, 46774, 46517, 46260, 46003, 45746, 45489, 45232, 44975, 44718, 44461, 44204, 43947, 43690, 43433, 43176, 42919, 42662, 42405, 42148, 41891, 41634, 41377, 41120, 40863, 40606, 40349, 40092, 39835, 39578, 39321, 39064, 38807, 38550, 38293, 38036, 37779, 37522, 37265, 37008, 36751, 36494, 36237, 35980, 35723, 35466, 35209, 34952, 34695, 34438, 34181, 33924, 33667, 33410, 33153, 32896, 32639, 32382, 32125, 31868, 31611, 31354, 31097, 30840, 30583, 30326, 30069, 29812, 29555, 29298, 29041, 28784, 28527, 28270, 28013, 27756, 27499, 27242, 26985, 26728, 26471, 26214, 25957, 25700, 25443, 25186, 24929, 24672, 24415, 24158, 23901, 23644, 23387, 23130, 22873, 22616, 22359, 22102, 21845, 21588, 21331, 21074, 20817, 20560, 20303, 20046, 19789, 19532, 19275, 19018, 18761, 18504, 18247, 17990, 17733, 17476, 17219, 16962, 16705, 16448, 16191, 15934, 15677, 15420, 15163, 14906, 14649, 14392, 14135, 13878, 13621, 13364, 13107, 12850, 12593, 12336, 12079, 11822, 11565, 11308, 11051, 10794, 10537, 10280, 10023, 9766, 9509, 9252, 8995, 8738, 8481, 8224, 7967, 7710, 7453, 7196, 6939, 6682, 6425, 6168, 5911, 5654, 5397, 5140, 4883, 4626, 4369, 4112, 3855, 3598, 3341, 3084, 2827, 2570, 2313, 2056, 1799, 1542, 1285, 1028, 771, 514, 257, 0>} : (tensor<1x4x!s8>) -> tensor<1x4x!p8>
  return %1 : tensor<1x4x!p8>
}

// CHECK-LABEL: func.func @tile_level
func.func @tile_level(%x: tensor<1x4x5x5x!s8>, %w: tensor<1x4x3x3xf32>, %b: tensor<1xi32>) -> tensor<1x1x5x5x!s8> {
  // CHECK: winograd.input_transform %{{.*}} {multipliers = array<i32>, output_size = array<i64: 5, 5>, pads = array<i64: 1, 1>, plan = #winograd.plan<"F(2,3) taps=i16xi16">, shifts = array<i32>} : (tensor<1x4x5x5x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x4x9x4xi16>
  %u = winograd.input_transform %x {plan = #winograd.plan<"F(2,3) taps=i16xi16">, pads = array<i64: 1, 1>, output_size = array<i64: 5, 5>, multipliers = array<i32>, shifts = array<i32>} : (tensor<1x4x5x5x!s8>) -> tensor<4x4x9x4xi16>
  // CHECK: winograd.filter_transform
  %v = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) taps=i16xi16">, scales = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>} : (tensor<1x4x3x3xf32>) -> tensor<4x4x1x4xi16>
  // CHECK: winograd.tap_matmul
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16>} : (tensor<4x4x9x4xi16>, tensor<4x4x1x4xi16>) -> tensor<4x4x9x1xi32>
  // CHECK: winograd.output_transform
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) taps=i16xi16">, shift = 8 : i64, lo = -128 : i64, hi = 127 : i64} : (tensor<4x4x9x1xi32>, tensor<1xi32>) -> tensor<1x1x5x5x!s8>
  return %y : tensor<1x1x5x5x!s8>
}

// CHECK-LABEL: func.func @residuals
func.func @residuals(%x: tensor<1x4x5x5xf32>, %w: tensor<4x4x1x1xf32>, %b: tensor<4xf32>, %o: tensor<4x4x9x4xi32>, %c: tensor<4xi32>,
    %r: tensor<1x4x5x5x!s8>) -> (tensor<1x4x5x5xf32>, tensor<1x4x5x5x!s8>) {
  // CHECK: winograd.conv_2d %arg0, %arg1, %arg2, %arg0 {
  %y = winograd.conv_2d %x, %w, %b, %x {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x5x5xf32>, tensor<4x4x1x1xf32>, tensor<4xf32>, tensor<1x4x5x5xf32>) -> tensor<1x4x5x5xf32>
  // CHECK: winograd.output_transform %arg3, %arg4, %arg5 {{.*}}residual_multiplier = 300 : i64
  %z = winograd.output_transform %o, %c, %r {plan = #winograd.plan<"F(2,3)">, shift = 8 : i64, lo = -128 : i64, hi = 127 : i64,
    residual_multiplier = 300 : i64} : (tensor<4x4x9x4xi32>, tensor<4xi32>, tensor<1x4x5x5x!s8>) -> tensor<1x4x5x5x!s8>
  return %y, %z : tensor<1x4x5x5xf32>, tensor<1x4x5x5x!s8>
}

// CHECK-LABEL: func.func @narrow_products
func.func @narrow_products(%u: tensor<4x4x9x4xi8>, %v: tensor<4x4x1x4xi8>, %b: tensor<1xi32>) -> tensor<1x1x5x5x!s8> {
  // CHECK: winograd.tap_matmul {{.*}}pre = 2 : i64, shift = 5 : i64} : (tensor<4x4x9x4xi8>, tensor<4x4x1x4xi8>) -> tensor<4x4x9x1xi8>
  %o = winograd.tap_matmul %u, %v {multipliers = array<i32: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16>, pre = 2 : i64, shift = 5 : i64}
    : (tensor<4x4x9x4xi8>, tensor<4x4x1x4xi8>) -> tensor<4x4x9x1xi8>
  // CHECK: winograd.output_transform {{.*}}channel_multipliers = array<i32: 17>, {{.*}}tap_multipliers = array<i32: 1, 2, {{.*}}, 16>} : (tensor<4x4x9x1xi8>
  %y = winograd.output_transform %o, %b {plan = #winograd.plan<"F(2,3) out=i8">, shift = 8 : i64, lo = -128 : i64, hi = 127 : i64,
    tap_multipliers = array<i32: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16>, channel_multipliers = array<i32: 17>}
    : (tensor<4x4x9x1xi8>, tensor<1xi32>) -> tensor<1x1x5x5x!s8>
  return %y : tensor<1x1x5x5x!s8>
}

// CHECK-LABEL: func.func @tail
func.func @tail(%x: tensor<1x4x5x5x!s8>) -> tensor<1x4x5x5xf32> {
  // CHECK: winograd.dequantize %arg0 : (tensor<1x4x5x5x!quant.uniform<{{.*}}>>) -> tensor<1x4x5x5xf32>
  %y = winograd.dequantize %x : (tensor<1x4x5x5x!s8>) -> tensor<1x4x5x5xf32>
  return %y : tensor<1x4x5x5xf32>
}
