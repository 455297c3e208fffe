// A constant of one number is part of the code, whatever the map's size; other constants are maps beside the code. Other numbers are another kernel.
// RUN: wino-opt %s --wino-plan-arena --wino-lower-to-neon=prefix=net | FileCheck %s

// CHECK-LABEL: func.func private @net_float_elementwise_0(%arg0: !llvm.ptr {llvm.noalias}, %arg1: !llvm.ptr {llvm.noalias})
// CHECK: arith.constant dense<2.500000e+00> : vector<16xf32>
// CHECK-LABEL: func.func private @net_float_elementwise_1(%arg0: !llvm.ptr {llvm.noalias}, %arg1: !llvm.ptr {llvm.noalias})
// CHECK: arith.constant dense<-0.000000e+00> : vector<16xf32>
// CHECK-LABEL: func.func private @net_float_elementwise_2({{.*}}, %arg2: !llvm.ptr {llvm.noalias})
func.func @main(%x: tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32> {
  %c = arith.constant dense<2.5> : tensor<1x4x2x2xf32>
  %z = arith.constant dense<-0.0> : tensor<1x4x2x2xf32>
  %v = arith.constant dense<[[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]], [[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]]> : tensor<1x4x2x2xf32>
  %a = winograd.mul %c, %x : (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  %b = winograd.sub %a, %z : (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  %y = winograd.maximum %b, %v : (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  return %y : tensor<1x4x2x2xf32>
}
