// One convolution as a network of its own, through the passes that make integers.
#include "MeasureLayer.h"

#include "../wino-opt/Pipeline.h"
#include "Diagnostics.h"
#include "Interpret.h"
#include "Network.h"

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
  while (isa_and_nonnull<MaxPool2DOp, ReshapeOp, TransposeOp, SliceOp, PadOp>(op)) {
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

static mlir::OwningOpRef<mlir::ModuleOp> moduleOf(Conv2DOp conv, const TileSpec &tile) {
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(conv.getLoc());
  mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(module->getBody());
  auto type = b.getFunctionType({conv.getInput().getType()}, {conv.getOutput().getType()});
  auto main = b.create<mlir::func::FuncOp>(conv.getLoc(), "main", type);
  main.setArgAttr(0, "wino.name", b.getStringAttr(tensorName(conv.getInput())));
  if (mlir::DictionaryAttr stats = scaleStatistics(conv.getInput()))
    main.setArgAttr(0, "winograd.stats", stats);
  b.setInsertionPointToStart(main.addEntryBlock());
  mlir::IRMapping map;
  map.map(conv.getInput(), main.getArgument(0));
  for (mlir::Value constant : {conv.getFilter(), conv.getBias()})
    if (mlir::Operation *source = constant.getDefiningOp())
      map.map(constant, b.clone(*source)->getResult(0));
  auto copy = cast<Conv2DOp>(b.clone(*conv, map));
  copy.setPlanAttr(PlanAttr::get(b.getContext(), b.getStringAttr(tile.str())));
  for (StringRef large : {"winograd.candidates", "winograd.why"})
    copy->removeAttr(large);
  b.create<mlir::func::ReturnOp>(conv.getLoc(), copy.getOutput());
  return module;
}

Expected<std::vector<std::vector<float>>> runLayerAlone(Conv2DOp conv, const TileSpec &tile, const FeatureMaps &inputs,
                                                        int64_t images, const Options &options) {
  mlir::OwningOpRef<mlir::ModuleOp> module = moduleOf(conv, tile);
  Diagnostics diagnostics(*conv.getContext(), nodeName(conv));
  mlir::PassManager pm(conv.getContext());
  addQuantizePasses(pm);
  addWinogradPasses(pm, options);
  if (failed(pm.run(*module)))
    return diagnostics.take("expected the layer to become integers alone, got a failure without a reason");
  Expected<mlir::func::FuncOp> main = mainFunction(*module);
  if (!main)
    return main.takeError();
  Expected<IntegerNetwork> network = IntegerNetwork::create(*main);
  if (!network)
    return network.takeError();
  mlir::Value result = main->getBody().front().getTerminator()->getOperand(0);
  std::vector<std::vector<float>> outputs;
  for (int64_t i = 0; i < std::min(images, inputs.images); ++i) {
    auto integers = network->run(quantize(inputs.image(i), main->getArgument(0)));
    if (!integers)
      return integers.takeError();
    outputs.push_back(dequantize(integers->front(), result));
  }
  return outputs;
}

Expected<Energy> measureLayer(Conv2DOp conv, const TileSpec &tile, const FeatureMaps &inputs,
                              const FeatureMaps &outputs, int64_t images, const Options &options) {
  auto integers = runLayerAlone(conv, tile, inputs, std::min(images, outputs.images), options);
  if (!integers)
    return integers.takeError();
  Energy sum;
  for (size_t i = 0; i < integers->size(); ++i)
    sum.add(outputs.image(int64_t(i)), (*integers)[i]);
  return sum;
}

} // namespace wino
