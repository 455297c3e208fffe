// RUN: not wino-opt %s --wino-attach-profile="profile=%S/Inputs/other_network.calib" 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not wino-opt %s --wino-attach-profile="profile=%S/Inputs/missing.calib" 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not wino-opt %s --wino-attach-profile="profile=%s" 2>&1 | FileCheck %s --check-prefix=BROKEN

// OTHER: error: expected a profile of this network, got one of which no tensor is known, such as 'gone'
// MISSING: error: {{.*}}missing.calib
// BROKEN: error: {{.*}}invalid.mlir: expected a JSON file
func.func @main(%x: tensor<4xf32> {wino.name = "image"}) -> tensor<4xf32> {
  %y = winograd.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
