// ONNX's protobuf messages, filled in. Classes come from Debian's onnx.proto; no function of libonnx is called.
#include "wino/Emit/OnnxWriter.h"

#include "llvm/ADT/Twine.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx.pb.h>

#include <cassert>
#include <limits>

using namespace llvm;

namespace wino {

namespace {

onnx::AttributeProto &newAttribute(onnx::NodeProto &node, StringRef name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name.str());
  attribute.set_type(type);
  return attribute;
}

std::string takeUnique(StringSet<> &taken, StringRef wish) {
  std::string name = wish.str();
  for (unsigned k = 1; !taken.insert(name).second; ++k)
    name = (wish + "." + Twine(k)).str();
  return name;
}

void describePort(onnx::ValueInfoProto &port, StringRef name, ArrayRef<int64_t> dims) {
  port.set_name(name.str());
  onnx::TypeProto_Tensor &type = *port.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  onnx::TensorShapeProto &shape = *type.mutable_shape(); // present for rank 0 as well
  for (int64_t dim : dims)
    shape.add_dim()->set_dim_value(dim);
}

Error checkNew(StringSet<> &values, StringRef port, StringRef name) {
  if (values.insert(name).second)
    return Error::success();
  return createStringError(port + " '" + name +
                           "': expected a name that no other input or output has, got it twice; rename it in the "
                           "model");
}

} // namespace

OnnxNodeWriter &OnnxNodeWriter::set(StringRef attribute, int64_t value) {
  newAttribute(node, attribute, onnx::AttributeProto::INT).set_i(value);
  return *this;
}

OnnxNodeWriter &OnnxNodeWriter::set(StringRef attribute, float value) {
  newAttribute(node, attribute, onnx::AttributeProto::FLOAT).set_f(value);
  return *this;
}

OnnxNodeWriter &OnnxNodeWriter::setText(StringRef attribute, StringRef value) {
  newAttribute(node, attribute, onnx::AttributeProto::STRING).set_s(value.str());
  return *this;
}

OnnxNodeWriter &OnnxNodeWriter::set(StringRef attribute, ArrayRef<int64_t> values) {
  onnx::AttributeProto &proto = newAttribute(node, attribute, onnx::AttributeProto::INTS);
  for (int64_t value : values)
    proto.add_ints(value);
  return *this;
}

OnnxWriter::OnnxWriter(StringRef graphName, StringRef version, int64_t irVersion, int64_t opset)
    : model(std::make_unique<onnx::ModelProto>()) {
  model->set_ir_version(irVersion);
  model->set_producer_name("wino-opt");
  model->set_producer_version(version.str());
  model->mutable_graph()->set_name(graphName.str());
  onnx::OperatorSetIdProto &standard = *model->add_opset_import();
  standard.set_domain("");
  standard.set_version(opset);
}

OnnxWriter::~OnnxWriter() = default;

std::string OnnxWriter::newValue(StringRef wish) { return takeUnique(values, wish); }

Error OnnxWriter::addInput(StringRef name, ArrayRef<int64_t> dims) {
  if (Error error = checkNew(values, "input", name))
    return error;
  describePort(*model->mutable_graph()->add_input(), name, dims);
  return Error::success();
}

Error OnnxWriter::addOutput(StringRef name, ArrayRef<int64_t> dims) {
  if (Error error = checkNew(values, "output", name))
    return error;
  describePort(*model->mutable_graph()->add_output(), name, dims);
  return Error::success();
}

template <typename T>
std::string OnnxWriter::addRaw(StringRef wish, int32_t type, ArrayRef<int64_t> dims, ArrayRef<T> elements) {
  onnx::TensorProto &tensor = *model->mutable_graph()->add_initializer();
  std::string name = newValue(wish);
  tensor.set_name(name);
  tensor.set_data_type(type);
  [[maybe_unused]] int64_t count = 1;
  for (int64_t dim : dims) {
    tensor.add_dims(dim);
    count *= dim;
  }
  assert(count == int64_t(elements.size()) && "as many elements as dims say");
  tensor.set_raw_data(elements.data(), elements.size() * sizeof(T)); // little endian, as all hosts of this compiler
  return name;
}

std::string OnnxWriter::addConstant(StringRef wish, ArrayRef<int64_t> dims, ArrayRef<float> elements) {
  return addRaw(wish, onnx::TensorProto::FLOAT, dims, elements);
}
std::string OnnxWriter::addConstant(StringRef wish, ArrayRef<int64_t> dims, ArrayRef<int8_t> elements) {
  return addRaw(wish, onnx::TensorProto::INT8, dims, elements);
}
std::string OnnxWriter::addConstant(StringRef wish, ArrayRef<int64_t> dims, ArrayRef<uint8_t> elements) {
  return addRaw(wish, onnx::TensorProto::UINT8, dims, elements);
}
std::string OnnxWriter::addConstant(StringRef wish, ArrayRef<int64_t> dims, ArrayRef<int32_t> elements) {
  return addRaw(wish, onnx::TensorProto::INT32, dims, elements);
}
std::string OnnxWriter::addConstant(StringRef wish, ArrayRef<int64_t> dims, ArrayRef<int64_t> elements) {
  return addRaw(wish, onnx::TensorProto::INT64, dims, elements);
}

OnnxNodeWriter OnnxWriter::addNode(StringRef op, StringRef name, ArrayRef<std::string> inputs, StringRef output) {
  onnx::NodeProto &node = *model->mutable_graph()->add_node();
  node.set_op_type(op.str());
  node.set_name(takeUnique(nodes, name));
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(output.str());
  return OnnxNodeWriter(node);
}

Expected<std::string> OnnxWriter::serialize() const {
  size_t size = model->ByteSizeLong();
  if (size > size_t(std::numeric_limits<int32_t>::max()))
    return createStringError("expected a model of at most 2147483647 bytes, protobuf's limit, got " + Twine(size));
  std::string bytes;
  bytes.reserve(size);
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  if (!model->SerializeToCodedStream(&coded))
    return createStringError("expected a model that protobuf can write, got " + Twine(size) + " bytes that it cannot");
  coded.Trim();
  return bytes;
}

} // namespace wino
