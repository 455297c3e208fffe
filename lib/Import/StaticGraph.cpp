// One walk over the nodes in order: fold what is constant, infer the shape of the rest, collect every problem. The
// operators' own rules are in the table's functions; emitting IR is left to ImportOps.
#include "wino/Import/StaticGraph.h"

#include "ImportError.h"
#include "OpTable.h"
#include "Steps.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

namespace wino {
namespace {

/// Nodes that some output needs, given which of them count; fills the names they and the outputs read.
std::vector<const OnnxNode *> liveNodes(const OnnxGraph &graph, llvm::ArrayRef<const OnnxNode *> nodes,
                                        llvm::StringSet<> &used) {
  for (const OnnxValue &output : graph.outputs)
    used.insert(output.name);
  std::vector<const OnnxNode *> live;
  for (const OnnxNode *node : llvm::reverse(nodes)) {
    if (llvm::none_of(node->outputs, [&](const std::string &name) { return used.contains(name); }))
      continue;
    live.push_back(node);
    for (const std::string &input : node->inputs)
      used.insert(input);
  }
  std::reverse(live.begin(), live.end());
  return live;
}

class Walk {
public:
  Walk(const OnnxGraph &graph, const StaticOptions &options)
      : graph(graph), options(options), budget(options.foldBudgetBytes) {
    result.graph = &graph;
  }

  llvm::Expected<StaticGraph> run() {
    for (const OnnxValue &input : graph.inputs)
      if (llvm::Error failed = fixInput(input))
        return std::move(failed);
    for (const auto &[key, value] : options.inputDims)
      if (!usedKeys.contains(key))
        return importError("--input-dim " + key + "=" + llvm::Twine(value) +
                           ": expected a dimension of the model's inputs, got none by that name");
    for (const auto &[name, tensor] : graph.initializers) {
      define(name, tensor);
      names.insert(name);
    }

    std::vector<const OnnxNode *> nodes;
    for (const OnnxNode &node : graph.nodes)
      nodes.push_back(&node);
    for (const OnnxNode *node : nodes) {
      names.insert(node->outputs.begin(), node->outputs.end());
      names.insert(node->name);
    }
    for (const OnnxNode *node : liveNodes(graph, nodes, used))
      visit(*node);
    llvm::StringSet<> needed; // folding may have left nodes without users
    result.nodes = liveNodes(graph, dynamic, needed);
    return std::move(result);
  }

private:
  void define(const std::string &name, TensorPtr tensor) {
    result.shapes[name] = tensor->dims;
    result.constants[name] = std::move(tensor);
  }

  /// The size that options give this dimension, if they do.
  std::optional<int64_t> given(const std::string &input, size_t axis, const OnnxDim &dim) {
    std::vector<std::string> keys = {input + ":" + std::to_string(axis)};
    if (!dim.symbol.empty())
      keys.push_back(dim.symbol);
    if (dim.value < 0)
      keys.push_back(std::to_string(axis));
    for (const std::string &key : keys) {
      auto found = options.inputDims.find(key);
      if (found == options.inputDims.end())
        continue;
      usedKeys.insert(key);
      return found->second;
    }
    return std::nullopt;
  }

  llvm::Error fixInput(const OnnxValue &input) {
    std::string place = "input " + quoted(input.name) + ": ";
    if (input.type == DType::F64)
      return importError(place + "expected type f32, 16-bit floats, integers or bool, got f64");
    if (!input.hasShape)
      return importError(place + "expected a shape, got none");
    Shape shape;
    for (size_t axis = 0; axis < input.dims.size(); ++axis) {
      const OnnxDim &dim = input.dims[axis];
      auto size = given(input.name, axis, dim);
      if (size && dim.value >= 0 && *size != dim.value)
        return importError(place + "axis " + llvm::Twine(axis) + " is fixed at " + llvm::Twine(dim.value) +
                           ", got --input-dim " + llvm::Twine(*size));
      if (!size && dim.value < 0) {
        std::string key = dim.symbol.empty() ? input.name + ":" + std::to_string(axis) : dim.symbol;
        return importError(place + "expected a fixed size of axis " + llvm::Twine(axis) + ", got " +
                           (dim.symbol.empty() ? std::string("none") : "symbol " + quoted(dim.symbol)) +
                           "; give it with --input-dim " + key + "=N");
      }
      shape.push_back(size ? *size : dim.value);
    }
    auto count = elementCount(shape);
    if (!count || *count < 1)
      return importError(place + "expected 1 to 2^31 elements, got " + shapeText(shape));
    result.shapes[input.name] = shape;
    names.insert(input.name);
    if (*input.type != DType::F32)
      result.types[input.name] = *input.type;
    result.inputs.emplace_back(input.name, shape);
    return llvm::Error::success();
  }

  /// A step's problem is that of the node it belongs to.
  bool problem(const OnnxNode &node, const llvm::Twine &reason) {
    if (depth > 0)
      stepProblem = node.op + ": " + reason.str();
    else
      result.problems.push_back({&node, reason.str()});
    return false;
  }

  /// A name that no value of the file has.
  std::string freshName(const std::string &wanted) {
    std::string name = wanted;
    for (unsigned &number = nextNumber[wanted]; !names.insert(name).second;)
      name = wanted + "." + std::to_string(++number);
    return name;
  }

  std::string visitStep(OnnxNode node) {
    if (++numSteps > kMaxAllSteps)
      return "expected at most 2^18 steps of all nodes, got more";
    result.steps.push_back(std::move(node));
    stepProblem.clear();
    ++depth;
    bool isTaken = visit(result.steps.back());
    --depth;
    return isTaken ? "" : stepProblem.empty() ? "expected steps that can be imported, got another" : stepProblem;
  }

  /// Whether the types of the data fit, and the type of the results, which are f32 here.
  bool checkTypes(const OnnxNode &node, const OpRow &row, NodeArgs &args) {
    size_t count = std::min(row.dataInputs, args.numInputs());
    std::optional<DType> common;
    for (size_t k = row.types == Types::Selects ? 1 : 0; k < count; ++k) {
      if (!args.has(k))
        continue;
      DType type = result.typeOf(node.inputs[k]);
      if (type == DType::F64 && !args.constant(k))
        return problem(node, "expected data of another type than f64");
      if (row.types == Types::Floats && type != DType::F32)
        return problem(node, "expected f32 data, got " + dtypeName(type));
      if (row.types == Types::Bools && type != DType::Bool)
        return problem(node, "expected bools, got " + dtypeName(type));
      if (common && *common != type && row.types != Types::Numbers)
        return problem(node, "expected data of one type, got " + dtypeName(*common) + " and " + dtypeName(type));
      common = common.value_or(type);
    }
    DType made = DType::F32;
    if (row.types == Types::Same || row.types == Types::Selects)
      made = common.value_or(DType::F32);
    else if (row.types == Types::Bools || row.types == Types::Compares)
      made = DType::Bool;
    else if (row.types == Types::Indices)
      made = DType::I64;
    else if (row.typeOf)
      made = row.typeOf(args);
    if (args.failed())
      return problem(node, args.reason());
    for (size_t k = 0; k < node.outputs.size(); ++k)
      if (made != DType::F32 && !node.outputs[k].empty())
        result.types[node.outputs[k]] = made == DType::F64 ? DType::F32 : made;
    return true;
  }

  /// Whether the table can take the node at all, whatever its inputs are.
  const OpRow *supported(const OnnxNode &node) {
    const OpRow *row = node.domain.empty() ? findOp(node.op) : nullptr;
    if (!row) {
      problem(node, "operator is not imported" + adviceOn(node.op));
      return nullptr;
    }
    if (node.opset < row->since) {
      problem(node, "expected opset >= " + llvm::Twine(row->since));
      return nullptr;
    }
    for (const auto &[name, attr] : node.attrs)
      if (attr.kind == OnnxAttr::Kind::Other) {
        problem(node, "expected numbers, strings and tensors as attributes, got a subgraph or another kind in " +
                          quoted(name));
        return nullptr;
      }
    for (size_t k = 1; k < node.outputs.size() && !row->inferMore && !row->expand; ++k)
      if (used.contains(node.outputs[k])) {
        problem(node, "expected only the first output to be used, got a use of output " + llvm::Twine(k));
        return nullptr;
      }
    return row;
  }

  /// False when the node cannot be imported.
  bool visit(const OnnxNode &node) {
    const OpRow *row = supported(node);
    if (!row)
      return false;
    bool known = true, constant = true;
    for (const std::string &input : node.inputs) {
      known &= input.empty() || result.shapes.count(input) != 0;
      constant &= input.empty() || result.constants.count(input) != 0;
    }
    if (!known)
      return false; // follows from a problem that is already listed
    NodeArgs args(node, result, budget);
    if (row->fold && (constant || node.op == "Shape" || node.op == "Size")) {
      TensorPtr value = row->fold(args);
      if (!value || args.failed())
        return problem(node, args.reason());
      define(node.outputs[0], std::move(value));
      return true;
    }
    if (depth == 0 && !checkTypes(node, *row, args))
      return false;
    for (size_t k = 0; k < std::min(row->dataInputs, args.numInputs()); ++k)
      if (args.has(k) && elementCount(args.shape(k)).value_or(1) < 1)
        return problem(node, "expected data with elements, got " + shapeText(args.shape(k)));
    if (row->expand) {
      Steps::Host host{[&](OnnxNode step) { return visitStep(std::move(step)); },
                       [&](const std::string &name) { return freshName(name); },
                       [&](const std::string &name, TensorPtr tensor) { define(name, std::move(tensor)); }};
      Steps steps(args, host);
      bool isExpanded = row->expand(steps);
      if (args.failed())
        return problem(node, args.reason());
      bool hasIndices = node.op == "MaxPool" && node.outputs.size() > 1 && used.contains(node.outputs[1]);
      if (isExpanded && (row->needsFloats || hasIndices) && depth == 0)
        result.floatsOnly.push_back(&node);
      if (isExpanded)
        return checkMade(node);
    }
    if (!row->infer)
      return problem(node, "expected constant inputs, got computed ones");
    if (!inferNode(node, *row, args))
      return false;
    dynamic.push_back(&node);
    return checkMade(node);
  }

  bool checkMade(const OnnxNode &node) {
    for (size_t k = 1; k < node.outputs.size(); ++k)
      if (used.contains(node.outputs[k]) && !result.shapes.count(node.outputs[k]))
        return problem(node, "expected only the first output to be used, got a use of output " + llvm::Twine(k));
    return true;
  }

  bool inferNode(const OnnxNode &node, const OpRow &row, NodeArgs &args) {
    Shape out;
    if (!row.infer(args, out))
      return problem(node, args.reason());
    std::vector<Shape> shapes = {std::move(out)};
    if (row.inferMore)
      llvm::append_range(shapes, row.inferMore(args));
    for (const Shape &shape : shapes) {
      auto count = elementCount(shape);
      if (!count || *count < 1)
        return problem(node, "expected a result of 1 to 2^31 elements, got " + shapeText(shape));
      // Every tensor has its own memory while the network is calibrated; a tiny file must not ask for all of the
      // machine's.
      inferred += *count;
      if (inferred > kMaxInferred)
        return problem(node, "expected tensors of at most 2^28 elements together, got more with " + shapeText(shape));
    }
    for (size_t k = 0; k < std::min(shapes.size(), node.outputs.size()); ++k)
      result.shapes[node.outputs[k]] = shapes[k];
    return true;
  }

  const OnnxGraph &graph;
  const StaticOptions &options;
  int64_t budget, inferred = 0, numSteps = 0;
  StaticGraph result;
  llvm::StringSet<> used, usedKeys, names;
  llvm::StringMap<unsigned> nextNumber; ///< of names that were wanted before
  std::vector<const OnnxNode *> dynamic;
  int depth = 0; ///< 0 for nodes of the file, above for their steps
  std::string stepProblem;
};

} // namespace

llvm::Expected<std::pair<std::string, int64_t>> parseInputDim(llvm::StringRef text) {
  auto [key, number] = text.rsplit('=');
  int64_t value = 0;
  if (key.empty() || number.getAsInteger(10, value) || value < 1 || value > kMaxElements)
    return importError("--input-dim: expected NAME=N with N in [1, 2^31], got " + quoted(text));
  return std::make_pair(key.str(), value);
}

llvm::Expected<StaticGraph> makeStatic(const OnnxGraph &graph, const StaticOptions &options) {
  auto result = Walk(graph, options).run();
  if (!result)
    return errorAt(graph.path, result.takeError());
  return result;
}

llvm::Error reportProblems(const OnnxGraph &graph, llvm::ArrayRef<Problem> problems) {
  if (problems.empty())
    return llvm::Error::success();
  llvm::MapVector<std::string, std::vector<std::string>, std::map<std::string, unsigned>> lines;
  for (const Problem &problem : problems) {
    const OnnxNode &node = *problem.node;
    std::string op = node.domain.empty() ? node.op : node.domain + "." + node.op;
    lines[llvm::StringRef(quoted(op)).drop_front().drop_back().str() + " (opset " + std::to_string(node.opset) +
          "): " + problem.reason]
        .push_back(quoted(node.name));
  }
  std::string text = graph.path + ": expected operators that can be imported (see --list-ops), got " +
                     std::to_string(problems.size()) +
                     (problems.size() == 1 ? " node that can't" : " nodes that can't");
  for (const auto &[line, names] : lines)
    text += "\n  " + line + "; node" + (names.size() == 1 ? " " : "s ") + llvm::join(names, ", ");
  return importError(text);
}

} // namespace wino
