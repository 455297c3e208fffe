// Noise in, noise out. Tensors are taken from the last to the first: what a rerun has changed is then computed again
// anyway, and nothing needs to be put back.
#include "Sensitivity.h"

#include "Accuracy.h"
#include "Network.h"
#include "wino/Dialect/Winograd.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <optional>

using namespace llvm;

namespace wino {

namespace {

/// A tensor that quantization rounds.
struct Place {
  std::string name;
  double lowest = -HUGE_VAL, highest = HUGE_VAL; ///< noise passes the activation strictly between them
  double macsAfter = 0;                          ///< of one rerun
  bool isInput = false;
  Energy tensor, outputs; ///< noise added and noise arrived
};

uint64_t nextRandom(uint64_t &state) { // splitmix64
  uint64_t z = state += 0x9e3779b97f4a7c15ull;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  return z ^ z >> 31;
}

double macsOf(mlir::Operation &op) {
  if (op.getNumResults() != 1 || !isa<mlir::RankedTensorType>(op.getResult(0).getType()))
    return 0;
  double elements = double(cast<mlir::RankedTensorType>(op.getResult(0).getType()).getNumElements());
  return TypeSwitch<mlir::Operation *, double>(&op)
      .Case([&](Conv2DOp conv) {
        ArrayRef<int64_t> filter = shapeOf(conv.getFilter());
        return elements * double(filter[1] * filter[2] * filter[3]);
      })
      .Case([&](FullyConnectedOp fc) { return elements * double(shapeOf(fc.getFilter())[1]); })
      .Default([&](mlir::Operation *) { return elements; });
}

void setLimits(Place &place, std::optional<ActivationAttr> activation) {
  if (!activation)
    return;
  if (activation->getKind() == ActivationKind::Relu)
    place.lowest = 0;
  if (activation->getKind() == ActivationKind::Clip) {
    place.lowest = activation->getLo().getValueAsDouble();
    place.highest = activation->getHi().getValueAsDouble();
  }
}

/// The input first, then in program order.
std::vector<Place> placesOf(mlir::func::FuncOp main) {
  std::vector<Place> places(1);
  places[0].name = tensorName(main.getArgument(0));
  places[0].isInput = true;
  for (mlir::Operation &op : main.getBody().front().without_terminator()) {
    double macs = macsOf(op);
    for (Place &place : places)
      place.macsAfter += macs;
    bool isRounded = isa<Conv2DOp, FullyConnectedOp, AddOp, SubOp, MulOp, MaximumOp, MinimumOp, ActivateOp, AvgPool2DOp,
                         ReduceMeanOp>(op);
    if (!isRounded)
      continue;
    Place place;
    place.name = tensorName(op.getResult(0));
    TypeSwitch<mlir::Operation *>(&op)
        .Case<Conv2DOp, FullyConnectedOp, AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(
            [&](auto o) { setLimits(place, o.getActivation()); })
        .Case([&](ActivateOp o) { setLimits(place, o.getActivation()); });
    // Of several ops of one node only the last one can be started from.
    llvm::erase_if(places, [&](const Place &other) { return other.name == place.name; });
    places.push_back(std::move(place));
  }
  return places;
}

class Injector {
public:
  Injector(mlir::func::FuncOp main, Runner &runner, double noise)
      : result(tensorName(comparedResult(main))), runner(runner), noise(noise), places(placesOf(main)) {}

  Error addImage(std::vector<float> input, uint64_t seed, size_t step);

  std::string result;
  Runner &runner;
  double noise;
  std::vector<Place> places;

private:
  Error addPlace(Place &place, std::vector<float> values, ArrayRef<float> clean, uint64_t seed);
};

} // namespace

Error Injector::addPlace(Place &place, std::vector<float> values, ArrayRef<float> clean, uint64_t seed) {
  double power = 0;
  for (float value : values)
    power += double(value) * double(value);
  float magnitude = float(std::sqrt(noise * power / double(std::max<size_t>(values.size(), 1))));
  if (!(magnitude > 0))
    return Error::success(); // a tensor of zeros has no relative noise
  double added = 0;
  for (float &value : values) {
    bool isUp = nextRandom(seed) >> 63;
    if (!(value > place.lowest && value < place.highest))
      continue;
    value += isUp ? magnitude : -magnitude;
    added += double(magnitude) * double(magnitude);
  }
  Energy arrived;
  auto observe = [&](StringRef name, ArrayRef<float> now, ArrayRef<int64_t>) {
    if (name == result) {
      arrived = Energy();
      arrived.add(clean, now);
    }
  };
  if (Error error = place.isInput ? runner.run(values, observe) : runner.rerunAfter(place.name, values, observe))
    return error;
  place.tensor.add({power, added});
  place.outputs.add(arrived);
  return Error::success();
}

Error Injector::addImage(std::vector<float> input, uint64_t seed, size_t step) {
  std::map<std::string, std::vector<float>> tensors;
  auto keep = [&](StringRef name, ArrayRef<float> values, ArrayRef<int64_t>) { tensors[name.str()] = values.vec(); };
  if (Error error = runner.run(input, keep))
    return error;
  auto clean = tensors.find(result);
  if (clean == tensors.end())
    return createStringError("expected the network to have a tensor '" + result + "'");
  for (size_t i = 0; i < places.size(); i += step) {
    Place &place = places[places.size() - 1 - i];
    auto found = tensors.find(place.name);
    if (found == tensors.end())
      return createStringError("expected the network to have a tensor '" + place.name + "'");
    if (Error error = addPlace(place, found->second, clean->second, seed + i))
      return error;
  }
  return Error::success();
}

/// Measured values; what was not measured lies on the line between its neighbours' logarithms.
static std::map<std::string, double> valuesOf(ArrayRef<Place> places) {
  std::vector<std::optional<double>> measured;
  for (const Place &place : places) {
    measured.emplace_back();
    if (place.tensor.noise > 0 && place.outputs.signal > 0)
      measured.back() = place.outputs.noise / place.outputs.signal / (place.tensor.noise / place.tensor.signal);
  }
  std::map<std::string, double> values;
  for (size_t i = 0; i < places.size(); ++i) {
    size_t before = i, after = i;
    while (before > 0 && !measured[before])
      --before;
    while (after + 1 < places.size() && !measured[after])
      ++after;
    if (!measured[before] && !measured[after])
      continue;
    double low = measured[before] ? *measured[before] : *measured[after], high = measured[after].value_or(low);
    double share = after > before ? double(i - before) / double(after - before) : 0;
    bool isBetween = low > 0 && high > 0;
    values[places[i].name] = isBetween ? std::exp((1 - share) * std::log(low) + share * std::log(high)) : low;
  }
  return values;
}

Expected<std::map<std::string, double>> measureSensitivity(mlir::func::FuncOp main, Runner &runner, ImageSource &images,
                                                           ArrayRef<size_t> indices, const SensitivityOptions &options,
                                                           function_ref<void(size_t, size_t)> progress) {
  if (indices.empty())
    return createStringError("expected at least one image to measure sensitivities on, got none");
  Injector injector(main, runner, options.noise);
  double macs = 1;
  for (const Place &place : injector.places)
    macs += place.macsAfter;
  size_t count = size_t(std::clamp(options.macs / macs, 1.0, double(std::min(options.mostImages, indices.size()))));
  size_t step = size_t(std::max(1.0, std::ceil(macs / options.macs)));
  std::vector<float> input(images.elements());
  for (size_t i = 0; i < std::min(count, indices.size()); ++i) {
    if (Error error = images.load(indices[i], input.data()))
      return std::move(error);
    if (Error error = injector.addImage(input, (uint64_t(i) + 1) << 32, step))
      return std::move(error);
    if (progress)
      progress(i + 1, count);
  }
  return valuesOf(injector.places);
}

} // namespace wino
