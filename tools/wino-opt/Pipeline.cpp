// Every pass of the compiler, in order, with the reason why it stands where it stands. Each is described by --help on
// an MLIR file and in passes/<Phase>/<Pass>/; running them and everything around them is Compile.cpp's.
#include "Pipeline.h"
#include "../common/Diagnostics.h"
#include "../common/PipelineOptions.h"

#include "wino/Passes/Passes.h"
#include "wino/Target/TargetData.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace wino {

void addImportPasses(PassManager &pm, bool integers) {
  OpPassManager &main = pm.nest<func::FuncOp>();
  // Before anything takes its products and sums for layers: scales of a quantized model.
  if (integers)
    main.addPass(createFoldQuantize());
  // Batch norm next: it changes filters, and everything after looks at filters.
  main.addPass(createFoldBatchNorm());
  // Explicit padding would hide from the planner that a convolution keeps its map's size.
  main.addPass(createFoldPad());
  // Last: what is measured and quantized is then the tensor after the activation, the only one that will exist.
  main.addPass(createFuseActivation());
}

void addListPasses(PassManager &pm, const PipelineOptions &options, std::shared_ptr<const Profile> profile,
                   bool fusesResiduals) {
  OpPassManager &main = pm.nest<func::FuncOp>();
  // Before anything asks which sums a convolution can take in: those of the tail have no integers.
  if (options.floatTail)
    main.addPass(createMarkFloatTail());
  // Statistics first: errors of candidates are predicted from them.
  main.addPass(createAttachProfile(std::move(profile)));
  // Then every convolution's alternatives with their prices, so that the choice is visible in the IR before it is made.
  ListCandidatesOptions candidates;
  candidates.target = options.target;
  candidates.products = options.products;
  candidates.floatTaps = options.floatTaps;
  candidates.policy = options.policy;
  candidates.plan = options.plan;
  candidates.tapClip = options.tapClip;
  candidates.filterClip = options.filterClip;
  candidates.keepSums = !fusesResiduals;
  main.addPass(createListCandidates(candidates));
}

void addChoicePasses(PassManager &pm, const PipelineOptions &options, const PlanBudget &budget) {
  // One choice for the whole network: layers compete for one error budget.
  ChoosePlanOptions choice;
  choice.policy = options.policy;
  choice.plan = options.plan;
  choice.minSqnr = budget.minSqnr;
  choice.noiseBudget = budget.noise;
  choice.slack = budget.slack;
  bool inFloats = options.precision == "fp32" || options.precision == "fp16";
  choice.precision = inFloats ? "mixed" : options.precision;
  pm.nest<func::FuncOp>().addPass(createChoosePlan(choice));
}

void addDirectPasses(PassManager &pm, std::shared_ptr<const Profile> profile) {
  // Scales are chosen from statistics; a convolution that nobody planned is direct.
  pm.nest<func::FuncOp>().addPass(createAttachProfile(std::move(profile)));
}

void addFitPasses(PassManager &pm, const PipelineOptions &options, std::shared_ptr<const LayerInputs> inputs) {
  if (options.transforms == "exact" || !inputs)
    return;
  // After the choice, since a search per candidate would take minutes; before integers, because U, V and every scale
  // follow from the matrices.
  OptimizeTransformsOptions search;
  search.symmetric = options.transforms == "paw";
  search.threads = options.threads;
  pm.nest<func::FuncOp>().addPass(createOptimizeTransforms(search, std::move(inputs)));
}

void addQuantizePasses(PassManager &pm, bool ownForms, bool fuseResiduals) {
  // Before scales are chosen: a fused sum's operand has none of its own.
  if (fuseResiduals)
    pm.nest<func::FuncOp>().addPass(createFuseResidual());
  // Plans are fixed by now; scales of all tensors and direct convolutions become integers. Winograd filters stay float
  // one pass longer.
  QuantizeGraphOptions quantize;
  quantize.wideHead = quantize.composesTables = ownForms;
  pm.nest<func::FuncOp>().addPass(createQuantizeGraph(quantize));
}

llvm::Expected<OwningOpRef<ModuleOp>> quantizedCopy(ModuleOp module, llvm::StringRef file) {
  OwningOpRef<ModuleOp> copy = module.clone();
  Diagnostics diagnostics(*module.getContext(), file, /*showWarnings=*/false);
  PassManager pm(module.getContext());
  addQuantizePasses(pm);
  if (failed(pm.run(*copy)))
    return diagnostics.take("expected quantization to succeed, got a failure without a reason");
  return std::move(copy);
}

void addWinogradPasses(PassManager &pm, const PipelineOptions &options, std::shared_ptr<const LayerInputs> fitMaps) {
  OpPassManager &main = pm.nest<func::FuncOp>();
  // A planned convolution becomes four ops in explicit integers; this needs the tensor scales on both of its sides.
  DecomposeConvOptions scales;
  scales.tapClip = options.tapClip;
  scales.filterClip = options.filterClip;
  scales.inputScales = options.inputScales;
  scales.filterScales = options.filterScales;
  scales.balanceRows = options.balanceRows;
  main.addPass(createDecomposeConv(scales));
  // Products of fewer bits are a change of the 32-bit form, and their scales need the float filter.
  main.addPass(createFactorScales(fitMaps));
  // Scales are chosen now, and filters are still float: the last moment to choose integers with more care than nearest.
  if (options.rounding != "nearest" || options.biasCorrection) {
    RoundFilterOptions round;
    round.rounding = options.rounding;
    round.biasCorrection = options.biasCorrection;
    round.threads = options.threads;
    main.addPass(createRoundFilter(round, std::move(fitMaps)));
  }
  // Filter transforms act on constants: done here, once, not on the device.
  main.addPass(createFoldFilter());
  // The proof looks at final integers, actual filters included, so nothing may change them afterwards.
  main.addPass(createProveRanges());
}

void addFloatListPasses(PassManager &pm, const PipelineOptions &options, std::shared_ptr<const Profile> profile) {
  OpPassManager &main = pm.nest<func::FuncOp>();
  if (profile)
    main.addPass(createAttachProfile(std::move(profile)));
  // Which maps have 16 bits decides which tiles fit, so before these are listed.
  if (options.precision == "fp16") {
    StoreHalvesOptions maps;
    maps.inputLow = options.inputLow;
    maps.inputHigh = options.inputHigh;
    main.addPass(createStoreHalves(maps));
  }
  ListCandidatesOptions candidates;
  candidates.target = options.target;
  candidates.precision = options.precision;
  main.addPass(createListCandidates(candidates));
}

double floatNoiseBudget(llvm::StringRef precision) { return precision == "fp16" ? 1e-4 : 1e-8; }

void addFloatTilePasses(PassManager &pm, const PipelineOptions &options) {
  OpPassManager &main = pm.nest<func::FuncOp>();
  main.addPass(createDecomposeConv());
  // V is made of exact filters; what is left are those of direct layers.
  if (options.precision == "fp16") {
    StoreHalvesOptions filters;
    filters.filters = true;
    main.addPass(createStoreHalves(filters));
  }
  // Nothing may change the graph after its certificate.
  main.addPass(createProveRanges());
}

void addBatchPasses(PassManager &pm) {
  // Only now: calibration and all that measures plans look at one image at a time.
  pm.nest<func::FuncOp>().addPass(createSetBatch());
}

void addLowerPasses(PassManager &pm, const PipelineOptions &options) {
  // Addresses before code: kernels are made for fixed layouts and offsets.
  PlanArenaOptions arena;
  arena.target = options.target;
  arena.workers = options.maxWorkers;
  arena.ranges = options.ranges;
  arena.fuse = options.fuse;
  pm.nest<func::FuncOp>().addPass(createPlanArena(arena));
  // The only pass that knows an instruction set.
  if (llvm::cantFail(findTarget(options.target))->isDevice()) {
    LowerToPtxOptions lower;
    lower.prefix = options.name;
    pm.addPass(createLowerToPtx(lower));
  } else if (options.target == "x86-64") {
    LowerToX86Options lower;
    lower.prefix = options.name;
    pm.addPass(createLowerToX86(lower));
  } else {
    LowerToNeonOptions lower;
    lower.prefix = options.name;
    lower.target = options.target;
    pm.addPass(createLowerToNeon(lower));
  }
}

void addLLVMPasses(PassManager &pm) {
  // Upstream conversions, outermost structure first.
  pm.addPass(createConvertSCFToCFPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  // Minimum and maximum as compare and select: 2 % less A53 code than from LLVM's intrinsics (measured on the demo).
  pm.addPass(arith::createArithExpandOpsPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  // Each conversion leaves casts at its border; together they cancel.
  pm.addPass(createReconcileUnrealizedCastsPass());
}

} // namespace wino
