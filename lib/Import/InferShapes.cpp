// Shape functions of layers that weigh and window: convolution, matrix products, batch norm, pools, means. Each checks
// all that its importer relies on; elementwise and moving operators are in InferElementwise.cpp.
#include "MoveShapes.h"
#include "OpTable.h"

#include "llvm/ADT/STLExtras.h"

namespace wino {
namespace {

bool expectImage(NodeArgs &args) {
  size_t rank = args.shape(0).size();
  return rank == 3 || rank == 4 ||
         args.fail("expected an image of rank 4 (NCHW) or a sequence of rank 3 (NCW), got rank " + llvm::Twine(rank) +
                   (rank == 5 ? "; 3-D forms are not imported" : ""));
}

/// The kernel extents of a pool, or of a convolution whose filter was checked.
std::vector<int64_t> kernelOf(NodeArgs &args) {
  if (args.node.op == "Conv")
    return Shape(args.shape(1).begin() + 2, args.shape(1).end());
  if (!args.hasAttr("kernel_shape"))
    args.fail("expected attribute 'kernel_shape', got none");
  return args.extents("kernel_shape", Shape(args.shape(0).size() - 2, 1), 1);
}

/// Result of a window on an image or a sequence.
Shape windowShape(NodeArgs &args, int64_t channels, const Window &window) {
  Shape out = {args.shape(0)[0], channels, window.out[1]};
  if (args.shape(0).size() == 4)
    out.insert(out.begin() + 2, window.out[0]);
  return out;
}

bool checkFilter(NodeArgs &args) {
  const Shape &in = args.shape(0), &filter = args.shape(1);
  if (filter.size() != in.size())
    return args.fail("expected a filter of rank " + llvm::Twine(in.size()) + ", got " + shapeText(filter));
  if (!args.weights(1, "filter", filter))
    return false;
  int64_t group = args.intAttr("group", 1);
  if (group < 1 || group > in[1] || in[1] % group != 0 || filter[0] % group != 0 || filter[1] != in[1] / group)
    return args.fail("expected group to divide " + llvm::Twine(in[1]) + " input and " + llvm::Twine(filter[0]) +
                     " output channels and leave " + llvm::Twine(filter[1]) +
                     " channels per filter, got group = " + llvm::Twine(group));
  if (elementCount(filter).value_or(0) == 0)
    return args.fail("expected a filter with elements, got " + shapeText(filter));
  Shape kernel(filter.begin() + 2, filter.end());
  if (args.intsAttr("kernel_shape", kernel) != kernel)
    return args.fail("expected kernel_shape = " + shapeText(kernel) + " as the filter has");
  return !args.failed();
}

} // namespace

std::optional<Window> readNodeWindow(NodeArgs &args) {
  std::vector<int64_t> kernel = kernelOf(args);
  return args.failed() ? std::nullopt : readWindow(args, args.shape(0), kernel);
}

bool inferConv(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(2, 3) || !expectImage(args) || !checkFilter(args))
    return false;
  if (args.has(2) && !args.weights(2, "bias", {args.shape(1)[0]}))
    return false;
  auto window = readNodeWindow(args);
  if (!window)
    return false;
  out = windowShape(args, args.shape(1)[0], *window);
  return true;
}

bool inferPool(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(1, 1) || !expectImage(args))
    return false;
  auto window = readNodeWindow(args);
  if (!window)
    return false;
  if (window->dilations != std::vector<int64_t>{1, 1})
    return args.fail("expected dilations = 1, got " + shapeText(window->dilations));
  for (int d = 0; d < 4; ++d)
    if (window->pads[d] >= window->kernel[d % 2])
      return args.fail("expected pads smaller than the kernel (" + llvm::Twine(window->kernel[d % 2]) + "), got " +
                       llvm::Twine(window->pads[d]));
  // What ceil_mode adds is never counted, what `pads` adds is: one padding amount can't say both.
  if (args.intAttr("count_include_pad", 0) != 0 && (window->ceilPads[0] || window->ceilPads[1]))
    return args.fail("expected windows that ceil_mode does not extend where count_include_pad = 1");
  out = windowShape(args, args.shape(0)[1], *window);
  return !args.failed();
}

bool inferGemm(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(2, 3))
    return false;
  const Shape &a = args.shape(0), &b = args.shape(1);
  if (a.size() != 2 || b.size() != 2)
    return args.fail("expected matrices A and B, got shapes " + shapeText(a) + " and " + shapeText(b));
  if (!args.weights(1, "B", b))
    return false;
  bool transA = args.intAttr("transA", 0) != 0, transB = args.intAttr("transB", 0) != 0;
  args.floatAttr("alpha", 1);
  args.floatAttr("beta", 1);
  int64_t rows = a[transA], inner = a[!transA], columns = b[!transB];
  if (b[transB] != inner)
    return args.fail("expected B with " + llvm::Twine(inner) + " values per output, got " + llvm::Twine(b[transB]));
  if (args.has(2)) {
    const Shape &c = args.shape(2);
    if (!args.weights(2, "C", c))
      return false;
    auto full = broadcastShape(c, Shape{rows, columns});
    if (!full || *full != Shape{rows, columns} || (c.size() == 2 && c[0] != 1))
      return args.fail("expected C that is the same for every row of " + shapeText({rows, columns}) + ", got " +
                       shapeText(c));
  }
  out = {rows, columns};
  return !args.failed();
}

bool inferMatMul(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(2, 2))
    return false;
  const Shape &a = args.shape(0), &b = args.shape(1);
  if (a.size() < 2 || b.size() != 2)
    return args.fail("expected A of rank 2 or more and B of rank 2, got " + shapeText(a) + " and " + shapeText(b));
  if (!args.weights(1, "B", b))
    return false;
  if (a.back() != b[0])
    return args.fail("expected B with " + llvm::Twine(a.back()) + " rows, got " + llvm::Twine(b[0]));
  out = a;
  out.back() = b[1];
  return true;
}

bool inferBatchNorm(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(5, 5))
    return false;
  const Shape &in = args.shape(0);
  if (in.size() < 2)
    return args.fail("expected an input of rank 2 or more, got " + shapeText(in));
  const char *names[] = {"scale", "bias", "mean", "variance"};
  for (size_t k = 0; k < 4; ++k)
    if (!args.weights(1 + k, names[k], {in[1]}))
      return false;
  if (args.node.opset < 7 && args.intAttr("is_test", 0) == 0)
    return args.fail("expected is_test = 1");
  if (args.intAttr("training_mode", 0) != 0 || args.intAttr("spatial", 1) != 1)
    return args.fail("expected training_mode = 0 and spatial = 1");
  float epsilon = args.floatAttr("epsilon", 1e-5f);
  std::vector<float> variances = *args.constant(4)->floats();
  for (float variance : variances)
    if (!(variance + epsilon > 0))
      return args.fail("expected variance + epsilon > 0, got " + llvm::Twine(std::to_string(variance)));
  out = in;
  return !args.failed();
}

ReductionSpec readReduction(NodeArgs &args) {
  ReductionSpec spec;
  size_t rank = args.shape(0).size();
  bool global = llvm::StringRef(args.node.op).starts_with("Global");
  bool asAttr = args.node.opset < (args.node.op == "ReduceSum" ? 13 : 18);
  if (!args.expectInputs(1, global || asAttr ? 1 : 2))
    return spec;
  std::vector<int64_t> axes;
  if (!global)
    axes = asAttr ? args.intsAttr("axes", {}) : args.has(1) ? args.intsInput(1, "axes") : axes;
  spec.keepDims = global || args.intAttr("keepdims", 1) != 0;
  bool noop = !global && args.intAttr("noop_with_empty_axes", 0) != 0;
  if (axes.empty() && !noop)
    for (size_t k = global ? 2 : 0; k < rank; ++k)
      axes.push_back(static_cast<int64_t>(k));
  spec.axes = args.axes(axes, rank);
  return spec;
}

bool inferReduction(NodeArgs &args, Shape &out) {
  ReductionSpec spec = readReduction(args);
  if (args.failed())
    return false;
  const Shape &in = args.shape(0);
  if (llvm::StringRef(args.node.op).starts_with("Global") && in.size() < 3)
    return args.fail("expected an input of rank 3 or more, got " + shapeText(in));
  for (size_t k = 0; k < in.size(); ++k) {
    bool reduced = llvm::is_contained(spec.axes, static_cast<int64_t>(k));
    if (!reduced || spec.keepDims)
      out.push_back(reduced ? 1 : in[k]);
  }
  return true;
}

} // namespace wino
