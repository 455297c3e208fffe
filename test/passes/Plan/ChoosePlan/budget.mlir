// RUN: wino-opt %s --wino-choose-plan="error-budget=1" 2>/dev/null | FileCheck %s --check-prefix=LARGE
// RUN: wino-opt %s --wino-choose-plan="error-budget=0.00001" 2>/dev/null | FileCheck %s --check-prefix=TINY
// RUN: wino-opt %s --wino-choose-plan="min-sqnr=25" 2>/dev/null | FileCheck %s --check-prefix=SQNR
// RUN: wino-opt %s --wino-choose-plan="error-budget=1 precision=int8" 2>/dev/null | FileCheck %s --check-prefix=LARGE
// RUN: wino-opt %s --wino-choose-plan="error-budget=0.00065 precision=int8" 2>/dev/null | FileCheck %s --check-prefix=INT8
// RUN: wino-opt %s --wino-choose-plan="min-sqnr=25 noise-budget=0.1" 2>/dev/null | FileCheck %s --check-prefix=LARGE
// RUN: wino-opt %s --wino-choose-plan="min-sqnr=-10 noise-budget=0.00001" 2>/dev/null | FileCheck %s --check-prefix=TINY
// RUN: not wino-opt %s --wino-choose-plan="noise-budget=0.1 error-budget=1" 2>&1 | FileCheck %s --check-prefix=BOTH
// BOTH: error: expected noise-budget or error-budget, got both

// LARGE-COUNT-2: plan = #winograd.plan<"F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8">, strides
// TINY-COUNT-2: plan = #winograd.plan<"direct">, strides
// A quarter of 10^-2.5 is 7.9e-4: two int16 tiles.
// SQNR-COUNT-2: plan = #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16">, strides
// INT8-COUNT-2: plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, strides
func.func @main(%x: tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32> attributes {winograd.target = "cortex-a53"} {
  %w = arith.constant dense<0.1> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %a = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, winograd.candidates = [{plan = #winograd.plan<"direct">, cycles = 1000.0 : f64, error = 0.0001 : f64}, {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, cycles = 600.0 : f64, error = 0.0004 : f64}, {plan = #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16">, cycles = 500.0 : f64, error = 0.0002 : f64}, {plan = #winograd.plan<"F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8">, cycles = 300.0 : f64, error = 0.0041 : f64}]}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32> loc("stem")
  %y = winograd.conv_2d %a, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, winograd.candidates = [{plan = #winograd.plan<"direct">, cycles = 1000.0 : f64, error = 0.0001 : f64}, {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, cycles = 600.0 : f64, error = 0.0004 : f64}, {plan = #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16">, cycles = 500.0 : f64, error = 0.0002 : f64}, {plan = #winograd.plan<"F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8">, cycles = 300.0 : f64, error = 0.0041 : f64}]}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32> loc("head")
  return %y : tensor<1x1x8x8xf32>
}
