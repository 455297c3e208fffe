// Steps: names and nodes of an operator that is several others.
#include "Steps.h"

#include <cstring>

namespace wino {

OnnxAttr Steps::integer(int64_t value) {
  OnnxAttr attr;
  attr.kind = OnnxAttr::Kind::Int;
  attr.i = value;
  return attr;
}

OnnxAttr Steps::integers(std::vector<int64_t> values) {
  OnnxAttr attr;
  attr.kind = OnnxAttr::Kind::Ints;
  attr.ints = std::move(values);
  return attr;
}

OnnxAttr Steps::number(float value) {
  OnnxAttr attr;
  attr.kind = OnnxAttr::Kind::Float;
  attr.f = value;
  return attr;
}

bool Steps::take(OnnxNode node) {
  if (++count > kMaxNodeSteps)
    args.fail("expected at most " + llvm::Twine(kMaxNodeSteps) + " steps, got more");
  if (failed())
    return false;
  node.opset = kStepOpset;
  std::string problem = host.visit(std::move(node));
  return problem.empty() || args.fail(problem);
}

std::string Steps::add(const char *op, Names inputs, Attrs attrs, llvm::StringRef name) {
  OnnxNode node;
  node.op = op;
  node.name = host.freshName(args.node.name + "." + (name.empty() ? "step" + std::to_string(count) : name.str()));
  node.inputs = std::move(inputs);
  node.attrs = std::move(attrs);
  std::string result = node.name;
  node.outputs = {result};
  return take(std::move(node)) ? result : "";
}

bool Steps::finish(const char *op, Names inputs, Attrs attrs, size_t output) {
  OnnxNode node;
  node.op = op;
  node.name = output == 0 ? args.node.name : args.node.name + ".out" + std::to_string(output);
  node.inputs = std::move(inputs);
  node.attrs = std::move(attrs);
  node.outputs = {args.node.outputs[output]};
  return take(std::move(node));
}

/// A new initializer of the step's node; `elements` fill `dims`.
template <typename T>
static std::string defineConstant(const Steps::Host &host, const NodeArgs &args, DType type, Shape dims,
                                  llvm::ArrayRef<T> elements) {
  auto tensor = std::make_shared<OnnxTensor>();
  tensor->type = type;
  tensor->dims = std::move(dims);
  tensor->bytes.resize(elements.size() * sizeof(T));
  std::memcpy(tensor->bytes.data(), elements.data(), tensor->bytes.size());
  std::string name = host.freshName(args.node.name + ".constant");
  host.define(name, std::move(tensor));
  return name;
}

std::string Steps::constant(Shape dims, std::vector<float> elements) {
  if (failed() || !args.spend(dims, sizeof(float)))
    return "";
  elements.resize(*elementCount(dims), elements[0]);
  return defineConstant<float>(host, args, DType::F32, std::move(dims), elements);
}

std::string Steps::ints(std::vector<int64_t> values) {
  Shape dims = {static_cast<int64_t>(values.size())};
  if (failed() || !args.spend(dims, sizeof(int64_t)))
    return "";
  return defineConstant<int64_t>(host, args, DType::I64, std::move(dims), values);
}

std::string Steps::input(size_t k) {
  const OnnxTensor *given = args.constant(k);
  if (!given || given->type == DType::F32)
    return args.node.inputs[k];
  std::vector<float> numbers = given->numbers();
  if (numbers.empty()) {
    args.fail("expected data with elements, got " + shapeText(given->dims));
    return "";
  }
  return constant(given->dims, std::move(numbers));
}

const Shape &Steps::shape(const std::string &value) const {
  static const Shape none;
  auto found = args.graph.shapes.find(value);
  return found == args.graph.shapes.end() ? none : found->second;
}

std::string Steps::reshape(const std::string &value, const Shape &dims) {
  return failed() || shape(value) == dims ? value : add("Reshape", {value, ints(dims)});
}

std::string Steps::transpose(const std::string &value, std::vector<int64_t> perm) {
  for (size_t k = 0; k < perm.size(); ++k)
    if (perm[k] != static_cast<int64_t>(k))
      return add("Transpose", {value}, {{"perm", integers(std::move(perm))}});
  return value;
}

std::string Steps::slice(const std::string &value, int64_t axis, int64_t start, int64_t count, int64_t step) {
  return add("Slice", {value, ints({start}), ints({start + (count - 1) * step + 1}), ints({axis}), ints({step})});
}

std::string Steps::pad(const std::string &value, std::vector<int64_t> low, std::vector<int64_t> high, float with) {
  low.insert(low.end(), high.begin(), high.end());
  for (int64_t amount : low)
    if (amount != 0)
      return add("Pad", {value, ints(low), scalar(with)});
  return value;
}

} // namespace wino
