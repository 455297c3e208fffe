// The six steps, in order: import, calibrate, plan, quantize, lower, emit. Each runs a group of passes from
// Pipeline.cpp; this file carries results from one to the next and stops where --emit says.
#include "Compile.h"
#include "Calibration.h"
#include "ErrorTable.h"
#include "FitNetwork.h"
#include "Gate.h"
#include "MakeReport.h"
#include "OutputFolder.h"
#include "Pipeline.h"

#include "../common/Diagnostics.h"
#include "../common/FloatNetwork.h"
#include "../common/Network.h"
#include "../common/Pixels.h"
#include "../common/Progress.h"
#include "wino/Calibrate/AtomicFile.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Emit/CHeader.h"
#include "wino/Emit/StaticLibrary.h"
#include "wino/Target/PlanFile.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ArmNeon/ArmNeonDialect.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace llvm;

namespace wino {

void registerDialects(mlir::DialectRegistry &registry) {
  registry
      .insert<WinogradDialect, mlir::arith::ArithDialect, mlir::arm_neon::ArmNeonDialect, mlir::cf::ControlFlowDialect,
              mlir::func::FuncDialect, mlir::LLVM::LLVMDialect, mlir::math::MathDialect,
              mlir::quant::QuantizationDialect, mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
}

namespace {

/// With --max-drop: the first budget, and how it is tightened.
constexpr double loosestSqnr = 18, sqnrPerRound = 3;
constexpr unsigned dropRounds = 4;

class Compiler {
public:
  explicit Compiler(const Options &options)
      : options(options), context(registry()), diagnostics(context, options.model) {
    context.loadAllAvailableDialects();
  }

  Expected<bool> run();

private:
  static mlir::DialectRegistry registry() {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    return registry;
  }

  template <typename Add> Error runPasses(Add add, const char *what);
  Error makeIntegers();
  Error planAndQuantize(double minSqnr);
  Error fitAndQuantize();
  Error steerByDrop();
  Error measureNoise();
  Expected<Comparison> compareOn(const std::vector<size_t> &images, const char *what);
  Error finishReport();
  Error write();
  Error writeStage();
  Error writeErrors();
  Error writeExplanation();
  Error writeMachineCode(FileKind kind);
  Error writeLibrary();
  Error writeReportOnly();
  void addReports(OutputFolder &folder);
  Error toLLVM();
  std::string integerGraph();

  const Options &options;
  mlir::MLIRContext context;
  Diagnostics diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> module, planned;
  mlir::OwningOpRef<mlir::ModuleOp> imported; ///< kept where planning may have to start again
  mlir::func::FuncOp main;
  Calibration calibration;
  std::shared_ptr<const LayerInputs> fitMaps; ///< none unless an option needs them
  HeldOutParts heldOut;
  std::vector<int64_t> labels; ///< none without --labels
  Report report;
};

} // namespace

template <typename Add> Error Compiler::runPasses(Add add, const char *what) {
  mlir::PassManager pm(&context);
  add(pm);
  if (failed(pm.run(*module)))
    return diagnostics.take(Twine("expected ") + what + " to succeed, got a failure without a reason");
  return Error::success();
}

Expected<Comparison> Compiler::compareOn(const std::vector<size_t> &images, const char *what) {
  Expected<mlir::func::FuncOp> floatMain = mainFunction(*planned);
  if (!floatMain)
    return floatMain.takeError();
  auto progress = [&](size_t done, size_t total) { showProgress(what, done, total); };
  return compareNetworks(*floatMain, main, *calibration.images, images, options.threads, progress);
}

/// Integers against floats on images that took part in no choice.
Error Compiler::measureNoise() {
  if (heldOut.judging.empty())
    return Error::success();
  Expected<Comparison> comparison = compareOn(heldOut.judging, "measuring");
  if (!comparison)
    return comparison.takeError();
  addComparison(report, *comparison);
  if (options.maxDrop)
    report.drop = topOneDrop(comparison->classes, heldOut.judging, labels);
  Expected<mlir::func::FuncOp> floatMain = mainFunction(*planned);
  if (!floatMain)
    return floatMain.takeError();
  if (Error error = measureLayers(report, *floatMain, main, calibration, heldOut.judging))
    return error;
  if (!report.meetsBudget())
    report.notes.push_back(guiltyLayers(report, *floatMain));
  return Error::success();
}

static Error writeOutput(StringRef path, StringRef bytes) {
  if (path != "-")
    return writeFileAtomically(path, bytes);
  outs() << bytes;
  outs().flush();
  return Error::success();
}

/// The module as text that parses again, node names included.
Error Compiler::writeStage() {
  std::string text;
  raw_string_ostream os(text);
  module->print(os, mlir::OpPrintingFlags().enableDebugInfo(true, /*prettyForm=*/false));
  os << "\n";
  return writeOutput(options.output, text);
}

Error Compiler::writeExplanation() {
  std::string text = report.explain(options.explain);
  if (!text.empty())
    return writeOutput("-", text);
  std::string names;
  for (const LayerReport &layer : report.layers)
    names += (names.empty() ? "" : ", ") + layer.node;
  return createStringError("--explain: expected one of " + names + ", got '" + options.explain + "'");
}

Error Compiler::writeErrors() {
  Expected<std::string> table = errorTable(main, calibration, options);
  if (!table)
    return table.takeError();
  return writeOutput(options.output, *table);
}

Error Compiler::toLLVM() {
  if (Error error = runPasses([&](mlir::PassManager &pm) { addLowerPasses(pm, options); }, "lowering"))
    return error;
  return runPasses(addLLVMPasses, "conversion to LLVM");
}

Error Compiler::writeMachineCode(FileKind kind) {
  if (Error error = toLLVM())
    return error;
  Expected<SmallVector<char, 0>> bytes = compileModule(*module, cantFail(codegenTarget(options.target)), kind);
  if (!bytes)
    return bytes.takeError();
  return writeOutput(options.output, StringRef(bytes->data(), bytes->size()));
}

/// The integer network for wino-run: its interpreter results are what the library must compute.
std::string Compiler::integerGraph() {
  attachPreprocess(*module, options.preprocess);
  (*module)->setAttr("wino.target", mlir::StringAttr::get(&context, options.target));
  module->walk([](mlir::Operation *op) {
    op->removeAttr("winograd.candidates"); // large, and of no use after planning
    op->removeAttr("winograd.tap_stats");
  });
  std::string bytes;
  raw_string_ostream os(bytes);
  (void)mlir::writeBytecodeToFile(*module, os); // fails only if an older version is asked for
  return bytes;
}

void Compiler::addReports(OutputFolder &folder) {
  folder.add(options.name + ".report.txt", report.toText());
  folder.add(options.name + ".report.json", report.toJson());
  folder.add(options.name + ".report.html", report.toHtml());
}

Error Compiler::writeReportOnly() {
  OutputFolder folder(options.output);
  // An older library beside the report of a missed budget would be linked by mistake.
  for (const char *suffix : {".h", ".plan.yaml", ".quant.mlirbc"})
    folder.drop(options.name + suffix);
  folder.drop("lib" + options.name + ".a");
  addReports(folder);
  return folder.commit();
}

Error Compiler::writeLibrary() {
  OutputFolder folder(options.output);
  folder.add(options.name + ".quant.mlirbc", integerGraph());
  PlanFile plan = collectPlans(*planned);
  plan.modelSha256 = report.modelSha256;
  plan.target = options.target;
  folder.add(options.name + ".plan.yaml", plan.toYaml());
  if (Error error = toLLVM())
    return error;
  Expected<ModelInterface> model = readInterface(*module);
  if (!model)
    return model.takeError();
  Expected<StaticLibrary> library = buildLibrary(*module, *model, cantFail(codegenTarget(options.target)));
  if (!library)
    return library.takeError();
  folder.add("lib" + options.name + ".a", library->bytes);
  HeaderNotes notes;
  notes.target = options.target;
  notes.modelSha256 = report.modelSha256;
  notes.pixelScale = options.preprocess.scale;
  notes.mean = options.preprocess.mean;
  notes.stddev = options.preprocess.stddev;
  notes.bgr = options.preprocess.bgr;
  folder.add(options.name + ".h", writeHeader(*model, library->facts, notes));
  report.arenaBytes = model->arenaBytes;
  report.weightsBytes = model->weightsBytes;
  report.codeBytes = library->facts.codeBytes;
  report.stackBytes = library->facts.stackBytes;
  addReports(folder);
  return folder.commit();
}

/// All of the report that is known before code exists.
Error Compiler::finishReport() {
  addCalibration(report, calibration);
  Expected<mlir::func::FuncOp> plannedMain = mainFunction(*planned);
  if (!plannedMain)
    return plannedMain.takeError();
  addLayers(report, *plannedMain, options);
  addHeadroom(report, main);
  return measureNoise();
}

/// Whether a plan asks for products of 8 or 16 bits, whose scales are best measured.
static bool hasRoundedProducts(mlir::func::FuncOp planned) {
  auto asks = [](Conv2DOp conv) { return conv.getPlan() && conv.getPlan()->getSpec().product != ProductType::I32; };
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
  Expected<Report> started = startReport(options);
  if (!started)
    return started.takeError();
  report = std::move(*started);
  Expected<Calibration> calibrated = calibrateNetwork(main, options, report.modelSha256);
  if (!calibrated)
    return calibrated.takeError();
  calibration = std::move(*calibrated);
  heldOut = splitHeldOut(calibration, options);
  if (options.emit == Emit::Library) {
    Expected<std::string> warning = checkVerifiable(calibration, options);
    if (!warning)
      return warning.takeError();
    if (!warning->empty()) {
      errs() << "warning: " << *warning << "\n";
      report.notes.push_back(*warning);
    }
  }
  return options.maxDrop ? steerByDrop() : planAndQuantize(options.minSqnr);
}

Error Compiler::planAndQuantize(double minSqnr) {
  auto plan = [&](mlir::PassManager &pm) { addPlanPasses(pm, options, calibration.profile, minSqnr); };
  if (Error error = runPasses(plan, "planning"))
    return error;
  bool stopsAtPlan = options.emit == Emit::Plan || options.emit == Emit::Errors;
  bool fitsFloats = options.transforms != "exact" || (options.fitsToData && options.fit == "float");
  if (fitsFloats || (!stopsAtPlan && options.fit == "float" && calibration.images && hasRoundedProducts(main))) {
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
  if (options.fit == "quantized" && options.emit != Emit::Quant)
    return fitAndQuantize();
  if (Error error = runPasses(addQuantizePasses, "quantization"))
    return error;
  if (options.emit == Emit::Quant)
    return Error::success();
  return runPasses([&](mlir::PassManager &pm) { addWinogradPasses(pm, options, fitMaps); }, "integer Winograd");
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
  return runPasses([&](mlir::PassManager &pm) { addWinogradPasses(pm, options, fitMaps); }, "integer Winograd");
}

/// Tightens the planner's budget until the steering half of the held-out images keeps to --max-drop, a few times at
/// most. Whether the other half does is for the gate to say.
Error Compiler::steerByDrop() {
  Expected<std::vector<int64_t>> loaded = loadLabels(options.labels);
  if (!loaded)
    return loaded.takeError();
  labels = std::move(*loaded);
  if (labels.size() != calibration.images->size())
    return createStringError(options.labels + ": expected " + Twine(calibration.images->size()) +
                             " labels, one per image, got " + Twine(labels.size()));
  imported = module->clone();
  for (unsigned round = 0; round < dropRounds; ++round) {
    if (round > 0)
      module = imported->clone();
    main = cantFail(mainFunction(*module)); // makeIntegers has found it
    if (Error error = planAndQuantize(loosestSqnr + round * sqnrPerRound))
      return error;
    if (options.emit != Emit::Library)
      break;
    Expected<Comparison> comparison = compareOn(heldOut.steering, "measuring the drop");
    if (!comparison)
      return comparison.takeError();
    if (topOneDrop(comparison->classes, heldOut.steering, labels) <= *options.maxDrop)
      break;
  }
  return Error::success();
}

Error Compiler::write() {
  switch (options.emit) {
  case Emit::Errors: return writeErrors();
  case Emit::Import:
  case Emit::Plan:
  case Emit::Quant:
  case Emit::Winograd: return writeStage();
  case Emit::LLVMIR: return writeMachineCode(FileKind::LLVMIR);
  case Emit::Assembly: return writeMachineCode(FileKind::Assembly);
  case Emit::Object: return writeMachineCode(FileKind::Object);
  case Emit::Library: break;
  }
  if (Error error = finishReport())
    return error;
  if (!options.explain.empty())
    return writeExplanation();
  return report.meetsBudget() ? writeLibrary() : writeReportOnly();
}

Expected<bool> Compiler::run() {
  Expected<mlir::OwningOpRef<mlir::ModuleOp>> imported = loadFloatNetwork(context, options.model, options.inputDims);
  if (!imported)
    return imported.takeError();
  module = std::move(*imported);
  if (options.emit != Emit::Import)
    if (Error error = makeIntegers())
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
