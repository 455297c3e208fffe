// OnnxWriter: nodes, constants and ports put together to the bytes of an ONNX model. What they mean is not known here:
// QdqModel decides that.
#ifndef WINO_EMIT_ONNXWRITER_H
#define WINO_EMIT_ONNXWRITER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>

namespace onnx {
class ModelProto;
class NodeProto;
} // namespace onnx

namespace wino {

/// A node in the making: attributes may be added while the writer lives.
class OnnxNodeWriter {
public:
  explicit OnnxNodeWriter(onnx::NodeProto &node) : node(node) {}
  OnnxNodeWriter &set(llvm::StringRef attribute, int64_t value);
  OnnxNodeWriter &set(llvm::StringRef attribute, float value);
  OnnxNodeWriter &set(llvm::StringRef attribute, llvm::ArrayRef<int64_t> values);
  OnnxNodeWriter &setText(llvm::StringRef attribute, llvm::StringRef value);

private:
  onnx::NodeProto &node;
};

/// Collects one graph of ONNX's own operators (domain ""). Nodes stand in the file in the order of their calls, which
/// must be a topological one.
class OnnxWriter {
public:
  /// `irVersion` and `opset` as ONNX counts them; `graphName` and `version` are shown by viewers.
  OnnxWriter(llvm::StringRef graphName, llvm::StringRef version, int64_t irVersion, int64_t opset);
  ~OnnxWriter();

  /// `wish`, or `wish.1`, `wish.2`, ... where a value has that name already. Values are tensors of any kind.
  std::string newValue(llvm::StringRef wish);

  /// A float32 port of the graph under exactly this name; an error if a value has it already.
  llvm::Error addInput(llvm::StringRef name, llvm::ArrayRef<int64_t> dims);
  llvm::Error addOutput(llvm::StringRef name, llvm::ArrayRef<int64_t> dims);

  /// A constant in row-major order (initializer); returns its name. No dims: a scalar. As many elements as dims say.
  std::string addConstant(llvm::StringRef wish, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<float> elements);
  std::string addConstant(llvm::StringRef wish, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int8_t> elements);
  std::string addConstant(llvm::StringRef wish, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<uint8_t> elements);
  std::string addConstant(llvm::StringRef wish, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int32_t> elements);
  std::string addConstant(llvm::StringRef wish, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> elements);

  /// Adds a node with one output. Its name is `name`, made unique as values are; `output` comes from newValue or is a
  /// graph output.
  OnnxNodeWriter addNode(llvm::StringRef op, llvm::StringRef name, llvm::ArrayRef<std::string> inputs,
                         llvm::StringRef output);

  /// The file's bytes, the same for the same calls; an error beyond protobuf's limit of 2 GB.
  llvm::Expected<std::string> serialize() const;

private:
  template <typename T>
  std::string addRaw(llvm::StringRef wish, int32_t type, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<T> elements);

  std::unique_ptr<onnx::ModelProto> model;
  llvm::StringSet<> values, nodes;
};

} // namespace wino

#endif
