// A target that is no Arm core, and one that nobody knows.
// RUN: not wino-opt %s --wino-plan-arena --wino-lower-to-neon=target=x86-64 2>&1 | FileCheck %s --check-prefix=X86
// X86: error: expected an Arm core, got 'x86-64'
// RUN: not wino-opt %s --wino-plan-arena --wino-lower-to-neon=target=z80 2>&1 | FileCheck %s --check-prefix=Z80
// Z80: error: expected a target among cortex-a53, {{.*}}, got 'z80'
!q = !quant.uniform<i8:f32, 1.0>
func.func @main(%x: tensor<4x!q>) -> tensor<4x!q> {
  return %x : tensor<4x!q>
}
