// The six steps, in order: import, calibrate, plan, quantize, lower, emit. Each runs a group of passes from
// Pipeline.cpp; this file carries results from one to the next and stops where --emit says.
#include "Compile.h"
#include "Compiler.h"
#include "DistillNetwork.h"
#include "FitNetwork.h"
#include "MakeReport.h"
#include "Pipeline.h"

#include "../common/FloatNetwork.h"
#include "../common/Network.h"
#include "../common/Progress.h"
#include "wino/Dialect/MapInterval.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Import/ImportOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ArmNeon/ArmNeonDialect.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace wino {

/// Share of the cycles that goes into less noise where nobody asks for a budget (lib/Target, E20).
static constexpr double quietSlack = 0.04;

void registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<WinogradDialect, mlir::arith::ArithDialect, mlir::arm_neon::ArmNeonDialect,
                  mlir::cf::ControlFlowDialect, mlir::func::FuncDialect, mlir::gpu::GPUDialect, mlir::LLVM::LLVMDialect,
                  mlir::math::MathDialect, mlir::NVVM::NVVMDialect, mlir::quant::QuantizationDialect,
                  mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
}

mlir::DialectRegistry Compiler::registry() {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  return registry;
}

Compiler::Compiler(const Options &options)
    : options(options), context(registry()), diagnostics(context, options.model) {
  context.loadAllAvailableDialects();
}

Expected<Measured> Compiler::compareOn(const std::vector<size_t> &images, const char *what, SplitMagnitudes split) {
  Expected<mlir::func::FuncOp> floatMain = mainFunction(*planned);
  if (!floatMain)
    return floatMain.takeError();
  Expected<Runner *> runner = calibration.floatRunner(*floatMain);
  if (!runner)
    return runner.takeError();
  auto progress = [&](size_t done, size_t total) { showProgress(what, done, total); };
  std::optional<Detected> detected;
  auto decode = [&](size_t position, ArrayRef<std::vector<float>> floats, ArrayRef<std::vector<float>> integers) {
    return detected->add(position, *floatMain, floats, main, integers);
  };
  OutputsObserver observer = nullptr;
  if (detector) {
    detected.emplace(*detector, images);
    observer = decode;
  }
  Expected<Comparison> comparison = compareNetworks(*floatMain, **runner, main, *calibration.images, images,
                                                    options.threads, progress, split, observer);
  if (!comparison)
    return comparison.takeError();
  return Measured{std::move(*comparison), std::move(detected)};
}

/// Images of the worst bucket on which layers are blamed where it misses the budget, unless --blame says how many.
static constexpr unsigned leastBlame = 16;

/// The drop of all judging images and of their buckets, and where it is too much, or --blame asks, whose doing it is.
Error Compiler::measureBuckets(const Measured &measured) {
  Expected<BucketedDrop> drop = dropOf(measured, heldOut.judging);
  if (!drop)
    return drop.takeError();
  report.drop = drop->points;
  std::vector<Bucket> &buckets = drop->buckets;
  addBuckets(report, buckets, *options.maxDrop);
  addPrecisions(report, drop->precisions);
  unsigned most = options.blame || !report.missesBucket() ? options.blame : leastBlame;
  if (report.missesBucket()) // a bucket that is not judged may look worse
    llvm::erase_if(buckets, [&](const Bucket &b) { return !missesBucket(b, *options.maxDrop); });
  const Bucket *worst = worstBucket(buckets);
  if (most == 0 || !worst)
    return Error::success();
  Expected<mlir::func::FuncOp> floatMain = mainFunction(*planned);
  if (!floatMain)
    return floatMain.takeError();
  if (detector)
    return blameForDetections(report, *worst, lostTrials(*worst, *measured.detected, tags, most), *measured.detected,
                              *floatMain, main, calibration, options.threads);
  std::vector<size_t> lost = lostImages(*worst, measured.comparison.classes, heldOut.judging, labels, tags, most);
  return blameForClasses(report, *worst, lost, labels, *floatMain, main, calibration, options.threads);
}

/// Integers against floats on images that took part in no choice.
Error Compiler::measureNoise() {
  if (heldOut.judging.empty())
    return Error::success();
  Expected<Measured> measured = compareOn(heldOut.judging, "measuring", SplitMagnitudes::Yes);
  if (!measured)
    return measured.takeError();
  addComparison(report, measured->comparison);
  Expected<mlir::func::FuncOp> floatMain = mainFunction(*planned);
  if (!floatMain)
    return floatMain.takeError();
  if (Error error = measureLayers(report, *floatMain, main, calibration, heldOut.judging))
    return error;
  if (options.allButOne > 0)
    if (Error error = measureEachLeftOut(report, *floatMain, main, calibration, options.allButOne, options.threads))
      return error;
  addSaferPlans(report, *floatMain);
  if (options.maxDrop)
    if (Error error = measureBuckets(*measured))
      return error;
  calibration.dropRunner();
  if (!report.meetsBudget())
    report.notes.push_back(guiltyLayers(report));
  return Error::success();
}

/// All of the report that is known before code exists.
Error Compiler::finishReport() {
  if (options.isFloat()) {
    Expected<mlir::func::FuncOp> plannedMain = mainFunction(*planned);
    if (!plannedMain)
      return plannedMain.takeError();
    addFloatLayers(report, *plannedMain, main, options);
    addHeadroom(report, main);
    return Error::success();
  }
  addCalibration(report, calibration);
  Expected<mlir::func::FuncOp> plannedMain = mainFunction(*planned);
  if (!plannedMain)
    return plannedMain.takeError();
  addLayers(report, *plannedMain, options, fusesResiduals(options.emit));
  addFileScales(report, *plannedMain);
  addHeadroom(report, main);
  for (const std::string &note : {steeringNote, tuningNote, floatNote})
    if (!note.empty())
      report.notes.push_back(note);
  return measureNoise();
}

/// Whether a plan asks for products of 8 or 16 bits, whose scales are best measured.
static bool hasRoundedProducts(mlir::func::FuncOp planned) {
  auto asks = [](Conv2DOp conv) {
    return conv.getPlan() && conv.getPlan()->getSpec().product != ProductType::I32 &&
           !conv.getPlan()->getSpec().hasFloatTaps();
  };
  return planned
      .walk([&](Conv2DOp conv) { return asks(conv) ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance(); })
      .wasInterrupted();
}

/// Import, calibrate, plan, quantize: as far as --emit asks.
Error Compiler::makeIntegers() {
  Expected<mlir::func::FuncOp> found = mainFunction(*module);
  if (!found)
    return found.takeError();
  main = *found;
  if (auto only = main->getAttrOfType<mlir::StringAttr>(kFloatsOnlyAttr))
    return createStringError(options.model + ": expected operators that 8-bit tensors have a meaning for, got " +
                             only.getValue() + "; compile with --precision=fp32, or end the network before it");
  if (options.batch > 1) // costs are those of all images
    main->setAttr("winograd.batch", mlir::IntegerAttr::get(mlir::IntegerType::get(&context, 64), options.batch));
  Expected<Report> started = startReport(options);
  if (!started)
    return started.takeError();
  report = std::move(*started);
  Expected<Calibration> calibrated = calibrateNetwork(main, options, report.modelSha256);
  if (!calibrated)
    return calibrated.takeError();
  calibration = std::move(*calibrated);
  Expected<HeldOutParts> parts = splitHeldOut(calibration, options);
  if (!parts)
    return parts.takeError();
  heldOut = std::move(*parts);
  if (options.emit == Emit::Library) {
    Expected<std::string> warning = checkVerifiable(calibration, heldOut, options);
    if (!warning)
      return warning.takeError();
    if (!warning->empty()) {
      errs() << "warning: " << *warning << "\n";
      report.notes.push_back(*warning);
    }
  }
  auto list = [&](mlir::PassManager &pm) {
    options.emit == Emit::Qdq
        ? addDirectPasses(pm, calibration.profile)
        : addListPasses(pm, options, calibration.profile, fusesResiduals(options.emit) && options.emit != Emit::Errors);
  };
  if (Error error = runPasses(list, "planning"))
    return error;
  if (options.maxDrop && options.emit != Emit::Qdq)
    return steerByDrop();
  if (!heldOut.steering.empty())
    return steerBySqnr();
  if (options.emit != Emit::Qdq)
    if (Error error = choosePlan({options.minSqnr, options.asksForSqnr ? 0 : quietSlack}))
      return error;
  return quantizePlan(options.emit);
}

/// Import, statistics if there are images, plan, tiles: as far as --emit asks.
Error Compiler::makeFloats() {
  Expected<mlir::func::FuncOp> found = mainFunction(*module);
  if (!found)
    return found.takeError();
  main = *found;
  Expected<Report> started = startReport(options);
  if (!started)
    return started.takeError();
  report = std::move(*started);
  if (!options.calibration.empty() || !options.profile.empty()) {
    Expected<Calibration> calibrated = calibrateNetwork(main, options, report.modelSha256);
    if (!calibrated)
      return calibrated.takeError();
    calibration = std::move(*calibrated);
    calibration.dropRunner();
    addCalibration(report, calibration);
  }
  if (options.hasInputRange) // wins over calibration
    for (mlir::BlockArgument input : main.getArguments())
      main.setArgAttr(input.getArgNumber(), kInterval,
                      mlir::Builder(main.getContext()).getDenseF64ArrayAttr({options.inputLow, options.inputHigh}));
  else if (options.storesHalves() && !calibration.profile && !options.statesPixels) {
    std::string warning =
        formatv("all inputs are clipped to [{0}, {1}], since nothing says how large they are: expected "
                "--input-range=LOW,HIGH, --calib, --profile, or --scale, --mean and --std of pixels, "
                "got none",
                options.inputLow, options.inputHigh);
    errs() << "warning: " << warning << "\n";
    report.notes.push_back(warning);
  }
  if (Error error =
          runPasses([&](mlir::PassManager &pm) { addFloatListPasses(pm, options, calibration.profile); }, "planning"))
    return error;
  if (Error error = choosePlan({0, 0, floatNoiseBudget(options.precision)}))
    return error;
  planned = module->clone();
  if (options.emit == Emit::Plan)
    return Error::success();
  return runPasses([&](mlir::PassManager &pm) { addFloatTilePasses(pm, options); }, "tiles in floats");
}

Error Compiler::choosePlan(const PlanBudget &budget) {
  return runPasses([&](mlir::PassManager &pm) { addChoicePasses(pm, options, budget); }, "planning");
}

/// From the plan to what `emit` needs.
Error Compiler::quantizePlan(Emit emit) {
  bool stopsAtPlan = emit == Emit::Plan || emit == Emit::Errors;
  bool fitsFloats = options.transforms != "exact" ||
                    ((options.rounding != "nearest" || options.biasCorrection) && !options.fitsInOrder());
  if (fitsFloats || (!stopsAtPlan && !options.fitsInOrder() && calibration.images && hasRoundedProducts(main))) {
    Expected<std::shared_ptr<const LayerInputs>> maps = collectFitMaps(calibration, main, options);
    if (!maps)
      return maps.takeError();
    fitMaps = std::move(*maps);
  }
  if (Error error = runPasses([&](mlir::PassManager &pm) { addFitPasses(pm, options, fitMaps); }, "optimisation"))
    return error;
  planned = module->clone();
  if (stopsAtPlan)
    return Error::success();
  if (options.tunesNetwork())
    if (Error error = tuneNetwork())
      return error;
  if (options.fitsInOrder() && emit != Emit::Quant)
    return fitAndQuantize();
  return toIntegers(emit);
}

/// Of a planned network.
Error Compiler::toIntegers(Emit emit) {
  auto quantize = [&](mlir::PassManager &pm) {
    addQuantizePasses(pm, /*ownForms=*/emit != Emit::Qdq, fusesResiduals(emit));
  };
  if (Error error = runPasses(quantize, "quantization"))
    return error;
  if (emit == Emit::Quant || emit == Emit::Qdq)
    return Error::success();
  if (Error error =
          runPasses([&](mlir::PassManager &pm) { addWinogradPasses(pm, options, fitMaps); }, "integer Winograd"))
    return error;
  return correctOutputs();
}

/// Other filters and biases; `planned` keeps those of the network that the integers are compared with.
Error Compiler::tuneNetwork() {
  if (options.fitsInOrder()) // made now, the float network has its own filters
    if (Expected<Runner *> runner = calibration.floatRunner(main); !runner)
      return runner.takeError();
  Expected<DistillResult> tuned = distillNetwork(*module, calibration, options);
  if (!tuned)
    return tuned.takeError();
  tuningNote =
      tuned->epoch == 0
          ? "network: no epoch of tuning came nearer to the float network on images it had not learned from"
          : formatv("network: filters and biases tuned together, relative squared error of its maps {0:f4} -> {1:f4}",
                    tuned->before, tuned->after)
                .str();
  if (!tuned->simplified.empty())
    tuningNote += "; without the rounding of taps in " + join(tuned->simplified, ", ") +
                  ", whose tiles are not square or of stride 2";
  return Error::success();
}

/// Quantization one layer at a time. The passes for whole networks follow: what is left to them is the proof of ranges.
Error Compiler::fitAndQuantize() {
  fitMaps.reset();
  Expected<FittedNetwork> fitted = fitNetwork(*module, calibration, options);
  if (!fitted)
    return fitted.takeError();
  noteFits(*planned, fitted->layers);
  module = std::move(fitted->integers);
  main = cantFail(mainFunction(*module)); // as it was before
  if (Error error =
          runPasses([&](mlir::PassManager &pm) { addWinogradPasses(pm, options, fitMaps); }, "integer Winograd"))
    return error;
  return correctOutputs();
}

Expected<bool> Compiler::run() {
  Expected<mlir::OwningOpRef<mlir::ModuleOp>> imported =
      loadFloatNetwork(context, options.model, options.inputDims, !options.isFloat());
  if (!imported)
    return imported.takeError();
  module = std::move(*imported);
  if (options.emit != Emit::Import)
    if (Error error = options.isFloat() ? makeFloats() : makeIntegers())
      return error;
  bool endsAsIntegers = options.emit == Emit::Library || options.emit == Emit::Winograd ||
                        options.emit == Emit::LLVMIR || options.emit == Emit::Assembly || options.emit == Emit::Object;
  if (endsAsIntegers && !options.isFloat())
    if (Error error = keepLayersInFloats())
      return error;
  if (Error error = write())
    return error;
  if (report.meetsBudget())
    return true;
  errs() << "wino-opt: " << report.notes.back() << "\n";
  return false;
}

Expected<bool> compile(const Options &options) { return Compiler(options).run(); }

} // namespace wino
