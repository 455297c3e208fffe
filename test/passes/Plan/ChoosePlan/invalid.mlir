// RUN: not wino-opt %s --wino-list-candidates --wino-choose-plan="policy=%S/Inputs/impossible.yaml" 2>&1 | FileCheck %s --check-prefix=STRIDE
// RUN: not wino-opt %s --wino-choose-plan 2>&1 | FileCheck %s --check-prefix=UNLISTED
// RUN: not wino-opt %s --wino-list-candidates --wino-choose-plan="plan=%S/Inputs/other_target.plan.yaml" 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not wino-opt %s --wino-list-candidates --wino-choose-plan="plan=%S/Inputs/unknown_layer.plan.yaml" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not wino-opt %s --wino-list-candidates --wino-choose-plan="plan=%S/Inputs/empty.plan.yaml" 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not wino-opt %s --wino-list-candidates --wino-choose-plan="error-budget=-1" 2>&1 | FileCheck %s --check-prefix=BUDGET
// RUN: not wino-opt %s --wino-list-candidates --wino-choose-plan="precision=fp8" 2>&1 | FileCheck %s --check-prefix=PRECISION
// RUN: not wino-opt %s --wino-list-candidates --wino-choose-plan="policy=%s" 2>&1 | FileCheck %s --check-prefix=BROKEN

// RUN: not wino-opt %s --wino-list-candidates --wino-choose-plan="policy=%S/Inputs/in_floats.yaml" 2>&1 | FileCheck %s --check-prefix=FLOATS

// STRIDE: error: {{.*}}node 'stride2': expected a tile of stride 2x2, got F(2,3) for F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8 (required by {{.*}}impossible.yaml:3)
// UNLISTED: error: {{.*}}node 'stride2': expected winograd.candidates with direct first, got none; run wino-list-candidates before
// TARGET: error: {{.*}}other_target.plan.yaml: expected a plan for target cortex-a53, got one for x86-64
// UNKNOWN: error: {{.*}}unknown_layer.plan.yaml:3: expected the name of a convolution, got 'strid2'
// MISSING: error: {{.*}}node 'stride2': expected a plan in {{.*}}empty.plan.yaml, got none
// BUDGET: error: expected error-budget >= 0, got -1
// PRECISION: error: expected precision mixed, int8 or fp32, got 'fp8'
// FLOATS: error: {{.*}}node 'stride2': expected candidates in floats, which {{.*}}in_floats.yaml asks for, got integers; run wino-list-candidates with the same file
// BROKEN: error: {{.*}}invalid.mlir:2: expected each key once
func.func @main(%x: tensor<1x4x9x9xf32>) -> tensor<1x4x4x4xf32> {
  %w = arith.constant dense<0.1> : tensor<4x4x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<4xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x9x9xf32>, tensor<4x4x3x3xf32>, tensor<4xf32>) -> tensor<1x4x4x4xf32> loc("stride2")
  return %y : tensor<1x4x4x4xf32>
}
