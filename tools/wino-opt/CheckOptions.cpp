// Checks of wino-opt's flags: values that mean nothing, and options that exclude each other.
#include "Options.h"

#include "wino/Emit/PtxCode.h"
#include "wino/Metrics/DetectionSpec.h"
#include "wino/Numerics/SharedScales.h"
#include "wino/Numerics/TapStats.h"
#include "wino/Numerics/TileSpec.h"
#include "wino/Target/Candidates.h"
#include "wino/Target/PlanFile.h"
#include "wino/Target/PolicyFile.h"
#include "wino/Target/TargetData.h"
#include "wino/Target/Workers.h"

#include <cmath>

using namespace llvm;

namespace wino {

/// What only GPUs know, and what they do not know.
static Error checkDevice(const Options &options, const TargetData &target) {
  if (options.batch != 1 && !target.isDevice())
    return createStringError("--batch: expected a GPU as --target, got " + target.name +
                             ", whose libraries take one image");
  if (options.batch < 1 || options.batch > 4096)
    return createStringError("--batch: expected 1 to 4096, got " + Twine(options.batch));
  if (options.ranges != 0 && !target.isDevice())
    return createStringError("--ranges: expected a GPU as --target, got " + target.name);
  if (options.fuse != "auto" && !target.isDevice())
    return createStringError("--fuse: expected a GPU as --target, got " + target.name);
  if (options.fuse != "auto" && options.fuse != "always" && options.fuse != "never")
    return createStringError("--fuse: expected auto, always or never, got '" + options.fuse + "'");
  if (options.ranges < 0 || options.ranges > 32)
    return createStringError("--ranges: expected 0 to 32, got " + Twine(options.ranges));
  if (!target.isDevice())
    return options.ptxVersion.empty()
               ? Error::success()
               : createStringError("--ptx-version: expected a GPU as --target, got " + target.name);
  if (Expected<CodegenTarget> code = ptxTarget(options.target, options.ptxVersion); !code)
    return createStringError("--ptx-version: " + toString(code.takeError()));
  if (options.maxWorkers > 1)
    return createStringError("--max-workers: expected a processor as --target, got " + target.name +
                             ", whose threads share every layer");
  return Error::success();
}

/// A network in floats has nothing that options of integers could mean.
static Error checkFloat(const Options &options, const TargetData &target) {
  auto refuse = [&](const Twine &what) {
    return createStringError("--precision=" + options.precision + ": expected " + what);
  };
  if (target.isDevice())
    return refuse("a processor as --target, got " + target.name);
  if (options.maxWorkers > 1)
    return refuse("one worker, got --max-workers=" + Twine(options.maxWorkers));
  if (is_contained({Emit::Errors, Emit::Quant, Emit::Qdq}, options.emit))
    return refuse("--emit=import, plan, winograd, llvm, asm, obj or lib, got a stage of integers");
  if (options.fitsToData || options.products != "i32" || options.floatTaps != "none" || options.allButOne > 0)
    return refuse("no --transforms, --rounding, --bias-correction, --fit, --products, --float-taps and --all-but-one, "
                  "got one");
  if (options.maxDrop || !options.labels.empty() || !options.detections.empty() || !options.truth.empty() ||
      !options.tags.empty() || options.blame > 0 || options.asksForSqnr)
    return refuse("no --min-sqnr, --max-drop, --labels, --detections, --truth, --tags and --blame: nothing is "
                  "quantized; got one");
  if (!options.policy.empty() && !options.plan.empty())
    return refuse("--policy or --plan, got both; a locked plan leaves nothing to a policy");
  if (!options.explain.empty() && options.emit != Emit::Library)
    return refuse("no --emit with --explain, got both");
  if (!options.storesHalves() &&
      (!options.calibration.empty() || !options.profile.empty() || !options.saveProfile.empty()))
    return refuse("no --calib, --profile and --save-profile: nothing is calibrated; got one");
  if (!options.saveProfile.empty() && options.calibration.empty())
    return createStringError("--save-profile: expected --calib=IMAGES as well, got none");
  if (options.hasInputRange && !options.storesHalves())
    return refuse("no --input-range, which is for --precision=fp16, got one");
  return Error::success();
}

/// Values that mean nothing, whatever the other options are.
static Error checkEachValue(const Options &options) {
  if (!options.isFloat() && options.precision != "mixed" && options.precision != "int8")
    return createStringError("--precision: expected mixed, int8, fp32 or fp16, got '" + options.precision + "'");
  if (Expected<ClipRule> rule = parseClipRule(options.tapClip); !rule)
    return createStringError("--tap-clip: " + toString(rule.takeError()));
  if (options.filterClip != "max" && options.filterClip != "mse")
    return createStringError("--filter-clip: expected max or mse, got '" + options.filterClip + "'");
  if (Expected<InputSharing> sharing = parseInputSharing(options.inputScales); !sharing)
    return createStringError("--input-scales: " + toString(sharing.takeError()));
  if (Expected<FilterSharing> sharing = parseFilterSharing(options.filterScales); !sharing)
    return createStringError("--filter-scales: " + toString(sharing.takeError()));
  if (Expected<Balance> balance = parseBalance(options.balanceRows); !balance)
    return createStringError("--balance-rows: " + toString(balance.takeError()));
  if (Expected<ProductType> products = parseProductType(options.products); !products)
    return createStringError("--products: " + toString(products.takeError()));
  if (auto types = parseFloatTaps(options.floatTaps); !types)
    return createStringError("--float-taps: " + toString(types.takeError()));
  else if (!types->empty() && cantFail(findTarget(options.target))->isDevice())
    return createStringError("--float-taps: expected none for a GPU, got '" + options.floatTaps + "'");
  if (options.transforms != "exact" && options.transforms != "paw" && options.transforms != "paw-free")
    return createStringError("--transforms: expected exact, paw or paw-free, got '" + options.transforms + "'");
  if (!std::isfinite(options.minSqnr))
    return createStringError("--min-sqnr: expected a number of dB, got " + Twine(std::to_string(options.minSqnr)));
  if (options.rounding != "nearest" && options.rounding != "gptq")
    return createStringError("--rounding: expected nearest or gptq, got '" + options.rounding + "'");
  if (!is_contained({"float", "quantized", "network", "network,quantized"}, options.fit))
    return createStringError("--fit: expected float, quantized, network or network,quantized, got '" + options.fit +
                             "'");
  if (options.fitImages == 0)
    return createStringError("--fit-images: expected at least 1, got 0");
  if (options.maxDrop && !(*options.maxDrop >= 0 && *options.maxDrop <= 100))
    return createStringError("--max-drop: expected 0 to 100 points, got " + Twine(std::to_string(*options.maxDrop)));
  if (options.threads != 1 && options.threads != 2)
    return createStringError("--threads: expected 1 or 2, got " + Twine(options.threads));
  if (options.maxWorkers < 1 || options.maxWorkers > maxWorkers)
    return createStringError("--max-workers: expected 1 to " + Twine(maxWorkers) + ", got " +
                             Twine(options.maxWorkers));
  return Error::success();
}

/// Whether a policy or a plan keeps layers in floats. Files that cannot be read are for the passes to name.
static bool asksForFloatLayers(const Options &options) {
  if (!options.policy.empty()) {
    Expected<PolicyFile> policy = PolicyFile::load(options.policy);
    if (policy)
      return policy->asksForFloats();
    consumeError(policy.takeError());
  } else if (!options.plan.empty()) {
    Expected<PlanFile> plan = PlanFile::load(options.plan);
    if (plan)
      return any_of(plan->layers, [](const PlanFileLayer &layer) { return layer.inFloats; });
    consumeError(plan.takeError());
  }
  return false;
}

static Error checkFloatLayers(const Options &options) {
  if (options.isFloat() || !asksForFloatLayers(options))
    return Error::success();
  const std::string &file = options.policy.empty() ? options.plan : options.policy;
  if (options.precision == "int8")
    return createStringError("--precision=int8: expected no layer of precision fp32, got one in " + file);
  if (options.fit != "float")
    return createStringError("--fit=" + options.fit + ": expected no layer of precision fp32, got one in " + file);
  return Error::success();
}

Error checkOptions(const Options &options) {
  if (options.model.empty())
    return createStringError("expected a model, as in wino-opt model.onnx --calib=images.npy -o out; see --help");
  Expected<const TargetData *> target = findTarget(options.target);
  if (!target)
    return createStringError("--target: " + toString(target.takeError()));
  if (Error error = checkFloatLayers(options))
    return error;
  if (Error error = checkEachValue(options))
    return error;
  if (Error error = checkDevice(options, **target))
    return error;
  if (options.isFloat())
    return checkFloat(options, **target);
  if (options.hasInputRange)
    return createStringError("--input-range: expected --precision=fp16, got " + options.precision);
  if (options.tunesNetwork() && (options.inputScales != "tap" || options.filterScales != "tap-channel" ||
                                 options.balanceRows != "none" || options.filterClip != "mse"))
    return createStringError("--fit=network: expected scales per tap and output channel of least squared error, which "
                             "is what it knows, got --input-scales, --filter-scales, --balance-rows or --filter-clip");
  if (options.fitsToData && options.emit != Emit::Import && options.calibration.empty())
    return createStringError("expected --calib=IMAGES with an option that fits integers to data, got --profile alone");
  if (options.allButOne > 0 && (options.calibration.empty() || options.emit != Emit::Library))
    return createStringError("--all-but-one: expected --calib=IMAGES and no --emit, got no images or a stage");
  if (options.maxDrop && options.asksForSqnr)
    return createStringError("expected --min-sqnr or --max-drop, got both");
  bool hasReference = !options.labels.empty() || !options.detections.empty();
  if (!options.labels.empty() && !options.detections.empty())
    return createStringError("expected --labels or --detections, got both");
  if (!options.truth.empty() && options.detections.empty())
    return createStringError("--truth: expected --detections=KEY=VALUE,.. as well, got none");
  if (options.maxDrop.has_value() != hasReference)
    return createStringError(
        "expected --labels=FILE or --detections=KEY=VALUE,.., and --max-drop=POINTS, together, got "
        "one of them");
  if (!options.detections.empty())
    if (Expected<DetectionSpec> spec = parseDetectionSpec(options.detections); !spec)
      return spec.takeError();
  if (options.maxDrop && (options.calibration.empty() || options.emit == Emit::Errors))
    return createStringError("--max-drop: expected --calib=IMAGES and no --emit=errors");
  if ((!options.tags.empty() || options.blame > 0) && !options.maxDrop)
    return createStringError(
        "expected --max-drop=POINTS, and --labels=FILE or --detections=KEY=VALUE,.., with --tags and "
        "--blame, got none");
  if (!options.explain.empty() && options.emit != Emit::Library)
    return createStringError("--explain: expected no --emit, got both");
  if (!options.policy.empty() && !options.plan.empty())
    return createStringError("expected --policy or --plan, got both; a locked plan leaves nothing to a policy");
  bool asksForWinograd = !options.policy.empty() || !options.plan.empty() || options.fitsToData ||
                         options.products != "i32" || options.floatTaps != "none";
  if (options.emit == Emit::Qdq && asksForWinograd)
    return createStringError(
        "--emit=qdq: expected no --policy, --plan, --products, --float-taps, --transforms, --rounding, "
        "--bias-correction or --fit, since QDQ knows direct convolutions only, got one");
  if (options.emit != Emit::Import && options.calibration.empty() && options.profile.empty())
    return createStringError("expected --calib=IMAGES or --profile=FILE, got neither");
  if (!options.saveProfile.empty() && options.calibration.empty())
    return createStringError("--save-profile: expected --calib=IMAGES as well, got none");
  return Error::success();
}

} // namespace wino
