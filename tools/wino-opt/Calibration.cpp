// What to measure (every tensor; the taps of every tile that planning may ask for; feature maps of planned layers) and
// where the result goes.
#include "Calibration.h"

#include "../common/Network.h"
#include "../common/Progress.h"
#include "../host/HostRunner.h"
#include "wino/Calibrate/Calibrator.h"
#include "wino/Target/Candidates.h"
#include "wino/Target/PlanFile.h"
#include "wino/Target/PolicyFile.h"

#include "llvm/Support/FileSystem.h"

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
    return Error::success();
  }

  /// The planner's tiles and those of the files, each once.
  std::vector<TileSpec> tilesFor(StringRef node) const {
    std::vector<TileSpec> tiles;
    auto add = [&](const TileSpec &asked) {
      TileSpec tile = asked.withoutFormats(); // U does not depend on them
      if (!tile.direct && !is_contained(tiles, tile))
        tiles.push_back(tile);
    };
    for (const TileSpec &tile : defaultCandidates())
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
};

} // namespace

static std::vector<TapRequest> tapRequests(mlir::func::FuncOp main, const AskedTiles &asked) {
  std::vector<TapRequest> requests;
  main.walk([&](Conv2DOp conv) {
    for (const TileSpec &tile : asked.tilesFor(nodeName(conv))) {
      if (!whyNotWinograd(conv, tile).empty())
        continue;
      TapRequest request;
      request.node = nodeName(conv).str();
      request.input = tensorName(conv.getInput());
      for (size_t i = 0; i < 4; ++i)
        request.pads[i] = conv.getPads()[i];
      request.tile = tile;
      requests.push_back(std::move(request));
    }
  });
  return requests;
}

static Expected<std::shared_ptr<const Profile>> loadProfile(StringRef path, StringRef modelSha256) {
  Expected<Profile> profile = Profile::load(path);
  if (!profile)
    return profile.takeError();
  if (!profile->modelSha256.empty() && profile->modelSha256 != modelSha256)
    errs() << "warning: " << path << ": expected statistics of this model, got those of another file\n";
  return std::make_shared<const Profile>(std::move(*profile));
}

static Expected<std::shared_ptr<const Profile>> measure(mlir::func::FuncOp main, Runner &runner, ImageSource &images,
                                                        const std::vector<bool> &heldOut, const AskedTiles &asked,
                                                        StringRef modelSha256) {
  auto progress = [](size_t done, size_t total) { showProgress("calibrating", done, total); };
  Expected<Profile> profile = calibrate(runner, images, heldOut, tapRequests(main, asked), {}, progress);
  if (!profile)
    return profile.takeError();
  profile->modelSha256 = modelSha256.str();
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
    for (size_t i = 0; i < heldOut.size(); ++i)
      (heldOut[i] ? result.heldOut : result.seen).push_back(i);
  }
  bool isLoaded = !options.profile.empty() && (!result.images || sys::fs::exists(options.profile));
  if (!isLoaded || options.fitsToData) {
    Expected<std::unique_ptr<Runner>> runner = makeHostRunner(main);
    if (!runner)
      return runner.takeError();
    result.runner = std::move(*runner);
  }
  Expected<std::shared_ptr<const Profile>> profile =
      isLoaded ? loadProfile(options.profile, modelSha256)
               : measure(main, *result.runner, *result.images, heldOut, asked, modelSha256);
  if (!profile)
    return profile.takeError();
  result.profile = std::move(*profile);
  if (!isLoaded && !options.profile.empty())
    if (Error error = result.profile->save(options.profile))
      return error;
  if (!options.saveProfile.empty())
    if (Error error = result.profile->save(options.saveProfile))
      return error;
  if (!options.fitsToData)
    result.runner.reset();
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
  if (!calibration.runner) { // what wants the maps was not known before planning
    Expected<std::unique_ptr<Runner>> runner = makeHostRunner(planned);
    if (!runner)
      return runner.takeError();
    calibration.runner = std::move(*runner);
  }
  auto progress = [](size_t done, size_t total) { showProgress("collecting feature maps", done, total); };
  Expected<LayerInputs> maps =
      collectLayerInputs(*calibration.runner, *calibration.images, indices, tensors, fitMapBytes, progress);
  if (!maps)
    return maps.takeError();
  calibration.runner.reset(); // its code and arena are of no more use
  return std::make_shared<const LayerInputs>(std::move(*maps));
}

} // namespace wino
