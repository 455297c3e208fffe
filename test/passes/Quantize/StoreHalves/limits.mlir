// Maps beyond 65504 stay f32 and say by how much, unless calibration saw that they are small: then they are clipped.
// RUN: wino-opt %s --split-input-file --wino-store-halves="input-low=-100 input-high=100" | FileCheck %s

// CHECK-LABEL: func.func @wide
// CHECK: winograd.mul
// CHECK-SAME: winograd.taken_back = "stored map: up to 1.000e+06, -3.9 bits of head-room: kept in 32 bits"
// CHECK-SAME: -> tensor<2x3xf32>
// CHECK: winograd.activate %{{.*}} {activation = #winograd.activation<tanh
// CHECK-SAME: -> tensor<2x3xf16>
// CHECK: winograd.add
// CHECK-SAME: -> tensor<2x3xf32>
func.func @wide(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %c = arith.constant dense<1.0e+4> : tensor<2x3xf32>
  %m = winograd.mul %x, %c : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %t = winograd.activate %m {activation = #winograd.activation<tanh, 0.0 : f32, 0.0 : f32>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %s = winograd.add %t, %t : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %s : tensor<2x3xf32>
}

// -----

// Twice 10 is room enough for 16 bits; the least power of two from four times 10 on is 64.
// CHECK-LABEL: func.func @calibrated
// CHECK: winograd.mul
// CHECK-SAME: activation = #winograd.activation<clip, -6.400000e+01 : f32, 6.400000e+01 : f32>
// CHECK-SAME: winograd.interval = array<f64: -6.400000e+01, 6.400000e+01>
// CHECK-SAME: -> tensor<2x3xf16>
func.func @calibrated(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %c = arith.constant dense<1.0e+4> : tensor<2x3xf32>
  %m = winograd.mul %x, %c {winograd.stats = {min = -10.0, max = 3.0}} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %s = winograd.add %m, %m : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %s : tensor<2x3xf32>
}

// -----

// A function that may give NaN has no interval; a leaky relu cannot take the clip in, so that it stands behind.
// CHECK-LABEL: func.func @behind
// CHECK: winograd.activate %{{.*}} {activation = #winograd.activation<log
// CHECK-SAME: winograd.taken_back
// CHECK-SAME: -> tensor<2x3xf32>
// CHECK: winograd.add
// CHECK-SAME: leaky_relu
// CHECK-SAME: -> tensor<2x3xf32>
// CHECK: winograd.activate %{{.*}} {activation = #winograd.activation<clip, -8.000000e+00 : f32, 8.000000e+00 : f32>
// CHECK-SAME: -> tensor<2x3xf16>
func.func @behind(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %l = winograd.activate %x {activation = #winograd.activation<log, 0.0 : f32, 0.0 : f32>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %a = winograd.add %l, %l {activation = #winograd.activation<leaky_relu, 0.1 : f32, 0.0 : f32>, winograd.stats = {min = -0.5, max = 2.0}} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %s = winograd.add %a, %a : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %s : tensor<2x3xf32>
}

// -----

// x + 1e9 is a multiple of 64, so that what is left of it is 120 further off than x is, and 300 times that beyond 65504.
// What is made of a map of 32 bits is clipped: it may be infinite.
// CHECK-LABEL: func.func @cancelled
// CHECK: winograd.add
// CHECK-SAME: winograd.taken_back
// CHECK-SAME: -> tensor<2x3xf32>
// CHECK: winograd.sub
// CHECK-SAME: activation = #winograd.activation<clip, -2.195000e+02 : f32, 2.195000e+02 : f32>
// CHECK-SAME: -> tensor<2x3xf16>
// CHECK: winograd.mul
// CHECK-SAME: winograd.taken_back
// CHECK-SAME: -> tensor<2x3xf32>
// CHECK: winograd.mul
// CHECK-SAME: activation = #winograd.activation<clip
// CHECK-SAME: -> tensor<2x3xf16>
func.func @cancelled(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %c = arith.constant dense<1.0e+9> : tensor<2x3xf32>
  %k = arith.constant dense<300.0> : tensor<2x3xf32>
  %n = arith.constant dense<0.001> : tensor<2x3xf32>
  %a = winograd.add %x, %c : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %d = winograd.sub %a, %c : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %m = winograd.mul %d, %k : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %y = winograd.mul %m, %n : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %s = winograd.add %y, %y : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %s : tensor<2x3xf32>
}

// -----

// A number that is no normal half stays f32; so do results behind ops that move numbers, and those that are read as well.
// CHECK-LABEL: func.func @kept
// CHECK: dense<9.99999993E-9> : tensor<2x3xf32>
// CHECK: %[[E:.*]] = winograd.add {{.*}} (tensor<2x3xf16>, tensor<2x3xf32>) -> tensor<2x3xf16>
// CHECK: %[[R:.*]] = winograd.sub %[[E]]
// CHECK-SAME: -> tensor<2x3xf32>
// CHECK: %[[T:.*]] = winograd.mul
// CHECK-SAME: -> tensor<2x3xf32>
// CHECK: %[[U:.*]] = winograd.reshape %[[T]]
// CHECK-SAME: -> tensor<6xf32>
// CHECK: return %[[R]], %[[U]]
func.func @kept(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<6xf32>) {
  %c = arith.constant dense<1.0e-8> : tensor<2x3xf32>
  %e = winograd.add %x, %c : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %r = winograd.sub %e, %x : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %t = winograd.mul %r, %e : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %u = winograd.reshape %t : (tensor<2x3xf32>) -> tensor<6xf32>
  return %r, %u : tensor<2x3xf32>, tensor<6xf32>
}
