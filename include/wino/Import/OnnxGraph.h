// The checked, plain picture of an ONNX file that the rest of the Import room works on: tensors with their bytes, nodes
// in topological order, typed attributes. It knows neither protobuf (OnnxReader) nor MLIR (ImportOps).
#ifndef WINO_IMPORT_ONNXGRAPH_H
#define WINO_IMPORT_ONNXGRAPH_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wino {

using Shape = std::vector<int64_t>;

/// Element types that survive reading; float16 and bfloat16 payloads are widened to F32 by the reader.
enum class DType : uint8_t { F32, F64, I8, U8, I16, U16, I32, U32, I64, U64, Bool };

/// Bytes of one element.
unsigned byteSize(DType type);
/// "f32", "i64", ... as used in messages.
llvm::StringRef dtypeName(DType type);

/// Elements a single tensor may have, and the rank it may have; both are checked before any allocation.
constexpr int64_t kMaxElements = int64_t(1) << 31;
constexpr size_t kMaxRank = 16;

/// Product of the dimensions; none when one is negative, the rank is above kMaxRank or the product above kMaxElements.
std::optional<int64_t> elementCount(llvm::ArrayRef<int64_t> dims);

/// "1x3x32x32"; "scalar" for rank 0.
std::string shapeText(llvm::ArrayRef<int64_t> dims);

/// A name from a file, in single quotes, bytes that are not printable escaped, cut when absurdly long.
std::string quoted(llvm::StringRef name);

/// A constant: bytes.size() == product(dims) * byteSize(type) always holds, elements in host order (little endian).
struct OnnxTensor {
  DType type = DType::F32;
  Shape dims;
  std::vector<uint8_t> bytes;

  int64_t numElements() const { return static_cast<int64_t>(bytes.size() / byteSize(type)); }
  template <typename T> T get(int64_t index) const {
    T value;
    std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
    return value;
  }
  template <typename T> void set(int64_t index, T value) {
    std::memcpy(bytes.data() + index * sizeof(T), &value, sizeof(T));
  }
  /// Elements of an I32 or I64 tensor; none for any other type.
  std::optional<std::vector<int64_t>> ints() const;
  /// Elements of a tensor of any type as the nearest f32.
  std::vector<float> numbers() const;
  /// Elements of an F32 tensor; none for any other type.
  std::optional<std::vector<float>> floats() const;
};

using TensorPtr = std::shared_ptr<const OnnxTensor>;

/// One attribute. Kind Other is one that is never imported (subgraph, sparse tensor, type, reference); it has no
/// content.
struct OnnxAttr {
  enum class Kind { Int, Float, String, Tensor, Ints, Floats, Strings, Other };
  Kind kind = Kind::Other;
  int64_t i = 0;
  float f = 0;
  std::string s;
  TensorPtr tensor;
  std::vector<int64_t> ints;
  std::vector<float> floats;
  std::vector<std::string> strings;
};

struct OnnxNode {
  std::string name; ///< unique; an unnamed node has its first output's name
  std::string op;
  std::string domain;                       ///< "" for ONNX's own operators
  int64_t opset = 0;                        ///< version imported for the domain; 0 when the file imports none
  std::vector<std::string> inputs, outputs; ///< "" where an optional one is left out
  std::map<std::string, OnnxAttr> attrs;
};

/// A dimension: fixed (value >= 0), a symbol, or neither when the file says nothing.
struct OnnxDim {
  int64_t value = -1;
  std::string symbol;
};

struct OnnxValue {
  std::string name;
  std::optional<DType> type; ///< none: not stated (outputs only)
  bool hasShape = false;
  std::vector<OnnxDim> dims;
};

/// Guarantees: every value is defined exactly once, before its uses; every output is defined; names are not empty.
struct OnnxGraph {
  std::string path;              ///< of the file, for messages
  std::vector<OnnxValue> inputs; ///< those that are not initializers
  std::vector<OnnxValue> outputs;
  std::map<std::string, TensorPtr> initializers;
  std::vector<OnnxNode> nodes;
};

} // namespace wino

#endif // WINO_IMPORT_ONNXGRAPH_H
