// RUN: wino-opt %s --wino-optimize-transforms 2>/dev/null | FileCheck %s
// RUN: wino-opt %s --wino-optimize-transforms 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// The classic points are 2.3 times as noisy as the best: white noise is enough to learn that. The plan of 16-bit taps stays.
// REMARK: node 'narrow': transforms of 'F(4,3) optimised i8xi8' optimised: relative error 0.{{.*}} -> 0.
// REMARK: node 'wide': transforms of 'F(2,3) i16xi16' stay as they are: rounding to 16 bits leaves nothing to win
// CHECK-LABEL: func.func @main
// CHECK:         winograd.conv_2d
// CHECK-SAME:    plan = #winograd.plan<"F(4,3) K=6 at=[{{[^"]*}}] g=[{{[^"]*}}] bt=[{{[^"]*}}] taps=i8xi8">
// CHECK-SAME:    winograd.tap_stats = {"F(4,3) K=6 at=[{{[^"]*}}] taps=i8xi8" = dense<{{[^>]*}}> : tensor<6x6x{{[0-9]+}}xf64>}
// CHECK-SAME:    winograd.transform_error = array<f64: 0.{{[0-9]*}}, 0.{{[0-9]*}}>
// CHECK-SAME:    winograd.why = "chosen; transforms optimised for the layer's data: relative error
// CHECK:         winograd.conv_2d
// CHECK-SAME:    plan = #winograd.plan<"F(2,3) taps=i16xi16">
func.func @main(%x: tensor<1x4x16x16xf32>) -> tensor<1x2x16x16xf32> {
  %w = arith.constant dense<[[[[0.5, -1.0, 0.25], [1.0, 0.5, -0.75], [-0.5, 0.25, 1.0]], [[-1.0, 0.5, 0.5], [0.25, 1.0, -0.5], [0.5, -0.25, 0.75]],
    [[1.0, -0.25, 0.0], [0.5, -1.0, 0.25], [0.75, 0.5, -0.5]], [[0.25, 0.75, -1.0], [-0.5, 0.25, 1.0], [1.0, -0.75, 0.5]]],
    [[[0.75, 1.0, -0.5], [-0.25, 0.5, 1.0], [0.5, 0.75, -1.0]], [[0.0, -0.5, 1.0], [0.75, -0.25, 0.5], [-1.0, 0.5, 0.25]],
    [[-0.75, 0.25, 0.5], [1.0, 0.75, -0.25], [0.25, -1.0, 0.5]], [[0.5, 0.5, 0.75], [-1.0, 0.25, -0.5], [0.75, 1.0, -0.25]]]]> : tensor<2x4x3x3xf32>
  %w2 = arith.constant dense<0.25> : tensor<2x2x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<2xf32>
  %h = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf]">, winograd.why = "chosen"}
    : (tensor<1x4x16x16xf32>, tensor<2x4x3x3xf32>, tensor<2xf32>) -> tensor<1x2x16x16xf32> loc("narrow")
  %y = winograd.conv_2d %h, %w2, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(2,3) taps=i16xi16">}
    : (tensor<1x2x16x16xf32>, tensor<2x2x3x3xf32>, tensor<2xf32>) -> tensor<1x2x16x16xf32> loc("wide")
  return %y : tensor<1x2x16x16xf32>
}
