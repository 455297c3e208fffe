// Payload forms, graph checks and limits of the reader.
#include "ModelBuilder.h"

#include <cmath>
#include <unistd.h>

using namespace wino;
using namespace wino::test;

namespace {

Model identity() { return unary("Identity", {1, 2}); }

/// The tensor that reading `proto` as an initializer gives, or the message.
std::string tensorError(const onnx::TensorProto &proto, OnnxTensor *result = nullptr) {
  Model model = identity();
  *model.graph().add_initializer() = proto;
  model.graph().mutable_initializer(0)->set_name("t");
  auto graph = readOnnxBytes(model.bytes(), "m.onnx");
  if (!graph)
    return llvm::toString(graph.takeError());
  if (result)
    *result = *graph->initializers.at("t");
  return "";
}

onnx::TensorProto typed(int type, const Dims &dims) {
  onnx::TensorProto t;
  t.set_data_type(type);
  for (int64_t dim : dims)
    t.add_dims(dim);
  return t;
}

TEST(OnnxReader, reads_nodes_names_and_attributes) {
  Model model;
  model.input("x", {1, 2}).output("y");
  model.node("Relu", {"x"}, {"a"}).node("LeakyRelu", {"a"}, {"y"}, {attr("alpha", 0.5f)});
  model.graph().mutable_node(0)->clear_name();
  auto graph = readOnnxBytes(model.bytes(), "m.onnx");
  ASSERT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  EXPECT_EQ(graph->nodes[0].name, "a");
  EXPECT_EQ(graph->nodes[1].opset, 13);
  EXPECT_EQ(graph->nodes[1].attrs.at("alpha").f, 0.5f);
}

TEST(OnnxReader, numbers_repeated_node_names) {
  Model model;
  model.input("x", {1, 2}).output("y").node("Relu", {"x"}, {"a"}, {}, "n").node("Relu", {"a"}, {"y"}, {}, "n");
  auto graph = readOnnxBytes(model.bytes(), "m.onnx");
  ASSERT_TRUE(bool(graph));
  EXPECT_EQ(graph->nodes[1].name, "n.1");
}

TEST(OnnxReader, float_fields) {
  OnnxTensor t;
  auto p = typed(onnx::TensorProto::FLOAT, {2});
  p.add_float_data(1.5f);
  p.add_float_data(-2);
  EXPECT_EQ(tensorError(p, &t), "");
  EXPECT_EQ(*t.floats(), (std::vector<float>{1.5f, -2}));
  p = typed(onnx::TensorProto::DOUBLE, {1});
  p.add_double_data(0.25);
  EXPECT_EQ(tensorError(p, &t), "");
  EXPECT_EQ(t.get<double>(0), 0.25);
}

TEST(OnnxReader, integer_fields) {
  OnnxTensor t;
  for (auto [type, dtype] : {std::pair(onnx::TensorProto::INT32, DType::I32),
                             {onnx::TensorProto::INT16, DType::I16},
                             {onnx::TensorProto::INT8, DType::I8},
                             {onnx::TensorProto::UINT16, DType::U16},
                             {onnx::TensorProto::UINT8, DType::U8},
                             {onnx::TensorProto::BOOL, DType::Bool}}) {
    auto p = typed(type, {1});
    p.add_int32_data(1);
    EXPECT_EQ(tensorError(p, &t), "");
    EXPECT_EQ(t.type, dtype);
    EXPECT_EQ(t.bytes.size(), byteSize(dtype));
    EXPECT_EQ(t.bytes[0], 1);
  }
  for (auto type : {onnx::TensorProto::UINT32, onnx::TensorProto::UINT64}) {
    auto p = typed(type, {1});
    p.add_uint64_data(7);
    EXPECT_EQ(tensorError(p, &t), "");
    EXPECT_EQ(t.bytes[0], 7);
  }
  auto p = typed(onnx::TensorProto::INT8, {1});
  p.add_int32_data(128); // one above the largest int8
  EXPECT_TRUE(contains(tensorError(p), "expected i8 elements, got 128"));
}

TEST(OnnxReader, sixteen_bit_floats_are_widened) {
  OnnxTensor t;
  // 1, -2, largest (65504), smallest subnormal (2^-24), infinity, smallest normal (2^-14)
  uint16_t half[] = {0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x0400};
  auto p = typed(onnx::TensorProto::FLOAT16, {6});
  p.set_raw_data(half, sizeof(half));
  EXPECT_EQ(tensorError(p, &t), "");
  EXPECT_EQ(*t.floats(), (std::vector<float>{1, -2, 65504, 0x1p-24f, INFINITY, 0x1p-14f}));
  p = typed(onnx::TensorProto::FLOAT16, {1});
  p.add_int32_data(0x3800);
  EXPECT_EQ(tensorError(p, &t), "");
  EXPECT_EQ(t.get<float>(0), 0.5f);
  p = typed(onnx::TensorProto::BFLOAT16, {1});
  p.set_raw_data("\x80\x3f", 2);
  EXPECT_EQ(tensorError(p, &t), "");
  EXPECT_EQ(t.get<float>(0), 1.0f);
}

TEST(OnnxReader, payload_must_match_shape) {
  EXPECT_TRUE(contains(tensorError(floatTensor("t", {3}, {1, 2})), "expected 12 bytes of raw_data for shape 3, got 8"));
  EXPECT_TRUE(contains(tensorError(intTensor("t", {3}, {1, 2})), "expected 3 elements for shape 3, got 2"));
  EXPECT_TRUE(contains(tensorError(typed(onnx::TensorProto::FLOAT, {4})), "expected 4 elements"));
  auto both = floatTensor("t", {1}, {1});
  both.add_float_data(1);
  EXPECT_TRUE(contains(tensorError(both), "expected one data field"));
  auto other = typed(onnx::TensorProto::FLOAT, {1});
  other.add_int64_data(1);
  EXPECT_TRUE(contains(tensorError(other), "expected elements only in the field of their type"));
}

TEST(OnnxReader, hostile_shapes) {
  int64_t big = int64_t(1) << 62;
  for (const Dims &dims : {Dims{big, 4}, Dims{int64_t(1) << 32, int64_t(1) << 32}, Dims{-1}, Dims{65536, 65536},
                           Dims{0, big}, Dims{int64_t(-9223372036854775807 - 1)}, Dims{-2, -2}})
    EXPECT_TRUE(
        contains(tensorError(typed(onnx::TensorProto::FLOAT, dims)), "expected a shape of at most 2^31 elements"))
        << shapeText(dims);
  EXPECT_TRUE(contains(tensorError(typed(onnx::TensorProto::FLOAT, Dims(17, 1))), "expected rank <= 16, got 17"));
  EXPECT_TRUE(
      contains(tensorError(typed(onnx::TensorProto::FLOAT, {46340, 46340})), "got 0")); // allowed shape, no payload
}

TEST(OnnxReader, unread_types) {
  for (int type : {0, 8, 14, 15, 99, -1})
    EXPECT_TRUE(contains(tensorError(typed(type, {})), "expected a number type that is read")) << type;
  auto segment = floatTensor("t", {1}, {1});
  segment.mutable_segment()->set_begin(0);
  EXPECT_TRUE(contains(tensorError(segment), "expected a whole tensor"));
}

TEST(OnnxReader, initializers_repeated_as_inputs) {
  Model model;
  model.input("x", {1, 2}).input("w", {1, 2}).output("y").floats("w", {1, 2}).node("Add", {"x", "w"}, {"y"});
  auto graph = readOnnxBytes(model.bytes(), "m.onnx");
  ASSERT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  ASSERT_EQ(graph->inputs.size(), 1u);
  EXPECT_EQ(graph->inputs[0].name, "x");
}

TEST(OnnxReader, names_are_defined_once_and_before_use) {
  Model undefined = unary("Add", {1}, {}, 13, {"nowhere"});
  EXPECT_TRUE(contains(readError(undefined.bytes()), "node 'layer': expected input 'nowhere' to be defined"));
  Model cycle;
  cycle.input("x", {1})
      .output("y")
      .node("Add", {"x", "b"}, {"a"})
      .node("Relu", {"a"}, {"b"})
      .node("Relu", {"b"}, {"y"});
  EXPECT_TRUE(contains(readError(cycle.bytes()),
                       "node 'n_a': expected nodes in order and without cycles, got input 'b' from node 'n_b'"));
  Model self;
  self.input("x", {1}).output("y").node("Add", {"x", "y"}, {"y"});
  EXPECT_TRUE(contains(readError(self.bytes()), "without cycles"));
  Model twice;
  twice.input("x", {1}).output("y").node("Relu", {"x"}, {"y"}).node("Relu", {"x"}, {"y"}, {}, "second");
  EXPECT_TRUE(contains(readError(twice.bytes()), "node 'second': expected outputs that nothing else defines, got 'y'"));
  Model shadow;
  shadow.input("x", {1}).output("x").node("Relu", {"x"}, {"x"});
  EXPECT_TRUE(contains(readError(shadow.bytes()), "expected outputs that nothing else defines"));
  EXPECT_TRUE(contains(readError(identity().input("x", {1}).bytes()), "expected one input 'x', got two"));
  EXPECT_TRUE(contains(readError(identity().output("z").bytes()), "output 'z': expected a node that makes it"));
  EXPECT_TRUE(contains(readError(identity().output("y").bytes()), "expected one output 'y', got two"));
  EXPECT_TRUE(contains(readError(identity().floats("w", {1}).floats("w", {1}).bytes()),
                       "expected one initializer 'w', got two"));
  EXPECT_TRUE(contains(readError(Model().input("x", {1}).bytes()), "expected a graph with outputs"));
  Model nameless = identity();
  nameless.graph().mutable_node(0)->clear_output();
  EXPECT_TRUE(contains(readError(nameless.bytes()), "expected a first output with a name"));
}

TEST(OnnxReader, value_types_are_checked) {
  Model untyped = identity();
  untyped.graph().mutable_input(0)->clear_type();
  EXPECT_TRUE(contains(readError(untyped.bytes()), "input 'x': expected a tensor type, got none"));
  Model sequence = identity();
  sequence.graph().mutable_input(0)->mutable_type()->mutable_sequence_type();
  EXPECT_TRUE(contains(readError(sequence.bytes()), "expected a tensor, got another type"));
  EXPECT_TRUE(
      contains(readError(Model().input("h", {1}, onnx::TensorProto::BFLOAT16).output("h").bytes()), "got bfloat16"));
}

TEST(OnnxReader, opsets) {
  EXPECT_TRUE(contains(readError(unary("Relu", {1}, {}, 0).bytes()), "expected opset 1 to 26, got 0"));
  EXPECT_TRUE(contains(readError(unary("Relu", {1}, {}, 9999).bytes()), "expected opset 1 to 26, got 9999"));
  Model none = identity();
  none.proto.clear_opset_import();
  EXPECT_TRUE(contains(readError(none.bytes()), "expected an opset import"));
}

TEST(OnnxReader, nesting_is_limited) {
  Model model = identity();
  onnx::GraphProto *graph = &model.graph();
  for (int depth = 0; depth < 200; ++depth) {
    auto *node = graph->add_node();
    node->set_op_type("If");
    node->add_output("o");
    auto *a = node->add_attribute();
    a->set_name("then_branch");
    a->set_type(onnx::AttributeProto::GRAPH);
    graph = a->mutable_g();
  }
  EXPECT_TRUE(contains(readError(model.bytes()), "nested deeper than 32"));
}

TEST(OnnxReader, files) {
  Folder folder;
  auto message = [](const std::string &path) {
    auto graph = readOnnx(path);
    return graph ? std::string() : llvm::toString(graph.takeError());
  };
  EXPECT_EQ(message(folder.write("m.onnx", identity().bytes())), "");
  EXPECT_TRUE(contains(message(folder.file("absent.onnx")), "absent.onnx"));
  EXPECT_TRUE(contains(message(folder.path.str().str()), "expected a regular file"));
  EXPECT_TRUE(contains(message(folder.write("empty.onnx", "")), "got an empty file"));
  EXPECT_TRUE(contains(message(folder.write("text.onnx", "not a model")), "do not parse"));
  folder.write("huge.onnx", "");
  ASSERT_EQ(::truncate(folder.file("huge.onnx").c_str(), off_t(1) << 31),
            0); // sparse: one byte more than allowed, takes no room
  EXPECT_TRUE(contains(message(folder.file("huge.onnx")), "expected at most 2 GB, got 2147483648 bytes"));
}

} // namespace
