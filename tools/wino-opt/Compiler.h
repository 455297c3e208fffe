// One compilation: what its six steps share. Steps are in Compile.cpp, what they write in WriteOutput.cpp.
#ifndef WINO_TOOLS_WINO_OPT_COMPILER_H
#define WINO_TOOLS_WINO_OPT_COMPILER_H

#include "BucketGate.h"
#include "Calibration.h"
#include "DetectionGate.h"
#include "Gate.h"
#include "OutputFolder.h"
#include "Pipeline.h"

#include "../common/Comparison.h"
#include "../common/Diagnostics.h"
#include "wino/Emit/CHeader.h"
#include "wino/Emit/ObjectCode.h"
#include "wino/Emit/Report.h"

#include "mlir/Pass/PassManager.h"

namespace wino {

/// Integers against floats on some images, and of a detector what both find.
struct Measured {
  Comparison comparison;
  std::optional<Detected> detected;
};

class Compiler {
public:
  explicit Compiler(const Options &options);

  llvm::Expected<bool> run();

private:
  static mlir::DialectRegistry registry();

  template <typename Add> llvm::Error runPasses(Add add, const char *what);
  llvm::Error makeIntegers();
  llvm::Error makeFloats();
  llvm::Error choosePlan(const PlanBudget &budget);
  llvm::Error choosePlanAnew(mlir::ModuleOp listed, const PlanBudget &budget);
  llvm::Error quantizePlan(Emit emit);
  llvm::Error toIntegers(Emit emit);
  /// Where the plan is not expected to keep the budget (FloatLayers.cpp).
  llvm::Error keepLayersInFloats();
  llvm::Error tuneNetwork();
  llvm::Error correctOutputs();
  llvm::Error fitAndQuantize();
  llvm::Error steerByDrop();
  llvm::Error steerBySqnr();
  llvm::Error measureNoise();
  llvm::Error measureBuckets(const Measured &measured);
  llvm::Error loadReference();
  llvm::Expected<BucketedDrop> dropOf(const Measured &measured, llvm::ArrayRef<size_t> images) const;
  llvm::Expected<Measured> compareOn(const std::vector<size_t> &images, const char *what,
                                     SplitMagnitudes split = SplitMagnitudes::No);
  llvm::Error finishReport();
  llvm::Error write();
  llvm::Error writeStage();
  llvm::Error writeErrors();
  llvm::Error writeQdq();
  llvm::Error writeExplanation();
  llvm::Error writeMachineCode(FileKind kind);
  llvm::Error writeLibrary();
  llvm::Expected<std::string> deviceText(FileKind kind);
  llvm::Error writeDevice();
  bool isForDevice() const;
  /// Whether sums of maps become a part of convolutions on the way to `emit`.
  bool fusesResiduals(Emit emit) const;
  llvm::Error writeReportOnly();
  void addReports(OutputFolder &folder);
  void addNetwork(OutputFolder &folder);
  HeaderNotes headerNotes() const;
  llvm::Error toLLVM();
  std::string integerGraph();

  const Options &options;
  mlir::MLIRContext context;
  Diagnostics diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> module, planned;
  mlir::func::FuncOp main;
  Calibration calibration;
  bool keepsBudget = false;                   ///< measured plans were tried, and one of them keeps it
  std::string steeringNote;                   ///< which plans were measured on the way, if any
  std::string floatNote;                      ///< which layers are in floats, if any
  std::string tuningNote;                     ///< what tuning the network came to, with --fit=network
  std::shared_ptr<const LayerInputs> fitMaps; ///< none unless an option needs them
  HeldOutParts heldOut;
  std::vector<int64_t> labels;             ///< none without --labels
  std::optional<DetectionReader> detector; ///< none without --detections
  Tags tags;                               ///< none without --tags
  Report report;
};

template <typename Add> llvm::Error Compiler::runPasses(Add add, const char *what) {
  mlir::PassManager pm(&context);
  add(pm);
  if (failed(pm.run(*module)))
    return diagnostics.take(llvm::Twine("expected ") + what + " to succeed, got a failure without a reason");
  return llvm::Error::success();
}

} // namespace wino

#endif
