// RUN: wino-opt %s --wino-store-halves="input-low=2 input-high=1" --verify-diagnostics

// expected-error @+1 {{expected finite input-low <= input-high, got 2.000000e+00 and 1.000000e+00}}
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  return %x : tensor<2x3xf32>
}
