// wino-opt: the compiler on an ONNX file; mlir-opt with our passes on an MLIR file. Exit codes: 0 done, 1 an error of
// the user's, 3 the error budget is missed.
#include "Compile.h"

#include "wino/Import/ImportOps.h"
#include "wino/Passes/Passes.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

/// An MLIR file, standard input or a pass on the command line: then the flags are mlir-opt's.
static bool isMlirRun(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    StringRef argument = argv[i], flag = argument.ltrim('-');
    if (argument == "-o") {
      ++i; // its value may well end in .mlir
      continue;
    }
    bool isFlag = argument.size() > 1 && argument.starts_with("-");
    if (isFlag ? flag.starts_with("wino-") || flag.starts_with("pass-pipeline")
               : argument == "-" || argument.ends_with(".mlir") || argument.ends_with(".mlirbc"))
      return true;
  }
  return false;
}

static int runMlir(int argc, char **argv) {
  mlir::DialectRegistry registry;
  wino::registerDialects(registry);
  wino::registerWinoPasses();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "wino-opt: passes of the winograd dialect\n", registry));
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  setBugReportMsg("wino-opt: this is a fault of ours; please report it with the command line and the model\n");
  if (isMlirRun(argc, argv))
    return runMlir(argc, argv);
  Expected<wino::Options> options = wino::parseOptions(argc, argv);
  if (!options) {
    errs() << "wino-opt: error: " << toString(options.takeError()) << "\n";
    return 1;
  }
  if (options->listOps) {
    outs() << wino::listOps();
    return 0;
  }
  Expected<bool> isInBudget = wino::compile(*options);
  if (!isInBudget) {
    errs() << "wino-opt: error: " << toString(isInBudget.takeError()) << "\n";
    return 1;
  }
  return *isInBudget ? 0 : 3;
}
