// Inputs are clipped, also where they are larger than halves; calibration widens their range unless it is stated for them.
// RUN: wino-opt %s --wino-store-halves="input-low=-1e5 input-high=1e5" | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: wino-opt %s --wino-store-halves="input-low=-1 input-high=1" | FileCheck %s --check-prefixes=CHECK,SEEN

// CHECK-LABEL: func.func @main
// WIDE: winograd.activate %arg0 {activation = #winograd.activation<clip, -1.000000e+05 : f32, 1.000000e+05 : f32>
// WIDE-SAME: winograd.interval = array<f64: -1.000000e+05, 1.000000e+05>
// WIDE-SAME: winograd.taken_back = "stored map: up to 1.000e+05, -0.6 bits of head-room: kept in 32 bits"
// WIDE-SAME: -> tensor<2x3xf32>
// SEEN: winograd.activate %arg0 {activation = #winograd.activation<clip, -1.000000e+00 : f32, 2.000000e+01 : f32>
// SEEN-SAME: -> tensor<2x3xf16>
// CHECK: winograd.activate
// CHECK-SAME: -> tensor<2x3xf16>
func.func @main(%x: tensor<2x3xf32> {winograd.stats = {min = 0.0, max = 10.0}}) -> tensor<2x3xf32> {
  %t = winograd.activate %x {activation = #winograd.activation<tanh, 0.0 : f32, 0.0 : f32>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %s = winograd.add %t, %t : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %s : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @stated
// CHECK: winograd.activate %arg0 {activation = #winograd.activation<clip, -3.000000e+00 : f32, 5.000000e+00 : f32>
// CHECK-SAME: -> tensor<2x3xf16>
// CHECK: winograd.activate %arg1
// CHECK-SAME: -> tensor<2x3xf
func.func @stated(%x: tensor<2x3xf32> {winograd.interval = array<f64: -3.0, 5.0>, winograd.stats = {min = 0.0, max = 10.0}}, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %a = winograd.maximum %x, %y : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %a : tensor<2x3xf32>
}
