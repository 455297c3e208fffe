// The order of the passes; Pipeline.cpp is the file to read first.
#ifndef WINO_TOOLS_WINO_OPT_PIPELINE_H
#define WINO_TOOLS_WINO_OPT_PIPELINE_H

#include "mlir/Pass/PassManager.h"

#include <memory>
#include <string>

namespace wino {

struct LayerInputs;
struct PipelineOptions;
struct Profile;

void addImportPasses(mlir::PassManager &pm);
void addPlanPasses(mlir::PassManager &pm, const PipelineOptions &options, std::shared_ptr<const Profile> profile,
                   double minSqnr);
/// Instead of a plan: every convolution direct, for QDQ models, which have no words for Winograd.
void addDirectPasses(mlir::PassManager &pm, std::shared_ptr<const Profile> profile);
/// Passes that change plans by what the layers' inputs look like; none unless an option asks for them.
void addFitPasses(mlir::PassManager &pm, const PipelineOptions &options, std::shared_ptr<const LayerInputs> inputs);
void addQuantizePasses(mlir::PassManager &pm);
/// `fitMaps`: feature maps of planned layers, or null.
void addWinogradPasses(mlir::PassManager &pm, const PipelineOptions &options,
                       std::shared_ptr<const LayerInputs> fitMaps = nullptr);
void addLowerPasses(mlir::PassManager &pm, const PipelineOptions &options);
void addLLVMPasses(mlir::PassManager &pm);

} // namespace wino

#endif
