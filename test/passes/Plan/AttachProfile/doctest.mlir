// RUN: wino-opt %s --wino-attach-profile="profile=%S/Inputs/small.calib" 2>/dev/null | FileCheck %s
// RUN: wino-opt %s --wino-attach-profile="profile=%S/Inputs/small.calib" 2>&1 >/dev/null | FileCheck %s --check-prefix=WARN

// WARN: warning: the profile has 1 tensors that this network lacks, such as 'gone'
// CHECK-LABEL: func.func @main
// CHECK-SAME:    winograd.stats = {clip_s8 = 3.000000e+00 : f64, clip_u8 = 0.000000e+00 : f64, max = 4.000000e+00 : f64, min = -2.000000e+00 : f64, nonzero = 1.000000e+00 : f64, rms = 1.000000e+00 : f64}
// CHECK:         winograd.conv_2d
// CHECK-SAME:    winograd.stats = {clip_s8 = 5.000000e+00 : f64, clip_u8 = 6.000000e+00 : f64
// CHECK-SAME:    winograd.tap_stats = {"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8" = dense<{{.*}}> : tensor<4x4x8xf64>}
func.func @main(%x: tensor<1x1x4x4xf32> {wino.name = "image"}) -> tensor<1x1x2x2xf32> {
  %w = arith.constant dense<1.0> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32> loc("conv1")
  return %y : tensor<1x1x2x2xf32>
}
