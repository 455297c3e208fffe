// RUN: wino-opt %s --wino-list-candidates | FileCheck %s
// RUN: wino-opt %s --wino-list-candidates --wino-choose-plan="policy=%S/Inputs/five.yaml" 2>/dev/null | FileCheck %s --check-prefix=POLICY
// RUN: wino-opt %s --wino-list-candidates --wino-choose-plan="policy=%S/Inputs/three.yaml" 2>&1 | FileCheck %s --check-prefix=THREE

// No tile is tried on a 5x5 filter by itself, but one may be asked for; a default for 3x3 filters passes it by.
// CHECK:     winograd.conv_2d
// CHECK-NOT: F(
// POLICY:    winograd.conv_2d {{.*}}plan = #winograd.plan<"F(2,5) K=6 points=[0,1,-1,1/2,-1/2,inf] taps=i8xi8">
// THREE:     does not apply: expected a tile F(m,5) for 5x5 filters, got F(4,3)
func.func @main(%x: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  %w = arith.constant dense<0.1> : tensor<4x4x5x5xf32>
  %b = arith.constant dense<0.0> : tensor<4xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x8x8xf32>, tensor<4x4x5x5xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32> loc("conv")
  return %y : tensor<1x4x8x8xf32>
}
