// RUN: wino-opt %s --wino-fuse-residual --mlir-print-debuginfo | FileCheck %s

// The second convolution moves behind the pool, which makes its residual, and takes the sum's name, statistics and relu.
// CHECK-LABEL: func.func @main
// CHECK:         %[[X:.*]] = winograd.conv_2d %arg0
// CHECK:         %[[R:.*]] = winograd.max_pool_2d %[[X]]
// CHECK:         %[[Y:.*]] = winograd.conv_2d %[[X]], %{{[^,]*}}, %{{[^,]*}}, %[[R]] {activation = #winograd.activation<relu
// CHECK-SAME:      winograd.layer = "conv2", winograd.stats = {max = 9.000000e+00 : f64}
// CHECK-SAME:      loc(#[[SUM:.*]])
// CHECK-NOT:     winograd.add
// CHECK:         return %[[Y]]
// CHECK:         #[[SUM]] = loc("sum")
func.func @main(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %1 = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32> loc("conv1")
  %2 = winograd.conv_2d %1, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    winograd.stats = {max = 5.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32> loc("conv2")
  %r = winograd.max_pool_2d %1 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>}
    : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> loc("pool")
  %y = winograd.add %2, %r {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>, winograd.stats = {max = 9.0}}
    : (tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> loc("sum")
  return %y : tensor<1x1x4x4xf32>
}
