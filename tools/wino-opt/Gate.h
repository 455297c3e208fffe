// The gate: what is measured on held-out images after everything has been chosen, and who is named when it is too much.
#ifndef WINO_TOOLS_WINO_OPT_GATE_H
#define WINO_TOOLS_WINO_OPT_GATE_H

#include "Calibration.h"
#include "Options.h"
#include "wino/Emit/Report.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {

/// Fewer images say little about the noise of others, more hardly say more about it.
constexpr size_t leastSteering = 8, mostSteering = 64;
/// Layers and buckets that a message names.
constexpr size_t mostNames = 3;

/// Which held-out images may steer rounds of planning, and which may only judge the last one.
struct HeldOutParts {
  std::vector<size_t> steering; ///< none where few are held out or nothing is planned anew
  std::vector<size_t> judging;
};

/// Halves by content, as the hold-out itself: the order of the images does not matter and copies of a picture stand in
/// one half. Each holds half of the images as nearly as copies allow, the judging half the odd one; with --min-sqnr at
/// most `mostSteering` steer. All judge where rounds of planning are not asked for, and, with --min-sqnr, where fewer
/// than `leastSteering` would steer.
llvm::Expected<HeldOutParts> splitHeldOut(const Calibration &calibration, const Options &options);

/// Whether the budget can be verified at all. An error where one was asked for that cannot, else a warning for the
/// report and for standard error, or nothing.
llvm::Expected<std::string> checkVerifiable(const Calibration &calibration, const HeldOutParts &parts,
                                            const Options &options);

/// Points of top-1 that the integers lose: labels by image, `classes` and `images` in the same order.
double topOneDrop(llvm::ArrayRef<std::pair<size_t, size_t>> classes, llvm::ArrayRef<size_t> images,
                  llvm::ArrayRef<int64_t> labels);

/// Fills in measuredError: each convolution alone, as it stands in `integers`, on at most two judging images. `planned`
/// is the float network after planning.
llvm::Error measureLayers(Report &report, mlir::func::FuncOp planned, mlir::func::FuncOp integers,
                          Calibration &calibration, llvm::ArrayRef<size_t> judging);

/// Fills in sqnrWithoutDb on the last `count` calibration images: what fits integers to data looks at the first ones.
llvm::Error measureEachLeftOut(Report &report, mlir::func::FuncOp planned, mlir::func::FuncOp integers,
                               Calibration &calibration, size_t count, unsigned threads);

/// Fills in `safer` and `saferCycles`: of each layer's candidates, the cheapest with less noise.
void addSaferPlans(Report &report, mlir::func::FuncOp planned);

/// What to say about a missed budget: the layers with the largest measured error, weighted by sensitivity, and the
/// price in cycles of the next safer plan of each; buckets that miss it, and who costs the worst of them.
std::string guiltyLayers(const Report &report);

} // namespace wino

#endif
