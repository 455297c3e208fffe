// RUN: wino-opt %s --wino-quantize-graph 2>%t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.err

// |accumulator| <= 2 * 127 * 127 leaves room for factors below 2^15. The head's steps of 2 * 1.27e-6 / 4095 ask for 1e5, bytes of 1e-8 for 6200:
// the head is one of bytes.
// REMARK: remark: the network's head is kept in bytes: {{.*}}: expected scale factors and an accumulator that fit 31-bit multipliers and i32, got factor 9.99{{.*}}
// CHECK-LABEL: func.func @main
// CHECK-SAME: -> tensor<1x1x!quant.uniform<i8:f32, 9.9999999392252903E-9>>
// CHECK: winograd.fully_connected {{.*}}requant = #winograd.requant<pre = 16, shift = {{[0-9]+}}, lo = -128, hi = 127
func.func @main(%x: tensor<1x2xf32> {winograd.stats = {min = -1.0, clip_s8 = 1.0, clip_u8 = 1.0}}) -> tensor<1x1xf32> {
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %y = winograd.fully_connected %x, %w, %b {winograd.stats = {min = -1.0, clip_s8 = 1.27e-6, clip_u8 = 1.27e-6}}
    : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}
