// A network in floats: 8 channels in a vector, products fused in one order, functions in binary64 and no call of a library.
// RUN: wino-opt %s --wino-plan-arena=target=x86-64 --wino-lower-to-x86=prefix=net | FileCheck %s

// CHECK: module attributes
// CHECK-SAME: type = "float"
// CHECK-LABEL: func.func private @net_float_layer_0
// CHECK: math.fma {{.*}} vector<8xf32>
// CHECK-LABEL: func.func private @net_float_elementwise_1
// CHECK: arith.extf {{.*}} vector<8xf32> to vector<8xf64>
// CHECK-NOT: math.tanh
// CHECK: arith.truncf
// CHECK-NOT: winograd.
func.func @main(%x: tensor<1x3x6x6xf32>) -> tensor<1x8x6x6xf32> {
  %w = arith.constant dense<1.0> : tensor<8x3x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<8xf32>
  %c = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x3x6x6xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<1x8x6x6xf32>
  %y = winograd.activate %c {activation = #winograd.activation<tanh, 0.0 : f32, 0.0 : f32>} : (tensor<1x8x6x6xf32>) -> tensor<1x8x6x6xf32>
  return %y : tensor<1x8x6x6xf32>
}
