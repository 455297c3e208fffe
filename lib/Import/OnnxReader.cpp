// Parses the protobuf message (with limits on size and nesting) and turns it into an OnnxGraph. Payloads are
// TensorPayload's business, names and order are CheckGraph's, operators StaticGraph's and ImportOps'.
#include "wino/Import/OnnxReader.h"

#include "CheckGraph.h"
#include "ImportError.h"
#include "TensorPayload.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <google/protobuf/io/coded_stream.h>

namespace wino {
namespace {

constexpr uint64_t kMaxFileBytes = (uint64_t(1) << 31) - 1; // protobuf's own limit for one message
constexpr int kMaxNesting = 32;                             // an honest model without subgraphs needs 8
constexpr int64_t kMinOpset = 1, kMaxOpset = 26;

OnnxAttr::Kind kindOf(const onnx::AttributeProto &proto) {
  using A = onnx::AttributeProto;
  using Kind = OnnxAttr::Kind;
  if (proto.has_ref_attr_name() && !proto.ref_attr_name().empty())
    return Kind::Other;
  switch (proto.type()) {
  case A::INT: return Kind::Int;
  case A::FLOAT: return Kind::Float;
  case A::STRING: return Kind::String;
  case A::TENSOR: return Kind::Tensor;
  case A::INTS: return Kind::Ints;
  case A::FLOATS: return Kind::Floats;
  case A::STRINGS: return Kind::Strings;
  case A::UNDEFINED: // before IR version 2 the type was told by the field alone
    if (proto.has_g() || proto.graphs_size() || proto.has_sparse_tensor() || proto.has_tp())
      return Kind::Other;
    return proto.has_i()          ? Kind::Int
           : proto.has_f()        ? Kind::Float
           : proto.has_s()        ? Kind::String
           : proto.has_t()        ? Kind::Tensor
           : proto.floats_size()  ? Kind::Floats
           : proto.strings_size() ? Kind::Strings
                                  : Kind::Ints;
  default: return Kind::Other;
  }
}

class Reader {
public:
  Reader(const onnx::ModelProto &model, llvm::StringRef path, std::string folder) : model(model) {
    graph.path = path.str();
    source.folder = std::move(folder);
  }

  llvm::Expected<OnnxGraph> read() {
    if (!model.has_graph())
      return importError("expected an ONNX model with a graph, got none");
    for (auto step : {&Reader::readOpsets, &Reader::readInitializers, &Reader::readValues, &Reader::readNodes})
      if (llvm::Error failed = (this->*step)())
        return std::move(failed);
    nameNodes(graph);
    if (llvm::Error failed = checkGraph(graph))
      return std::move(failed);
    return std::move(graph);
  }

private:
  static std::string plainDomain(const std::string &domain) { return domain == "ai.onnx" ? "" : domain; }

  llvm::Error readOpsets() {
    for (const onnx::OperatorSetIdProto &entry : model.opset_import())
      if (!opsets.try_emplace(plainDomain(entry.domain()), entry.version()).second)
        return importError("expected one opset import per domain, got " + quoted(entry.domain()) + " again");
    auto standard = opsets.find("");
    if (standard == opsets.end())
      return importError("expected an opset import for ONNX's own operators, got none");
    if (standard->second < kMinOpset || standard->second > kMaxOpset)
      return importError("expected opset " + llvm::Twine(kMinOpset) + " to " + llvm::Twine(kMaxOpset) + ", got " +
                         llvm::Twine(standard->second));
    return llvm::Error::success();
  }

  llvm::Error readInitializers() {
    if (model.graph().sparse_initializer_size() > 0)
      return importError("expected dense initializers, got sparse ones");
    for (const onnx::TensorProto &proto : model.graph().initializer()) {
      if (proto.name().empty())
        return importError("expected initializers with names, got one without");
      auto tensor = readTensor(proto, source);
      if (!tensor)
        return errorAt("initializer " + quoted(proto.name()), tensor.takeError());
      if (!graph.initializers.try_emplace(proto.name(), *tensor).second)
        return importError("expected one initializer " + quoted(proto.name()) + ", got two");
    }
    return llvm::Error::success();
  }

  llvm::Expected<OnnxValue> readValue(const onnx::ValueInfoProto &proto) {
    OnnxValue value;
    value.name = proto.name();
    if (!proto.has_type())
      return value;
    if (!proto.type().has_tensor_type())
      return importError("expected a tensor, got another type");
    const onnx::TypeProto_Tensor &type = proto.type().tensor_type();
    if (type.elem_type() == onnx::TensorProto::BFLOAT16)
      return importError("expected f32 values, got bfloat16");
    value.type = type.elem_type() == onnx::TensorProto::FLOAT16 ? DType::F32 : elementType(type.elem_type());
    if (!value.type && type.elem_type() != 0)
      return importError("expected a number type, got elem_type " + llvm::Twine(type.elem_type()));
    value.hasShape = type.has_shape();
    if (size_t(type.shape().dim_size()) > kMaxRank)
      return importError("expected rank <= " + llvm::Twine(kMaxRank) + ", got " + llvm::Twine(type.shape().dim_size()));
    for (const onnx::TensorShapeProto_Dimension &proto : type.shape().dim()) {
      OnnxDim dim;
      if (proto.has_dim_value() && proto.dim_value() > 0)
        dim.value = proto.dim_value(); // exporters write 0 and -1 for "unknown"
      else if (proto.has_dim_param())
        dim.symbol = proto.dim_param();
      value.dims.push_back(std::move(dim));
    }
    return value;
  }

  llvm::Error readValues() {
    for (const onnx::ValueInfoProto &proto : model.graph().input()) {
      if (graph.initializers.count(proto.name()))
        continue; // IR version 3 and older list the weights among the inputs
      auto value = readValue(proto);
      if (!value)
        return errorAt("input " + quoted(proto.name()), value.takeError());
      if (!value->type)
        return importError("input " + quoted(proto.name()) + ": expected a tensor type, got none");
      graph.inputs.push_back(std::move(*value));
    }
    for (const onnx::ValueInfoProto &proto : model.graph().output()) {
      auto value = readValue(proto);
      if (!value)
        return errorAt("output " + quoted(proto.name()), value.takeError());
      graph.outputs.push_back(std::move(*value));
    }
    return llvm::Error::success();
  }

  llvm::Expected<OnnxAttr> readAttr(const onnx::AttributeProto &proto) {
    OnnxAttr attr;
    attr.kind = kindOf(proto);
    switch (attr.kind) {
    case OnnxAttr::Kind::Int: attr.i = proto.i(); break;
    case OnnxAttr::Kind::Float: attr.f = proto.f(); break;
    case OnnxAttr::Kind::String: attr.s = proto.s(); break;
    case OnnxAttr::Kind::Tensor: {
      auto tensor = readTensor(proto.t(), source);
      if (!tensor)
        return tensor.takeError();
      attr.tensor = *tensor;
      break;
    }
    case OnnxAttr::Kind::Ints: attr.ints.assign(proto.ints().begin(), proto.ints().end()); break;
    case OnnxAttr::Kind::Floats: attr.floats.assign(proto.floats().begin(), proto.floats().end()); break;
    case OnnxAttr::Kind::Strings: attr.strings.assign(proto.strings().begin(), proto.strings().end()); break;
    case OnnxAttr::Kind::Other: break;
    }
    return attr;
  }

  llvm::Error readNodes() {
    for (const onnx::NodeProto &proto : model.graph().node()) {
      OnnxNode node;
      node.name = proto.name();
      node.op = proto.op_type();
      node.domain = plainDomain(proto.domain());
      node.inputs.assign(proto.input().begin(), proto.input().end());
      node.outputs.assign(proto.output().begin(), proto.output().end());
      auto opset = opsets.find(node.domain);
      node.opset = opset == opsets.end() ? 0 : opset->second;
      std::string place = "node " + quoted(node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name);
      for (const onnx::AttributeProto &attribute : proto.attribute()) {
        auto attr = readAttr(attribute);
        if (!attr)
          return errorAt(place + ": attribute " + quoted(attribute.name()), attr.takeError());
        if (!node.attrs.try_emplace(attribute.name(), std::move(*attr)).second)
          return importError(place + ": expected one attribute " + quoted(attribute.name()) + ", got two");
      }
      graph.nodes.push_back(std::move(node));
    }
    return llvm::Error::success();
  }

  const onnx::ModelProto &model;
  ExternalSource source;
  std::map<std::string, int64_t> opsets;
  OnnxGraph graph;
};

llvm::Expected<OnnxGraph> parse(llvm::StringRef bytes, llvm::StringRef path, std::string folder) {
  if (bytes.size() > kMaxFileBytes)
    return importError(path + ": expected at most 2 GB, got " + llvm::Twine(bytes.size()) + " bytes");
  if (bytes.empty())
    return importError(path + ": expected an ONNX model, got an empty file");
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t *>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(kMaxNesting);
  onnx::ModelProto model;
  if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
    return importError(
        path + ": expected an ONNX model, got bytes that do not parse as one (damaged, cut, or nested deeper than " +
        llvm::Twine(kMaxNesting) + ")");
  auto graph = Reader(model, path, std::move(folder)).read();
  if (!graph)
    return errorAt(path, graph.takeError());
  return graph;
}

} // namespace

llvm::Expected<OnnxGraph> readOnnx(llvm::StringRef path) {
  auto file = llvm::sys::fs::openNativeFileForRead(path);
  if (!file)
    return errorAt(path, file.takeError());
  llvm::sys::fs::file_status status;
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  llvm::Error failed = llvm::Error::success();
  (void)!failed;
  if (std::error_code code = llvm::sys::fs::status(*file, status))
    failed = importError(path + ": " + code.message());
  else if (status.type() != llvm::sys::fs::file_type::regular_file)
    failed = importError(path + ": expected a regular file");
  else if (status.getSize() > kMaxFileBytes)
    failed = importError(path + ": expected at most 2 GB, got " + llvm::Twine(status.getSize()) + " bytes");
  else {
    // Volatile: read rather than mapped, so that a file cut meanwhile can't fault.
    auto read = llvm::MemoryBuffer::getOpenFile(*file, path, status.getSize(), /*RequiresNullTerminator=*/false,
                                                /*IsVolatile=*/true);
    if (read)
      buffer = std::move(*read);
    else
      failed = importError(path + ": " + read.getError().message());
  }
  llvm::sys::fs::closeFile(*file);
  if (failed)
    return std::move(failed);
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  return parse(buffer->getBuffer(), path, folder.empty() ? "." : folder.str());
}

llvm::Expected<OnnxGraph> readOnnxBytes(llvm::StringRef bytes, llvm::StringRef name) { return parse(bytes, name, ""); }

} // namespace wino
