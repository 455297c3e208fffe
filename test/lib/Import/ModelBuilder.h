// ONNX models made in the test itself, and a folder that disappears with the test. No checks here.
#ifndef WINO_TEST_LIB_IMPORT_MODELBUILDER_H
#define WINO_TEST_LIB_IMPORT_MODELBUILDER_H

#include "mlir/IR/MLIRContext.h"
#include "wino/Import/ImportOps.h"
#include "wino/Import/OnnxReader.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <onnx/onnx.pb.h>

#include <gtest/gtest.h>

namespace wino::test {

using Names = std::vector<std::string>;
using Dims = std::vector<int64_t>;

inline onnx::AttributeProto attr(const std::string &name, int64_t value) {
  onnx::AttributeProto a;
  a.set_name(name);
  a.set_type(onnx::AttributeProto::INT);
  a.set_i(value);
  return a;
}
inline onnx::AttributeProto attr(const std::string &name, int value) { return attr(name, int64_t(value)); }
inline onnx::AttributeProto attr(const std::string &name, float value) {
  onnx::AttributeProto a;
  a.set_name(name);
  a.set_type(onnx::AttributeProto::FLOAT);
  a.set_f(value);
  return a;
}
inline onnx::AttributeProto attr(const std::string &name, const char *value) {
  onnx::AttributeProto a;
  a.set_name(name);
  a.set_type(onnx::AttributeProto::STRING);
  a.set_s(value);
  return a;
}
inline onnx::AttributeProto attr(const std::string &name, const Dims &values) {
  onnx::AttributeProto a;
  a.set_name(name);
  a.set_type(onnx::AttributeProto::INTS);
  for (int64_t value : values)
    a.add_ints(value);
  return a;
}

inline onnx::TensorProto floatTensor(const std::string &name, const Dims &dims, const std::vector<float> &values) {
  onnx::TensorProto t;
  t.set_name(name);
  t.set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t dim : dims)
    t.add_dims(dim);
  t.set_raw_data(values.data(), values.size() * sizeof(float));
  return t;
}
inline onnx::TensorProto intTensor(const std::string &name, const Dims &dims, const Dims &values) {
  onnx::TensorProto t;
  t.set_name(name);
  t.set_data_type(onnx::TensorProto::INT64);
  for (int64_t dim : dims)
    t.add_dims(dim);
  for (int64_t value : values)
    t.add_int64_data(value);
  return t;
}
/// One unsigned byte, or a vector of them.
inline onnx::TensorProto byteTensor(const std::string &name, const std::vector<uint8_t> &values) {
  onnx::TensorProto t;
  t.set_name(name);
  t.set_data_type(onnx::TensorProto::UINT8);
  if (values.size() > 1)
    t.add_dims(int64_t(values.size()));
  t.set_raw_data(values.data(), values.size());
  return t;
}
inline onnx::AttributeProto attr(const std::string &name, const onnx::TensorProto &value) {
  onnx::AttributeProto a;
  a.set_name(name);
  a.set_type(onnx::AttributeProto::TENSOR);
  *a.mutable_t() = value;
  return a;
}

/// A model under construction; calls chain.
struct Model {
  onnx::ModelProto proto;

  explicit Model(int64_t opset = 13) {
    proto.set_ir_version(7);
    auto *import = proto.add_opset_import();
    import->set_domain("");
    import->set_version(opset);
    proto.mutable_graph()->set_name("g");
  }
  onnx::GraphProto &graph() { return *proto.mutable_graph(); }
  /// A dimension below 0 is left open; symbols go in as dim_param.
  Model &input(const std::string &name, const Dims &dims, int type = onnx::TensorProto::FLOAT) {
    auto *value = graph().add_input();
    value->set_name(name);
    auto *tensor = value->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    tensor->mutable_shape();
    for (int64_t dim : dims) {
      auto *d = tensor->mutable_shape()->add_dim();
      if (dim >= 0)
        d->set_dim_value(dim);
    }
    return *this;
  }
  Model &symbol(int input, int axis, const std::string &name) {
    graph()
        .mutable_input(input)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(axis)
        ->set_dim_param(name);
    return *this;
  }
  Model &output(const std::string &name) {
    auto *value = graph().add_output();
    value->set_name(name);
    value->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    return *this;
  }
  Model &floats(const std::string &name, const Dims &dims, std::vector<float> values = {}) {
    int64_t count = 1;
    for (int64_t dim : dims)
      count *= dim;
    if (values.empty())
      for (int64_t k = 0; k < count; ++k)
        values.push_back(float(k % 7) - 3);
    *graph().add_initializer() = floatTensor(name, dims, values);
    return *this;
  }
  Model &ints(const std::string &name, const Dims &values) {
    *graph().add_initializer() = intTensor(name, {int64_t(values.size())}, values);
    return *this;
  }
  Model &node(const std::string &op, const Names &inputs, const Names &outputs,
              const std::vector<onnx::AttributeProto> &attrs = {}, const std::string &name = "") {
    auto *n = graph().add_node();
    n->set_op_type(op);
    n->set_name(name.empty() ? "n_" + outputs[0] : name);
    for (const std::string &input : inputs)
      n->add_input(input);
    for (const std::string &output : outputs)
      n->add_output(output);
    for (const onnx::AttributeProto &a : attrs)
      *n->add_attribute() = a;
    return *this;
  }
  std::string bytes() const { return proto.SerializeAsString(); }
};

/// A fresh folder for files; removed at the end.
struct Folder {
  llvm::SmallString<128> path;
  Folder() { EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("wino-import", path)); }
  ~Folder() { llvm::sys::fs::remove_directories(path); }
  std::string file(const std::string &name) const { return (path + "/" + name).str(); }
  std::string write(const std::string &name, llvm::StringRef bytes) const {
    std::error_code code;
    llvm::raw_fd_ostream out(file(name), code);
    out << bytes;
    return file(name);
  }
};

/// "" when reading succeeds, else the message.
inline std::string readError(const std::string &bytes) {
  auto graph = readOnnxBytes(bytes, "m.onnx");
  return graph ? "" : llvm::toString(graph.takeError());
}

/// The module as text with locations, or "error: ..." .
inline std::string importText(const Model &model, const ImportOptions &options = {}) {
  auto graph = readOnnxBytes(model.bytes(), "m.onnx");
  if (!graph)
    return "error: " + llvm::toString(graph.takeError());
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  auto module = importOnnx(context, *graph, options);
  if (!module)
    return "error: " + llvm::toString(module.takeError());
  std::string text;
  llvm::raw_string_ostream out(text);
  mlir::OpPrintingFlags flags;
  (*module)->print(out, flags.enableDebugInfo(true, false));
  return text;
}

/// One node of one f32 input `x` and one output `y`.
inline Model unary(const std::string &op, const Dims &dims, const std::vector<onnx::AttributeProto> &attrs = {},
                   int64_t opset = 13, const Names &moreInputs = {}) {
  Model model(opset);
  Names inputs = {"x"};
  inputs.insert(inputs.end(), moreInputs.begin(), moreInputs.end());
  model.input("x", dims).output("y").node(op, inputs, {"y"}, attrs, "layer");
  return model;
}

inline testing::AssertionResult contains(const std::string &text, const std::string &part) {
  if (text.find(part) != std::string::npos)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << "expected '" << part << "' in:\n" << text;
}

} // namespace wino::test

#endif // WINO_TEST_LIB_IMPORT_MODELBUILDER_H
