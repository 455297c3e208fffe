// Attribute and input forms of the moving operators, over all opsets, as explicit starts, steps, permutations and
// amounts.
#include "MoveShapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

#include <algorithm>
#include <limits>

namespace wino {
namespace {

/// A list that is an attribute before `opset` and input number `input` from then on; none when it is left out.
std::optional<std::vector<int64_t>> attrOrInput(NodeArgs &args, const std::string &name, size_t input, int64_t opset) {
  if (args.node.opset < opset) {
    if (!args.hasAttr(name))
      return std::nullopt;
    return args.intsAttr(name, {});
  }
  if (!args.has(input))
    return std::nullopt;
  return args.intsInput(input, name);
}

std::optional<Shape> reshape(NodeArgs &args) {
  if (!args.expectInputs(2, 2))
    return std::nullopt;
  const Shape &in = args.shape(0);
  Shape out = args.intsInput(1, "shape");
  bool allowZero = args.intAttr("allowzero", 0) != 0;
  int64_t count = elementCount(in).value_or(0), known = 1;
  ptrdiff_t open = -1;
  for (size_t k = 0; k < out.size() && !args.failed(); ++k) {
    if (out[k] == 0 && !allowZero) {
      if (k >= in.size())
        args.fail("expected a 0 in 'shape' only where the input has a dimension, got one at " + llvm::Twine(k));
      else
        out[k] = in[k];
    }
    if (out[k] == -1 && open < 0) {
      open = static_cast<ptrdiff_t>(k);
      continue;
    }
    if (out[k] < 0)
      args.fail("expected sizes >= 0 and at most one -1 in 'shape', got " + llvm::Twine(out[k]));
    else if (llvm::MulOverflow(known, out[k], known) || known > kMaxElements)
      args.fail("expected a shape of " + llvm::Twine(count) + " elements, got more than 2^31");
  }
  if (args.failed())
    return std::nullopt;
  if (open >= 0)
    out[open] = known > 0 && count % known == 0 ? count / known : -1;
  if (elementCount(out) != count) {
    args.fail("expected a shape of " + llvm::Twine(count) + " elements, got " + shapeText(out) + " for input " +
              shapeText(in));
    return std::nullopt;
  }
  return out;
}

Shape flatten(NodeArgs &args) {
  if (!args.expectInputs(1, 1))
    return {};
  const Shape &in = args.shape(0);
  int64_t axis = args.intAttr("axis", 1), rank = static_cast<int64_t>(in.size());
  if (axis < -rank || axis > rank)
    args.fail("expected axis in [-" + llvm::Twine(rank) + ", " + llvm::Twine(rank) + "], got " + llvm::Twine(axis));
  if (args.failed())
    return {};
  axis = axis < 0 ? axis + rank : axis;
  Shape out = {1, 1};
  for (int64_t k = 0; k < rank; ++k)
    out[k < axis ? 0 : 1] *= in[k];
  return out;
}

Shape squeeze(NodeArgs &args) {
  if (!args.expectInputs(1, args.node.opset < 13 ? 1 : 2))
    return {};
  const Shape &in = args.shape(0);
  auto given = attrOrInput(args, "axes", 1, 13);
  std::vector<int64_t> axes = args.axes(given.value_or(std::vector<int64_t>()), in.size());
  Shape out;
  for (size_t k = 0; k < in.size(); ++k) {
    bool dropped = given ? llvm::is_contained(axes, static_cast<int64_t>(k)) : in[k] == 1;
    if (dropped && in[k] != 1)
      args.fail("expected size 1 along axis " + llvm::Twine(k) + ", got " + llvm::Twine(in[k]));
    if (!dropped)
      out.push_back(in[k]);
  }
  return out;
}

Shape unsqueeze(NodeArgs &args) {
  if (!args.expectInputs(1, args.node.opset < 13 ? 1 : 2))
    return {};
  const Shape &in = args.shape(0);
  auto given = attrOrInput(args, "axes", 1, 13);
  if (!given)
    args.fail("expected axes, got none");
  size_t rank = in.size() + given.value_or(std::vector<int64_t>()).size();
  if (rank > kMaxRank)
    args.fail("expected rank <= " + llvm::Twine(kMaxRank) + ", got " + llvm::Twine(rank));
  if (args.failed())
    return {};
  std::vector<int64_t> axes = args.axes(*given, rank);
  Shape out;
  for (size_t k = 0, next = 0; k < rank && !args.failed(); ++k)
    out.push_back(llvm::is_contained(axes, static_cast<int64_t>(k)) ? 1 : in[next++]);
  return out;
}

/// One dimension of a slice, numpy's rules: negative positions count from the end, everything is clamped.
void sliceDim(int64_t size, int64_t start, int64_t end, int64_t step, int64_t &first, int64_t &count) {
  auto clamp = [&](int64_t value, int64_t low, int64_t high) {
    return std::clamp(value < 0 ? value + size : value, low, high);
  };
  first = step > 0 ? clamp(start, 0, size) : clamp(start, -1, size - 1);
  int64_t last = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  int64_t span = step > 0 ? last - first : first - last;
  count = span <= 0 ? 0 : (span + std::abs(step) - 1) / std::abs(step);
}

} // namespace

std::optional<Shape> reshapedShape(NodeArgs &args) {
  std::optional<Shape> out;
  if (args.node.op == "Reshape")
    out = reshape(args);
  else if (args.node.op == "Flatten")
    out = flatten(args);
  else if (args.node.op == "Squeeze")
    out = squeeze(args);
  else
    out = unsqueeze(args);
  if (args.failed())
    return std::nullopt;
  return out;
}

std::optional<SliceSpec> readSlice(NodeArgs &args) {
  bool asAttrs = args.node.opset < 10;
  if (!args.expectInputs(asAttrs ? 1 : 3, asAttrs ? 1 : 5))
    return std::nullopt;
  const Shape &in = args.shape(0);
  auto starts = attrOrInput(args, "starts", 1, 10), ends = attrOrInput(args, "ends", 2, 10);
  auto axes = attrOrInput(args, "axes", 3, 10);
  std::optional<std::vector<int64_t>> steps;
  if (!asAttrs)
    steps = attrOrInput(args, "steps", 4, 10);
  size_t count = starts ? starts->size() : 0;
  if (!starts || !ends || ends->size() != count || (axes && axes->size() != count) || (steps && steps->size() != count))
    args.fail("expected starts, ends, axes and steps of one length");
  if (!axes && count > in.size())
    args.fail("expected at most " + llvm::Twine(in.size()) + " starts, got " + llvm::Twine(count));
  if (args.failed())
    return std::nullopt;
  SliceSpec spec;
  spec.starts.assign(in.size(), 0);
  spec.steps.assign(in.size(), 1);
  spec.out = in;
  std::vector<bool> seen(in.size());
  for (size_t k = 0; k < count; ++k) {
    int64_t axis = args.axis(axes ? (*axes)[k] : static_cast<int64_t>(k), in.size());
    // Steps beyond any tensor's size all mean "one element".
    int64_t step = steps ? std::clamp((*steps)[k], -kMaxElements, kMaxElements) : 1;
    if (step == 0)
      args.fail("expected steps other than 0");
    if (!args.failed() && seen[axis])
      args.fail("expected each axis once, got " + llvm::Twine(axis) + " twice");
    if (args.failed())
      return std::nullopt;
    seen[axis] = true;
    spec.steps[axis] = step;
    sliceDim(in[axis], (*starts)[k], (*ends)[k], step, spec.starts[axis], spec.out[axis]);
  }
  return spec;
}

std::vector<int64_t> readPerm(NodeArgs &args) {
  if (!args.expectInputs(1, 1))
    return {};
  size_t rank = args.shape(0).size();
  std::vector<int64_t> reversed(rank);
  for (size_t k = 0; k < rank; ++k)
    reversed[k] = static_cast<int64_t>(rank - 1 - k);
  std::vector<int64_t> perm = args.intsAttr("perm", reversed);
  std::vector<int64_t> sorted = perm;
  llvm::sort(sorted);
  std::reverse(sorted.begin(), sorted.end());
  if (sorted != reversed)
    args.fail("expected perm to be a permutation of " + llvm::Twine(rank) + " axes");
  return args.failed() ? std::vector<int64_t>() : perm;
}

std::optional<ConcatSpec> readConcat(NodeArgs &args) {
  if (!args.expectInputs(1, std::numeric_limits<size_t>::max()))
    return std::nullopt;
  if (!args.hasAttr("axis"))
    args.fail("expected attribute 'axis', got none");
  ConcatSpec spec;
  spec.out = args.shape(0);
  spec.axis = args.axis(args.intAttr("axis", 0), spec.out.size());
  for (size_t k = 1; k < args.numInputs() && !args.failed(); ++k) {
    if (!args.has(k)) {
      args.fail("expected input " + llvm::Twine(k) + ", got none");
      break;
    }
    Shape rest = args.shape(k);
    bool fits = rest.size() == spec.out.size();
    if (fits) {
      spec.out[spec.axis] += rest[spec.axis];
      rest[spec.axis] = spec.out[spec.axis];
    }
    if (!fits || rest != spec.out)
      args.fail("expected inputs that differ only along axis " + llvm::Twine(spec.axis) + ", got input " +
                llvm::Twine(k) + " of shape " + shapeText(args.shape(k)));
    else if (!elementCount(spec.out))
      args.fail("expected a result of at most 2^31 elements, got " + shapeText(spec.out));
  }
  if (args.failed())
    return std::nullopt;
  return spec;
}

std::optional<PadSpec> readPad(NodeArgs &args) {
  bool asAttrs = args.node.opset < 11;
  if (!args.expectInputs(asAttrs ? 1 : 2, asAttrs ? 1 : 4))
    return std::nullopt;
  const Shape &in = args.shape(0);
  std::string mode = args.stringAttr("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge")
    args.fail("expected mode 'constant', 'reflect' or 'edge', got " + quoted(mode));
  auto pads = attrOrInput(args, "pads", 1, 11).value_or(std::vector<int64_t>());
  PadSpec spec;
  spec.value = asAttrs ? args.floatAttr("value", 0) : args.floatInput(2, "padding value", 0);
  if (!std::isfinite(spec.value))
    args.fail("expected a finite padding value");
  std::vector<int64_t> axes;
  if (args.has(3)) {
    axes = args.intsInput(3, "axes");
  } else {
    for (size_t k = 0; k < in.size(); ++k)
      axes.push_back(static_cast<int64_t>(k));
  }
  if (pads.size() != 2 * axes.size())
    args.fail("expected " + llvm::Twine(2 * axes.size()) + " values in 'pads', got " + llvm::Twine(pads.size()));
  spec.low.assign(in.size(), 0);
  spec.high.assign(in.size(), 0);
  spec.isConstant = mode == "constant";
  spec.indices.resize(in.size());
  spec.out = in;
  for (size_t k = 0; k < axes.size() && !args.failed(); ++k) {
    int64_t axis = args.axis(axes[k], in.size()), low = pads[k], high = pads[k + axes.size()];
    if (low < 0 || high < 0 || low > NodeArgs::kMaxExtent || high > NodeArgs::kMaxExtent)
      args.fail("expected pads in [0, 2^24], got " + llvm::Twine(low) + " and " + llvm::Twine(high));
    if (args.failed())
      break;
    if (spec.isConstant == false && low + high > 0) {
      constexpr int64_t mostMirrored = 1024; // each is a copy of its own
      int64_t most = mode == "edge" ? mostMirrored : std::min(mostMirrored, in[axis] - 1);
      if (low > most || high > most || in[axis] < 1 || in[axis] > mostMirrored * mostMirrored) {
        args.fail("expected pads of at most " + llvm::Twine(most) + " and extents of at most 2^20 in mode " +
                  quoted(mode));
        break;
      }
      for (int64_t at = -low; at < in[axis] + high; ++at) {
        int64_t inside = std::clamp<int64_t>(at, 0, in[axis] - 1), beyond = at - inside;
        spec.indices[axis].push_back(mode == "edge" ? inside : inside - beyond);
      }
    }
    spec.out[axis] = in[axis] + low + high;
    spec.low[axis] = low;
    spec.high[axis] = high;
  }
  if (args.failed())
    return std::nullopt;
  return spec;
}

Shape operandShape(NodeArgs &args, size_t k) {
  Shape shape = args.shape(k);
  size_t rank = args.shape(0).size();
  if (args.node.opset >= 7 || k == 0 || shape.size() >= rank)
    return shape;
  bool isSlope = args.node.op == "PRelu" && shape.size() == 1;
  if (!isSlope && !args.hasAttr("axis"))
    return shape;
  auto first = isSlope ? 1 : args.axis(args.intAttr("axis", 0), rank);
  while (!args.failed() && static_cast<size_t>(first) + shape.size() < rank)
    shape.push_back(1);
  return shape;
}

std::optional<Shape> broadcastShape(llvm::ArrayRef<int64_t> lhs, llvm::ArrayRef<int64_t> rhs) {
  size_t rank = std::max(lhs.size(), rhs.size());
  Shape out(rank);
  for (size_t k = 0; k < rank; ++k) {
    int64_t l = k + lhs.size() < rank ? 1 : lhs[k + lhs.size() - rank];
    int64_t r = k + rhs.size() < rank ? 1 : rhs[k + rhs.size() - rank];
    if (l != r && l != 1 && r != 1)
      return std::nullopt;
    out[k] = l == 1 ? r : l;
  }
  return out;
}

std::vector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> dims) {
  std::vector<int64_t> strides(dims.size(), 1);
  for (size_t k = dims.size(); k-- > 1;)
    strides[k - 1] = strides[k] * dims[k];
  return strides;
}

std::vector<int64_t> broadcastStrides(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to) {
  std::vector<int64_t> own = rowMajorStrides(from), strides(to.size(), 0);
  size_t skip = to.size() - from.size();
  for (size_t k = 0; k < from.size(); ++k)
    strides[k + skip] = from[k] == 1 ? 0 : own[k];
  return strides;
}

void copyStrided(const uint8_t *from, uint8_t *to, unsigned elementBytes, llvm::ArrayRef<int64_t> dims, int64_t offset,
                 llvm::ArrayRef<int64_t> strides) {
  int64_t count = elementCount(dims).value_or(0);
  std::vector<int64_t> index(dims.size(), 0);
  for (int64_t done = 0; done < count; ++done) {
    std::memcpy(to + done * elementBytes, from + offset * elementBytes, elementBytes);
    for (size_t k = dims.size(); k-- > 0;) {
      offset += strides[k];
      if (++index[k] < dims[k])
        break;
      offset -= strides[k] * dims[k];
      index[k] = 0;
    }
  }
}

} // namespace wino
