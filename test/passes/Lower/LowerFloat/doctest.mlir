// RUN: wino-opt %s --wino-lower-float | FileCheck %s

// Every tensor keeps its own memory, so that calibration sees all of them after one run.
// CHECK: module attributes {wino.arena_bytes = {{[0-9]+}} : i64, wino.tensors = [{{.*}}offset = 0 : i64{{.*}}offset = 128 : i64
// CHECK: func.func @float_run_impl(
// CHECK-NOT: winograd.
func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %a = winograd.add %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %b = winograd.mul %a, %y {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %b : tensor<4xf32>
}
