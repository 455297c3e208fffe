// RUN: wino-opt %s --wino-list-candidates="precision=fp61" --verify-diagnostics

// expected-error @below {{precision: expected mixed, fp32 or fp16, got 'fp61'}}
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
