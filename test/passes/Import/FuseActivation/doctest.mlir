// RUN: wino-opt %s --wino-fuse-activation | FileCheck %s

// The sum takes the first relu in; the second changes nothing.
// CHECK-LABEL: func.func @main
// CHECK:         %[[Y:.*]] = winograd.add %arg0, %arg0 {activation = #winograd.activation<relu, 0.000000e+00 : f32, 0.000000e+00 : f32>}
// CHECK-NEXT:    return %[[Y]]
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %r = winograd.activate %s {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  %y = winograd.activate %r {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
