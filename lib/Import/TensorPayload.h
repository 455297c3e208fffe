// Private to the Import room: TensorProto -> OnnxTensor.
#ifndef WINO_LIB_IMPORT_TENSORPAYLOAD_H
#define WINO_LIB_IMPORT_TENSORPAYLOAD_H

#include "ExternalData.h"
#include "wino/Import/OnnxGraph.h"

#include <onnx/onnx.pb.h>

namespace wino {

/// The element type that a TensorProto data_type becomes; none for types that are not read (strings, complex, unknown).
std::optional<DType> elementType(int32_t dataType);

/// Checks the payload's length against the shape before anything is allocated, then decodes whichever field holds it.
llvm::Expected<TensorPtr> readTensor(const onnx::TensorProto &proto, ExternalSource &source);

} // namespace wino

#endif // WINO_LIB_IMPORT_TENSORPAYLOAD_H
