// RUN: wino-opt %s --wino-plan-arena --split-input-file | FileCheck %s

// Maps of 16 and 32 channels, made for one concat only, lie in its result from the start: no buffers of their own, and the
// result's memory is taken when the first of them is made. The third has 8 channels and is copied.
// CHECK-LABEL: func.func @in_place
// CHECK: winograd.max_pool_2d {{.*}}wino.offset = [[#FIRST:]]
// CHECK: winograd.max_pool_2d {{.*}}wino.offset = [[#FIRST+16]]
// CHECK: winograd.max_pool_2d {{.*}}wino.offset = [[#FIRST+256]]
// CHECK: winograd.concat {{.*}}wino.offset = [[#FIRST]]
!q = !quant.uniform<i8:f32, 1.0>
func.func @in_place(%x: tensor<1x16x4x4x!q>, %y: tensor<1x32x4x4x!q>, %z: tensor<1x8x4x4x!q>) -> tensor<1x56x2x2x!q> {
  %a = winograd.max_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>}
    : (tensor<1x16x4x4x!q>) -> tensor<1x16x2x2x!q>
  %b = winograd.max_pool_2d %y {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>}
    : (tensor<1x32x4x4x!q>) -> tensor<1x32x2x2x!q>
  %c = winograd.max_pool_2d %z {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>}
    : (tensor<1x8x4x4x!q>) -> tensor<1x8x2x2x!q>
  %d = winograd.concat %a, %b, %c {axis = 1 : i64}
    : (tensor<1x16x2x2x!q>, tensor<1x32x2x2x!q>, tensor<1x8x2x2x!q>) -> tensor<1x56x2x2x!q>
  return %d : tensor<1x56x2x2x!q>
}

// -----

// A map that somebody else reads too stays by itself; behind it, and with 24 channels, so does the other.
// CHECK-LABEL: func.func @copies
// CHECK: winograd.max_pool_2d {{.*}}wino.offset = 512
// CHECK: winograd.max_pool_2d {{.*}}wino.offset = 640
// CHECK: winograd.concat {{.*}}wino.offset = 0
!q = !quant.uniform<i8:f32, 1.0>
func.func @copies(%x: tensor<1x24x4x4x!q>) -> (tensor<1x48x2x2x!q>, tensor<1x24x2x2x!q>) {
  %a = winograd.max_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>}
    : (tensor<1x24x4x4x!q>) -> tensor<1x24x2x2x!q>
  %b = winograd.max_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>}
    : (tensor<1x24x4x4x!q>) -> tensor<1x24x2x2x!q>
  %d = winograd.concat %a, %b {axis = 1 : i64} : (tensor<1x24x2x2x!q>, tensor<1x24x2x2x!q>) -> tensor<1x48x2x2x!q>
  return %d, %a : tensor<1x48x2x2x!q>, tensor<1x24x2x2x!q>
}
