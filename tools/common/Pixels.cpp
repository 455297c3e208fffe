// Parsing of preprocessing flags, and their way into and out of a module.
#include "Pixels.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;

namespace wino {

PixelFlags::PixelFlags(cl::OptionCategory &category)
    : scale("scale", cl::desc("Factor on pixels (default 1/255)"), cl::value_desc("number"), cl::cat(category)),
      mean("mean", cl::desc("Subtracted after the factor: one number, or one per channel"), cl::value_desc("a,b,c"),
           cl::cat(category)),
      stddev("std", cl::desc("Divisor after that: one number, or one per channel"), cl::value_desc("a,b,c"),
             cl::cat(category)),
      channelOrder("channel-order", cl::desc("Channels of the network's input: rgb or bgr"), cl::value_desc("order"),
                   cl::cat(category)),
      layout("layout", cl::desc("Order of the elements in .npy and .npz: nchw or nhwc"), cl::value_desc("order"),
             cl::cat(category)),
      resize(
          "resize",
          cl::desc("Resize PNG and JPEG files to the network's size: bilinear, as Pillow does, each side on its own"),
          cl::cat(category)) {}

static Expected<std::vector<double>> readNumbers(StringRef flag, StringRef text, bool isPositive) {
  std::vector<double> numbers;
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  for (StringRef part : parts) {
    double number;
    if (part.trim().getAsDouble(number) || !std::isfinite(number) || (isPositive && !(number > 0)))
      return createStringError("--" + flag + ": expected " + (isPositive ? "positive " : "") +
                               "numbers with commas between, got '" + text + "'");
    numbers.push_back(number);
  }
  return numbers;
}

Expected<Preprocess> PixelFlags::read(const Preprocess &defaults) const {
  Preprocess result = defaults;
  if (scale.getNumOccurrences()) {
    if (!(scale > 0) || !std::isfinite(scale))
      return createStringError("--scale: expected a positive number, got " + Twine(std::to_string(scale)));
    result.scale = scale;
  }
  for (auto [flag, name, isPositive, target] :
       {std::tuple(&mean, "mean", false, &result.mean), std::tuple(&stddev, "std", true, &result.stddev)}) {
    if (!flag->getNumOccurrences())
      continue;
    Expected<std::vector<double>> numbers = readNumbers(name, *flag, isPositive);
    if (!numbers)
      return numbers.takeError();
    *target = std::move(*numbers);
  }
  if (channelOrder.getNumOccurrences()) {
    if (channelOrder != "rgb" && channelOrder != "bgr")
      return createStringError("--channel-order: expected rgb or bgr, got '" + channelOrder + "'");
    result.bgr = channelOrder == "bgr";
  }
  if (layout.getNumOccurrences()) {
    if (layout != "nchw" && layout != "nhwc")
      return createStringError("--layout: expected nchw or nhwc, got '" + layout + "'");
    result.layout = layout == "nhwc" ? Preprocess::NHWC : Preprocess::NCHW;
  }
  result.resize = resize;
  return result;
}

std::string preprocessText(const Preprocess &preprocess) {
  std::string text;
  raw_string_ostream os(text);
  auto list = [&](const std::vector<double> &values, double missing) {
    os << "[";
    for (size_t i = 0; i < values.size(); ++i)
      os << (i ? "," : "") << format("%.9g", values[i]);
    if (values.empty())
      os << format("%.9g", missing);
    os << "]";
  };
  os << "x = (pixel * " << format("%.9g", preprocess.scale) << " - ";
  list(preprocess.mean, 0);
  os << ") / ";
  list(preprocess.stddev, 1);
  os << ", " << (preprocess.bgr ? "bgr" : "rgb");
  return text;
}

void attachPreprocess(mlir::ModuleOp module, const Preprocess &preprocess) {
  mlir::Builder builder(module.getContext());
  module->setAttr("wino.pixel_scale", builder.getF64FloatAttr(preprocess.scale));
  module->setAttr("wino.mean", builder.getDenseF64ArrayAttr(preprocess.mean));
  module->setAttr("wino.std", builder.getDenseF64ArrayAttr(preprocess.stddev));
  module->setAttr("wino.bgr", builder.getBoolAttr(preprocess.bgr));
}

Preprocess attachedPreprocess(mlir::ModuleOp module) {
  Preprocess result;
  if (auto scale = module->getAttrOfType<mlir::FloatAttr>("wino.pixel_scale"))
    result.scale = scale.getValueAsDouble();
  if (auto mean = module->getAttrOfType<mlir::DenseF64ArrayAttr>("wino.mean"))
    result.mean.assign(mean.asArrayRef().begin(), mean.asArrayRef().end());
  if (auto stddev = module->getAttrOfType<mlir::DenseF64ArrayAttr>("wino.std"))
    result.stddev.assign(stddev.asArrayRef().begin(), stddev.asArrayRef().end());
  if (auto bgr = module->getAttrOfType<mlir::BoolAttr>("wino.bgr"))
    result.bgr = bgr.getValue();
  return result;
}

} // namespace wino
