// Every pass of wino-opt: creation functions, option structures and registration. The passes themselves are one folder
// each in passes/<Phase>/<Pass>/; their order is in tools/wino-opt/Pipeline.cpp.
//
// For a pass `FooBar` the generated part declares `createFooBar()` and, where it has options, `FooBarOptions` with
// `createFooBar(FooBarOptions)`. Only passes that take an object no command line can carry are declared by hand.
#ifndef WINO_PASSES_PASSES_H
#define WINO_PASSES_PASSES_H

#include "mlir/Pass/Pass.h"

#include <memory>

namespace wino {

struct LayerInputs;
struct Profile;

#define GEN_PASS_DECL
#include "wino/Passes/Passes.h.inc"

/// AttachProfile from statistics already in memory; the pass keeps a share of them.
std::unique_ptr<mlir::Pass> createAttachProfile(std::shared_ptr<const Profile> profile);

/// FactorScales with feature maps to measure on, or null.
std::unique_ptr<mlir::Pass> createFactorScales(std::shared_ptr<const LayerInputs> maps);

/// RoundFilter with feature maps of calibration images; the pass keeps a share of them.
std::unique_ptr<mlir::Pass> createRoundFilter(RoundFilterOptions options, std::shared_ptr<const LayerInputs> maps);

/// OptimizeTransforms on these feature maps; the pass keeps a share of them.
std::unique_ptr<mlir::Pass> createOptimizeTransforms(OptimizeTransformsOptions options,
                                                     std::shared_ptr<const LayerInputs> inputs);

/// Defines `registerWinoPasses()`: makes every --wino-<pass> flag known.
#define GEN_PASS_REGISTRATION
#include "wino/Passes/Passes.h.inc"

} // namespace wino

#endif
