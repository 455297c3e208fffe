// One convolution as a network of its own, through the passes that make integers.
#include "MeasureLayer.h"

#include "../wino-opt/Pipeline.h"
#include "Diagnostics.h"
#include "Interpret.h"
#include "Network.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/ResidualSum.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Pass/PassManager.h"

using namespace llvm;

namespace wino {

std::vector<std::string> mapsOf(ArrayRef<Conv2DOp> convs) {
  std::vector<std::string> names;
  for (Conv2DOp conv : convs) {
    names.push_back(tensorName(conv.getInput()));
    names.push_back(tensorName(conv.getOutput()));
  }
  return names;
}

/// Statistics of the value whose scale `value` will have: moved numbers keep theirs.
static mlir::DictionaryAttr scaleStatistics(mlir::Value value) {
  mlir::Operation *op = value.getDefiningOp();
  while (op && keepsScale(op)) {
    value = op->getOperand(0);
    op = value.getDefiningOp();
  }
  if (op)
    return op->getAttrOfType<mlir::DictionaryAttr>("winograd.stats");
  auto argument = cast<mlir::BlockArgument>(value);
  auto function = dyn_cast<mlir::func::FuncOp>(argument.getOwner()->getParentOp());
  return function ? function.getArgAttrOfType<mlir::DictionaryAttr>(argument.getArgNumber(), "winograd.stats")
                  : mlir::DictionaryAttr();
}

mlir::OwningOpRef<mlir::ModuleOp> aloneInModule(Conv2DOp conv, function_ref<void(mlir::func::FuncOp, Conv2DOp)> edit) {
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(conv.getLoc());
  mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(module->getBody());
  auto type = b.getFunctionType({conv.getInput().getType()}, {conv.getOutput().getType()});
  auto main = b.create<mlir::func::FuncOp>(conv.getLoc(), "main", type);
  b.setInsertionPointToStart(main.addEntryBlock());
  mlir::IRMapping map;
  map.map(conv.getInput(), main.getArgument(0));
  for (mlir::Value constant : {conv.getFilter(), conv.getBias()})
    if (mlir::Operation *source = constant.getDefiningOp())
      map.map(constant, b.clone(*source)->getResult(0));
  auto copy = cast<Conv2DOp>(b.clone(*conv, map));
  b.create<mlir::func::ReturnOp>(conv.getLoc(), copy.getOutput());
  edit(main, copy);
  return module;
}

static mlir::OwningOpRef<mlir::ModuleOp> moduleOf(Conv2DOp conv, const TileSpec &tile) {
  return aloneInModule(conv, [&](mlir::func::FuncOp main, Conv2DOp copy) {
    mlir::Builder b(main.getContext());
    main.setArgAttr(0, "wino.name", b.getStringAttr(tensorName(conv.getInput())));
    if (mlir::DictionaryAttr stats = scaleStatistics(conv.getInput()))
      main.setArgAttr(0, "winograd.stats", stats);
    copy.setPlanAttr(PlanAttr::get(b.getContext(), b.getStringAttr(tile.str())));
    for (StringRef large : {"winograd.candidates", "winograd.why"})
      copy->removeAttr(large);
  });
}

/// Runs the one-layer function `main` of `module` on the maps, one per argument.
static Expected<std::vector<std::vector<float>>> interpret(mlir::ModuleOp module, ArrayRef<const FeatureMaps *> inputs,
                                                           int64_t images) {
  Expected<mlir::func::FuncOp> main = mainFunction(module);
  if (!main)
    return main.takeError();
  Expected<Interpreter> network = Interpreter::create(*main);
  if (!network)
    return network.takeError();
  mlir::Value result = main->getBody().front().getTerminator()->getOperand(0);
  for (const FeatureMaps *map : inputs)
    images = std::min(images, map->images);
  std::vector<std::vector<float>> outputs;
  for (int64_t i = 0; i < images; ++i) {
    std::vector<Tensor> arguments;
    for (auto [map, argument] : zip_equal(inputs, main->getArguments())) {
      arguments.emplace_back(cast<mlir::RankedTensorType>(argument.getType()));
      arguments.back().i = quantize(map->image(i), argument);
    }
    auto integers = network->run(arguments);
    if (!integers)
      return integers.takeError();
    outputs.push_back(dequantize(integers->front().i, result));
  }
  return outputs;
}

static Energy energyOf(const std::vector<std::vector<float>> &integers, const FeatureMaps &outputs) {
  Energy sum;
  for (size_t i = 0; i < std::min(integers.size(), size_t(outputs.images)); ++i)
    sum.add(outputs.image(int64_t(i)), integers[i]);
  return sum;
}

Expected<std::vector<std::vector<float>>> runLayerAlone(Conv2DOp conv, const TileSpec &tile, const FeatureMaps &inputs,
                                                        int64_t images, const PipelineOptions &options,
                                                        std::shared_ptr<const LayerInputs> fitMaps) {
  mlir::OwningOpRef<mlir::ModuleOp> module = moduleOf(conv, tile);
  Diagnostics diagnostics(*conv.getContext(), nodeName(conv), /*showWarnings=*/false);
  mlir::PassManager pm(conv.getContext());
  addQuantizePasses(pm);
  addWinogradPasses(pm, options, std::move(fitMaps));
  if (failed(pm.run(*module)))
    return diagnostics.take("expected the layer to become integers alone, got a failure without a reason");
  return interpret(*module, {&inputs}, images);
}

Expected<Energy> measureLayer(Conv2DOp conv, const TileSpec &tile, const FeatureMaps &inputs,
                              const FeatureMaps &outputs, int64_t images, const PipelineOptions &options,
                              std::shared_ptr<const LayerInputs> fitMaps) {
  auto integers = runLayerAlone(conv, tile, inputs, std::min(images, outputs.images), options, std::move(fitMaps));
  if (!integers)
    return integers.takeError();
  return energyOf(*integers, outputs);
}

std::pair<mlir::Operation *, mlir::Value> integerLayer(mlir::func::FuncOp integerMain, StringRef node) {
  std::pair<mlir::Operation *, mlir::Value> layer = {nullptr, {}};
  integerMain.walk([&](mlir::Operation *op) {
    if (layerName(op) != node || op->hasAttr(kInFloats))
      return;
    if (auto conv = dyn_cast<Conv2DOp>(op))
      layer = {op, conv.getInput()};
    if (auto tiles = dyn_cast<FloatTilesOp>(op))
      layer = {op, tiles.getInput()};
    if (auto output = dyn_cast<OutputTransformOp>(op))
      if (auto products = output->getOperand(0).getDefiningOp<TapMatmulOp>())
        if (auto input = products->getOperand(0).getDefiningOp<InputTransformOp>())
          layer = {op, input.getInput()};
  });
  return layer;
}

/// `value` computed again at the builder's place; what `map` holds is not followed further.
static mlir::Value cloneSlice(mlir::OpBuilder &b, mlir::Value value, mlir::IRMapping &map) {
  if (mlir::Value known = map.lookupOrNull(value))
    return known;
  mlir::Operation *op = value.getDefiningOp(); // operands of a layer are its input, constants and its own ops
  for (mlir::Value operand : op->getOperands())
    cloneSlice(b, operand, map);
  b.clone(*op, map);
  return map.lookup(value);
}

std::vector<std::string> integerMapsOf(mlir::func::FuncOp integerMain, ArrayRef<Conv2DOp> convs) {
  std::vector<std::string> names = mapsOf(convs);
  for (Conv2DOp conv : convs) {
    mlir::Operation *end = integerLayer(integerMain, nodeName(conv)).first;
    if (mlir::Value residual = residualOf(end)) {
      names.push_back(tensorName(residual));
      names.push_back(tensorName(end->getResult(0)));
    }
  }
  return names;
}

Expected<std::optional<Energy>> measureIntegerLayer(mlir::func::FuncOp integerMain, Conv2DOp conv,
                                                    const LayerInputs &maps, int64_t images) {
  auto [end, input] = integerLayer(integerMain, nodeName(conv));
  if (!end)
    return std::nullopt;
  mlir::Value result = end->getResult(0);
  // Floats have the tensors in front of the layer under the names of the convolution's operands.
  SmallVector<mlir::Value> values = {input};
  SmallVector<const FeatureMaps *> inputs = {maps.find(tensorName(conv.getInput()))};
  const FeatureMaps *made = maps.find(tensorName(conv.getOutput()));
  if (mlir::Value residual = residualOf(end)) {
    made = maps.find(tensorName(result));
    if (residual != input) {
      values.push_back(residual);
      inputs.push_back(maps.find(tensorName(residual)));
    }
  }
  if (is_contained(inputs, nullptr) || !made)
    return std::nullopt;
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(end->getLoc());
  mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(module->getBody());
  auto type = b.getFunctionType(mlir::ValueRange(values).getTypes(), {result.getType()});
  auto main = b.create<mlir::func::FuncOp>(end->getLoc(), "main", type);
  b.setInsertionPointToStart(main.addEntryBlock());
  mlir::IRMapping map;
  for (auto [index, value] : enumerate(values)) {
    main.setArgAttr(unsigned(index), "wino.name", b.getStringAttr(tensorName(value)));
    map.map(value, main.getArgument(unsigned(index)));
  }
  b.create<mlir::func::ReturnOp>(end->getLoc(), cloneSlice(b, result, map));
  auto integers = interpret(*module, inputs, std::min(images, made->images));
  if (!integers)
    return integers.takeError();
  return std::optional<Energy>(energyOf(*integers, *made));
}

} // namespace wino
