// What a compilation writes: the stage that --emit names, or the folder with library, header, plan, integer network and
// reports.
#include "Compiler.h"
#include "ErrorTable.h"
#include "OutputFolder.h"
#include "Pipeline.h"

#include "../common/Pixels.h"
#include "wino/Calibrate/AtomicFile.h"
#include "wino/Emit/CHeader.h"
#include "wino/Emit/QdqModel.h"
#include "wino/Emit/StaticLibrary.h"
#include "wino/Target/PlanFile.h"
#include "wino/Target/TargetData.h"

#include "mlir/Bytecode/BytecodeWriter.h"

using namespace llvm;

namespace wino {

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

Error Compiler::writeQdq() {
  Expected<std::string> bytes = writeQdqModel(main, options.name, WINO_VERSION);
  if (!bytes)
    return bytes.takeError();
  return writeOutput(options.output, *bytes);
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

bool Compiler::isForDevice() const { return cantFail(findTarget(options.target))->isDevice(); }

bool Compiler::fusesResiduals(Emit emit) const {
  return options.fusesResiduals && !isForDevice() && emit != Emit::Qdq && !options.fitsInOrder() &&
         !options.tunesNetwork(); // what filters are fitted to rounds each sum on its own
}

Error Compiler::writeMachineCode(FileKind kind) {
  if (isForDevice()) {
    Expected<std::string> text = deviceText(kind);
    return text ? writeOutput(options.output, *text) : text.takeError();
  }
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
  if (options.fuse != "auto")
    (*module)->setAttr("wino.fuse", mlir::StringAttr::get(&context, options.fuse));
  if (options.ranges != 0)
    (*module)->setAttr("wino.ranges", mlir::Builder(&context).getI64IntegerAttr(options.ranges));
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
  for (const char *suffix : {".h", ".plan.yaml", ".quant.mlirbc", ".ptx", ".weights.bin", ".launches.json"})
    folder.drop(options.name + suffix);
  folder.drop("lib" + options.name + ".a");
  addReports(folder);
  return folder.commit();
}

/// What every library has beside it: the integer network and the plan.
void Compiler::addNetwork(OutputFolder &folder) {
  if (options.isFloat()) // an older one beside this library would be compared with it
    folder.drop(options.name + ".quant.mlirbc");
  else
    folder.add(options.name + ".quant.mlirbc", integerGraph());
  PlanFile plan = collectPlans(*planned);
  plan.modelSha256 = report.modelSha256;
  plan.target = options.target;
  folder.add(options.name + ".plan.yaml", plan.toYaml());
}

HeaderNotes Compiler::headerNotes() const {
  HeaderNotes notes;
  notes.target = options.target;
  notes.modelSha256 = report.modelSha256;
  notes.pixelScale = options.preprocess.scale;
  notes.mean = options.preprocess.mean;
  notes.stddev = options.preprocess.stddev;
  notes.bgr = options.preprocess.bgr;
  return notes;
}

Error Compiler::writeLibrary() {
  OutputFolder folder(options.output);
  addNetwork(folder);
  if (Error error = toLLVM())
    return error;
  Expected<ModelInterface> model = readInterface(*module);
  if (!model)
    return model.takeError();
  Expected<StaticLibrary> library = buildLibrary(*module, *model, cantFail(codegenTarget(options.target)));
  if (!library)
    return library.takeError();
  folder.add("lib" + options.name + ".a", library->bytes);
  folder.add(options.name + ".h", writeHeader(*model, library->facts, headerNotes()));
  report.arenaBytes = model->arenaBytes;
  if (auto live = (*module)->getAttrOfType<mlir::IntegerAttr>("wino.live_bytes"))
    report.liveBytes = live.getInt();
  report.weightsBytes = model->weightsBytes;
  report.codeBytes = library->facts.codeBytes;
  report.stackBytes = library->facts.stackBytes;
  addReports(folder);
  return folder.commit();
}

Error Compiler::write() {
  switch (options.emit) {
  case Emit::Errors: return writeErrors();
  case Emit::Import:
  case Emit::Plan:
  case Emit::Quant:
  case Emit::Winograd: return writeStage();
  case Emit::Qdq: return writeQdq();
  case Emit::LLVMIR: return writeMachineCode(FileKind::LLVMIR);
  case Emit::Assembly: return writeMachineCode(FileKind::Assembly);
  case Emit::Object: return writeMachineCode(FileKind::Object);
  case Emit::Library: break;
  }
  if (Error error = finishReport())
    return error;
  if (!options.explain.empty())
    return writeExplanation();
  if (!report.meetsBudget())
    return writeReportOnly();
  return isForDevice() ? writeDevice() : writeLibrary();
}

} // namespace wino
