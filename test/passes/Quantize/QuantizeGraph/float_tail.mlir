// RUN: wino-opt %s --wino-quantize-graph --split-input-file --mlir-print-debuginfo | FileCheck %s

// Marked ops stay as they are behind one winograd.dequantize of what several of them read; needs no statistics there.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    (%[[X:.*]]: tensor<2x!quant.uniform<i8:f32, 1.000000e+00>>{{.*}}) -> (tensor<2xf32>, tensor<2xf32>, tensor<2x!quant.uniform
// CHECK:         %[[N:.*]] = winograd.add %[[X]], %[[X]]
// CHECK:         %[[F:.*]] = winograd.dequantize %[[N]] {winograd.in_floats} : (tensor<2x!quant.uniform<i8:f32, 2.000000e+00>>) -> tensor<2xf32> loc(#[[LOC:.*]])
// CHECK:         %[[E:.*]] = winograd.activate %[[F]] {{.*}}-> tensor<2xf32>
// CHECK:         %[[Y:.*]] = winograd.mul %[[F]], %{{.*}} {winograd.in_floats} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
// CHECK:         return %[[E]], %[[Y]], %[[N]]
// CHECK:         #[[LOC]] = loc("sum.dequantize")
func.func @main(%x: tensor<2xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %grid = arith.constant dense<[100.5, 1000.5]> : tensor<2xf32>
  %n = winograd.add %x, %x {winograd.stats = {min = -1.0, clip_s8 = 254.0, clip_u8 = 254.0}} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("sum")
  %e = winograd.activate %n {activation = #winograd.activation<exp, 0.0 : f32, 0.0 : f32>, winograd.in_floats} : (tensor<2xf32>) -> tensor<2xf32>
  %y = winograd.mul %n, %grid {winograd.in_floats} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %e, %y, %n : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// Integers read floats through one quant.qcast, in the type of what was measured: clip 127, scale 1.
// CHECK-LABEL: func.func @read_by_integers
// CHECK:         %[[T:.*]] = winograd.add %{{.*}} {winograd.in_floats, {{.*}}} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT:    %[[Q:.*]] = "quant.qcast"(%[[T]]) : (tensor<2xf32>) -> tensor<2x!quant.uniform<i8:f32, 1.000000e+00>> loc(#[[LOC:.*]])
// CHECK-NEXT:    %[[Y:.*]] = winograd.add %[[Q]], %[[Q]]
// CHECK-NEXT:    return %[[Y]] : tensor<2x!quant.uniform
// CHECK:         #[[LOC]] = loc("float.quantize")
func.func @read_by_integers(%x: tensor<2xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<2xf32> {
  %t = winograd.add %x, %x {winograd.in_floats, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}
    : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("float")
  %y = winograd.add %t, %t {winograd.stats = {min = -1.0, clip_s8 = 254.0, clip_u8 = 254.0}} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}
