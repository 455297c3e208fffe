// Cases of the ONNX backend suite: files, numbers of any type, comparison.
#include "SuiteCase.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

using namespace llvm;

namespace wino {

namespace {

constexpr double kRelative = 1e-3, kAbsolute = 1e-6; // the suite's own

template <typename Message> Error readMessage(const std::string &path, Message &message) {
  auto file = MemoryBuffer::getFile(path);
  if (!file)
    return createStringError("cannot read " + path);
  if (!message.ParseFromArray((*file)->getBufferStart(), int((*file)->getBufferSize())))
    return createStringError("data that are no tensor");
  return Error::success();
}

/// Graph inputs that the model has no value for.
std::vector<std::string> freeInputs(const onnx::GraphProto &graph) {
  StringSet<> given;
  for (const auto &initializer : graph.initializer())
    given.insert(initializer.name());
  std::vector<std::string> names;
  for (const auto &input : graph.input())
    if (!given.contains(input.name()))
      names.push_back(input.name());
  return names;
}

/// The suite keeps bfloat16 as uint16.
void nameBFloats(const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto> &ports, StringRef name,
                 onnx::TensorProto &tensor) {
  for (const onnx::ValueInfoProto &port : ports)
    if (port.name() == name && tensor.data_type() == onnx::TensorProto::UINT16)
      tensor.set_data_type(port.type().tensor_type().elem_type());
}

template <typename T> std::vector<float> rawNumbers(const std::string &bytes) {
  std::vector<float> values(bytes.size() / sizeof(T));
  for (size_t k = 0; k < values.size(); ++k) {
    T value;
    std::memcpy(&value, bytes.data() + k * sizeof(T), sizeof(T));
    values[k] = static_cast<float>(value);
  }
  return values;
}

template <typename List> std::vector<float> listNumbers(const List &list) { return {list.begin(), list.end()}; }

float widened(uint16_t half) {
  APFloat value(APFloat::IEEEhalf(), APInt(16, half));
  bool loses;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &loses);
  return value.convertToFloat();
}

} // namespace

Expected<Case> readCase(const std::string &folder) {
  Case result;
  if (Error error = readMessage(folder + "/model.onnx", result.model))
    return std::move(error);
  const onnx::GraphProto &graph = result.model.graph();
  auto read = [&](const char *what, size_t count, std::vector<onnx::TensorProto> &tensors) -> Error {
    tensors.resize(count);
    for (size_t k = 0; k < count; ++k)
      if (Error error = readMessage(folder + "/test_data_set_0/" + what + std::to_string(k) + ".pb", tensors[k]))
        return error;
    return Error::success();
  };
  for (const auto *ports : {&graph.input(), &graph.output()})
    for (const auto &port : *ports)
      if (!port.type().has_tensor_type())
        return createStringError("inputs or outputs that are no tensors");
  if (Error error = read("input_", freeInputs(graph).size(), result.inputs))
    return std::move(error);
  if (Error error = read("output_", size_t(graph.output_size()), result.outputs))
    return std::move(error);
  std::vector<std::string> names = freeInputs(graph);
  for (size_t k = 0; k < names.size(); ++k)
    nameBFloats(graph.input(), names[k], result.inputs[k]);
  for (size_t k = 0; k < result.outputs.size(); ++k)
    nameBFloats(graph.output(), graph.output(int(k)).name(), result.outputs[k]);
  return result;
}

std::optional<std::vector<float>> numbersOf(const onnx::TensorProto &tensor) {
  bool isRaw = tensor.has_raw_data();
  const std::string &raw = tensor.raw_data();
  switch (tensor.data_type()) {
  case onnx::TensorProto::FLOAT: return isRaw ? rawNumbers<float>(raw) : listNumbers(tensor.float_data());
  case onnx::TensorProto::DOUBLE: return isRaw ? rawNumbers<double>(raw) : listNumbers(tensor.double_data());
  case onnx::TensorProto::INT64: return isRaw ? rawNumbers<int64_t>(raw) : listNumbers(tensor.int64_data());
  case onnx::TensorProto::INT32: return isRaw ? rawNumbers<int32_t>(raw) : listNumbers(tensor.int32_data());
  case onnx::TensorProto::INT16: return isRaw ? rawNumbers<int16_t>(raw) : listNumbers(tensor.int32_data());
  case onnx::TensorProto::UINT16: return isRaw ? rawNumbers<uint16_t>(raw) : listNumbers(tensor.int32_data());
  case onnx::TensorProto::INT8: return isRaw ? rawNumbers<int8_t>(raw) : listNumbers(tensor.int32_data());
  case onnx::TensorProto::UINT8:
  case onnx::TensorProto::BOOL: return isRaw ? rawNumbers<uint8_t>(raw) : listNumbers(tensor.int32_data());
  case onnx::TensorProto::UINT32: return isRaw ? rawNumbers<uint32_t>(raw) : listNumbers(tensor.uint64_data());
  case onnx::TensorProto::UINT64: return isRaw ? rawNumbers<uint64_t>(raw) : listNumbers(tensor.uint64_data());
  case onnx::TensorProto::BFLOAT16: {
    std::vector<float> values = isRaw ? rawNumbers<uint16_t>(raw) : listNumbers(tensor.int32_data());
    for (float &value : values)
      value = bit_cast<float>(uint32_t(value) << 16);
    return values;
  }
  case onnx::TensorProto::FLOAT16: {
    std::vector<float> values = isRaw ? rawNumbers<uint16_t>(raw) : listNumbers(tensor.int32_data());
    for (float &value : values)
      value = widened(static_cast<uint16_t>(value));
    return values;
  }
  }
  return std::nullopt;
}

std::string bindInputs(const Case &given, function_ref<bool(size_t)> isFree, std::vector<std::vector<float>> &values) {
  onnx::ModelProto model = given.model;
  onnx::GraphProto &graph = *model.mutable_graph();
  std::vector<std::string> names = freeInputs(graph);
  StringSet<> bound;
  for (size_t k = 0; k < names.size(); ++k) {
    auto numbers = numbersOf(given.inputs[k]);
    if (numbers && isFree(k)) {
      values.push_back(std::move(*numbers));
      continue;
    }
    bound.insert(names[k]);
    onnx::TensorProto &constant = *graph.add_initializer();
    constant = given.inputs[k];
    constant.set_name(names[k]);
  }
  for (int k = graph.input_size(); k-- > 0;)
    if (bound.contains(graph.input(k).name()))
      graph.mutable_input()->DeleteSubrange(k, 1);
  return model.SerializeAsString();
}

std::string compare(const onnx::TensorProto &wanted, ArrayRef<float> got, ArrayRef<int64_t> shape, double bound) {
  if (ArrayRef<int64_t>(wanted.dims().data(), size_t(wanted.dims_size())) != shape)
    return "another shape";
  std::vector<float> values = *numbersOf(wanted);
  if (values.size() != got.size())
    return "another number of elements";
  double largest = 0;
  for (float value : values)
    largest = std::max(largest, std::isfinite(value) ? std::fabs(double(value)) : 0);
  largest = std::max(largest, 1.0 / 256); // where all cancels, as in a mean of numbers and their negatives
  for (size_t k = 0; k < values.size(); ++k) {
    double a = values[k], b = got[k], most = bound > 0 ? bound * largest : kAbsolute + kRelative * std::fabs(a);
    bool isNear = a == b || (std::isnan(a) && std::isnan(b)) || (std::isfinite(a) && std::fabs(a - b) <= most);
    if (!isNear)
      return ("element " + Twine(k) + ": expected " + Twine(std::to_string(a)) + ", got " + Twine(std::to_string(b)))
          .str();
  }
  return "";
}

} // namespace wino
