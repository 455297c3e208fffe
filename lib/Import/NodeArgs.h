// Private to the Import room: one node's inputs and attributes, typed and checked. The first complaint sticks, so
// callers may read several attributes and test once.
#ifndef WINO_LIB_IMPORT_NODEARGS_H
#define WINO_LIB_IMPORT_NODEARGS_H

#include "wino/Import/StaticGraph.h"
#include "llvm/ADT/Twine.h"

namespace wino {

constexpr int64_t kMaxInferred = int64_t(1) << 28; ///< elements of all tensors of a network together
constexpr int64_t kMaxSteps = int64_t(1) << 29;    ///< the same with the tensors between the steps of nodes

class NodeArgs {
public:
  /// `budgetBytes` is what constants computed for all nodes together may still take.
  NodeArgs(const OnnxNode &node, const StaticGraph &graph, int64_t &budgetBytes)
      : node(node), graph(graph), budgetBytes(budgetBytes) {}

  const OnnxNode &node;
  const StaticGraph &graph;

  /// Keeps the first complaint; always false, so that `return args.fail(...)` reads well.
  bool fail(const llvm::Twine &message);
  bool failed() const { return !complaint.empty(); }
  const std::string &reason() const { return complaint; }

  /// Takes this many elements from the budget, before they are allocated; complains when there is no room.
  bool spend(llvm::ArrayRef<int64_t> dims, unsigned elementBytes);

  /// Complains about a tensor between the operator's own ops that is larger than all tensors of a network may be.
  bool expectStep(llvm::ArrayRef<int64_t> dims);

  /// Inputs; absent optional ones have an empty name.
  size_t numInputs() const { return node.inputs.size(); }
  bool has(size_t input) const { return input < node.inputs.size() && !node.inputs[input].empty(); }
  /// Complains unless inputs [0, least) are there and none past `most`.
  bool expectInputs(size_t least, size_t most);
  /// Shape of an input that is there.
  const Shape &shape(size_t input) const;
  const OnnxTensor *constant(size_t input) const;
  /// A constant f32 input of this shape; null with a complaint otherwise. `what` names it.
  const OnnxTensor *weights(size_t input, llvm::StringRef what, llvm::ArrayRef<int64_t> dims);
  /// A constant integer vector (rank 0 or 1); empty with a complaint otherwise.
  std::vector<int64_t> intsInput(size_t input, llvm::StringRef what);
  /// A constant scalar of any type; `absent` if the input is left out.
  float floatInput(size_t input, llvm::StringRef what, float absent);

  bool hasAttr(const std::string &name) const { return node.attrs.count(name) != 0; }
  int64_t intAttr(const std::string &name, int64_t absent);
  float floatAttr(const std::string &name, float absent);
  std::string stringAttr(const std::string &name, const std::string &absent);
  std::vector<int64_t> intsAttr(const std::string &name, std::vector<int64_t> absent);
  /// intsAttr of a fixed length with every element in [least, kMaxExtent].
  std::vector<int64_t> extents(const std::string &name, std::vector<int64_t> absent, int64_t least);

  /// An axis in [-rank, rank), made non-negative; complains otherwise.
  int64_t axis(int64_t value, size_t rank);
  /// The same for a list that must not repeat, sorted.
  std::vector<int64_t> axes(std::vector<int64_t> values, size_t rank);

  /// Bound on strides, pads, kernels and the like, so that sums and products of a few of them can't overflow.
  static constexpr int64_t kMaxExtent = int64_t(1) << 24;

private:
  const OnnxAttr *attr(const std::string &name, OnnxAttr::Kind kind, llvm::StringRef kindName);
  int64_t &budgetBytes;
  std::string complaint;
};

/// A 2-D window (or a 1-D one of one row) as ONNX states it, with auto_pad and ceil_mode resolved into pads.
struct Window {
  std::vector<int64_t> kernel, strides, dilations;
  std::vector<int64_t> pads;     ///< top, left, bottom, right
  std::vector<int64_t> ceilPads; ///< what ceil_mode added to bottom and right
  std::vector<int64_t> out;
};

/// Reads strides, dilations, pads, auto_pad and (for pools) ceil_mode for an input of rank 3 or 4 and this kernel.
std::optional<Window> readWindow(NodeArgs &args, const Shape &input, std::vector<int64_t> kernel);

} // namespace wino

#endif // WINO_LIB_IMPORT_NODEARGS_H
