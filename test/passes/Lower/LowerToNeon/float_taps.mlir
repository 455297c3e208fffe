// Taps in halves: bytes become floats, U is rounded and stored in halves, products are fused in binary32, results bounded, floored and narrowed.
// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv --wino-prove-ranges --wino-plan-arena --wino-lower-to-neon="prefix=net target=cortex-a76" | FileCheck %s
// RUN: wino-opt %s --wino-quantize-graph --wino-decompose-conv --wino-prove-ranges --wino-plan-arena --wino-lower-to-neon=prefix=net | FileCheck %s --check-prefix=ORDERED

// ORDERED-LABEL: func.func private @net_float_winograd_0
// ORDERED: arith.truncf {{.*}} vector<4xf32> to vector<4xf16>
// ORDERED: llvm.inline_asm {{.*}}// float products
// ORDERED-SAME: fcvtl
// ORDERED: math.floor {{.*}} vector<4xf32>

// CHECK-LABEL: func.func private @net_float_winograd_0
// CHECK: arith.sitofp {{.*}} vector<4xi32> to vector<4xf32>
// CHECK: arith.truncf {{.*}} vector<4xf32> to vector<4xf16>
// CHECK: arith.extf {{.*}} vector<4xf16> to vector<4xf32>
// CHECK: math.fma {{.*}} vector<4xf32>
// CHECK: math.floor {{.*}} vector<4xf32>
// CHECK: arith.trunci {{.*}} vector<4xi32> to vector<4xi8>
// CHECK-NOT: winograd.
func.func @main(%x: tensor<1x16x9x9xf32> {winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 127.0}}) -> tensor<1x16x9x9xf32> {
  %w = arith.constant dense<0.25> : tensor<16x16x3x3xf32>
  %b = arith.constant dense<1.0> : tensor<16xf32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    plan = #winograd.plan<"F(4,3) points=[0,1,-1,2,-2,inf] taps=f16xf16">, winograd.stats = {min = -1.0, clip_s8 = 127.0, clip_u8 = 255.0}}
    : (tensor<1x16x9x9xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<1x16x9x9xf32>
  return %y : tensor<1x16x9x9xf32>
}
