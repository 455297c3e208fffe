// OnnxGraph -> every shape known, every constant computed: input dimensions are fixed, shape arithmetic as exporters
// emit it is folded, nodes that no output needs are dropped. All that can't be imported is collected here. Knows no
// MLIR.
#ifndef WINO_IMPORT_STATICGRAPH_H
#define WINO_IMPORT_STATICGRAPH_H

#include "wino/Import/OnnxGraph.h"
#include "llvm/Support/Error.h"

#include <list>
#include <utility>

namespace wino {

struct StaticOptions {
  /// `--input-dim KEY=N`: KEY is a symbol ("N"), an axis of one input ("image:0"), or an axis of all inputs ("0").
  std::map<std::string, int64_t> inputDims;
  /// Bytes that constant folding may produce altogether.
  int64_t foldBudgetBytes = int64_t(256) << 20;
};

/// Parses "N=1" for `StaticOptions::inputDims`.
llvm::Expected<std::pair<std::string, int64_t>> parseInputDim(llvm::StringRef text);

/// Something that keeps one node from being imported.
struct Problem {
  const OnnxNode *node;
  std::string reason;
};

/// A view on an OnnxGraph, which must outlive it.
struct StaticGraph {
  const OnnxGraph *graph = nullptr;
  std::vector<std::pair<std::string, Shape>> inputs; ///< arguments in file order, f32 whatever the file has
  std::map<std::string, Shape> shapes;               ///< of every value that was reached
  std::map<std::string, DType> types;                ///< of computed values that the file does not have as f32
  std::map<std::string, TensorPtr> constants;        ///< initializers and folded values that were reached
  std::vector<const OnnxNode *> nodes;               ///< those left to import, in order
  std::list<OnnxNode> steps;                         ///< nodes that are no file's: those of operators that are several
  std::vector<const OnnxNode *> floatsOnly;          ///< nodes whose results rounding to bytes would ruin
  std::vector<Problem> problems;

  DType typeOf(const std::string &name) const {
    if (const OnnxTensor *tensor = constant(name))
      return tensor->type;
    auto found = types.find(name);
    return found == types.end() ? DType::F32 : found->second;
  }
  const OnnxTensor *constant(const std::string &name) const {
    auto found = constants.find(name);
    return found == constants.end() ? nullptr : found->second.get();
  }
};

/// Fixes and folds. An Error is about the inputs or options; what is wrong with nodes goes to `problems`.
llvm::Expected<StaticGraph> makeStatic(const OnnxGraph &graph, const StaticOptions &options);

/// One error for all problems: a line per operator, opset and reason, with its node names. Success when there are none.
llvm::Error reportProblems(const OnnxGraph &graph, llvm::ArrayRef<Problem> problems);

} // namespace wino

#endif // WINO_IMPORT_STATICGRAPH_H
