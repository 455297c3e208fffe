// Forms of the operators that repeat, split, pick or rearrange elements, as explicit numbers.
#include "MoveShapes.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace wino {
namespace {

/// What Resize and Upsample say about sizes: one scale per dimension and the resulting shape.
struct Sizes {
  std::vector<double> scales;
  Shape out;
};

std::vector<float> scalesOf(NodeArgs &args, size_t input) {
  const OnnxTensor *tensor = args.constant(input);
  auto floats = tensor ? tensor->floats() : std::nullopt;
  if (!floats)
    args.fail("expected constant scales of type f32");
  return floats.value_or(std::vector<float>());
}

std::optional<Sizes> readSizes(NodeArgs &args) {
  const Shape &in = args.shape(0);
  bool isUpsample = args.node.op == "Upsample";
  size_t scaleInput = isUpsample || args.node.opset < 11 ? 1 : 2;
  std::vector<float> scales;
  std::vector<int64_t> sizes;
  if (isUpsample && args.node.opset < 9) {
    auto found = args.node.attrs.find("scales");
    if (found != args.node.attrs.end() && found->second.kind == OnnxAttr::Kind::Floats)
      scales = found->second.floats;
  } else if (args.has(3)) {
    sizes = args.intsInput(3, "sizes");
  } else if (args.has(scaleInput)) {
    scales = scalesOf(args, scaleInput);
  }
  std::vector<int64_t> all;
  for (size_t k = 0; k < in.size(); ++k)
    all.push_back(static_cast<int64_t>(k));
  std::vector<int64_t> axes = args.intsAttr("axes", all);
  if (args.stringAttr("keep_aspect_ratio_policy", "stretch") != "stretch")
    args.fail("expected keep_aspect_ratio_policy 'stretch'");
  if (!args.failed() && (sizes.empty() ? scales.size() : sizes.size()) != axes.size())
    args.fail("expected " + llvm::Twine(axes.size()) + " scales or sizes, got " +
              llvm::Twine(sizes.empty() ? scales.size() : sizes.size()));
  Sizes result{std::vector<double>(in.size(), 1.0), in};
  for (size_t k = 0; k < axes.size() && !args.failed(); ++k) {
    int64_t axis = args.axis(axes[k], in.size());
    if (args.failed())
      break;
    double scale = sizes.empty() ? double(scales[k]) : double(sizes[k]) / double(in[axis]);
    double extent = sizes.empty() ? std::floor(double(in[axis]) * scale) : double(sizes[k]);
    if (!(scale > 0) || !(extent >= 1) || extent > double(NodeArgs::kMaxExtent))
      args.fail("expected extents in [1, 2^24] along axis " + llvm::Twine(axis) + ", got " +
                llvm::Twine(std::to_string(extent)));
    else
      result.scales[axis] = scale, result.out[axis] = static_cast<int64_t>(extent);
  }
  if (!args.failed() && !elementCount(result.out))
    args.fail("expected a result of at most 2^31 elements, got " + shapeText(result.out));
  if (args.failed())
    return std::nullopt;
  return result;
}

/// The part of an axis that tf_crop_and_resize looks at: 0 is the first element, 1 the last.
struct Region {
  double start = 0, end = 1;
};

/// Position in the input of element `at`, as ONNX's coordinate_transformation_mode defines it. The length of the result
/// is scale * in before it is rounded down, as ONNX's reference has it.
double positionOf(const std::string &mode, int64_t at, double scale, int64_t in, int64_t out, Region region) {
  if (mode == "align_corners")
    return out == 1 ? 0 : double(at) * double(in - 1) / (scale * double(in) - 1);
  if (mode == "tf_crop_and_resize")
    return out == 1 ? 0.5 * (region.start + region.end) * double(in - 1)
                    : region.start * double(in - 1) +
                          double(at) * (region.end - region.start) * double(in - 1) / double(out - 1);
  if (mode == "tf_half_pixel_for_nn")
    return (double(at) + 0.5) / scale;
  if (mode == "asymmetric")
    return double(at) / scale;
  if (mode == "pytorch_half_pixel" && out == 1)
    return 0;
  return (double(at) + 0.5) / scale - 0.5; // half_pixel
}

/// `roi`: all starts, then all ends.
std::vector<Region> readRegions(NodeArgs &args) {
  const Shape &in = args.shape(0);
  std::vector<Region> regions(in.size());
  const OnnxTensor *roi = args.constant(1);
  auto given = roi ? roi->floats() : std::nullopt;
  if (args.hasAttr("axes") || !given || given->size() != 2 * in.size()) {
    args.fail("expected a constant roi of " + llvm::Twine(2 * in.size()) + " values of type f32");
    return regions;
  }
  for (size_t k = 0; k < in.size(); ++k) {
    regions[k] = {(*given)[k], (*given)[in.size() + k]};
    if (!(std::fabs(regions[k].start) < 1e6) || !(std::fabs(regions[k].end) < 1e6))
      args.fail("expected regions of finite size");
  }
  return regions;
}

double roundedBy(const std::string &mode, double position) {
  if (mode == "floor")
    return std::floor(position);
  if (mode == "ceil")
    return std::ceil(position);
  return mode == "round_prefer_ceil" ? std::floor(position + 0.5) : std::ceil(position - 0.5);
}

} // namespace

/// Weights of the inputs for one output, outputs one after the other: linear, cubic or of the nearest.
static std::vector<float> resizeMatrix(llvm::function_ref<double(int64_t)> position,
                                       llvm::function_ref<double(double)> nearest, const std::string &mode, double a,
                                       bool excludes, bool extrapolates, int64_t in, int64_t out) {
  std::vector<float> matrix(in * out, 0.0f);
  for (int64_t at = 0; at < out; ++at) {
    double x = position(at), first = std::floor(x), t = x - first;
    if (extrapolates && !(x >= 0 && x <= double(in - 1)))
      continue; // 0
    std::vector<double> weights = {1};
    if (mode == "nearest") {
      first = nearest(x);
    } else if (mode == "linear") {
      weights = {1 - t, t};
    } else { // Keys' kernel
      auto near = [&](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
      auto far = [&](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
      weights = {far(1 + t), near(t), near(1 - t), far(2 - t)};
      first -= 1;
    }
    double sum = 0;
    for (size_t k = 0; k < weights.size(); ++k) {
      double from = first + double(k);
      if (excludes && (from < 0 || from >= double(in)))
        weights[k] = 0;
      sum += weights[k];
    }
    for (size_t k = 0; k < weights.size(); ++k) // what lies beyond the border is the border
      matrix[at * in + static_cast<int64_t>(std::clamp(first + double(k), 0.0, double(in - 1)))] +=
          static_cast<float>(excludes && sum != 0 ? weights[k] / sum : weights[k]);
  }
  return matrix;
}

std::optional<ResizeSpec> readResize(NodeArgs &args, bool fillsMatrices) {
  if (!args.expectInputs(1, args.node.op == "Upsample" ? 2 : args.node.opset < 11 ? 2 : 4))
    return std::nullopt;
  const Shape &in = args.shape(0);
  bool isOld = args.node.op == "Upsample" || args.node.opset < 11;
  std::string mode = args.stringAttr("mode", "nearest");
  std::string coordinates = isOld ? "asymmetric" : args.stringAttr("coordinate_transformation_mode", "half_pixel");
  std::string rounding = isOld ? "floor" : args.stringAttr("nearest_mode", "round_prefer_floor");
  if (!llvm::is_contained({"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}, rounding)) {
    args.fail("expected nearest_mode round_prefer_floor, round_prefer_ceil, floor or ceil, got " + rounding);
    return std::nullopt;
  }
  bool crops = coordinates == "tf_crop_and_resize";
  if (!crops &&
      !llvm::is_contained({"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners", "tf_half_pixel_for_nn"},
                          coordinates))
    args.fail("expected coordinate_transformation_mode half_pixel, pytorch_half_pixel, asymmetric, align_corners, "
              "tf_half_pixel_for_nn or tf_crop_and_resize, got " +
              quoted(coordinates));
  std::vector<Region> regions = crops ? readRegions(args) : std::vector<Region>(in.size());
  if (!llvm::is_contained({"nearest", "linear", "cubic"}, mode))
    args.fail("expected mode nearest, linear or cubic, got " + quoted(mode));
  double a = args.floatAttr("cubic_coeff_a", -0.75f);
  bool excludes = args.intAttr("exclude_outside", 0) != 0 && mode == "cubic";
  if (args.intAttr("antialias", 0) != 0)
    args.fail("expected antialias = 0");
  auto sizes = args.failed() ? std::nullopt : readSizes(args);
  if (!sizes)
    return std::nullopt;
  ResizeSpec spec{Shape(in.size(), 0), Shape(in.size(), 1), Shape(in.size(), 1), in, sizes->out, {}};
  spec.matrices.resize(in.size());
  spec.outside.resize(in.size());
  spec.extrapolation = args.floatAttr("extrapolation_value", 0);
  if (crops && !fillsMatrices)
    args.spend(spec.out, 4);
  Shape largest; // between two axes
  for (size_t d = 0; d < in.size(); ++d)
    largest.push_back(std::max(in[d], sizes->out[d]));
  args.expectStep(largest);
  for (size_t d = 0; d < in.size() && !args.failed(); ++d) {
    int64_t out = sizes->out[d], factor = out / in[d];
    if (out == in[d] && sizes->scales[d] == 1 && regions[d].start == 0 && regions[d].end == 1)
      continue;
    auto position = [&](int64_t at) { return positionOf(coordinates, at, sizes->scales[d], in[d], out, regions[d]); };
    auto nearest = [&](double x) { return roundedBy(rounding, x); };
    auto index = [&](int64_t at) {
      return static_cast<int64_t>(std::clamp(nearest(position(at)), 0.0, double(in[d] - 1)));
    };
    for (int64_t at = 0; crops && at < out; ++at)
      spec.outside[d].push_back(!(position(at) >= 0 && position(at) <= double(in[d] - 1)));
    int64_t first = index(0), step = out > 1 ? index(1) - first : 1;
    bool repeats = mode == "nearest" && out % in[d] == 0 && !crops, skips = mode == "nearest" && step >= 1 && !crops;
    for (int64_t at = 0; at < out && (repeats || skips); ++at) {
      repeats = repeats && index(at) == at / factor;
      skips = skips && index(at) == first + at * step;
    }
    if (repeats)
      spec.factors[d] = factor;
    else if (skips)
      spec.starts[d] = first, spec.steps[d] = step, spec.sliced[d] = out;
    else if (!fillsMatrices) // paid for when shapes are inferred, made when ops are
      args.spend({out, in[d]}, 4);
    else
      spec.matrices[d] = resizeMatrix(position, nearest, mode, a, excludes, crops, in[d], out);
  }
  if (args.failed())
    return std::nullopt;
  return spec;
}

std::optional<SplitSpec> readSplit(NodeArgs &args) {
  bool asAttr = args.node.opset < 13;
  if (!args.expectInputs(1, asAttr ? 1 : 2))
    return std::nullopt;
  const Shape &in = args.shape(0);
  SplitSpec spec;
  spec.axis = args.axis(args.intAttr("axis", 0), in.size());
  int64_t parts = static_cast<int64_t>(args.node.outputs.size());
  std::vector<int64_t> sizes;
  if (asAttr)
    sizes = args.intsAttr("split", {});
  else if (args.has(1))
    sizes = args.intsInput(1, "split");
  if (args.failed())
    return std::nullopt;
  int64_t extent = in[spec.axis];
  if (sizes.empty()) { // equal parts, the last one smaller where an opset allows that
    int64_t size = (extent + parts - 1) / parts;
    if (extent % parts != 0 && args.node.opset < 18)
      args.fail("expected " + llvm::Twine(parts) + " equal parts of " + llvm::Twine(extent));
    for (int64_t k = 0; k < parts; ++k)
      sizes.push_back(std::min(size, extent - std::min(extent, k * size)));
  }
  spec.starts = {0};
  for (int64_t size : sizes) {
    if (size < 0 || size > extent - spec.starts.back())
      args.fail("expected sizes >= 0 that add up to " + llvm::Twine(extent) + ", got " + llvm::Twine(size));
    if (args.failed())
      return std::nullopt;
    spec.starts.push_back(spec.starts.back() + size);
  }
  if (static_cast<int64_t>(sizes.size()) != parts || spec.starts.back() != extent)
    args.fail("expected " + llvm::Twine(parts) + " sizes that add up to " + llvm::Twine(extent));
  if (args.failed())
    return std::nullopt;
  return spec;
}

int64_t readBlock(NodeArgs &args) {
  bool toSpace = args.node.op == "DepthToSpace";
  if (!args.expectInputs(1, 1))
    return 0;
  const Shape &in = args.shape(0);
  int64_t block = args.intAttr("blocksize", 0);
  std::string mode = args.stringAttr("mode", "DCR");
  if (in.size() != 4)
    args.fail("expected an image of rank 4, got " + shapeText(in));
  else if (block < 1 || block > 4096 ||
           (toSpace ? in[1] % (block * block) != 0 : in[2] % block != 0 || in[3] % block != 0))
    args.fail("expected blocksize in [1, 4096] that divides " + shapeText(in) + ", got " + llvm::Twine(block));
  else if (mode != "DCR" && mode != "CRD")
    args.fail("expected mode 'DCR' or 'CRD', got " + quoted(mode));
  return args.failed() ? 0 : block;
}

std::optional<GatherSpec> readGather(NodeArgs &args) {
  constexpr size_t mostPieces = 1024;
  if (!args.expectInputs(2, 2))
    return std::nullopt;
  const Shape &in = args.shape(0);
  GatherSpec spec;
  spec.axis = args.axis(args.intAttr("axis", 0), in.size());
  const OnnxTensor *picks = args.constant(1);
  auto indices = picks ? picks->ints() : std::nullopt;
  if (!indices || indices->empty() || indices->size() > mostPieces)
    args.fail("expected 1 to " + llvm::Twine(mostPieces) + " constant integer indices");
  if (args.failed())
    return std::nullopt;
  int64_t size = in[spec.axis];
  for (int64_t &index : *indices) {
    if (index < -size || index >= size) {
      args.fail("expected indices in [-" + llvm::Twine(size) + ", " + llvm::Twine(size) + "), got " +
                llvm::Twine(index));
      return std::nullopt;
    }
    index = index < 0 ? index + size : index;
  }
  spec.indices = std::move(*indices);
  spec.out.assign(in.begin(), in.begin() + spec.axis);
  spec.out.insert(spec.out.end(), picks->dims.begin(), picks->dims.end());
  spec.out.insert(spec.out.end(), in.begin() + spec.axis + 1, in.end());
  return spec;
}

} // namespace wino
