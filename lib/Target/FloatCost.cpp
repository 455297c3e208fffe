// Float layers are bound by their fused products; tiles with taps in floats have transforms as well.
#include "wino/Target/FloatCost.h"
#include "wino/Dialect/Intervals.h"

#include <cmath>

namespace wino {

/// Cycles per vector of products with loads and loops, on the model of test/bench. Depthwise layers load a vector for
/// each product; an estimate.
static constexpr double withLoads = 1.3, depthwiseWithLoads = 2;

ConvCost floatCost(Conv2DOp conv, const TargetData &target) {
  llvm::ArrayRef<int64_t> filter = shapeOf(conv.getFilter()), out = shapeOf(conv.getOutput());
  auto groups = int64_t(conv.getGroups());
  int64_t lanes = target.vectorBytes / 4, perGroup = filter[0] / groups;
  double pixels = double(out[0]) * double(out[2]) * double(out[3]);
  double window = double(filter[1]) * double(filter[2]) * double(filter[3]);
  bool isDepthwise = groups > 1 && filter[1] == 1 && perGroup == 1;
  double vectors =
      isDepthwise ? double((filter[0] + lanes - 1) / lanes) : double(groups) * double((perGroup + lanes - 1) / lanes);
  ConvCost cost;
  cost.gemm = pixels * window * vectors * target.vectorOpCycles * (isDepthwise ? depthwiseWithLoads : withLoads);
  bool isPadded = llvm::any_of(conv.getPads(), [](int64_t pad) { return pad > 0; }), inHalves = isHalf(conv.getInput());
  if (isPadded || inHalves) { // a copy, as f32
    llvm::ArrayRef<int64_t> in = shapeOf(conv.getInput());
    double copied = double(in[0]) * double(in[1]) * double(in[2]) * double(in[3]) / double(lanes);
    cost.inputTransform = copied * (target.vectorLoadCycles + target.vectorStoreCycles + (inHalves ? 1 : 0));
  }
  cost.outputTransform = pixels * vectors * 4 * target.vectorOpCycles;
  cost.weightBytes = filter[0] * ((storesHalfFilter(conv) ? 2 : 4) * int64_t(window) + 4);
  cost.memory = double(cost.weightBytes) / double(target.lineBytes) * target.lineCycles;
  cost.overhead = target.layerOverheadCycles;
  return cost;
}

/// The same of tap products. In order (FloatBlock): 4 of 20 cycles are loads; halves become floats again in front of
/// every register block. On other cores loads of 16 bytes are not hidden (fitted to the model of test/bench when the
/// A53 had that code too).
static constexpr double tapsWithLoads = 1.5, tapsWithHalves = 1.55, tapsInOrder = 1.28, halvesInOrder = 1.42,
                        blockCycles = 40;
/// Sums in halves, counted in the code: 128 fmla and 16 loads per eight inputs of a block of 8 x 16, 16 of each of two
/// conversions, two sums, two loads and two stores per run. Estimates: no board and no simulator has run it.
static constexpr double halfSums = 1.1, runCycles = 140;

ConvCost floatTilesCost(const ConvShape &shape, const TileSpec &tile, const FloatTransform &transform,
                        const TargetData &target, MapElement input, MapElement output) {
  ConvCost cost;
  const TileLine &down = tile.down(), &across = tile.across();
  auto padded = [](int64_t extent, int64_t multiple) { return double((extent + multiple - 1) / multiple * multiple); };
  bool isHalf = tile.inputTap == TapType::F16;
  double lanes = double(target.vectorBytes) / 4, lanesOfProducts = lanes, op = target.vectorOpCycles,
         load = target.vectorLoadCycles, store = target.vectorStoreCycles;
  double taps = double(tile.taps()), unit = isHalf ? 2 : 4;
  int64_t tileCount = shape.batch * down.tilesOver(shape.outHeight) * across.tilesOver(shape.outWidth);
  double tiles = double(tileCount), rows = padded(tileCount, tileCount <= 4 ? 4 : 8);
  double depth = padded(shape.channelsIn, 8), outputs = padded(shape.channelsOut, 16);
  bool sumsHalves = tile.product == ProductType::F16;
  double perVector = sumsHalves       ? halfSums
                     : target.inOrder ? (isHalf ? halvesInOrder : tapsInOrder)
                     : isHalf         ? tapsWithHalves
                                      : tapsWithLoads;
  double blocks = target.inOrder ? rows / 8 * outputs / 8 * blockCycles : 0;
  if (sumsHalves) { // eight to a vector; every halfRun inputs the sums of a block go to memory
    lanesOfProducts = 2 * lanes;
    blocks = rows / 8 * outputs / 16 * std::ceil(depth / double(halfRun)) * runCycles * op;
  }
  cost.gemm = taps * (rows * depth * outputs / lanesOfProducts * op * perVector + blocks + target.tapCycles);
  // Tiles of more than 36 taps have loops in their transforms; of more than 64 they wait for more lines than L1 keeps.
  double loops = tile.taps() > 64 ? 1.5 : tile.taps() > 36 ? 1.1 : 1;
  // Of both transforms: operations, values that do not fit the registers between the passes moved once more, what is
  // read, converted and written.
  auto pass = [&](double channels, int operations, double between, double moved) {
    double spilled = between > 24 ? between * (load + store) : 0;
    return loops * tiles * channels / lanes * (operations * op + spilled + moved);
  };
  // Operations: widened and converted; fused, bounded, rounded, narrowed.
  double toFloat = input == MapElement::Byte ? 3 : input == MapElement::Half ? 1 : 0;
  double toBytes = output == MapElement::Byte ? 8 : output == MapElement::Half ? 4 : 3;
  double patch = double(down.n() * across.n()), results = double(down.m * across.m);
  cost.inputTransform = pass(depth, transform.inputOperations(), double(down.K * across.n()),
                             patch * (load + toFloat * op) + taps * (store + (isHalf ? op : 0)));
  cost.outputTransform = pass(outputs, transform.outputOperations(), double(down.m * across.K),
                              taps * load + results * (toBytes * op + store));
  cost.weightBytes = int64_t(taps * depth * outputs * unit) + 8 * shape.channelsOut;
  double u = taps * tiles * depth * unit, o = taps * tiles * outputs * 4;
  cost.scratchBytes = int64_t(u + o);
  double lineOfTaps = target.lineCycles + (target.inOrder && !isHalf ? 6 : 0); // what products do not hide
  cost.memory = (double(cost.weightBytes) * lineOfTaps + u * target.uLineCycles + o * target.oLineCycles) /
                double(target.lineBytes);
  cost.overhead = target.layerOverheadCycles;
  return cost;
}

} // namespace wino
