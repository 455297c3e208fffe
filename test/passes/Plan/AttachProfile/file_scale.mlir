// RUN: wino-opt %s --wino-attach-profile="profile=%S/Inputs/small.calib" 2>/dev/null | FileCheck %s

// Clips are those of the scale that the file states, not of the profile.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    winograd.stats = {clip_s8 = 6.350000e+01 : f64, clip_u8 = 0.000000e+00 : f64, max = 4.000000e+00 : f64, min = -2.000000e+00 : f64
func.func @main(%x: tensor<1x1x4x4xf32> {wino.name = "image", winograd.file_scale = {low = -128 : i64, high = 127 : i64, scale = 0.5 : f32}}) -> tensor<1x1x4x4xf32> {
  return %x : tensor<1x1x4x4xf32>
}
