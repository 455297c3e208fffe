// wino-run: what a network is worth. On model.onnx the float network, on a folder of wino-opt the integer one. Exit
// codes: 0 done, 1 an error or a difference between library and interpreter.
#include "Detect.h"
#include "Options.h"
#include "Output.h"

#include "../common/Comparison.h"
#include "../common/Diagnostics.h"
#include "../common/FloatNetwork.h"
#include "../common/Network.h"
#include "../common/Progress.h"
#include "../host/HostRunner.h"
#include "wino/Calibrate/AtomicFile.h"
#include "wino/Calibrate/NpyFormat.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Target/TargetData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace wino;

static constexpr StringLiteral kGraphSuffix = ".quant.mlirbc";

/// The one file *.quant.mlirbc of a folder that wino-opt wrote.
static Expected<std::string> graphFile(StringRef folder) {
  std::vector<std::string> found;
  std::error_code code;
  for (sys::fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    if (StringRef(entry->path()).ends_with(kGraphSuffix))
      found.push_back(entry->path());
  if (code)
    return createStringError(folder + ": " + code.message());
  if (found.size() != 1)
    return createStringError(folder + ": expected one file *" + kGraphSuffix + " of wino-opt, got " +
                             Twine(found.size()));
  return found.front();
}

static Expected<std::unique_ptr<ImageSource>> openImages(const RunFlags &flags, mlir::ModuleOp module,
                                                         mlir::func::FuncOp main, EvaluateOptions &options) {
  Expected<std::array<int64_t, 3>> chw = imageInput(main);
  if (!chw)
    return chw.takeError();
  Expected<Preprocess> preprocess = flags.pixels.read(attachedPreprocess(module));
  if (!preprocess)
    return preprocess.takeError();
  Expected<std::unique_ptr<ImageSource>> images = ImageSource::open(flags.images, *preprocess, *chw);
  if (!images)
    return images;
  options.threads = flags.threads;
  options.where = flags.where;
  options.workers = flags.workers;
  options.verify = flags.verify;
  options.count = (*images)->size();
  if (flags.count.getNumOccurrences())
    options.count = std::min(options.count, size_t(flags.count));
  if (flags.labels.empty())
    return images;
  Expected<std::vector<int64_t>> labels = loadLabels(flags.labels);
  if (!labels)
    return labels.takeError();
  if (labels->size() != (*images)->size())
    return createStringError(flags.labels + ": expected " + Twine((*images)->size()) + " labels, got " +
                             Twine(labels->size()));
  options.labels = std::move(*labels);
  return images;
}

/// Prints the evaluation and writes the predictions where --predictions asks for them.
static Error finish(const Evaluation &result, const RunFlags &flags, const EvaluateOptions &options, StringRef what,
                    Output &output) {
  size_t images = result.predictions.size(), correct = 0;
  for (size_t i = 0; i < images && !options.labels.empty(); ++i)
    correct += result.predictions[i] == options.labels[i];
  if (!options.labels.empty()) {
    double share = 100.0 * double(correct) / double(images);
    outs() << format("top-1: %.2f %% (%zu of %zu)\n", share, correct, images);
    output.json["top1"] = share;
  }
  outs() << "run by: " << what << ", " << images << " images\n";
  output.json["run_by"] = what;
  output.json["images"] = int64_t(images);
  if (result.isTimed)
    outs() << format("time: %.3f ms per image\n", 1e3 * result.seconds / double(images));
  return flags.predictions.empty() ? Error::success()
                                   : writeFileAtomically(flags.predictions, npyFile(result.predictions));
}

static Expected<mlir::OwningOpRef<mlir::ModuleOp>> loadFloat(const RunFlags &flags, mlir::MLIRContext &context,
                                                             StringRef path) {
  Expected<std::map<std::string, int64_t>> dims = parseInputDims({flags.inputDims.begin(), flags.inputDims.end()});
  if (!dims)
    return dims.takeError();
  return loadFloatNetwork(context, path, *dims);
}

namespace {

/// What is asked about single images: buckets of classes and tags, detections.
struct Questions {
  Tags tags;
  std::optional<DetectionCheck> detections;

  static Expected<Questions> read(const RunFlags &flags, ImageSource &images, size_t count);
  /// Has the network's outputs decoded where detections are asked for.
  void listen(Ran network, mlir::func::FuncOp main, EvaluateOptions &options);
  void answer(const RunFlags &flags, ArrayRef<int64_t> labels, ArrayRef<int32_t> floats, ArrayRef<int32_t> integers,
              Output &output);
};

} // namespace

Expected<Questions> Questions::read(const RunFlags &flags, ImageSource &images, size_t count) {
  Questions questions;
  if (!flags.tags.empty()) {
    Expected<Tags> tags = readTags(flags.tags, images.size());
    if (!tags)
      return tags.takeError();
    questions.tags = std::move(*tags);
    for (TagColumn &column : questions.tags.columns)
      column.values.resize(count);
    for (const std::string &name : questions.tags.skipped)
      errs() << "warning: --tags: column '" << name << "' has more than " << maxTagValues
             << " values and is left out\n";
  }
  if (flags.detections.empty())
    return std::move(questions);
  Expected<DetectionCheck> check = DetectionCheck::create(flags.detections, flags.truth, images, count);
  if (!check)
    return check.takeError();
  questions.detections = std::move(*check);
  return std::move(questions);
}

void Questions::listen(Ran network, mlir::func::FuncOp main, EvaluateOptions &options) {
  if (detections)
    options.onOutputs = [this, network, main](size_t image, ArrayRef<std::vector<float>> outputs) {
      return detections->add(network, main, image, outputs);
    };
}

/// Buckets by class and by tags. One of the predictions may be missing; without labels the floats' stand for them.
void Questions::answer(const RunFlags &flags, ArrayRef<int64_t> labels, ArrayRef<int32_t> floats,
                       ArrayRef<int32_t> integers, Output &output) {
  Ran ran = floats.empty() ? Ran::Integer : integers.empty() ? Ran::Float : Ran::Both;
  if (detections) {
    detections->report(output, ran, tags);
    return;
  }
  ArrayRef<int32_t> first = ran == Ran::Integer ? integers : floats, second = ran == Ran::Float ? floats : integers;
  std::vector<bool> isFloatRight, isIntegerRight;
  std::vector<std::string> classes;
  for (size_t i = 0; i < first.size() && (flags.perClass || !tags.columns.empty()); ++i) {
    int64_t label = labels.empty() ? first[i] : labels[i];
    isFloatRight.push_back(first[i] == label);
    isIntegerRight.push_back(second[i] == label);
    classes.push_back(std::to_string(label));
  }
  std::vector<Bucket> buckets;
  if (flags.perClass)
    buckets = bucketsOf("class", classes, isFloatRight, isIntegerRight);
  for (const TagColumn &column : tags.columns)
    append_range(buckets, bucketsOf(column.name, column.values, isFloatRight, isIntegerRight));
  printBuckets(output, buckets, ran, /*isAgreement=*/labels.empty());
}

static Error runFloat(const RunFlags &flags, mlir::MLIRContext &context, Output &output) {
  Expected<mlir::OwningOpRef<mlir::ModuleOp>> module = loadFloat(flags, context, flags.network);
  if (!module)
    return module.takeError();
  Expected<mlir::func::FuncOp> main = mainFunction(**module);
  if (!main)
    return main.takeError();
  EvaluateOptions options;
  Expected<std::unique_ptr<ImageSource>> images = openImages(flags, **module, *main, options);
  if (!images)
    return images.takeError();
  Expected<Questions> questions = Questions::read(flags, **images, options.count);
  if (!questions)
    return questions.takeError();
  questions->listen(Ran::Float, *main, options);
  Expected<Evaluation> result = evaluateFloat(*main, **images, options);
  if (!result)
    return result.takeError();
  if (Error error = finish(*result, flags, options, "float network", output))
    return error;
  questions->answer(flags, options.labels, result->predictions, {}, output);
  return Error::success();
}

/// What the float model says about the same images, and SQNR against it.
static Error compareWithFloat(const RunFlags &flags, mlir::MLIRContext &context, mlir::func::FuncOp integerMain,
                              ImageSource &images, EvaluateOptions options, Questions &questions,
                              ArrayRef<int32_t> integers, Output &output) {
  Expected<mlir::OwningOpRef<mlir::ModuleOp>> module = loadFloat(flags, context, flags.reference);
  if (!module)
    return module.takeError();
  Expected<mlir::func::FuncOp> main = mainFunction(**module);
  if (!main)
    return main.takeError();
  if (flags.perClass || !questions.tags.columns.empty() || questions.detections) {
    questions.listen(Ran::Float, *main, options);
    Expected<Evaluation> result = evaluateFloat(*main, images, options);
    if (!result)
      return result.takeError();
    questions.answer(flags, options.labels, result->predictions, integers, output);
  }
  std::vector<size_t> indices(options.count);
  for (size_t i = 0; i < options.count; ++i)
    indices[i] = i;
  auto progress = [](size_t done, size_t total) { showProgress("comparing", done, total); };
  Expected<std::unique_ptr<Runner>> runner = makeHostRunner(*main);
  if (!runner)
    return runner.takeError();
  Expected<Comparison> comparison =
      compareNetworks(*main, **runner, integerMain, images, indices, flags.threads, progress,
                      flags.perMagnitude ? SplitMagnitudes::Yes : SplitMagnitudes::No);
  if (!comparison)
    return comparison.takeError();
  printNoise(output, *comparison, flags.perLayer, flags.perMagnitude);
  if (flags.peak > 0) {
    output.os << format("PSNR of the output, peak %g: %.2f dB\n", double(flags.peak), comparison->psnr(flags.peak));
    output.json["psnr_db"] = wino::finite(comparison->psnr(flags.peak));
  }
  return Error::success();
}

/// The processor that qemu has to be, empty for x86-64; an error if the library is for another kind of machine.
static Expected<std::string> machineFor(mlir::ModuleOp module, Where where) {
  auto target = module->getAttrOfType<mlir::StringAttr>("wino.target");
  bool isGpu = target && target.getValue().starts_with("sm_");
  if (isGpu != (where == Where::PtxEmulated) && where != Where::Interpreter)
    return createStringError(isGpu ? "--target: expected ptx-emulated or interpreter for a network compiled for " +
                                         target.getValue() + ", got another"
                                   : "--target=ptx-emulated: expected a network compiled for a GPU, got one for " +
                                         (target ? target.getValue() : StringRef("an unknown target")));
  if (isGpu)
    return std::string();
  Expected<const TargetData *> data = findTarget(target ? target.getValue() : StringRef("cortex-a53"));
  if (!data)
    return data.takeError();
  bool isX86 = (*data)->qemuCpu.empty();
  if (where == Where::Qemu && isX86)
    return createStringError(
        "--target=qemu: expected a library for an Arm core, got one for x86-64; use --target=host");
#if defined(__x86_64__)
  if (where == Where::Host && !isX86)
    return createStringError("--target=host: expected a library for x86-64, got one for " +
                             (target ? target.getValue() : StringRef("an unknown target")) + "; use --target=qemu");
#endif
  return (*data)->qemuCpu.str();
}

/// Images of one inference of a library for a GPU, 1 of all others.
static int64_t batchOnGpu(mlir::ModuleOp module, mlir::func::FuncOp main) {
  auto target = module->getAttrOfType<mlir::StringAttr>("wino.target");
  auto type = main.getNumArguments() > 0 ? mlir::dyn_cast<mlir::ShapedType>(main.getArgumentTypes()[0]) : nullptr;
  bool isBatch = target && target.getValue().starts_with("sm_") && type && type.hasRank() && type.getRank() > 0;
  return isBatch ? type.getDimSize(0) : 1;
}

static Error runFolder(const RunFlags &flags, mlir::MLIRContext &context, Output &output) {
  Expected<std::string> file = graphFile(flags.network);
  if (!file)
    return file.takeError();
  Diagnostics diagnostics(context, *file);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceFile<mlir::ModuleOp>(*file, &context);
  if (!module)
    return diagnostics.take("expected the integer graph of wino-opt");
  Expected<std::string> qemuCpu = machineFor(*module, flags.where);
  if (!qemuCpu)
    return qemuCpu.takeError();
  Expected<mlir::func::FuncOp> main = mainFunction(*module);
  if (!main)
    return main.takeError();
  if (int64_t batch = batchOnGpu(*module, *main); batch > 1)
    return createStringError(*file + ": expected a network of one image at a time, got one of a batch of " +
                             Twine(batch) + "; compile without --batch for wino-run");
  EvaluateOptions options;
  options.folder = flags.network;
  options.qemuCpu = *qemuCpu;
  options.name = sys::path::filename(*file).drop_back(kGraphSuffix.size()).str();
  Expected<std::unique_ptr<ImageSource>> images = openImages(flags, *module, *main, options);
  if (!images)
    return images.takeError();
  if (!quantizedType(main->getArgument(0)))
    return createStringError(*file + ": expected a quantized input, got another");
  Expected<Questions> questions = Questions::read(flags, **images, options.count);
  if (!questions)
    return questions.takeError();
  questions->listen(Ran::Integer, *main, options);
  Expected<Evaluation> result = evaluateInteger(*main, **images, options);
  if (!result)
    return result.takeError();
  std::string what = options.where == Where::Qemu          ? "device code under qemu-aarch64 -cpu " + options.qemuCpu
                     : options.where == Where::Host        ? "device code on this machine"
                     : options.where == Where::PtxEmulated ? "GPU kernels, emulated on this machine"
                                                           : "interpreter";
  if (Error error = finish(*result, flags, options, what, output))
    return error;
  if (options.where != Where::Interpreter && options.verify) {
    outs() << "bit-exact: " << result->verified << "/" << result->predictions.size() << " images\n";
    output.json["bit_exact"] = int64_t(result->verified);
  }
  if (flags.reference.empty())
    questions->answer(flags, options.labels, {}, result->predictions, output);
  else if (Error error =
               compareWithFloat(flags, context, *main, **images, options, *questions, result->predictions, output))
    return error;
  if (!result->firstDifference.empty())
    return createStringError("library and interpreter differ: " + result->firstDifference);
  return Error::success();
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ResetCommandLineParser(); // LLVM's own libraries register flags of the same names
  RunFlags flags;
  cl::HideUnrelatedOptions(flags.category);
  cl::SetVersionPrinter([](raw_ostream &os) { os << "wino-run " WINO_VERSION "\n"; });
  cl::ParseCommandLineOptions(argc, argv, "wino-run: accuracy, bit-exactness, error and time of a network\n");
  auto run = [&]() -> Error {
    if (Error error = checkFlags(flags))
      return error;
    mlir::DialectRegistry registry;
    registry.insert<WinogradDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect,
                    mlir::quant::QuantizationDialect>();
    mlir::MLIRContext context(registry);
    context.loadAllAvailableDialects();
    Output output{outs(), json::Object{{"version", WINO_VERSION}}};
    bool isFolder = sys::fs::is_directory(flags.network);
    if (Error error = isFolder ? runFolder(flags, context, output) : runFloat(flags, context, output))
      return error;
    if (flags.json.empty())
      return Error::success();
    return writeFileAtomically(flags.json, formatv("{0:2}\n", json::Value(std::move(output.json))).str());
  };
  if (Error error = run()) {
    outs().flush(); // what was found before comes first, in a pipe as well
    errs() << "wino-run: error: " << toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
