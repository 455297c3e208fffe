// Flags. They are local objects: on MLIR files the same binary has mlir-opt's flags instead.
#include "Options.h"

#include "../common/FloatNetwork.h"
#include "../common/Pixels.h"
#include "wino/Emit/ModelInterface.h"
#include "wino/Metrics/DetectionSpec.h"
#include "wino/Target/TargetData.h"
#include "wino/Target/Workers.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;

namespace wino {
namespace {

struct Flags {
  cl::OptionCategory category{"wino-opt", "From a float ONNX network to an integer library"};
  cl::opt<std::string> model{cl::Positional, cl::desc("model.onnx"), cl::cat(category)};
  cl::opt<std::string> output{"o", cl::desc("Output folder (default out), or file with --emit; - is standard output"),
                              cl::value_desc("path"), cl::cat(category)};
  cl::opt<std::string> name{"name", cl::desc("Prefix of symbols and files (default model)"), cl::init("model"),
                            cl::cat(category)};
  cl::opt<std::string> target{
      "target",
      cl::desc("Processor: cortex-a53 (default), cortex-a55, cortex-a76, neoverse-n1, neoverse-n2 or x86-64 "
               "(also called host); or a GPU: sm_75, sm_80, sm_87 or sm_90, for which PTX is written"),
      cl::init("cortex-a53"), cl::cat(category)};
  cl::opt<std::string> ptxVersion{"ptx-version",
                                  cl::desc("Version of PTX, as in 8.0 (default: the oldest that knows the GPU)"),
                                  cl::value_desc("major.minor"), cl::cat(category)};
  cl::opt<int64_t> batch{"batch",
                         cl::desc("Images of one inference of a library for a GPU, one behind the other (default 1)"),
                         cl::init(1), cl::cat(category)};
  cl::opt<int64_t> ranges{"ranges",
                          cl::desc("For a GPU: into how many ranges, summed apart, the depth of products is cut, at "
                                   "most 32, 8 of Winograd layers "
                                   "and as far as it is deep enough (default 0: as the cost model says)"),
                          cl::init(0), cl::cat(category)};
  cl::opt<std::string> fuse{
      "fuse",
      cl::desc("For a GPU: whether blocks of tap products transform their own tiles: always where the "
               "tile allows it, never, or auto (default), as the cost model says"),
      cl::init("auto"), cl::cat(category)};
  cl::opt<std::string> calibration{"calib", cl::desc("Calibration images: .npy, .npz, an image or a folder of images"),
                                   cl::value_desc("path"), cl::cat(category)};
  cl::opt<std::string> profile{
      "profile", cl::desc("Statistics of an earlier calibration. With --calib too: written if it does not exist"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> saveProfile{"save-profile", cl::desc("Write the calibration's statistics"),
                                   cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> policy{
      "policy",
      cl::desc("Rules on the algorithms of layers (YAML): auto, direct or tiles such as F(4,3), F(4x2,3), F(1x4,1x7)"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> plan{"plan", cl::desc("Locked plan (YAML), as written to <name>.plan.yaml"),
                            cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> precision{"precision",
                                 cl::desc("Winograd taps to choose from: mixed (default) or int8; or the whole network "
                                          "in floats: fp32, or fp16 with maps and filters stored in 16 bits"),
                                 cl::init("mixed"), cl::cat(category)};
  cl::opt<std::string> inputRange{
      "input-range",
      cl::desc("With --precision=fp16: least and largest number of the network's inputs, beyond which they are clipped "
               "(default: what pixels of 0 to 255 become by --scale, --mean and --std, or twice what --calib or "
               "--profile has seen if that is more)"),
      cl::value_desc("low,high"), cl::cat(category)};
  cl::opt<std::string> tapClip{
      "tap-clip", cl::desc("Range of input taps of at most 8 bits: max, percentile (99.9) or mse (default)"),
      cl::init("mse"), cl::cat(category)};
  cl::opt<std::string> filterClip{"filter-clip",
                                  cl::desc("Range of filter taps of at most 8 bits: max or mse (default)"),
                                  cl::init("mse"), cl::cat(category)};
  cl::opt<std::string> inputScales{"input-scales",
                                   cl::desc("Scales of input taps of at most 8 bits: one per tap (default) or tensor"),
                                   cl::init("tap"), cl::cat(category)};
  cl::opt<std::string> filterScales{
      "filter-scales", cl::desc("Scales of filter taps: one per tap-channel (default), tap, channel or tensor"),
      cl::init("tap-channel"), cl::cat(category)};
  cl::opt<std::string> balanceRows{
      "balance-rows",
      cl::desc("Factors of rows that make a scale fit all taps that share it: none (default), paired (of B, their "
               "reciprocals of G) or free (of B and of G, A takes them back)"),
      cl::init("none"), cl::cat(category)};
  cl::opt<std::string> products{"products",
                                cl::desc("Sums of tap products of Winograd layers that the planner chooses: i32 "
                                         "(default), or i16 or i8 with factorized scales"),
                                cl::init("i32"), cl::cat(category)};
  cl::opt<std::string> floatTaps{"float-taps",
                                 cl::desc("Tiles with taps in floats among those that the planner chooses from: f16, "
                                          "f32, all or none (default)"),
                                 cl::init("none"), cl::cat(category)};
  cl::opt<std::string> transforms{
      "transforms",
      cl::desc(
          "Matrices of Winograd layers with taps of at most 8 bits: exact (default), paw (optimised on calibration "
          "images, mirror symmetry kept) or paw-free (without the symmetry: slower code)"),
      cl::init("exact"), cl::cat(category)};
  cl::opt<double> minSqnr{
      "min-sqnr", cl::desc("Signal-to-noise ratio that the outputs must keep, dB (default 25); exit code 3 if missed"),
      cl::init(25), cl::cat(category)};
  cl::opt<bool> replan{
      "replan",
      cl::desc("With --min-sqnr=DB: measure plans on half of the held-out images and choose anew (default, where that "
               "half has 8 images; not with --plan, --fit and --transforms); =false: one plan, 6 dB from that budget"),
      cl::init(true), cl::cat(category)};
  cl::opt<bool> unverified{"unverified",
                           cl::desc("Accept a --min-sqnr that cannot be verified because no image can be held out"),
                           cl::cat(category)};
  cl::opt<std::string> labels{"labels", cl::desc("Classes of the calibration images (.npy, .npz), for --max-drop"),
                              cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> detections{
      "detections",
      cl::desc("For --max-drop, instead of --labels: outputs are boxes and scores of a detector. Keys: below"),
      cl::value_desc("key=value,.."), cl::cat(category)};
  cl::opt<std::string> truth{
      "truth",
      cl::desc("With --detections: the objects of the calibration images, COCO JSON or CSV "
               "(image,category,x0,y0,x1,y1). Without, what the float network finds is the reference"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<double> maxDrop{
      "max-drop",
      cl::desc(
          "Points that integers may lose on held-out images, instead of --min-sqnr; exit code 3 if missed. With "
          "--labels of top-1, of all images and of those of each class; with --detections of mAP@0.5 of all, and of "
          "recall and precision of each size and class"),
      cl::value_desc("points"), cl::init(0), cl::cat(category)};
  cl::opt<std::string> tags{
      "tags",
      cl::desc("--max-drop holds for every value in the columns of this CSV file too (a line of names, one per image), "
               "as it does for every class and size; buckets whose loss may be chance are named and not judged"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<unsigned> blame{
      "blame",
      cl::desc("With --max-drop: report which layers cost the worst bucket, on at most so many of the images that it "
               "loses, or loses something in (default 0, but 16 where the bucket misses the budget)"),
      cl::init(0), cl::cat(category)};
  cl::opt<std::string> explain{"explain", cl::desc("Print why this layer got its algorithm; write no library"),
                               cl::value_desc("layer"), cl::cat(category)};
  cl::list<std::string> inputDims{"input-dim", cl::desc("Fix a dimension, as in N=1, image:0=1 or 0=1"),
                                  cl::value_desc("key=size"), cl::cat(category)};
  cl::opt<Emit> emit{
      "emit", cl::desc("Stop early and write one stage:"), cl::init(Emit::Library), cl::cat(category),
      cl::values(clEnumValN(Emit::Import, "import", "float graph"),
                 clEnumValN(Emit::Errors, "errors", "table of predicted and measured error per layer and tile"),
                 clEnumValN(Emit::Plan, "plan", "float graph with candidates and plans"),
                 clEnumValN(Emit::Quant, "quant", "quantized graph, Winograd convolutions whole"),
                 clEnumValN(Emit::Qdq, "qdq", "standard QDQ ONNX model, all convolutions direct, for other runtimes"),
                 clEnumValN(Emit::Winograd, "winograd", "integer graph with explicit transforms"),
                 clEnumValN(Emit::LLVMIR, "llvm", "optimized LLVM IR"), clEnumValN(Emit::Assembly, "asm", "assembly"),
                 clEnumValN(Emit::Object, "obj", "object file"),
                 clEnumValN(Emit::Library, "lib", "library, header, plan and report in a folder (default)"))};
  cl::opt<bool> listOps{"list-ops", cl::desc("List the ONNX operators that can be imported"), cl::cat(category)};
  cl::opt<std::string> rounding{
      "rounding",
      cl::desc("Integers of Winograd filters: nearest (default), or gptq for a small error of the layer's "
               "output on calibration images"),
      cl::init("nearest"), cl::cat(category)};
  cl::opt<bool> biasCorrection{
      "bias-correction", cl::desc("Correct the mean of each output channel of Winograd layers on calibration images"),
      cl::cat(category)};
  cl::opt<bool> correctOutputs{
      "correct-outputs",
      cl::desc(
          "Take the mean error of each output of a last fully connected layer, measured on at most 128 calibration "
          "images, out of its bias (default yes)"),
      cl::init(true), cl::cat(category)};
  cl::opt<bool> fuseResiduals{
      "fuse-residuals",
      cl::desc("Form sums of maps in the convolutions before them, with one rounding instead of two, except for GPUs, "
               "--emit=qdq and --fit=quantized (default yes)"),
      cl::init(true), cl::cat(category)};
  cl::opt<bool> floatLayers{
      "float-layers",
      cl::desc("Keep the layers in floats whose maps lose most in 8 bits, where the plan alone misses --min-sqnr; not "
               "for GPUs, --policy, --max-drop, --fit and --precision=int8 (default yes)"),
      cl::init(true), cl::cat(category)};
  cl::opt<bool> floatTail{
      "float-tail",
      cl::desc("Compute what decodes boxes behind the last layers (sums and products with priors, anchors or grids) in "
               "floats, except for GPUs, --emit=qdq and --precision=int8: such outputs are float (default yes)"),
      cl::init(true), cl::cat(category)};
  cl::opt<std::string> fit{
      "fit",
      cl::desc("What filters are fitted to: float (default), the layer's inputs in the float network; quantized, those "
               "that the integers before a layer make, layer by layer; network, the float network's maps, all filters "
               "and biases tuned at once; network,quantized, one after the other"),
      cl::init("float"), cl::cat(category)};
  cl::opt<unsigned> fitImages{
      "fit-images",
      cl::desc("Calibration images, at most, that options which fit integers to data look at (default 256)"),
      cl::init(256), cl::cat(category)};
  cl::opt<unsigned> allButOne{
      "all-but-one",
      cl::desc("Report the outputs' SQNR with each convolution left in floats and all others as integers, on this many "
               "calibration images (default 0: do not)"),
      cl::init(0), cl::cat(category)};
  cl::opt<unsigned> threads{"threads",
                            cl::desc("Threads for measurements: 1 or 2 (default); results do not depend on it"),
                            cl::init(2), cl::cat(category)};
  cl::opt<unsigned> maxWorkers{
      "max-workers",
      cl::desc("Threads, at most, that the caller of the library may bring to one inference (default 1): scratch for "
               "each of them, and <name>_set_parallel_for in the header"),
      cl::init(1), cl::cat(category)};
  PixelFlags pixels{category};
  std::string keys = "\nKeys of --detections:\n\n" + detectionSpecHelp().str();
  cl::extrahelp moreHelp{keys};
};

/// What pixels of bytes become: the least and the largest number of all channels.
std::pair<double, double> pixelRange(const Preprocess &preprocess) {
  size_t channels = std::max<size_t>({1, preprocess.mean.size(), preprocess.stddev.size()});
  auto of = [](const std::vector<double> &list, size_t c, double otherwise) {
    return list.empty() ? otherwise : list[std::min(c, list.size() - 1)];
  };
  std::pair<double, double> range = {0, 0};
  for (size_t c = 0; c < channels; ++c)
    for (double pixel : {0.0, 255.0}) {
      double x = (pixel * preprocess.scale - of(preprocess.mean, c, 0)) / of(preprocess.stddev, c, 1);
      range = {std::min(range.first, x), std::max(range.second, x)};
    }
  return range;
}

Error readInputRange(StringRef text, Options &options) {
  auto [low, high] = text.split(',');
  if (low.getAsDouble(options.inputLow) || high.getAsDouble(options.inputHigh) || !std::isfinite(options.inputLow) ||
      !std::isfinite(options.inputHigh) || options.inputLow > options.inputHigh)
    return createStringError("--input-range: expected two numbers, the least first, as in -3,3, got '" + text + "'");
  options.hasInputRange = true;
  return Error::success();
}

} // namespace

Expected<Options> parseOptions(int argc, char **argv) {
  cl::ResetCommandLineParser(); // LLVM's own libraries register flags of the same names
  Flags flags;
  cl::HideUnrelatedOptions(flags.category);
  cl::SetVersionPrinter([](raw_ostream &os) { os << "wino-opt " WINO_VERSION "\n"; });
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "wino-opt: trained float CNN -> integer Winograd library\n\n"
          "  wino-opt model.onnx --target=cortex-a53 --calib=images.npy --mean=... --std=... -o out\n"
          "  wino-opt file.mlir --wino-<pass>...     (flags of mlir-opt)\n",
          &errs()))
    return createStringError("expected known flags; see --help");
  Options options;
  options.listOps = flags.listOps;
  if (options.listOps)
    return options;
  options.model = flags.model;
  options.target = flags.target == "host"
                       ? "x86-64"
                       : flags.target.getValue(); // a fixed level of x86-64, whatever the build host can do
  options.ptxVersion = flags.ptxVersion;
  options.batch = flags.batch;
  options.ranges = flags.ranges;
  options.fuse = flags.fuse;
  options.calibration = flags.calibration;
  options.profile = flags.profile;
  options.saveProfile = flags.saveProfile;
  options.policy = flags.policy;
  options.plan = flags.plan;
  options.precision = flags.precision;
  options.tapClip = flags.tapClip;
  options.filterClip = flags.filterClip;
  options.inputScales = flags.inputScales;
  options.filterScales = flags.filterScales;
  options.balanceRows = flags.balanceRows;
  options.products = flags.products;
  options.floatTaps = flags.floatTaps;
  options.transforms = flags.transforms;
  options.minSqnr = flags.minSqnr;
  options.asksForSqnr = flags.minSqnr.getNumOccurrences() > 0 && flags.minSqnr > 0;
  options.acceptsUnverified = flags.unverified;
  options.replan = flags.replan;
  options.labels = flags.labels;
  options.detections = flags.detections;
  options.truth = flags.truth;
  if (flags.maxDrop.getNumOccurrences() > 0)
    options.maxDrop = flags.maxDrop;
  options.tags = flags.tags;
  options.blame = flags.blame;
  options.explain = flags.explain;
  if (flags.explain.getNumOccurrences() && flags.explain.empty())
    return createStringError("--explain: expected the name of a layer, got nothing");
  options.emit = flags.emit;
  options.rounding = flags.rounding;
  options.biasCorrection = flags.biasCorrection;
  options.correctsOutputs = flags.correctOutputs;
  options.fusesResiduals = flags.fuseResiduals;
  options.floatTail = flags.floatTail;
  options.floatLayers = flags.floatLayers;
  options.fit = flags.fit;
  options.fitsToData = options.rounding != "nearest" || options.biasCorrection || options.transforms != "exact" ||
                       options.fit != "float";
  options.fitImages = flags.fitImages;
  options.allButOne = flags.allButOne;
  options.threads = flags.threads;
  options.maxWorkers = flags.maxWorkers;
  options.name = sanitizeIdentifier(flags.name);
  options.output = flags.output.empty() ? (options.emit == Emit::Library ? "out" : "-") : flags.output.getValue();
  Expected<Preprocess> preprocess = flags.pixels.read();
  if (!preprocess)
    return preprocess.takeError();
  options.preprocess = *preprocess;
  options.statesPixels = flags.pixels.scale.getNumOccurrences() > 0 || flags.pixels.mean.getNumOccurrences() > 0 ||
                         flags.pixels.stddev.getNumOccurrences() > 0;
  std::tie(options.inputLow, options.inputHigh) = pixelRange(options.preprocess);
  if (!flags.inputRange.empty())
    if (Error error = readInputRange(flags.inputRange, options))
      return std::move(error);
  Expected<std::map<std::string, int64_t>> dims = parseInputDims(flags.inputDims);
  if (!dims)
    return dims.takeError();
  options.inputDims = std::move(*dims);
  if (Error error = checkOptions(options))
    return error;
  if (options.precision == "int8" || cantFail(findTarget(options.target))->isDevice())
    options.floatTail = options.floatLayers = false;
  if (!options.policy.empty()) // a person's own rules
    options.floatLayers = false;
  return options;
}

} // namespace wino
