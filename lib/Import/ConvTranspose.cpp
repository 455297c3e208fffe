// ConvTranspose as one ordinary convolution that makes every phase of the stride as channels of its own, which
// depth_to_space then puts side by side (sub-pixel convolution). README, section "Transposed convolutions".
#include "Builder.h"
#include "OpTable.h"

#include <algorithm>

namespace wino {
namespace {

constexpr int64_t kMaxTaps = 65536; // as of an ordinary convolution

/// One direction: out[y] = sum over i, u with y = i * stride + u * dilation - begin of in[i] * w[u].
struct Axis {
  int64_t in, kernel, stride, dilation, begin, out;
  int64_t first = 0, taps = 1; ///< offset of the first input that an output reads, and kernel of the convolution

  int64_t extent() const { return (kernel - 1) * dilation + 1; }
  /// Kernel position that output phase `phase` multiplies with tap `tap` of the convolution; -1: none.
  int64_t position(int64_t phase, int64_t tap) const {
    int64_t u = (phase + begin) - stride * (tap + first);
    return u >= 0 && u < extent() && u % dilation == 0 ? u / dilation : -1;
  }
  /// Inputs q + first ... q + last make output q * stride + phase of all phases.
  void setTaps() {
    int64_t last = (stride - 1 + begin) / stride;
    int64_t reach = begin - (extent() - 1); // smallest (phase + begin) - u; the next multiple of the stride counts
    first = reach >= 0 ? 0 : -(-reach / stride);
    taps = last - first + 1;
  }
  int64_t steps() const { return (out + stride - 1) / stride; }
  int64_t padEnd() const { return std::max<int64_t>(0, steps() + taps - 1 + first - in); }
  int64_t made() const { return in - first + padEnd() - taps + 1; }
};

struct Spec {
  Axis axes[2];
  int64_t group = 1;
};

std::optional<Spec> readSpec(NodeArgs &args) {
  if (!args.expectInputs(2, 3))
    return std::nullopt;
  const Shape &in = args.shape(0), &filter = args.shape(1);
  Spec spec;
  spec.group = args.intAttr("group", 1);
  if (in.size() != 4 || filter.size() != 4)
    args.fail("expected a 2-D image and a filter of rank 4, got " + shapeText(in) + " and " + shapeText(filter));
  else if (!args.weights(1, "filter", filter) || elementCount(filter).value_or(0) == 0)
    args.fail("expected a filter with elements");
  else if (filter[0] != in[1] || spec.group < 1 || in[1] % spec.group != 0)
    args.fail("expected a filter for " + llvm::Twine(in[1]) + " channels and a group that divides them, got " +
              shapeText(filter) + " and group = " + llvm::Twine(spec.group));
  else if (args.has(2))
    args.weights(2, "bias", {filter[1] * spec.group});
  if (args.failed())
    return std::nullopt;
  std::vector<int64_t> kernel = {filter[2], filter[3]};
  if (args.intsAttr("kernel_shape", kernel) != kernel)
    args.fail("expected kernel_shape = " + shapeText(kernel) + " as the filter has");
  std::vector<int64_t> strides = args.extents("strides", {1, 1}, 1), dilations = args.extents("dilations", {1, 1}, 1),
                       pads = args.extents("pads", {0, 0, 0, 0}, 0), more = args.extents("output_padding", {0, 0}, 0);
  std::string autoPad = args.stringAttr("auto_pad", "NOTSET");
  bool same = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
  if (!same && autoPad != "NOTSET" && autoPad != "VALID")
    args.fail("expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got " + quoted(autoPad));
  if (args.failed())
    return std::nullopt;
  std::vector<int64_t> wanted;
  if (args.hasAttr("output_shape")) {
    wanted = args.intsAttr("output_shape", {});
    if (wanted.size() == 4)
      wanted.erase(wanted.begin(), wanted.begin() + 2);
    if (wanted.size() != 2)
      args.fail("expected output_shape of two extents");
  }
  for (size_t d = 0; d < 2 && !args.failed(); ++d) {
    Axis &axis = spec.axes[d];
    axis = {in[2 + d], kernel[d], strides[d], dilations[d], pads[d], 0};
    int64_t whole = strides[d] * (in[2 + d] - 1) + more[d] + axis.extent();
    if (!wanted.empty() || same) {
      axis.out = wanted.empty() ? in[2 + d] * strides[d] : wanted[d];
      int64_t total = std::max<int64_t>(0, whole - axis.out);
      axis.begin = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2;
    } else {
      axis.out = whole - pads[d] - pads[2 + d];
    }
    if (axis.out < 1 || axis.out > NodeArgs::kMaxExtent || axis.extent() > NodeArgs::kMaxExtent)
      args.fail("expected 1 to 2^24 rows and columns, got " + llvm::Twine(axis.out));
    axis.setTaps();
  }
  if (args.failed())
    return std::nullopt;
  return spec;
}

/// Shape of the convolution's filter.
Shape filterShape(const Spec &spec, const Shape &filter) {
  const Axis &y = spec.axes[0], &x = spec.axes[1];
  return {y.stride * x.stride * filter[1] * spec.group, filter[0] / spec.group, y.taps, x.taps};
}

} // namespace

bool inferConvTranspose(NodeArgs &args, Shape &out) {
  auto spec = readSpec(args);
  if (!spec)
    return false;
  const Shape &in = args.shape(0), &filter = args.shape(1);
  const Axis &y = spec->axes[0], &x = spec->axes[1];
  if (y.taps > kMaxTaps || x.taps > kMaxTaps || y.taps * x.taps > kMaxTaps)
    return args.fail("expected a window of at most " + llvm::Twine(kMaxTaps) +
                     " elements per phase, dilation included");
  if (y.stride > 4096 || x.stride > 4096)
    return args.fail("expected strides in [1, 4096], got " + shapeText({y.stride, x.stride}));
  Shape shape = filterShape(*spec, filter);
  if (!args.expectStep({in[0], shape[0], y.made(), x.made()}) || !args.spend(shape, 4))
    return false;
  out = {in[0], filter[1] * spec->group, y.out, x.out};
  return true;
}

void buildConvTranspose(Builder &b, NodeArgs &args) {
  Spec spec = *readSpec(args);
  const Axis &y = spec.axes[0], &x = spec.axes[1];
  const OnnxTensor &given = *args.constant(1);
  int64_t inputs = given.dims[0] / spec.group, outputs = given.dims[1], phases = y.stride * x.stride;
  int64_t allOutputs = outputs * spec.group;
  // Channels of one group stay together; with one group, those of one phase do, which is the faster order.
  bool channelsFirst = spec.group > 1;
  auto channel = [&](int64_t f, int64_t phase) { return channelsFirst ? f * phases + phase : phase * allOutputs + f; };
  Shape shape = filterShape(spec, given.dims);
  std::vector<float> filter(*elementCount(shape), 0.0f), bias(shape[0], 0.0f);
  for (int64_t f = 0; f < allOutputs; ++f)
    for (int64_t phase = 0; phase < phases; ++phase) {
      int64_t to = channel(f, phase);
      bias[to] = args.has(2) ? args.constant(2)->get<float>(f) : 0;
      for (int64_t c = 0; c < inputs; ++c)
        for (int64_t v = 0; v < y.taps; ++v)
          for (int64_t w = 0; w < x.taps; ++w) {
            int64_t ky = y.position(phase / x.stride, v), kx = x.position(phase % x.stride, w);
            if (ky < 0 || kx < 0)
              continue;
            int64_t row = f / outputs * inputs + c;
            filter[((to * inputs + c) * y.taps + v) * x.taps + w] =
                given.get<float>(((row * outputs + f % outputs) * y.kernel + ky) * x.kernel + kx);
          }
    }
  int64_t batch = args.shape(0)[0], height = y.made(), width = x.made();
  mlir::Value value = b.input(args, 0), weights = b.constant(shape, filter), offsets = b.constant({shape[0]}, bias);
  value = b.emit<Conv2DOp>(
      b.type({batch, shape[0], height, width}), value, weights, offsets, /*residual=*/mlir::Value(), b.ints({1, 1}),
      b.ints({-y.first, -x.first, y.padEnd(), x.padEnd()}), b.ints({1, 1}), b.builder.getI64IntegerAttr(spec.group),
      ActivationAttr(), PlanAttr(), RequantAttr(), mlir::IntegerAttr());
  height *= y.stride;
  width *= x.stride;
  if (phases > 1)
    value = b.emitStep<DepthToSpaceOp>("pixels", b.type({batch, allOutputs, height, width}), value,
                                       b.ints({y.stride, x.stride}), b.builder.getBoolAttr(channelsFirst));
  if (height != y.out || width != x.out)
    value = b.emitStep<SliceOp>("cropped", b.resultType(args), value, b.ints({0, 0, 0, 0}), b.ints({1, 1, 1, 1}));
  b.define(args, value);
}

} // namespace wino
