// RUN: wino-opt %s --wino-lower-float="prefix=net" | FileCheck %s

// Two tensors of 16 bytes, each with a place of its own that stays valid after the run.
// CHECK:       module attributes {wino.arena_bytes = 256 : i64, wino.tensors = [{dims = [1, 1, 2, 2], name = "twice", offset = 0 : i64}, {dims = [1, 1, 2, 2], name = "positive", offset = 128 : i64}]}
// CHECK-LABEL: func.func private @net_layer_0
// CHECK:         arith.addf {{.*}} : f32
// CHECK-LABEL: func.func private @net_layer_1
// CHECK:         arith.maximumf {{.*}} : f32
// CHECK-LABEL: func.func @net_run_impl
// CHECK-NOT:     winograd.
func.func @main(%x: tensor<1x1x2x2xf32> {wino.name = "image"}) -> (tensor<1x1x2x2xf32> {wino.name = "out"}) {
  %a = winograd.add %x, %x : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("twice")
  %y = winograd.activate %a {activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("positive")
  return %y : tensor<1x1x2x2xf32>
}
