// Names and order of an OnnxGraph: the guarantees of OnnxGraph.h. Types, shapes and operators are checked later, by
// StaticGraph.
#include "CheckGraph.h"

#include "ImportError.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace wino {
namespace {

llvm::Error checkInputs(const OnnxGraph &graph, llvm::StringSet<> &defined) {
  for (const OnnxValue &input : graph.inputs) {
    if (input.name.empty())
      return importError("expected inputs with names, got one without");
    if (!defined.insert(input.name).second)
      return importError("expected one input " + quoted(input.name) + ", got two");
  }
  return llvm::Error::success();
}

llvm::Error checkOutputs(const OnnxGraph &graph, const llvm::StringSet<> &defined) {
  if (graph.outputs.empty())
    return importError("expected a graph with outputs, got none");
  llvm::StringSet<> seen;
  for (const OnnxValue &output : graph.outputs) {
    if (output.name.empty())
      return importError("expected outputs with names, got one without");
    if (!seen.insert(output.name).second)
      return importError("expected one output " + quoted(output.name) + ", got two");
    if (!defined.contains(output.name))
      return importError("output " + quoted(output.name) + ": expected a node that makes it, got none");
  }
  return llvm::Error::success();
}

} // namespace

void nameNodes(OnnxGraph &graph) {
  llvm::StringSet<> taken;
  llvm::StringMap<unsigned> next;
  for (OnnxNode &node : graph.nodes) {
    if (node.name.empty() && !node.outputs.empty())
      node.name = node.outputs[0];
    std::string base = node.name;
    while (!taken.insert(node.name).second)
      node.name = base + "." + std::to_string(++next[base]);
  }
}

llvm::Error checkGraph(const OnnxGraph &graph) {
  llvm::StringSet<> defined;
  for (const auto &entry : graph.initializers)
    defined.insert(entry.first);
  if (llvm::Error failed = checkInputs(graph, defined))
    return failed;

  llvm::StringMap<const OnnxNode *> maker; // to tell "too early" from "never"
  for (const OnnxNode &node : graph.nodes)
    for (const std::string &output : node.outputs)
      if (!output.empty() && (defined.contains(output) || !maker.try_emplace(output, &node).second))
        return importError("node " + quoted(node.name) + ": expected outputs that nothing else defines, got " +
                           quoted(output));

  for (const OnnxNode &node : graph.nodes) {
    std::string place = "node " + quoted(node.name) + ": ";
    if (node.op.empty())
      return importError(place + "expected an operator, got none");
    if (node.outputs.empty() || node.outputs[0].empty())
      return importError(place + "expected a first output with a name, got none");
    for (const std::string &input : node.inputs) {
      if (input.empty() || defined.contains(input))
        continue;
      auto later = maker.find(input);
      if (later == maker.end())
        return importError(place + "expected input " + quoted(input) +
                           " to be defined, got no node, input or initializer of that name");
      return importError(place + "expected nodes in order and without cycles, got input " + quoted(input) +
                         " from node " + quoted(later->second->name) + " that does not come before");
    }
    for (const std::string &output : node.outputs)
      if (!output.empty())
        defined.insert(output);
  }
  return checkOutputs(graph, defined);
}

} // namespace wino
