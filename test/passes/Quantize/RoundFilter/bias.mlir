// Without maps nothing is corrected; nearest without maps changes nothing at all. Layers with input taps of 16 bits are
// left alone; where the filter's have fewer, gptq says so.
// RUN: wino-opt %s --wino-round-filter="rounding=nearest bias-correction" 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t
// RUN: wino-opt %s --wino-round-filter 2>%t.gptq | FileCheck %s --check-prefix=WIDE
// RUN: FileCheck %s --check-prefix=NARROW < %t.gptq

// CHECK: winograd.filter_transform {{.*}} -> tensor<4x4x1x1xi8>
// CHECK: winograd.filter_transform {{.*}} -> tensor<4x4x1x1xi16>
// REMARK: layer '?': no feature maps of its input; its bias stays
// NARROW: layer '?': 16-bit input taps; its filter is rounded to nearest
// NARROW-NOT: 16-bit input taps
// WIDE-NOT: winograd.filter_transform {{.*}} -> tensor<4x4x1x1xi8>
// WIDE: winograd.filter_transform {{.*}} -> tensor<4x4x1x1xi16>
func.func @main() -> (tensor<4x4x1x1xi8>, tensor<4x4x1x1xi16>, tensor<4x4x1x1xi16>) {
  %w = arith.constant dense<[[[[-0.5, -0.6, 0.3], [0.3, 1.6, 0.7], [1.7, 1.4, 2.0]]]]> : tensor<1x1x3x3xf32>
  %v = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">,
    scales = array<f64: 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0>} : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi8>
  %wide = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi16">,
    scales = array<f64: 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0>} : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi16>
  %narrow = winograd.filter_transform %w {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i16xi8">,
    scales = array<f64: 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0>} : (tensor<1x1x3x3xf32>) -> tensor<4x4x1x1xi16>
  return %v, %wide, %narrow : tensor<4x4x1x1xi8>, tensor<4x4x1x1xi16>, tensor<4x4x1x1xi16>
}
