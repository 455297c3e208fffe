// Small functions of OnnxGraph.h: sizes, shapes and names as text. No parsing here.
#include "wino/Import/OnnxGraph.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace wino {

unsigned byteSize(DType type) {
  switch (type) {
  case DType::I8:
  case DType::U8:
  case DType::Bool: return 1;
  case DType::I16:
  case DType::U16: return 2;
  case DType::F32:
  case DType::I32:
  case DType::U32: return 4;
  case DType::F64:
  case DType::I64:
  case DType::U64: return 8;
  }
  llvm_unreachable("all element types are listed");
}

llvm::StringRef dtypeName(DType type) {
  switch (type) {
  case DType::F32: return "f32";
  case DType::F64: return "f64";
  case DType::I8: return "i8";
  case DType::U8: return "u8";
  case DType::I16: return "i16";
  case DType::U16: return "u16";
  case DType::I32: return "i32";
  case DType::U32: return "u32";
  case DType::I64: return "i64";
  case DType::U64: return "u64";
  case DType::Bool: return "bool";
  }
  llvm_unreachable("all element types are listed");
}

std::optional<int64_t> elementCount(llvm::ArrayRef<int64_t> dims) {
  if (dims.size() > kMaxRank)
    return std::nullopt;
  // A zero makes the tensor empty but must not hide an absurd product of the other dimensions (a reshape could drop the
  // zero).
  int64_t count = 1;
  bool empty = false;
  for (int64_t dim : dims) {
    if (dim < 0 || dim > kMaxElements)
      return std::nullopt;
    if (dim == 0) {
      empty = true;
      continue;
    }
    if (llvm::MulOverflow(count, dim, count) || count > kMaxElements)
      return std::nullopt;
  }
  return empty ? 0 : count;
}

std::string shapeText(llvm::ArrayRef<int64_t> dims) {
  if (dims.empty())
    return "scalar";
  std::string text;
  for (size_t k = 0; k < dims.size(); ++k)
    text += (k ? "x" : "") + std::to_string(dims[k]);
  return text;
}

std::string quoted(llvm::StringRef name) {
  constexpr size_t kShown = 200;
  std::string text = "'";
  llvm::raw_string_ostream out(text);
  llvm::printEscapedString(name.take_front(kShown), out);
  out << (name.size() > kShown ? "...'" : "'");
  return text;
}

std::optional<std::vector<int64_t>> OnnxTensor::ints() const {
  if (type != DType::I64 && type != DType::I32)
    return std::nullopt;
  std::vector<int64_t> values(numElements());
  for (size_t k = 0; k < values.size(); ++k)
    values[k] = type == DType::I64 ? get<int64_t>(k) : get<int32_t>(k);
  return values;
}

std::vector<float> OnnxTensor::numbers() const {
  std::vector<float> values(numElements());
  for (size_t k = 0; k < values.size(); ++k)
    switch (type) {
    case DType::F32: values[k] = get<float>(k); break;
    case DType::F64: values[k] = static_cast<float>(get<double>(k)); break;
    case DType::I8: values[k] = get<int8_t>(k); break;
    case DType::U8: values[k] = get<uint8_t>(k); break;
    case DType::I16: values[k] = get<int16_t>(k); break;
    case DType::U16: values[k] = get<uint16_t>(k); break;
    case DType::I32: values[k] = static_cast<float>(get<int32_t>(k)); break;
    case DType::U32: values[k] = static_cast<float>(get<uint32_t>(k)); break;
    case DType::I64: values[k] = static_cast<float>(get<int64_t>(k)); break;
    case DType::U64: values[k] = static_cast<float>(get<uint64_t>(k)); break;
    case DType::Bool: values[k] = get<uint8_t>(k) != 0; break;
    }
  return values;
}

std::optional<std::vector<float>> OnnxTensor::floats() const {
  if (type != DType::F32)
    return std::nullopt;
  std::vector<float> values(numElements());
  for (size_t k = 0; k < values.size(); ++k)
    values[k] = get<float>(k);
  return values;
}

} // namespace wino
