// A lowered module small enough to read: adds one to each of four bytes. Stands in for a network in the tests of this
// room.
#ifndef WINO_TEST_EMIT_EMITTESTMODEL_H
#define WINO_TEST_EMIT_EMITTESTMODEL_H

#include "wino/Emit/StaticLibrary.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

namespace wino::test {

inline const char *const kModule = R"mlir(
module attributes {
  wino.prefix = "tiny", wino.arena_bytes = 64 : i64, wino.arena_align = 16 : i64, wino.weights_bytes = 4 : i64,
  wino.inputs = [{name = "in\"put", dims = [1, 1, 2, 2], type = "int8_t", scale = 5.000000e-01 : f64, elements = 4 : i64}],
  wino.outputs = [{name = "out", dims = [1, 4], type = "uint8_t", scale = 1.000000e+00 : f64, elements = 4 : i64}]} {
  llvm.mlir.global internal constant @tiny_weights(dense<[1, 2, 3, 4]> : tensor<4xi8>) {addr_space = 0 : i32} : !llvm.array<4 x i8>
  llvm.func internal @tiny_kernel(%in: !llvm.ptr, %out: !llvm.ptr) attributes {passthrough = ["noinline"]} {
    %w = llvm.mlir.addressof @tiny_weights : !llvm.ptr
    %a = llvm.load %in {alignment = 1 : i64} : !llvm.ptr -> vector<4xi8>
    %b = llvm.load %w {alignment = 1 : i64} : !llvm.ptr -> vector<4xi8>
    %c = llvm.add %a, %b : vector<4xi8>
    llvm.store %c, %out {alignment = 1 : i64} : vector<4xi8>, !llvm.ptr
    llvm.return
  }
  llvm.func @tiny_run_impl(%arena: !llvm.ptr, %in: !llvm.ptr, %out: !llvm.ptr) {
    llvm.call @tiny_kernel(%in, %out) : (!llvm.ptr, !llvm.ptr) -> ()
    llvm.return
  }
}
)mlir";

/// The same by four pieces of a byte each, which the caller's hook hands out.
inline const char *const kSharedModule = R"mlir(
module attributes {
  wino.prefix = "tiny", wino.arena_bytes = 64 : i64, wino.arena_align = 16 : i64, wino.weights_bytes = 4 : i64,
  wino.max_workers = 3 : i64,
  wino.inputs = [{name = "in", dims = [4], type = "int8_t", scale = 5.000000e-01 : f64, elements = 4 : i64}],
  wino.outputs = [{name = "out", dims = [4], type = "uint8_t", scale = 1.000000e+00 : f64, elements = 4 : i64}]} {
  llvm.mlir.global internal constant @tiny_weights(dense<[1, 2, 3, 4]> : tensor<4xi8>) {addr_space = 0 : i32} : !llvm.array<4 x i8>
  llvm.func internal @tiny_task_0(%arg: !llvm.ptr, %begin: i32, %end: i32, %worker: i32) {
    %eight = llvm.mlir.constant(8 : i64) : i64
    %one = llvm.mlir.constant(1 : i32) : i32
    %in = llvm.load %arg : !llvm.ptr -> !llvm.ptr
    %slot = llvm.getelementptr %arg[%eight] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %out = llvm.load %slot : !llvm.ptr -> !llvm.ptr
    %w = llvm.mlir.addressof @tiny_weights : !llvm.ptr
    llvm.br ^head(%begin : i32)
  ^head(%i: i32):
    %more = llvm.icmp "ult" %i, %end : i32
    llvm.cond_br %more, ^body, ^done
  ^body:
    %x = llvm.getelementptr %in[%i] : (!llvm.ptr, i32) -> !llvm.ptr, i8
    %y = llvm.getelementptr %out[%i] : (!llvm.ptr, i32) -> !llvm.ptr, i8
    %v = llvm.getelementptr %w[%i] : (!llvm.ptr, i32) -> !llvm.ptr, i8
    %a = llvm.load %x {alignment = 1 : i64} : !llvm.ptr -> i8
    %b = llvm.load %v {alignment = 1 : i64} : !llvm.ptr -> i8
    %c = llvm.add %a, %b : i8
    llvm.store %c, %y {alignment = 1 : i64} : i8, !llvm.ptr
    %next = llvm.add %i, %one : i32
    llvm.br ^head(%next : i32)
  ^done:
    llvm.return
  }
  llvm.func @tiny_run_impl(%arena: !llvm.ptr, %in: !llvm.ptr, %out: !llvm.ptr, %hook: !llvm.ptr) {
    %eight = llvm.mlir.constant(8 : i64) : i64
    %slots = llvm.mlir.constant(2 : i64) : i64
    %count = llvm.mlir.constant(4 : i32) : i32
    %args = llvm.alloca %slots x i64 : (i64) -> !llvm.ptr
    llvm.store %in, %args : !llvm.ptr, !llvm.ptr
    %second = llvm.getelementptr %args[%eight] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.store %out, %second : !llvm.ptr, !llvm.ptr
    %f = llvm.load %hook : !llvm.ptr -> !llvm.ptr
    %where = llvm.getelementptr %hook[%eight] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %pool = llvm.load %where : !llvm.ptr -> !llvm.ptr
    %task = llvm.mlir.addressof @tiny_task_0 : !llvm.ptr
    llvm.call %f(%pool, %task, %args, %count) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, !llvm.ptr, i32) -> ()
    llvm.return
  }
}
)mlir";

inline mlir::OwningOpRef<mlir::ModuleOp> parse(mlir::MLIRContext &context, llvm::StringRef text = kModule) {
  context.loadDialect<mlir::LLVM::LLVMDialect>();
  return mlir::parseSourceString<mlir::ModuleOp>(text, &context);
}

} // namespace wino::test

#endif
