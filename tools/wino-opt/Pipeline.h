// The order of the passes; Pipeline.cpp is the file to read first.
#ifndef WINO_TOOLS_WINO_OPT_PIPELINE_H
#define WINO_TOOLS_WINO_OPT_PIPELINE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace wino {

struct LayerInputs;
struct PipelineOptions;
struct Profile;

/// `integers`: what is compiled will be quantized, so that a quantized model's roundings become scales.
void addImportPasses(mlir::PassManager &pm, bool integers = false);

/// What a plan may cost in noise.
struct PlanBudget {
  double minSqnr = 25; ///< of the outputs, dB; the planner keeps its usual distance (Target, E20)
  double slack = 0;    ///< share of the cycles that is spent on less noise
  double noise = 0;    ///< if not 0: noise over signal of the outputs that the plan may be predicted to have
};

/// Every convolution's alternatives and their prices.
void addListPasses(mlir::PassManager &pm, const PipelineOptions &options, std::shared_ptr<const Profile> profile,
                   bool fusesResiduals = true);
/// The same of a network that stays in floats. `profile`: null for none.
void addFloatListPasses(mlir::PassManager &pm, const PipelineOptions &options, std::shared_ptr<const Profile> profile);
/// A planned network of floats with its tiles explicit and, in 16 bits, proved.
void addFloatTilePasses(mlir::PassManager &pm, const PipelineOptions &options);
/// Noise over signal that a plan in floats may be predicted to have at the outputs (Target, E26).
double floatNoiseBudget(llvm::StringRef precision);
/// One of them for each, after addListPasses.
void addChoicePasses(mlir::PassManager &pm, const PipelineOptions &options, const PlanBudget &budget);
/// Instead of a plan: every convolution direct, for QDQ models, which have no words for Winograd.
void addDirectPasses(mlir::PassManager &pm, std::shared_ptr<const Profile> profile);
/// Passes that change plans by what the layers' inputs look like; none unless an option asks for them.
void addFitPasses(mlir::PassManager &pm, const PipelineOptions &options, std::shared_ptr<const LayerInputs> inputs);
/// `ownForms`: the last layers in 16 bits and tables of chains, which QDQ models have no words for. `fuseResiduals`:
/// sums in the convolutions before them, which neither QDQ models nor GPUs have.
void addQuantizePasses(mlir::PassManager &pm, bool ownForms = true, bool fuseResiduals = false);
/// What these passes make of a planned float network: integers, planned convolutions still whole. `file` is named in
/// errors.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> quantizedCopy(mlir::ModuleOp module, llvm::StringRef file);
/// `fitMaps`: feature maps of planned layers, or null.
void addWinogradPasses(mlir::PassManager &pm, const PipelineOptions &options,
                       std::shared_ptr<const LayerInputs> fitMaps = nullptr);
/// Integer network of one image to integer network of as many as `winograd.batch` of the function says.
void addBatchPasses(mlir::PassManager &pm);
void addLowerPasses(mlir::PassManager &pm, const PipelineOptions &options);
void addLLVMPasses(mlir::PassManager &pm);

} // namespace wino

#endif
