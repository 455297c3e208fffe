// What to measure (every tensor; the taps of every tile that planning may ask for; feature maps of planned layers) and
// where the result goes.
#include "Calibration.h"

#include "../common/Diagnostics.h"
#include "../common/Network.h"
#include "../common/Progress.h"
#include "../common/Sensitivity.h"
#include "../host/HostRunner.h"
#include "ErrorTable.h"
#include "wino/Calibrate/Calibrator.h"
#include "wino/Passes/Passes.h"
#include "wino/Target/Candidates.h"
#include "wino/Target/PlanFile.h"
#include "wino/Target/PolicyFile.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SHA256.h"

using namespace llvm;

namespace wino {

/// What all feature maps together may take.
static constexpr size_t fitMapBytes = size_t(256) << 20;

namespace {

/// Tiles that a person asked for; they need statistics as the planner's own tiles do.
class AskedTiles {
public:
  Error load(const Options &options) {
    if (!options.plan.empty()) {
      Expected<PlanFile> file = PlanFile::load(options.plan);
      if (!file)
        return file.takeError();
      plan = std::move(*file);
    }
    if (!options.policy.empty()) {
      Expected<PolicyFile> file = PolicyFile::load(options.policy);
      if (!file)
        return file.takeError();
      policy = std::move(*file);
    }
    if (options.emit == Emit::Errors)
      extra = errorTableTiles();
    return Error::success();
  }

  /// The planner's tiles and those of the files, each once.
  std::vector<TileSpec> tilesFor(Conv2DOp conv) const {
    StringRef node = nodeName(conv);
    std::vector<TileSpec> tiles;
    auto add = [&](const TileSpec &asked) {
      TileSpec tile = asked.withoutFormats(); // U does not depend on them
      if (!tile.direct && !is_contained(tiles, tile))
        tiles.push_back(tile);
    };
    for (const TileSpec &tile : candidatesFor(conv))
      add(tile);
    for (const TileSpec &tile : extra)
      add(tile);
    if (const PlanFileLayer *layer = plan.find(node))
      add(layer->plan);
    const PolicyRule *rule = policy.find(node);
    if (rule && rule->algo)
      add(*rule->algo);
    if (policy.defaultAlgo)
      add(*policy.defaultAlgo);
    return tiles;
  }

private:
  PlanFile plan;
  PolicyFile policy;
  std::vector<TileSpec> extra;
};

} // namespace

static std::vector<TapRequest> tapRequests(mlir::func::FuncOp main, const AskedTiles &asked) {
  std::vector<TapRequest> requests;
  main.walk([&](Conv2DOp conv) {
    for (const TileSpec &tile : asked.tilesFor(conv)) {
      if (!whyNotWinograd(conv, tile).empty())
        continue;
      TapRequest request;
      request.node = nodeName(conv).str();
      request.input = tensorName(conv.getInput());
      for (size_t i = 0; i < 4; ++i)
        request.pads[i] = conv.getPads()[i];
      request.tile = tile.withoutFormats(); // U does not depend on the formats of the taps; equal requests count once
      requests.push_back(std::move(request));
    }
  });
  return requests;
}

/// Of the contents of the images, not their paths.
static Expected<std::string> hashOf(ImageSource &images) {
  SHA256 hash;
  for (size_t i = 0; i < images.size(); ++i) {
    Expected<uint64_t> content = images.contentHash(i);
    if (!content)
      return content.takeError();
    uint8_t bytes[8];
    for (int b = 0; b < 8; ++b)
      bytes[b] = uint8_t(*content >> (8 * b));
    hash.update(bytes);
  }
  return toHex(hash.final(), /*LowerCase=*/true);
}

static Expected<std::shared_ptr<const Profile>> loadProfile(StringRef path, StringRef modelSha256,
                                                            StringRef imagesSha256) {
  Expected<Profile> profile = Profile::load(path);
  if (!profile)
    return profile.takeError();
  if (!profile->modelSha256.empty() && profile->modelSha256 != modelSha256)
    return createStringError(path + ": expected statistics of this model (sha256 " + modelSha256 +
                             "), got those of another one (" + profile->modelSha256 + ")");
  // Held-out images are chosen by their contents: of the same set they are the same ones, of another they may have been
  // calibrated on.
  if (!imagesSha256.empty() && profile->imagesSha256 != imagesSha256)
    return createStringError(path + ": expected a profile of the images of --calib, got one of others, which may have "
                                    "seen those that are held out; leave one of --calib and --profile away");
  return std::make_shared<const Profile>(std::move(*profile));
}

/// On a copy of the network that has the statistics so far. With default options: a profile serves later compilations
/// with others.
static Error addTapSensitivity(Profile &profile, mlir::func::FuncOp main, Runner &runner, ImageSource &images,
                               ArrayRef<size_t> seen) {
  mlir::OwningOpRef<mlir::ModuleOp> copy = cast<mlir::ModuleOp>(main->getParentOp()->clone());
  Diagnostics diagnostics(*main.getContext(), "profile");
  mlir::PassManager pm(main.getContext());
  pm.addNestedPass<mlir::func::FuncOp>(createAttachProfile(std::make_shared<const Profile>(profile)));
  if (failed(pm.run(*copy)))
    return diagnostics.take("expected the profile to fit the network, got a failure without a reason");
  Expected<mlir::func::FuncOp> measured = mainFunction(*copy);
  if (!measured)
    return measured.takeError();
  auto values = measureTapSensitivity(*measured, runner, images, seen);
  if (!values)
    return values.takeError();
  profile.tapSensitivity = std::move(*values);
  return Error::success();
}

Expected<Runner *> Calibration::floatRunner(mlir::func::FuncOp main) {
  if (!runner) {
    Expected<std::unique_ptr<Runner>> made = makeHostRunner(main);
    if (!made)
      return made.takeError();
    runner = std::move(*made);
  }
  return runner.get();
}

static Expected<std::shared_ptr<const Profile>> measure(mlir::func::FuncOp main, Calibration &calibration,
                                                        const std::vector<bool> &heldOut, const AskedTiles &asked,
                                                        const Options &options, StringRef modelSha256) {
  Expected<Runner *> runner = calibration.floatRunner(main);
  if (!runner)
    return runner.takeError();
  ImageSource &images = *calibration.images;
  auto progress = [](size_t done, size_t total) { showProgress("calibrating", done, total); };
  Expected<Profile> profile = calibrate(**runner, images, heldOut, tapRequests(main, asked), {}, progress);
  if (!profile)
    return profile.takeError();
  profile->modelSha256 = modelSha256.str();
  profile->imagesSha256 = calibration.imagesSha256;
  auto tell = [](size_t done, size_t total) { showProgress("measuring sensitivity", done, total); };
  auto sensitivity = measureSensitivity(main, **runner, images, calibration.seen, {}, tell);
  if (!sensitivity)
    return sensitivity.takeError();
  profile->sensitivity = std::move(*sensitivity);
  if (Error error = addTapSensitivity(*profile, main, **runner, images, calibration.seen))
    return std::move(error);
  return std::make_shared<const Profile>(std::move(*profile));
}

Expected<Calibration> calibrateNetwork(mlir::func::FuncOp main, const Options &options, StringRef modelSha256) {
  AskedTiles asked; // read first: a broken file should not cost a calibration
  if (Error error = asked.load(options))
    return error;
  Calibration result;
  std::vector<bool> heldOut;
  if (!options.calibration.empty()) {
    Expected<std::array<int64_t, 3>> chw = imageInput(main);
    if (!chw)
      return chw.takeError();
    Expected<std::unique_ptr<ImageSource>> images = ImageSource::open(options.calibration, options.preprocess, *chw);
    if (!images)
      return images.takeError();
    result.images = std::move(*images);
    Expected<std::vector<bool>> split = holdOut(*result.images);
    if (!split)
      return split.takeError();
    heldOut = std::move(*split);
    Expected<std::string> hash = hashOf(*result.images);
    if (!hash)
      return hash.takeError();
    result.imagesSha256 = std::move(*hash);
    for (size_t i = 0; i < heldOut.size(); ++i)
      (heldOut[i] ? result.heldOut : result.seen).push_back(i);
  }
  bool isLoaded = !options.profile.empty() && (!result.images || sys::fs::exists(options.profile));
  Expected<std::shared_ptr<const Profile>> profile =
      isLoaded ? loadProfile(options.profile, modelSha256, result.imagesSha256)
               : measure(main, result, heldOut, asked, options, modelSha256);
  if (!profile)
    return profile.takeError();
  result.profile = std::move(*profile);
  if (!isLoaded && !options.profile.empty())
    if (Error error = result.profile->save(options.profile))
      return error;
  if (!options.saveProfile.empty())
    if (Error error = result.profile->save(options.saveProfile))
      return error;
  return result;
}

Expected<std::shared_ptr<const LayerInputs>> collectFitMaps(Calibration &calibration, mlir::func::FuncOp planned,
                                                            const Options &options) {
  std::vector<std::string> tensors;
  planned.walk([&](Conv2DOp conv) {
    if (conv.getPlan() && !conv.getPlan()->isDirect())
      tensors.push_back(tensorName(conv.getInput()));
  });
  if (tensors.empty())
    return std::shared_ptr<const LayerInputs>();
  ArrayRef<size_t> indices = ArrayRef(calibration.seen).take_front(options.fitImages);
  Expected<Runner *> runner = calibration.floatRunner(planned);
  if (!runner)
    return runner.takeError();
  auto progress = [](size_t done, size_t total) { showProgress("collecting feature maps", done, total); };
  Expected<LayerInputs> maps =
      collectLayerInputs(**runner, *calibration.images, indices, tensors, fitMapBytes, progress);
  if (!maps)
    return maps.takeError();
  return std::make_shared<const LayerInputs>(std::move(*maps));
}

} // namespace wino
