// Typed access to one node's inputs and attributes, and the window arithmetic that convolutions and pools share. Which
// attributes an operator has is known only to its shape function and importer.
#include "NodeArgs.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace wino {

bool NodeArgs::fail(const llvm::Twine &message) {
  if (complaint.empty())
    complaint = message.str();
  return false;
}

bool NodeArgs::spend(llvm::ArrayRef<int64_t> dims, unsigned elementBytes) {
  auto count = elementCount(dims);
  if (!count)
    return fail("expected a constant of at most 2^31 elements, got " + shapeText(dims));
  if (*count * elementBytes > budgetBytes)
    return fail("expected computed constants within the folding budget, got one more of shape " + shapeText(dims));
  budgetBytes -= *count * elementBytes;
  return true;
}

bool NodeArgs::expectStep(llvm::ArrayRef<int64_t> dims) {
  return elementCount(dims).value_or(kMaxInferred + 1) <= kMaxInferred ||
         fail("expected steps of at most 2^28 elements, got one of shape " + shapeText(dims));
}

bool NodeArgs::expectInputs(size_t least, size_t most) {
  if (numInputs() > most)
    return fail("expected at most " + llvm::Twine(most) + " inputs, got " + llvm::Twine(numInputs()));
  for (size_t k = 0; k < least; ++k)
    if (!has(k))
      return fail("expected input " + llvm::Twine(k) + ", got none");
  return true;
}

const Shape &NodeArgs::shape(size_t input) const { return graph.shapes.at(node.inputs[input]); }

const OnnxTensor *NodeArgs::constant(size_t input) const {
  return has(input) ? graph.constant(node.inputs[input]) : nullptr;
}

const OnnxTensor *NodeArgs::weights(size_t input, llvm::StringRef what, llvm::ArrayRef<int64_t> dims) {
  const OnnxTensor *tensor = constant(input);
  if (!tensor)
    fail("expected a constant " + what + ", got a computed one");
  else if (tensor->type != DType::F32)
    fail("expected " + what + " of type f32, got " + dtypeName(tensor->type));
  else if (llvm::ArrayRef<int64_t>(tensor->dims) != dims)
    fail("expected " + what + " of shape " + shapeText(dims) + ", got " + shapeText(tensor->dims));
  else
    return tensor;
  return nullptr;
}

std::vector<int64_t> NodeArgs::intsInput(size_t input, llvm::StringRef what) {
  const OnnxTensor *tensor = constant(input);
  std::optional<std::vector<int64_t>> values;
  if (!tensor)
    fail("expected constant " + what + ", got a computed one");
  else if (tensor->dims.size() > 1 || !(values = tensor->ints()))
    fail("expected " + what + " as an integer vector, got " + dtypeName(tensor->type) + " of shape " +
         shapeText(tensor->dims));
  return values.value_or(std::vector<int64_t>());
}

float NodeArgs::floatInput(size_t input, llvm::StringRef what, float absent) {
  if (!has(input))
    return absent;
  const OnnxTensor *tensor = constant(input);
  if (!tensor)
    fail("expected a constant " + what + ", got a computed one");
  else if (tensor->numElements() != 1)
    fail("expected " + what + " as one number, got shape " + shapeText(tensor->dims));
  else
    return tensor->numbers()[0];
  return absent;
}

const OnnxAttr *NodeArgs::attr(const std::string &name, OnnxAttr::Kind kind, llvm::StringRef kindName) {
  auto found = node.attrs.find(name);
  if (found == node.attrs.end())
    return nullptr;
  if (found->second.kind == kind)
    return &found->second;
  fail("expected attribute " + quoted(name) + " to be " + kindName);
  return nullptr;
}

int64_t NodeArgs::intAttr(const std::string &name, int64_t absent) {
  const OnnxAttr *found = attr(name, OnnxAttr::Kind::Int, "an integer");
  return found ? found->i : absent;
}

float NodeArgs::floatAttr(const std::string &name, float absent) {
  const OnnxAttr *found = attr(name, OnnxAttr::Kind::Float, "a float");
  return found ? found->f : absent;
}

std::string NodeArgs::stringAttr(const std::string &name, const std::string &absent) {
  const OnnxAttr *found = attr(name, OnnxAttr::Kind::String, "a string");
  return found ? found->s : absent;
}

std::vector<int64_t> NodeArgs::intsAttr(const std::string &name, std::vector<int64_t> absent) {
  const OnnxAttr *found = attr(name, OnnxAttr::Kind::Ints, "a list of integers");
  return found ? found->ints : std::move(absent);
}

std::vector<int64_t> NodeArgs::extents(const std::string &name, std::vector<int64_t> absent, int64_t least) {
  std::vector<int64_t> values = intsAttr(name, absent);
  if (values.size() != absent.size()) {
    fail("expected " + llvm::Twine(absent.size()) + " values in " + quoted(name) + ", got " +
         llvm::Twine(values.size()));
    return absent;
  }
  for (int64_t value : values)
    if (value < least || value > kMaxExtent) {
      fail("expected values of " + quoted(name) + " in [" + llvm::Twine(least) + ", 2^24], got " + llvm::Twine(value));
      return absent;
    }
  return values;
}

int64_t NodeArgs::axis(int64_t value, size_t rank) {
  int64_t limit = static_cast<int64_t>(rank);
  if (value >= -limit && value < limit)
    return value < 0 ? value + limit : value;
  fail("expected an axis of a rank " + llvm::Twine(rank) + " tensor, got " + llvm::Twine(value));
  return 0;
}

std::vector<int64_t> NodeArgs::axes(std::vector<int64_t> values, size_t rank) {
  for (int64_t &value : values)
    value = axis(value, rank);
  llvm::sort(values);
  if (std::adjacent_find(values.begin(), values.end()) != values.end() && !failed())
    fail("expected each axis once, got one twice");
  return failed() ? std::vector<int64_t>() : values;
}

/// Kernels keep the rows that a window reaches over: far beyond any network, and well within what sizes are computed
/// in.
static constexpr int64_t maxReach = 65536;

std::optional<Window> readWindow(NodeArgs &args, const Shape &input, std::vector<int64_t> kernel) {
  Window w;
  size_t spatial = input.size() - 2;
  std::vector<int64_t> ones(spatial, 1), zeros(2 * spatial, 0);
  w.kernel = std::move(kernel);
  w.strides = args.extents("strides", ones, 1);
  w.dilations = args.extents("dilations", ones, 1);
  w.pads = args.extents("pads", zeros, 0);
  if (spatial == 1) { // a sequence is an image of one row
    for (auto *list : {&w.kernel, &w.strides, &w.dilations})
      list->insert(list->begin(), 1);
    w.pads = {0, w.pads[0], 0, w.pads[1]};
  }
  w.ceilPads = {0, 0};
  std::string autoPad = args.stringAttr("auto_pad", "NOTSET");
  bool ceil = args.intAttr("ceil_mode", 0) != 0;
  bool upper = autoPad == "SAME_UPPER", same = upper || autoPad == "SAME_LOWER";
  if (!same && autoPad != "NOTSET" && autoPad != "VALID" && !autoPad.empty())
    args.fail("expected auto_pad NOTSET, SAME_UPPER, SAME_LOWER or VALID, got " + quoted(autoPad));
  if (autoPad == "VALID")
    w.pads = {0, 0, 0, 0};
  for (int64_t extent : w.kernel)
    if (extent < 1 || extent > NodeArgs::kMaxExtent)
      args.fail("expected kernel extents in [1, 2^24], got " + llvm::Twine(extent));
  if (args.failed())
    return std::nullopt;
  for (int d = 0; d < 2; ++d) {
    int64_t size = spatial == 1 && d == 0 ? 1 : input[input.size() - 2 + d], stride = w.strides[d],
            reach = (w.kernel[d] - 1) * w.dilations[d] + 1;
    if (reach > maxReach) {
      args.fail("expected a window of at most " + llvm::Twine(maxReach) + " elements, dilation included, got " +
                llvm::Twine(reach));
      return std::nullopt;
    }
    int64_t &low = w.pads[d], &high = w.pads[2 + d];
    if (same) {
      int64_t total = std::max<int64_t>(0, ((size + stride - 1) / stride - 1) * stride + reach - size);
      low = upper ? total / 2 : total - total / 2;
      high = total - low;
    }
    int64_t room = size + low + high - reach;
    if (size < 1 || room < 0) {
      args.fail("expected an input at least as large as the window (" + llvm::Twine(reach) + "), got " +
                llvm::Twine(size + low + high));
      return std::nullopt;
    }
    int64_t count = room / stride + 1;
    if (ceil && !same && room % stride != 0 &&
        count * stride < size + low) { // a last window that starts in the end pad is dropped
      w.ceilPads[d] = count * stride + reach - (size + low + high);
      high += w.ceilPads[d];
      ++count;
    }
    w.out.push_back(count);
  }
  return w;
}

} // namespace wino
