// Windows that the dialect's ops do not have: over volumes, dilated, with the index of the maximum; and what looks
// across channels.
#include "OpTable.h"
#include "Steps.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

namespace wino {
namespace {

constexpr float kLowest = std::numeric_limits<float>::lowest();

/// The part of an attribute list that belongs to spatial dimensions [first, first + count) of `spatial`, and 1 or 0
/// behind it for `more` dimensions.
std::vector<int64_t> part(llvm::ArrayRef<int64_t> list, size_t spatial, size_t first, size_t count, size_t more,
                          int64_t with) {
  std::vector<int64_t> result;
  for (size_t side = 0; side < list.size() / spatial; ++side) {
    for (size_t k = 0; k < count; ++k)
      result.push_back(list[side * spatial + first + k]);
    result.insert(result.end(), more, with);
  }
  return result;
}

/// Elements of one tap of a dilated window, for all positions of it.
std::string tap(Steps &s, const std::string &padded, size_t axis, const Window &w, size_t d, int64_t position) {
  return s.slice(padded, static_cast<int64_t>(axis), position * w.dilations[d], w.out[d], w.strides[d]);
}

/// The image under a window of rank 4, with its pads.
std::string paddedImage(Steps &s, const Window &w) {
  const Shape &in = s.args.shape(0);
  std::string image = in.size() == 4 ? s.input(0) : s.reshape(s.input(0), {in[0], in[1], 1, in[2]});
  return s.pad(image, {0, 0, w.pads[0], w.pads[1]}, {0, 0, w.pads[2], w.pads[3]}, kLowest);
}

/// A maximum over every tap, one axis after the other.
std::string dilatedMaximum(Steps &s, std::string image, const Window &w) {
  for (size_t d = 0; d < 2; ++d) {
    std::string largest;
    for (int64_t k = 0; k < w.kernel[d]; ++k) {
      std::string next = tap(s, image, 2 + d, w, d, k);
      largest = largest.empty() ? next : s.add("Max", {largest, next});
    }
    image = largest;
  }
  return image;
}

/// Index of the first maximum in every window, in the input as one row: L - max over taps of (tap == maximum) (L -
/// index), where == is 1 + sign(tap - maximum).
bool indices(Steps &s, const std::string &padded, const std::string &largest, const Window &w) {
  const Shape in = s.args.shape(0), dims = s.shape(largest);
  int64_t height = in.size() == 4 ? in[2] : 1, width = in.back(), total = *elementCount(in);
  if (total >= kMaxExactInt || w.kernel[0] * w.kernel[1] > 1024)
    return s.args.fail("expected windows of at most 1024 elements of an input of less than 2^24, got another");
  bool isColumnMajor = s.args.intAttr("storage_order", 0) != 0;
  std::string best;
  for (int64_t ky = 0; ky < w.kernel[0]; ++ky)
    for (int64_t kx = 0; kx < w.kernel[1]; ++kx) {
      std::vector<float> left;
      for (int64_t plane = 0; plane < dims[0] * dims[1]; ++plane)
        for (int64_t y = 0; y < dims[2]; ++y)
          for (int64_t x = 0; x < dims[3]; ++x) {
            int64_t row = y * w.strides[0] + ky * w.dilations[0] - w.pads[0];
            int64_t column = x * w.strides[1] + kx * w.dilations[1] - w.pads[1];
            bool isInside = row >= 0 && row < height && column >= 0 && column < width;
            int64_t index = plane * height * width + (isColumnMajor ? column * height + row : row * width + column);
            left.push_back(isInside ? float(total - index) : 0.0f);
          }
      std::string value = tap(s, tap(s, padded, 2, w, 0, ky), 3, w, 1, kx);
      std::string sign = s.add("Sign", {s.add("Sub", {value, largest})});
      std::string score = s.add("Mul", {s.add("Add", {sign, s.scalar(1)}), s.constant(dims, left)});
      best = best.empty() ? score : s.add("Max", {best, score});
      if (s.failed())
        return false;
    }
  std::string index = s.add("Sub", {s.scalar(float(total)), best});
  Shape out = dims;
  if (in.size() == 3)
    out.erase(out.begin() + 2);
  return s.finish("Reshape", {index, s.ints(out)}, {}, 1);
}

/// Rows and columns first, as an image of C D channels, then the depth, as an image of rows of pixels: maxima, and
/// means over boxes, are those of lines one after the other.
bool volumePool(Steps &s) {
  NodeArgs &args = s.args;
  const Shape in = args.shape(0);
  std::vector<int64_t> ones(3, 1), zeros(6, 0);
  auto kernel = args.extents("kernel_shape", ones, 1), strides = args.extents("strides", ones, 1),
       dilations = args.extents("dilations", ones, 1), pads = args.extents("pads", zeros, 0);
  if (args.node.op != "MaxPool" && dilations != ones)
    return args.fail("expected dilations = 1");
  if (!args.node.attrs.count("kernel_shape"))
    return args.fail("expected kernel_shape, got none");
  Steps::Attrs common;
  for (const char *name : {"auto_pad", "ceil_mode", "count_include_pad"})
    if (auto found = args.node.attrs.find(name); found != args.node.attrs.end())
      common.insert(*found);
  auto pool = [&](const std::string &value, size_t first, size_t count) {
    Steps::Attrs attrs = common;
    attrs["kernel_shape"] = Steps::integers(part(kernel, 3, first, count, 2 - count, 1));
    attrs["strides"] = Steps::integers(part(strides, 3, first, count, 2 - count, 1));
    attrs["pads"] = Steps::integers(part(pads, 3, first, count, 2 - count, 0));
    if (args.node.op == "MaxPool")
      attrs["dilations"] = Steps::integers(part(dilations, 3, first, count, 2 - count, 1));
    return s.add(args.node.op.c_str(), {value}, attrs, count == 2 ? "plane" : "depth");
  };
  std::string value = pool(s.reshape(s.input(0), {in[0], in[1] * in[2], in[3], in[4]}), 1, 2);
  if (s.failed())
    return false;
  const Shape plane = s.shape(value);
  value = pool(s.reshape(value, {in[0], in[1], in[2], plane[2] * plane[3]}), 0, 1);
  if (s.failed())
    return false;
  return s.finish("Reshape", {value, s.ints({in[0], in[1], s.shape(value)[2], plane[2], plane[3]})});
}

} // namespace

bool expandPool(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(1, 1))
    return false;
  const Shape in = args.shape(0);
  bool wantsIndices = args.node.outputs.size() > 1 && !args.node.outputs[1].empty();
  if (in.size() == 5 && wantsIndices)
    return args.fail("expected only the first output of a pool of volumes to be used");
  if (in.size() == 5)
    return volumePool(s);
  if (args.node.op != "MaxPool" || (in.size() != 3 && in.size() != 4))
    return false;
  auto window = readNodeWindow(args);
  if (!window || (!wantsIndices && window->dilations == std::vector<int64_t>{1, 1}))
    return false;
  if (window->kernel[0] > 1024 || window->kernel[1] > 1024)
    return args.fail("expected dilated windows of at most 1024 rows and columns");
  std::string padded = paddedImage(s, *window), largest = dilatedMaximum(s, padded, *window);
  if (s.failed())
    return false;
  Shape out = s.shape(largest);
  if (in.size() == 3)
    out.erase(out.begin() + 2);
  return s.finish("Reshape", {largest, s.ints(out)}) && (!wantsIndices || indices(s, padded, largest, *window));
}

/// Depth becomes batch, the kernel's depth becomes channels: one 2-D convolution.
bool expandConv(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(2, 3) || args.shape(0).size() != 5)
    return false;
  const Shape in = args.shape(0), filter = args.shape(1);
  if (filter.size() != 5 || !args.weights(1, "filter", filter))
    return args.fail("expected a filter of rank 5, got " + shapeText(filter));
  std::vector<int64_t> ones(3, 1), zeros(6, 0);
  auto strides = args.extents("strides", ones, 1), dilations = args.extents("dilations", ones, 1),
       pads = args.extents("pads", zeros, 0);
  std::string autoPad = args.stringAttr("auto_pad", "NOTSET");
  if (autoPad != "NOTSET" && autoPad != "VALID")
    return args.fail("expected auto_pad NOTSET or VALID in a convolution of volumes, got " + quoted(autoPad));
  if (autoPad == "VALID")
    pads = zeros;
  int64_t depth = filter[2], reach = (depth - 1) * dilations[0] + 1, room = in[2] + pads[0] + pads[3] - reach;
  if (args.failed() || depth < 1 || depth > 1024 || reach > NodeArgs::kMaxExtent || room < 0)
    return args.fail("expected an input at least as deep as the window, got " + shapeText(in));
  int64_t made = room / strides[0] + 1, pixels = in[3] * in[4];
  std::string flat = s.reshape(s.input(0), {in[0], in[1], in[2], pixels});
  flat = s.pad(flat, {0, 0, pads[0], 0}, {0, 0, pads[3], 0}, 0);
  Steps::Names taps;
  for (int64_t k = 0; k < depth; ++k)
    taps.push_back(s.reshape(s.slice(flat, 2, k * dilations[0], made, strides[0]), {in[0], in[1], 1, made * pixels}));
  std::string stacked = s.add("Concat", taps, {{"axis", Steps::integer(2)}}, "depth");
  stacked = s.reshape(stacked, {in[0], in[1] * depth, made, pixels});
  stacked = s.reshape(s.transpose(stacked, {0, 2, 1, 3}), {in[0] * made, in[1] * depth, in[3], in[4]});
  Steps::Names inputs = {stacked, s.reshape(args.node.inputs[1], {filter[0], filter[1] * depth, filter[3], filter[4]})};
  if (args.has(2))
    inputs.push_back(args.node.inputs[2]);
  std::string out = s.add("Conv", inputs,
                          {{"strides", Steps::integers(part(strides, 3, 1, 2, 0, 1))},
                           {"dilations", Steps::integers(part(dilations, 3, 1, 2, 0, 1))},
                           {"pads", Steps::integers(part(pads, 3, 1, 2, 0, 0))},
                           {"group", Steps::integer(args.intAttr("group", 1))}},
                          "plane");
  if (s.failed())
    return false;
  const Shape plane = s.shape(out);
  out = s.reshape(out, {in[0], made, filter[0] * plane[2] * plane[3]});
  out = s.reshape(out, {in[0], made, filter[0], plane[2] * plane[3]});
  out = s.transpose(out, {0, 2, 1, 3});
  return !s.failed() && s.finish("Reshape", {out, s.ints({in[0], filter[0], made, plane[2], plane[3]})});
}

/// A sequence as an image of one row.
bool expandConvTranspose(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(2, 3) || args.shape(0).size() != 3 || args.shape(1).size() != 3)
    return false;
  const Shape in = args.shape(0), filter = args.shape(1);
  if (!args.weights(1, "filter", filter))
    return false;
  Steps::Attrs attrs = args.node.attrs;
  const std::pair<const char *, int64_t> lists[] = {{"kernel_shape", 1}, {"strides", 1},        {"dilations", 1},
                                                    {"pads", 0},         {"output_padding", 0}, {"output_shape", 1}};
  for (auto [name, with] : lists)
    if (auto found = attrs.find(name); found != attrs.end()) {
      std::vector<int64_t> &list = found->second.ints;
      list.insert(list.begin(), with);
      if (list.size() == 3) // ends of pads
        list.insert(list.begin() + 2, with);
    }
  Steps::Names inputs = {s.reshape(s.input(0), {in[0], in[1], 1, in[2]}),
                         s.reshape(args.node.inputs[1], {filter[0], filter[1], 1, filter[2]})};
  if (args.has(2))
    inputs.push_back(args.node.inputs[2]);
  std::string out = s.add("ConvTranspose", inputs, attrs, "row");
  if (s.failed())
    return false;
  const Shape dims = s.shape(out);
  return s.finish("Reshape", {out, s.ints({dims[0], dims[1], dims[3]})});
}

/// x (bias + alpha / size sum of squares of `size` channels)^-beta: a mean over channels as rows of an image.
bool expandLrn(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(1, 1))
    return false;
  const Shape in = args.shape(0);
  int64_t size = args.intAttr("size", 0);
  float alpha = args.floatAttr("alpha", 1e-4f), beta = args.floatAttr("beta", 0.75f), bias = args.floatAttr("bias", 1);
  if (in.size() < 2 || size < 1 || size > 65536)
    return args.fail("expected an image and size in [1, 65536], got " + shapeText(in) + " and " + llvm::Twine(size));
  int64_t pixels = *elementCount(in) / (in[0] * in[1]), before = (size - 1) / 2;
  std::string squares = s.add("Mul", {s.input(0), s.input(0)}, {}, "squares");
  // More rows than there are channels add nothing.
  int64_t low = std::min(before, in[1]), high = std::min(size - 1 - before, in[1]), reach = low + 1 + high;
  std::string sum = s.add("AveragePool", {s.reshape(squares, {in[0], 1, in[1], pixels})},
                          {{"kernel_shape", Steps::integers({reach, 1})},
                           {"pads", Steps::integers({low, 0, high, 0})},
                           {"count_include_pad", Steps::integer(1)}},
                          "mean");
  sum = s.add("Mul", {s.reshape(sum, in), s.scalar(float(double(alpha) * double(reach) / double(size)))});
  std::string power = s.add("Pow", {s.add("Add", {sum, s.scalar(bias)}), s.scalar(-beta)}, {}, "power");
  return s.finish("Mul", {s.input(0), power});
}

bool expandLpNormalization(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(1, 1))
    return false;
  int64_t p = args.intAttr("p", 2), axis = args.axis(args.intAttr("axis", -1), args.shape(0).size());
  if (args.failed() || (p != 1 && p != 2))
    return args.fail("expected p = 1 or 2, got " + llvm::Twine(p));
  std::string norm = s.add(p == 1 ? "ReduceL1" : "ReduceL2", {s.input(0), s.ints({axis})}, {}, "norm");
  return s.finish("Div", {s.input(0), norm});
}

/// Normalization by the batch's own statistics, as in training.
bool expandBatchNorm(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(5, 5) || args.intAttr("training_mode", 0) == 0)
    return false;
  const Shape in = args.shape(0);
  if (in.size() < 2)
    return args.fail("expected an input of rank 2 or more, got " + shapeText(in));
  Shape channels(in.size(), 1);
  channels[1] = in[1];
  std::vector<int64_t> axes;
  for (size_t k = 0; k < in.size(); ++k)
    if (k != 1)
      axes.push_back(static_cast<int64_t>(k));
  for (size_t k = 1; k < 5; ++k)
    if (args.shape(k) != Shape{in[1]})
      return args.fail("expected parameters of shape " + llvm::Twine(in[1]) + ", got " + shapeText(args.shape(k)));
  std::string mean = s.add("ReduceMean", {s.input(0), s.ints(axes)}, {}, "mean");
  std::string centred = s.add("Sub", {s.input(0), mean}, {}, "centred");
  std::string variance = s.add("ReduceMean", {s.add("Mul", {centred, centred}), s.ints(axes)}, {}, "variance");
  std::string inverse =
      s.add("Pow", {s.add("Add", {variance, s.scalar(args.floatAttr("epsilon", 1e-5f))}), s.scalar(-0.5f)});
  std::string factor = s.add("Mul", {inverse, s.reshape(s.input(1), channels)}, {}, "factor");
  bool isDone = s.finish("Add", {s.add("Mul", {centred, factor}), s.reshape(s.input(2), channels)});
  float momentum = args.floatAttr("momentum", 0.9f);
  for (size_t k = 1; k < args.node.outputs.size() && k < 3 && isDone; ++k) {
    if (args.node.outputs[k].empty())
      continue;
    std::string own = s.add("Mul", {s.reshape(k == 1 ? mean : variance, {in[1]}), s.scalar(1 - momentum)});
    isDone = s.finish("Add", {s.add("Mul", {s.input(2 + k), s.scalar(momentum)}), own}, {}, k);
  }
  return isDone;
}

} // namespace wino
