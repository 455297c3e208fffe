// RUN: wino-opt %s --wino-list-candidates="target=z80" --verify-diagnostics

// expected-error @below {{expected a target among cortex-a53, cortex-a55, cortex-a76, neoverse-n1, neoverse-n2, x86-64, sm_75, sm_80, sm_87, sm_90, got 'z80'}}
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
