// Evaluates the operators that exporters use for shape arithmetic and for preparing weights. Every result is paid for
// from the folding budget before it is allocated. FoldArithmetic.cpp holds those that compute; those that move are
// here.
#include "FoldConstants.h"

#include "FoldTensor.h"
#include "MoveShapes.h"

#include <algorithm>
#include <numeric>

namespace wino {

std::shared_ptr<OnnxTensor> newTensor(NodeArgs &args, DType type, Shape dims) {
  if (args.failed() || !args.spend(dims, byteSize(type)))
    return nullptr;
  auto tensor = std::make_shared<OnnxTensor>();
  tensor->type = type;
  tensor->bytes.resize(*elementCount(dims) * byteSize(type));
  tensor->dims = std::move(dims);
  return tensor;
}

namespace {

TensorPtr intVector(NodeArgs &args, llvm::ArrayRef<int64_t> values, Shape dims) {
  auto tensor = newTensor(args, DType::I64, std::move(dims));
  for (size_t k = 0; tensor && k < values.size(); ++k)
    tensor->set<int64_t>(k, values[k]);
  return tensor;
}

/// The input read with an offset and strides, as a tensor of its own.
TensorPtr strided(NodeArgs &args, Shape dims, int64_t offset, llvm::ArrayRef<int64_t> strides) {
  const OnnxTensor &in = *args.constant(0);
  auto out = newTensor(args, in.type, std::move(dims));
  if (out)
    copyStrided(in.bytes.data(), out->bytes.data(), byteSize(in.type), out->dims, offset, strides);
  return out;
}

} // namespace

TensorPtr foldShape(NodeArgs &args) {
  if (!args.expectInputs(1, 1))
    return nullptr;
  const Shape &in = args.shape(0);
  int64_t rank = static_cast<int64_t>(in.size());
  auto bound = [&](int64_t value) { return std::clamp<int64_t>(value < 0 ? value + rank : value, 0, rank); };
  int64_t start = bound(args.intAttr("start", 0)), end = bound(args.intAttr("end", rank));
  Shape part(in.begin() + start, in.begin() + std::max(start, end));
  return intVector(args, part, {static_cast<int64_t>(part.size())});
}

TensorPtr foldSize(NodeArgs &args) {
  if (!args.expectInputs(1, 1))
    return nullptr;
  return intVector(args, {*elementCount(args.shape(0))}, {});
}

TensorPtr foldConstant(NodeArgs &args) {
  args.expectInputs(0, 0);
  auto found = args.node.attrs.find("value");
  if (found != args.node.attrs.end() && found->second.tensor)
    return found->second.tensor;
  if (args.hasAttr("value_int"))
    return intVector(args, {args.intAttr("value_int", 0)}, {});
  if (args.hasAttr("value_ints")) {
    std::vector<int64_t> values = args.intsAttr("value_ints", {});
    return intVector(args, values, {static_cast<int64_t>(values.size())});
  }
  bool one = args.hasAttr("value_float");
  auto list = args.node.attrs.find("value_floats");
  if (!one && (list == args.node.attrs.end() || list->second.kind != OnnxAttr::Kind::Floats)) {
    args.fail("expected a value of numbers");
    return nullptr;
  }
  std::vector<float> values = one ? std::vector<float>{args.floatAttr("value_float", 0)} : list->second.floats;
  auto tensor = newTensor(args, DType::F32, one ? Shape() : Shape{static_cast<int64_t>(values.size())});
  for (size_t k = 0; tensor && k < values.size(); ++k)
    tensor->set<float>(k, values[k]);
  return tensor;
}

TensorPtr foldConstantOfShape(NodeArgs &args) {
  if (!args.expectInputs(1, 1))
    return nullptr;
  OnnxTensor zero;
  zero.bytes.resize(byteSize(zero.type));
  const OnnxTensor *value = &zero;
  auto found = args.node.attrs.find("value");
  if (found != args.node.attrs.end())
    value = found->second.tensor.get();
  if (!value || value->numElements() != 1) {
    args.fail("expected attribute 'value' of one element");
    return nullptr;
  }
  auto out = newTensor(args, value->type, args.intsInput(0, "shape"));
  if (out)
    copyStrided(value->bytes.data(), out->bytes.data(), byteSize(out->type), out->dims, 0,
                std::vector<int64_t>(out->dims.size(), 0));
  return out;
}

TensorPtr foldGather(NodeArgs &args) {
  if (!args.expectInputs(2, 2))
    return nullptr;
  const OnnxTensor &in = *args.constant(0), &picks = *args.constant(1);
  int64_t axis = args.axis(args.intAttr("axis", 0), in.dims.size());
  auto indices = picks.ints();
  if (!indices)
    args.fail("expected integer indices, got " + dtypeName(picks.type));
  if (args.failed())
    return nullptr;
  int64_t size = in.dims[axis];
  for (int64_t &index : *indices) {
    if (index < -size || index >= size) {
      args.fail("expected indices in [-" + llvm::Twine(size) + ", " + llvm::Twine(size) + "), got " +
                llvm::Twine(index));
      return nullptr;
    }
    index = index < 0 ? index + size : index;
  }
  Shape dims(in.dims.begin(), in.dims.begin() + axis);
  dims.insert(dims.end(), picks.dims.begin(), picks.dims.end());
  dims.insert(dims.end(), in.dims.begin() + axis + 1, in.dims.end());
  auto out = newTensor(args, in.type, dims);
  if (!out || out->bytes.empty())
    return out;
  int64_t inner = byteSize(in.type);
  for (size_t k = axis + 1; k < in.dims.size(); ++k)
    inner *= in.dims[k];
  uint8_t *to = out->bytes.data();
  int64_t outer = static_cast<int64_t>(out->bytes.size()) / (inner * static_cast<int64_t>(indices->size()));
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t index : *indices) {
      std::memcpy(to, in.bytes.data() + (o * size + index) * inner, inner);
      to += inner;
    }
  return out;
}

TensorPtr foldConcat(NodeArgs &args) {
  auto spec = readConcat(args);
  if (!spec)
    return nullptr;
  DType type = args.constant(0)->type;
  for (size_t k = 1; k < args.numInputs(); ++k)
    if (args.constant(k)->type != type)
      args.fail("expected inputs of one type, got " + dtypeName(type) + " and " + dtypeName(args.constant(k)->type));
  auto out = newTensor(args, type, spec->out);
  if (!out)
    return nullptr;
  int64_t outer =
      std::accumulate(spec->out.begin(), spec->out.begin() + spec->axis, int64_t(1), std::multiplies<int64_t>());
  uint8_t *to = out->bytes.data();
  for (int64_t o = 0; o < outer; ++o)
    for (size_t k = 0; k < args.numInputs(); ++k) {
      const OnnxTensor &in = *args.constant(k);
      size_t chunk = in.bytes.size() / outer;
      if (chunk)
        std::memcpy(to, in.bytes.data() + o * chunk, chunk);
      to += chunk;
    }
  return out;
}

TensorPtr foldReshape(NodeArgs &args) {
  auto dims = reshapedShape(args);
  if (!dims || !args.spend(*dims, byteSize(args.constant(0)->type)))
    return nullptr;
  auto out = std::make_shared<OnnxTensor>(*args.constant(0));
  out->dims = *dims;
  return out;
}

TensorPtr foldTranspose(NodeArgs &args) {
  std::vector<int64_t> perm = readPerm(args);
  if (args.failed())
    return nullptr;
  std::vector<int64_t> own = rowMajorStrides(args.shape(0)), strides;
  Shape dims;
  for (int64_t k : perm) {
    strides.push_back(own[k]);
    dims.push_back(args.shape(0)[k]);
  }
  return strided(args, dims, 0, strides);
}

TensorPtr foldSlice(NodeArgs &args) {
  auto spec = readSlice(args);
  if (!spec)
    return nullptr;
  std::vector<int64_t> strides = rowMajorStrides(args.shape(0));
  int64_t offset = 0;
  for (size_t k = 0; k < strides.size(); ++k) {
    offset += spec->starts[k] * strides[k];
    strides[k] *= spec->steps[k];
  }
  return strided(args, spec->out, offset, strides);
}

TensorPtr foldExpand(NodeArgs &args) {
  if (!args.expectInputs(2, 2))
    return nullptr;
  auto dims = broadcastShape(args.shape(0), args.intsInput(1, "shape"));
  if (!dims)
    args.fail("expected a shape that " + shapeText(args.shape(0)) + " broadcasts to");
  return args.failed() ? nullptr : strided(args, *dims, 0, broadcastStrides(args.shape(0), *dims));
}

TensorPtr foldIdentity(NodeArgs &args) {
  return args.expectInputs(1, 1) ? args.graph.constants.at(args.node.inputs[0]) : nullptr;
}

} // namespace wino
