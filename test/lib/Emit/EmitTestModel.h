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

inline mlir::OwningOpRef<mlir::ModuleOp> parse(mlir::MLIRContext &context, llvm::StringRef text = kModule) {
  context.loadDialect<mlir::LLVM::LLVMDialect>();
  return mlir::parseSourceString<mlir::ModuleOp>(text, &context);
}

} // namespace wino::test

#endif
