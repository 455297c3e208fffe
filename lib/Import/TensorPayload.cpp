// Decodes TensorProto: raw bytes, the five typed fields, external data; float16 and bfloat16 are widened. Where
// external bytes come from is ExternalData's business.
#include "TensorPayload.h"

#include "ImportError.h"
#include "llvm/ADT/bit.h"

#include <limits>

namespace wino {
namespace {

using onnx::TensorProto;

static_assert(llvm::endianness::native == llvm::endianness::little,
              "ONNX payloads are little endian and copied as they are");

float widenHalf(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 1023;
  if (exponent == 31)
    return llvm::bit_cast<float>(sign | 0x7f800000 | fraction << 13);
  if (exponent == 0) { // zero or subnormal: fraction * 2^-24 is exact in f32
    float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -value : value;
  }
  return llvm::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

float widenBrain(uint16_t bits) { return llvm::bit_cast<float>(uint32_t(bits) << 16); }

bool isSixteenBitFloat(int32_t type) { return type == TensorProto::FLOAT16 || type == TensorProto::BFLOAT16; }

OnnxTensor widen(OnnxTensor tensor, int32_t type, llvm::ArrayRef<uint8_t> raw) {
  for (size_t k = 0; k < raw.size() / 2; ++k) {
    uint16_t bits = uint16_t(raw[2 * k] | raw[2 * k + 1] << 8);
    tensor.set<float>(k, type == TensorProto::FLOAT16 ? widenHalf(bits) : widenBrain(bits));
  }
  return tensor;
}

/// Copies one typed field; every value must fit the element type.
template <typename To, typename Field> llvm::Error copyField(OnnxTensor &tensor, const Field &field) {
  for (int k = 0; k < field.size(); ++k) {
    auto value = field.Get(k);
    if constexpr (std::is_integral_v<To> && sizeof(To) < sizeof(value))
      if (value < static_cast<decltype(value)>(std::numeric_limits<To>::min()) ||
          value > static_cast<decltype(value)>(std::numeric_limits<To>::max()))
        return importError("expected " + dtypeName(tensor.type) + " elements, got " + llvm::Twine(value));
    tensor.set<To>(k, static_cast<To>(value));
  }
  return llvm::Error::success();
}

/// Elements of the one typed field that may hold this type; -1 when some other field has elements as well.
int64_t typedCount(const TensorProto &proto, int32_t type) {
  int64_t f32 = proto.float_data_size(), i32 = proto.int32_data_size(), i64 = proto.int64_data_size(),
          f64 = proto.double_data_size(), u64 = proto.uint64_data_size();
  int64_t all = f32 + i32 + i64 + f64 + u64 + proto.string_data_size();
  int64_t own = i32;
  if (type == TensorProto::FLOAT)
    own = f32;
  else if (type == TensorProto::INT64)
    own = i64;
  else if (type == TensorProto::DOUBLE)
    own = f64;
  else if (type == TensorProto::UINT32 || type == TensorProto::UINT64)
    own = u64;
  return own == all ? own : -1;
}

llvm::Error copyTyped(OnnxTensor &tensor, const TensorProto &proto) {
  switch (proto.data_type()) {
  case TensorProto::FLOAT: return copyField<float>(tensor, proto.float_data());
  case TensorProto::DOUBLE: return copyField<double>(tensor, proto.double_data());
  case TensorProto::INT64: return copyField<int64_t>(tensor, proto.int64_data());
  case TensorProto::INT32: return copyField<int32_t>(tensor, proto.int32_data());
  case TensorProto::INT16: return copyField<int16_t>(tensor, proto.int32_data());
  case TensorProto::INT8: return copyField<int8_t>(tensor, proto.int32_data());
  case TensorProto::UINT16: return copyField<uint16_t>(tensor, proto.int32_data());
  case TensorProto::UINT8: return copyField<uint8_t>(tensor, proto.int32_data());
  case TensorProto::BOOL: return copyField<uint8_t>(tensor, proto.int32_data());
  case TensorProto::UINT32: return copyField<uint32_t>(tensor, proto.uint64_data());
  case TensorProto::UINT64: return copyField<uint64_t>(tensor, proto.uint64_data());
  default: // the two 16-bit floats: bit patterns in int32_data
    for (int k = 0; k < proto.int32_data_size(); ++k) {
      int32_t bits = proto.int32_data(k);
      if (bits < 0 || bits > 0xffff)
        return importError("expected 16-bit patterns in int32_data, got " + llvm::Twine(bits));
      tensor.set<float>(k, proto.data_type() == TensorProto::FLOAT16 ? widenHalf(uint16_t(bits))
                                                                     : widenBrain(uint16_t(bits)));
    }
    return llvm::Error::success();
  }
}

/// Bytes that stand in the file as they are: raw_data or external.
llvm::Error takeRaw(OnnxTensor &tensor, int32_t type, int64_t count, llvm::ArrayRef<uint8_t> raw) {
  tensor.bytes.resize(count * byteSize(tensor.type));
  if (isSixteenBitFloat(type))
    tensor = widen(std::move(tensor), type, raw);
  else if (!raw.empty())
    std::memcpy(tensor.bytes.data(), raw.data(), raw.size());
  return llvm::Error::success();
}

llvm::Error fillPayload(OnnxTensor &tensor, const TensorProto &proto, int64_t count, ExternalSource &source) {
  int32_t type = proto.data_type();
  uint64_t fileBytes = uint64_t(count) * (isSixteenBitFloat(type) ? 2 : byteSize(tensor.type));
  int64_t typed = typedCount(proto, type);
  if (proto.data_location() == TensorProto::EXTERNAL) {
    if (typed != 0 || !proto.raw_data().empty())
      return importError("expected data either in the model or in an external file, got both");
    std::vector<std::pair<std::string, std::string>> entries;
    for (const onnx::StringStringEntryProto &entry : proto.external_data())
      entries.emplace_back(entry.key(), entry.value());
    auto raw = readExternal(source, entries, fileBytes);
    return raw ? takeRaw(tensor, type, count, *raw) : raw.takeError();
  }
  if (proto.external_data_size() > 0)
    return importError("expected external_data only with data_location = EXTERNAL");
  if (proto.has_raw_data()) {
    if (typed != 0)
      return importError("expected one data field, got raw_data and another");
    const std::string &raw = proto.raw_data();
    if (raw.size() != fileBytes)
      return importError("expected " + llvm::Twine(fileBytes) + " bytes of raw_data for shape " +
                         shapeText(tensor.dims) + ", got " + llvm::Twine(raw.size()));
    return takeRaw(tensor, type, count, {reinterpret_cast<const uint8_t *>(raw.data()), raw.size()});
  }
  if (typed < 0)
    return importError("expected elements only in the field of their type");
  if (typed != count)
    return importError("expected " + llvm::Twine(count) + " elements for shape " + shapeText(tensor.dims) + ", got " +
                       llvm::Twine(typed));
  tensor.bytes.resize(count * byteSize(tensor.type));
  return copyTyped(tensor, proto);
}

} // namespace

std::optional<DType> elementType(int32_t dataType) {
  switch (dataType) {
  case TensorProto::FLOAT:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16: return DType::F32;
  case TensorProto::DOUBLE: return DType::F64;
  case TensorProto::INT8: return DType::I8;
  case TensorProto::UINT8: return DType::U8;
  case TensorProto::INT16: return DType::I16;
  case TensorProto::UINT16: return DType::U16;
  case TensorProto::INT32: return DType::I32;
  case TensorProto::UINT32: return DType::U32;
  case TensorProto::INT64: return DType::I64;
  case TensorProto::UINT64: return DType::U64;
  case TensorProto::BOOL: return DType::Bool;
  default: return std::nullopt;
  }
}

llvm::Expected<TensorPtr> readTensor(const TensorProto &proto, ExternalSource &source) {
  auto tensor = std::make_shared<OnnxTensor>();
  auto type = elementType(proto.data_type());
  if (!type)
    return importError("expected a number type that is read, got data_type " + llvm::Twine(proto.data_type()));
  if (proto.has_segment())
    return importError("expected a whole tensor, got a segment");
  if (size_t(proto.dims_size()) > kMaxRank)
    return importError("expected rank <= " + llvm::Twine(kMaxRank) + ", got " + llvm::Twine(proto.dims_size()));
  tensor->type = *type;
  tensor->dims.assign(proto.dims().begin(), proto.dims().end());
  auto count = elementCount(tensor->dims);
  if (!count)
    return importError("expected a shape of at most 2^31 elements, got " + shapeText(tensor->dims));
  if (llvm::Error failed = fillPayload(*tensor, proto, *count, source))
    return std::move(failed);
  return TensorPtr(std::move(tensor));
}

} // namespace wino
