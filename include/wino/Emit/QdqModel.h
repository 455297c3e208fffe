// QdqModel: the integer graph as a standard ONNX model in QDQ form, float arithmetic between QuantizeLinear and
// DequantizeLinear, which other runtimes fuse to their own integer kernels. The quantization is ours, the kernels
// theirs.
#ifndef WINO_EMIT_QDQMODEL_H
#define WINO_EMIT_QDQMODEL_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace wino {

/// The bytes of an ONNX model of opset 13 for `main`, a graph that wino-quantize-graph made of convolutions without a
/// Winograd plan. Inputs and outputs are float32 tensors in logical (NCHW) order under the names `wino.name` of
/// arguments and results.
///
/// Activations are u8: unsigned tensors with zero point 0, signed ones as q + 128 with zero point 128 (runtimes fuse
/// only where both sides of a layer have one type). Filters are i8 with a scale per output channel, biases i32 with
/// scale s_x s_w. Scales of filters and constants are those that the integer multipliers state, not the ones they
/// were rounded from. Ops that QDQ cannot say are an error that names the layer.
llvm::Expected<std::string> writeQdqModel(mlir::func::FuncOp main, llvm::StringRef name, llvm::StringRef version);

} // namespace wino

#endif
