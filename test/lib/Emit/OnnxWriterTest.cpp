// The bytes that OnnxWriter makes, read back with protobuf.
#include "wino/Emit/OnnxWriter.h"

#include <gtest/gtest.h>
#include <onnx/onnx.pb.h>

#include <cstring>

namespace wino {
namespace {

onnx::ModelProto parse(const OnnxWriter &writer) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(llvm::cantFail(writer.serialize())));
  return model;
}

TEST(OnnxWriter, versions_and_producer) {
  onnx::ModelProto model = parse(OnnxWriter("net", "1.2", 7, 13));
  EXPECT_EQ(model.ir_version(), 7);
  EXPECT_EQ(model.producer_name(), "wino-opt");
  EXPECT_EQ(model.producer_version(), "1.2");
  EXPECT_EQ(model.graph().name(), "net");
  ASSERT_EQ(model.opset_import_size(), 1);
  EXPECT_EQ(model.opset_import(0).version(), 13);
  EXPECT_EQ(model.opset_import(0).domain(), "");
}

TEST(OnnxWriter, ports_are_float_with_their_shape) {
  OnnxWriter writer("net", "1", 7, 13);
  llvm::cantFail(writer.addInput("x", {1, 3}));
  llvm::cantFail(writer.addOutput("y", {}));
  onnx::GraphProto graph = parse(writer).graph();
  const onnx::TypeProto_Tensor &x = graph.input(0).type().tensor_type(), &y = graph.output(0).type().tensor_type();
  EXPECT_EQ(graph.input(0).name(), "x");
  EXPECT_EQ(x.elem_type(), onnx::TensorProto::FLOAT);
  ASSERT_EQ(x.shape().dim_size(), 2);
  EXPECT_EQ(x.shape().dim(1).dim_value(), 3);
  EXPECT_EQ(graph.output(0).name(), "y");
  EXPECT_TRUE(y.has_shape()); // a scalar, not a tensor of unknown rank
  EXPECT_EQ(y.shape().dim_size(), 0);
}

TEST(OnnxWriter, a_port_keeps_its_name_or_fails) {
  OnnxWriter writer("net", "1", 7, 13);
  llvm::cantFail(writer.addInput("x", {1}));
  EXPECT_EQ(llvm::toString(writer.addOutput("x", {1})),
            "output 'x': expected a name that no other input or output has, got it twice; rename it in the model");
  EXPECT_EQ(writer.newValue("x"), "x.1");
  EXPECT_EQ(writer.newValue("x"), "x.2");
  EXPECT_EQ(writer.newValue("x.1"), "x.1.1");
}

TEST(OnnxWriter, constants_of_every_type) {
  OnnxWriter writer("net", "1", 7, 13);
  EXPECT_EQ(writer.addConstant("f", {}, llvm::ArrayRef<float>(0.5f)), "f");
  writer.addConstant("i8", {2}, llvm::ArrayRef<int8_t>({-128, 127}));
  writer.addConstant("u8", {1, 2}, llvm::ArrayRef<uint8_t>({0, 255}));
  writer.addConstant("i32", {1}, llvm::ArrayRef<int32_t>(-5));
  writer.addConstant("i64", {1}, llvm::ArrayRef<int64_t>(int64_t(1) << 40));
  onnx::GraphProto graph = parse(writer).graph();
  ASSERT_EQ(graph.initializer_size(), 5);
  EXPECT_EQ(graph.initializer(0).dims_size(), 0);
  float half = 0;
  ASSERT_EQ(graph.initializer(0).raw_data().size(), 4u);
  std::memcpy(&half, graph.initializer(0).raw_data().data(), 4);
  EXPECT_EQ(half, 0.5f);
  EXPECT_EQ(graph.initializer(1).data_type(), onnx::TensorProto::INT8);
  EXPECT_EQ(graph.initializer(1).raw_data(), std::string("\x80\x7f", 2));
  EXPECT_EQ(graph.initializer(2).data_type(), onnx::TensorProto::UINT8);
  EXPECT_EQ(graph.initializer(2).raw_data(), std::string("\0\xff", 2));
  EXPECT_EQ(graph.initializer(3).raw_data(), std::string("\xfb\xff\xff\xff", 4));
  EXPECT_EQ(graph.initializer(4).raw_data(), std::string("\0\0\0\0\0\1\0\0", 8));
}

TEST(OnnxWriter, nodes_keep_order_names_and_attributes) {
  OnnxWriter writer("net", "1", 7, 13);
  OnnxNodeWriter first = writer.addNode("Conv", "n", {"a", "b"}, "c");
  writer.addNode("Relu", "n", {"c"}, "d");
  first.set("group", int64_t(2)).set("alpha", 0.25f).set("pads", llvm::ArrayRef<int64_t>({1, 2}));
  onnx::GraphProto graph = parse(writer).graph();
  ASSERT_EQ(graph.node_size(), 2);
  EXPECT_EQ(graph.node(0).op_type(), "Conv");
  EXPECT_EQ(graph.node(0).input(1), "b");
  EXPECT_EQ(graph.node(0).output(0), "c");
  EXPECT_EQ(graph.node(1).name(), "n.1");
  ASSERT_EQ(graph.node(0).attribute_size(), 3);
  EXPECT_EQ(graph.node(0).attribute(0).i(), 2);
  EXPECT_EQ(graph.node(0).attribute(0).type(), onnx::AttributeProto::INT);
  EXPECT_EQ(graph.node(0).attribute(1).f(), 0.25f);
  EXPECT_EQ(graph.node(0).attribute(2).ints(1), 2);
}

TEST(OnnxWriter, same_calls_same_bytes) {
  auto make = [] {
    OnnxWriter writer("net", "1", 7, 13);
    llvm::cantFail(writer.addInput("x", {1, 3}));
    writer.addNode("Relu", "relu", {"x"}, writer.newValue("y")).set("axis", int64_t(1));
    return llvm::cantFail(writer.serialize());
  };
  EXPECT_EQ(make(), make());
}

} // namespace
} // namespace wino
