// Real noise of one quantized layer at a time, in the float network.
#include "MeasureLayer.h"
#include "Network.h"
#include "Sensitivity.h"
#include "wino/Target/Candidates.h"

#include <algorithm>

using namespace llvm;

namespace wino {

static constexpr size_t mapBytes = size_t(256) << 20;
static constexpr double mostImages = 8;

/// Of middling noise among the tiles that are worth a look for this convolution; nothing where there are none.
static std::optional<TileSpec> typicalTile(Conv2DOp conv) {
  for (StringRef text : {"F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf]", "F(4,3)/2 K=9", "F(1x4,1x3)", "F(4x1,3x1)",
                         "F(1x6,1x5) K=1x11", "F(6x1,5x1) K=11x1", "F(1x4,1x7) K=1x11", "F(4x1,7x1) K=11x1"})
    if (TileSpec tile = knownTile(text); whyNotWinograd(conv, tile).empty())
      return tile;
  return std::nullopt;
}

namespace {

struct Layer {
  Conv2DOp conv;
  TileSpec tile;
  std::string name, input;
  std::vector<std::vector<float>> outputs; ///< of the quantized layer, per image
  Energy here, atOutputs;
};

} // namespace

static std::vector<Layer> layersOf(mlir::func::FuncOp main, double &macs) {
  std::vector<Layer> layers;
  main.walk([&](Conv2DOp conv) {
    std::optional<TileSpec> tile = typicalTile(conv);
    if (!tile)
      return;
    ArrayRef<int64_t> out = shapeOf(conv.getOutput()), filter = shapeOf(conv.getFilter());
    macs += double(out[1] * out[2] * out[3]) * double(filter[1] * filter[2] * filter[3]);
    layers.push_back({conv, *tile, tensorName(conv.getOutput()), tensorName(conv.getInput()), {}, {}, {}});
  });
  return layers;
}

/// From the last layer to the first, as in measureSensitivity.
static Error addImage(std::vector<Layer> &layers, size_t image, StringRef result, Runner &runner,
                      ArrayRef<float> input) {
  std::map<std::string, std::vector<float>> clean;
  auto keep = [&](StringRef name, ArrayRef<float> values, ArrayRef<int64_t>) { clean[name.str()] = values.vec(); };
  if (Error error = runner.run(input, keep))
    return error;
  for (Layer &layer : llvm::reverse(layers)) {
    Energy arrived;
    auto observe = [&](StringRef name, ArrayRef<float> values, ArrayRef<int64_t>) {
      if (name == result) {
        arrived = Energy();
        arrived.add(clean[name.str()], values);
      }
    };
    if (Error error = runner.rerunAfter(layer.name, layer.outputs[image], observe))
      return error;
    layer.here.add(clean[layer.name], layer.outputs[image]);
    layer.atOutputs.add(arrived);
  }
  return Error::success();
}

Expected<std::map<std::string, double>> measureTapSensitivity(mlir::func::FuncOp main, Runner &runner,
                                                              ImageSource &images, ArrayRef<size_t> indices,
                                                              double interpreted) {
  std::map<std::string, double> values;
  double macs = 1;
  std::vector<Layer> layers = layersOf(main, macs);
  if (layers.empty() || indices.empty())
    return values;
  std::vector<std::string> inputs;
  for (const Layer &layer : layers)
    inputs.push_back(layer.input);
  size_t count = size_t(std::max(1.0, std::min({interpreted / macs, mostImages, double(indices.size())})));
  indices = indices.take_front(count);
  Expected<LayerInputs> maps = collectLayerInputs(runner, images, indices, inputs, mapBytes);
  if (!maps) { // too large, or one name for several tensors: the planner has the white sensitivities
    consumeError(maps.takeError());
    return values;
  }
  std::vector<Layer> measured;
  for (Layer &layer : layers) {
    auto outputs = runLayerAlone(layer.conv, layer.tile, *maps->find(layer.input), int64_t(count), {});
    if (!outputs) { // a layer that cannot take this tile
      consumeError(outputs.takeError());
      continue;
    }
    count = outputs->size(); // as many as fit the memory, the same for all layers
    layer.outputs = std::move(*outputs);
    measured.push_back(std::move(layer));
  }
  layers = std::move(measured);
  std::vector<float> input(images.elements());
  for (size_t i = 0; i < count; ++i) {
    if (Error error = images.load(indices[i], input.data()))
      return std::move(error);
    if (Error error = addImage(layers, i, tensorName(comparedResult(main)), runner, input))
      return std::move(error);
  }
  for (const Layer &layer : layers)
    if (layer.here.noise > 0 && layer.atOutputs.signal > 0)
      values[layer.name] = layer.atOutputs.noise / layer.atOutputs.signal / (layer.here.noise / layer.here.signal);
  return values;
}

} // namespace wino
