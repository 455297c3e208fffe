// RUN: wino-opt %s --wino-plan-arena --wino-lower-to-neon=prefix=net | FileCheck %s
// RUN: wino-opt %s --wino-plan-arena=target=neoverse-n2 --wino-lower-to-neon="prefix=net target=neoverse-n2" | FileCheck %s --check-prefix=DOT
// RUN: wino-opt %s --wino-plan-arena=target=x86-64 --wino-lower-to-x86=prefix=net | FileCheck %s --check-prefix=X86

// 4 x 4 pixels and 16 channels: four rows of sums, each with a load of four bytes of the residual, which are u8.
// CHECK-LABEL: func.func private @net_direct_{{[0-9]+}}
// CHECK:         %[[TO:.*]] = llvm.ptrtoint
// CHECK:         %[[FROM:.*]] = llvm.ptrtoint
// CHECK:         arith.subi
// CHECK:         llvm.inline_asm {{.*}}movz w27, #4096
// CHECK-SAME:    ushll v{{[0-9]+}}.8h, v{{[0-9]+}}.8b, #0
// CHECK-SAME:    smlal v{{[0-9]+}}.4s, v{{[0-9]+}}.4h, v3.4h
// CHECK-SAME:    {x28}
// Sixteen at once: two widenings, four products.
// DOT-LABEL:   func.func private @net_direct_{{[0-9]+}}
// DOT:           llvm.inline_asm {{.*}}ushll2 v{{[0-9]+}}.8h, v[[R:[0-9]+]].16b, #0
// DOT-SAME:      smlal2 v{{[0-9]+}}.4s, v{{[0-9]+}}.8h, v22.8h
// X86-LABEL:   func.func private @net_direct_{{[0-9]+}}
// X86:           arith.extui {{.*}} : vector<8xi8> to vector<8xi32>
// X86:           arith.muli {{.*}} : vector<8xi32>

// A tile of 2 x 2 outputs: 3 x 3 pixels leave the map, so that the residual goes through a patch, too.
// CHECK-LABEL: func.func private @net_winograd_{{[0-9]+}}
// CHECK:         llvm.inline_asm {{.*}}add x26, x14, x25
// CHECK-SAME:    sshll v{{[0-9]+}}.8h, v{{[0-9]+}}.8b, #0
// CHECK-SAME:    smlal v{{[0-9]+}}.4s, v{{[0-9]+}}.4h, v{{[0-9]+}}.h[
#direct = #winograd.requant<pre = 8, shift = 12, lo = 0, hi = 255, multipliers = [1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576,
  1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576]>
!s = !quant.uniform<i8:f32, 1.0>
!u = !quant.uniform<u8:f32, 1.0>
func.func @main(%x: tensor<1x16x4x4x!s>) -> (tensor<1x16x4x4x!u>, tensor<1x16x3x3x!s>) {
  %w = arith.constant dense<1> : tensor<16x16x1x1xi8>
  %b = arith.constant dense<0> : tensor<16xi32>
  %r = winograd.max_pool_2d %x {kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x16x4x4x!s>) -> tensor<1x16x4x4x!s>
  %l = winograd.lookup %r {table = array<i32: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127>} : (tensor<1x16x4x4x!s>) -> tensor<1x16x4x4x!u>
  %y = winograd.conv_2d %r, %w, %b, %l {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    requant = #direct, residual_multiplier = 4096 : i64} : (tensor<1x16x4x4x!s>, tensor<16x16x1x1xi8>, tensor<16xi32>, tensor<1x16x4x4x!u>) -> tensor<1x16x4x4x!u>
  %p = winograd.slice %r {starts = array<i64: 0, 0, 0, 0>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x16x4x4x!s>) -> tensor<1x16x3x3x!s>
  %v = arith.constant dense<1> : tensor<4x4x16x16xi16>
  %t = winograd.input_transform %p {plan = #winograd.plan<"F(2,3) taps=i16xi16">, pads = array<i64: 1, 1>, output_size = array<i64: 3, 3>,
    multipliers = array<i32>, shifts = array<i32>} : (tensor<1x16x3x3x!s>) -> tensor<4x4x4x16xi16>
  %o = winograd.tap_matmul %t, %v {multipliers = array<i32: 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576, 1048576>} : (tensor<4x4x4x16xi16>, tensor<4x4x16x16xi16>) -> tensor<4x4x4x16xi32>
  %z = winograd.output_transform %o, %b, %p {plan = #winograd.plan<"F(2,3) taps=i16xi16">, shift = 12 : i64, lo = -128 : i64, hi = 127 : i64,
    residual_multiplier = 5000 : i64} : (tensor<4x4x4x16xi32>, tensor<16xi32>, tensor<1x16x3x3x!s>) -> tensor<1x16x3x3x!s>
  return %y, %z : tensor<1x16x4x4x!u>, tensor<1x16x3x3x!s>
}
