// RUN: wino-opt %s --wino-choose-plan="error-budget=0.0042" 2>/dev/null | FileCheck %s
// RUN: wino-opt %s --wino-choose-plan="error-budget=0.0042" 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY
// RUN: wino-opt %s --wino-choose-plan="error-budget=0.0042 slack=0.25" 2>/dev/null | FileCheck %s --check-prefix=SLACK

// The budget holds one int8 F(4,3) (0.004 above direct) and one int16 F(4,3) (0.0001): 800 cycles. Of the two equal layers either may have it.
// CHECK-LABEL: func.func @main
// CHECK-DAG:     plan = #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16">, strides
// CHECK-DAG:     plan = #winograd.plan<"F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8">, strides

// 1000 cycles, a quarter more, buy int16 for both.
// SLACK-COUNT-2: plan = #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16">, strides

// WHY-DAG: remark: {{.*}}node 'stem': {{.*}}: fewest cycles within the error budget; rejected: direct (1000 cycles, error 1.00e-04), slower; F(2,3)
// WHY-DAG: (300 cycles, error 4.10e-03), its error does not fit the budget
func.func @main(%x: tensor<1x1x8x8xf32>) -> tensor<1x1x8x8xf32> attributes {winograd.target = "cortex-a53"} {
  %w = arith.constant dense<0.1> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %a = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, winograd.candidates = [{plan = #winograd.plan<"direct">, cycles = 1000.0 : f64, error = 0.0001 : f64}, {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, cycles = 600.0 : f64, error = 0.0004 : f64}, {plan = #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16">, cycles = 500.0 : f64, error = 0.0002 : f64}, {plan = #winograd.plan<"F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8">, cycles = 300.0 : f64, error = 0.0041 : f64}]}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32> loc("stem")
  %y = winograd.conv_2d %a, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, winograd.candidates = [{plan = #winograd.plan<"direct">, cycles = 1000.0 : f64, error = 0.0001 : f64}, {plan = #winograd.plan<"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8">, cycles = 600.0 : f64, error = 0.0004 : f64}, {plan = #winograd.plan<"F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16">, cycles = 500.0 : f64, error = 0.0002 : f64}, {plan = #winograd.plan<"F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8">, cycles = 300.0 : f64, error = 0.0041 : f64}]}
    : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x8x8xf32> loc("head")
  return %y : tensor<1x1x8x8xf32>
}
