// Layouts and blockings: sizes only, no code is built here.
#include "Lower/Kernels/Layout.h"
#include "Lower/Kernels/DepthwiseConvolution.h"
#include "Lower/Kernels/FloatLayers.h"
#include "Lower/Kernels/FloatWinograd.h"
#include "wino/Dialect/ResidualSum.h"

#include <limits>
#include <numeric>

using namespace mlir;

namespace wino {

static Layout makeLayout(Value value, bool padChannels) {
  Layout layout;
  layout.shape.assign(shapeOf(value).begin(), shapeOf(value).end());
  size_t rank = layout.shape.size();
  quant::UniformQuantizedType type = quantizedType(value);
  layout.isFloat = isFloat(value);
  layout.elementBytes = isHalf(value) ? 2 : layout.isFloat ? 4 : type ? type.getStorageTypeIntegralWidth() / 8 : 1;
  layout.strides.assign(rank, layout.elementBytes);
  if (rank == 4) {
    bool hasRoom = padChannels && !isFloat(value);
    layout.channelStride = layout.elementBytes * (hasRoom ? roundUp(layout.shape[1], 16) : layout.shape[1]);
    layout.strides[3] = layout.channelStride;
    layout.strides[2] = layout.strides[3] * layout.shape[3];
    layout.strides[0] = layout.strides[2] * layout.shape[2];
    layout.bytes = layout.strides[0] * layout.shape[0];
    return layout;
  }
  int64_t stride = layout.elementBytes;
  for (size_t d = rank; d-- > 0;) {
    layout.strides[d] = stride;
    stride *= layout.shape[d];
  }
  layout.bytes = stride;
  return layout;
}

std::optional<ConcatPlace> placeInConcat(Value value) {
  Operation *producer = value.getDefiningOp();
  if (!isa_and_nonnull<Conv2DOp, OutputTransformOp, FloatTilesOp, MaxPool2DOp>(producer) || !value.hasOneUse() ||
      isFloat(value))
    return std::nullopt;
  // A residual lies as the result does.
  if (residualOf(producer))
    return std::nullopt;
  auto concat = dyn_cast<ConcatOp>(*value.user_begin());
  if (!concat || shapeOf(value).size() != 4 || concat.getAxis() != 1)
    return std::nullopt;
  int64_t channel = 0;
  for (Value input : concat.getInputs()) {
    if (input == value)
      break;
    channel += shapeOf(input)[1];
  }
  if (channel % 16 != 0 || shapeOf(value)[1] % 16 != 0) // vectors would reach into a neighbour
    return std::nullopt;
  constexpr int64_t reach = 4000; // bytes from the first to the last pixel of a tile's row that stores can state
  auto winograd = dyn_cast<OutputTransformOp>(producer);
  if (winograd && winograd.getPlan().getSpec().across().m * roundUp(shapeOf(concat.getOutput())[1], 16) > reach)
    return std::nullopt;
  return ConcatPlace{concat, channel};
}

Layout Layout::internal(Value value) {
  Layout layout = makeLayout(value, /*padChannels=*/true);
  if (std::optional<ConcatPlace> place = placeInConcat(value)) {
    Layout whole = makeLayout(place->concat.getOutput(), /*padChannels=*/true);
    layout.strides = whole.strides;
    layout.channelStride = whole.channelStride;
  }
  return layout;
}
Layout Layout::external(Value value) { return makeLayout(value, /*padChannels=*/false); }

Layout vectorImage(ArrayRef<int64_t> shape) {
  Layout l;
  l.shape = {1, shape[1], shape[0], 1};
  l.strides = {shape[0] * shape[1], 1, shape[1], shape[1]};
  l.channelStride = shape[1];
  l.bytes = shape[0] * shape[1];
  return l;
}

/// What a 64-byte line costs a core like the Cortex-A53, measured on the model of test/bench: streams are prefetched
/// and hide all but a few cycles of a line from L2.
static constexpr int64_t line = 64, nearL1 = 20 << 10, nearL2 = 384 << 10, streamed = 4, fromMemory = 12;

/// Most of U and O. Beyond L2 they cost traffic of their own, but more tiles share a pass of large filters; memory is
/// scarce, so that must save `worthMemory` of the layer's products.
static constexpr int64_t mostScratch = 1536 << 10;
static constexpr double worthMemory = 0.03;

int64_t wholeChannels(int64_t outputChannels, int64_t groups, bool exactStores, int64_t columns) {
  int64_t perGroup = outputChannels / groups;
  return groups == 1 && !exactStores ? roundUp(perGroup, columns) : perGroup / columns * columns;
}

/// Channels per piece, so that the busiest worker has little: a multiple of 4 that divides `whole`, 0 if there are
/// none.
static int64_t pieceChannels(int64_t whole, int64_t workers) {
  constexpr double perPiece = 1.0 / 256; // of the work of a worker: a call of the products
  int64_t quads = whole / 4, best = 0;
  double least = 2;
  for (int64_t pieces = 2; pieces <= std::min(quads, 16 * workers); ++pieces) {
    double share = busiestShare(pieces, workers) + perPiece * double(pieces) / double(workers);
    if (quads % pieces == 0 && share < least) {
      least = share;
      best = quads / pieces * 4;
    }
  }
  return best;
}

DirectBlocking directBlocking(const Layout &input, int64_t kernelHeight, int64_t kernelWidth, int64_t groups,
                              int64_t outputPixels, int64_t outputChannels, int64_t wholeChannels, int64_t workers) {
  DirectBlocking blocking;
  // One group: whole pixels are gathered (channel padding has zero weights). Several: only the group's channels.
  int64_t perPixel = groups == 1 ? input.channelStride : input.channels() / groups;
  blocking.depth = roundUp(kernelHeight * kernelWidth * perPixel, 16);
  double best = std::numeric_limits<double>::max();
  int64_t rounded = roundUp(outputPixels, 4), byChannels = 0;
  int64_t columns = roundUp(outputChannels / groups, 4), filters = columns * blocking.depth;
  double products = 0, gather = 0; // matter only where they are shared
  if (workers > 1) {
    products = double(rounded) * double(filters) / 4;
    gather = double(rounded) * double(blocking.depth) / 8;
    byChannels = groups == 1 ? pieceChannels(wholeChannels, workers) : 0;
  }
  for (int64_t pixels = 4; pixels <= rounded; pixels += 4) {
    int64_t patches = pixels * blocking.depth, blocks = (rounded + pixels - 1) / pixels;
    if (pixels > 4 && workers * patches > nearL2)
      break;
    // Filters pass once per block; patches once per register block of channels, from L1 if they stay there.
    int64_t memory = blocks * filters / line * (filters + workers * patches <= nearL2 ? streamed : fromMemory);
    if (patches > nearL1)
      memory += rounded * blocking.depth / line * (columns / 4) * streamed;
    auto consider = [&](double cost, int64_t pieceChannels) {
      if (cost < best) {
        best = cost;
        blocking.pixels = pixels;
        blocking.pieceChannels = pieceChannels;
      }
    };
    consider((products + gather + double(memory)) * busiestShare(blocks, workers), 0);
    if (byChannels > 0)
      consider((products + double(memory)) * busiestShare(wholeChannels / byChannels, workers) + gather, byChannels);
  }
  blocking.scratchBytes = blocking.pixels * blocking.depth;
  if (workers > 1)
    blocking.scratchBytes = roundUp(blocking.scratchBytes, line);
  return blocking;
}

/// Cycles that a blocking costs beyond its products. U and filters are streams, while the output transform reads O in
/// as many streams as there are taps and waits for every line.
static int64_t blockingCost(const WinogradBlocking &b, int64_t taps, int64_t unit, int64_t tileCount) {
  constexpr int64_t scattered = 14;
  int64_t tileBlocks = (tileCount + b.tiles - 1) / b.tiles, channelBlocks = b.outputChannels / b.channels;
  int64_t uBytes = taps * b.tiles * b.inputDepth * unit, oBytes = taps * b.tiles * b.channels * b.productBytes;
  int64_t filterBytes = taps * b.inputDepth * b.outputChannels * unit;
  int64_t filters = tileBlocks * filterBytes / line * (filterBytes + uBytes + oBytes <= nearL2 ? streamed : fromMemory);
  // The filters of a block of channels pass through L2 between writing O and reading it.
  bool near = uBytes + oBytes + filterBytes / channelBlocks <= nearL2;
  // U of a tap is read once per block of channels if it stays in L1, else for every register block of channels.
  int64_t reads = b.tiles * b.inputDepth * unit <= nearL1 ? channelBlocks : b.outputChannels / b.columns;
  int64_t u = tileBlocks * reads * uBytes / line * (near ? streamed : fromMemory);
  int64_t o = oBytes <= nearL1 ? 0 : tileBlocks * channelBlocks * oBytes / line * (near ? scattered : 3 * scattered);
  int64_t loops = tileBlocks * taps * b.outputChannels / b.columns * 14;
  int64_t idle = (tileBlocks * b.tiles - tileCount) * taps * b.outputChannels * b.inputDepth / 4;
  int64_t spilled = tileBlocks * std::max<int64_t>(0, uBytes + oBytes - nearL2) / line * 2 * fromMemory;
  return filters + u + o + spilled + loops + idle;
}

/// Blocks of tiles that are each handed out twice, for U and for the rest.
static constexpr int64_t maxBlocksByChannels = 8;

/// What the busiest worker has of the products of a block, once it is known how they are split.
static double splitProducts(WinogradBlocking &b, int64_t tileCount, int64_t workers, bool byChannels) {
  b.split.workers = workers;
  b.split.byChannels = byChannels;
  b.split.pieces = (tileCount + b.tiles - 1) / b.tiles;
  b.pieceTiles = b.tiles;
  if (!byChannels)
    return busiestShare(b.split.pieces, workers);
  // Tiles of a block are parted too where its channels alone leave workers idle; filters then pass more often.
  constexpr double perPart = 0.02;
  int64_t channelBlocks = b.outputChannels / b.channels, most = b.tiles / b.rows;
  double least = 2;
  for (int64_t parts = 1; parts <= std::min(most, workers); ++parts) {
    int64_t step = roundUp((b.tiles + parts - 1) / parts, b.rows), pieces = (b.tiles + step - 1) / step * channelBlocks;
    double rounds = double((pieces + workers - 1) / workers);
    double share = rounds * double(step) / double(b.tiles * channelBlocks) + perPart * double(parts);
    if (share < least) {
      least = share;
      b.split.pieces = pieces;
      b.pieceTiles = step;
    }
  }
  return least;
}

/// Cycles until the last worker is done with the layer; for one worker blockingCost alone.
static double sharedCost(WinogradBlocking &b, int64_t taps, int64_t unit, int64_t tileCount, int64_t workers,
                         bool byChannels) {
  constexpr double handOver = 4000, transform = 0.5; // cycles; cycles per element of U
  double memory = double(blockingCost(b, taps, unit, tileCount));
  if (workers == 1)
    return memory;
  int64_t tileBlocks = (tileCount + b.tiles - 1) / b.tiles;
  double u = double(taps * tileCount * b.inputDepth) * transform;
  double rest = double(taps * tileCount * b.inputDepth) * double(b.outputChannels) / 4 + memory;
  double share = splitProducts(b, tileCount, workers, byChannels);
  if (!byChannels)
    return (u + rest) * share;
  if (tileBlocks > maxBlocksByChannels)
    return std::numeric_limits<double>::max();
  return u * busiestShare(std::min(tileCount, b.tiles), workers) + rest * share + double(tileBlocks) * handOver;
}

/// Where as many lines at this distance would not stay in an L1 of 128 sets of 4 lines, which they share with the map,
/// the distance is an odd number of lines.
int64_t tapDistance(int64_t bytes, int64_t taps) {
  constexpr int64_t sets = 128, ways = 4;
  int64_t lines = (bytes + line - 1) / line, reached = sets / std::gcd(lines, sets);
  return (reached * ways * 4 >= taps * 5 ? lines : lines | 1) * line;
}

WinogradBlocking winogradBlocking(const TileSpec &spec, const Layout &input, const Layout &output, int64_t tileCount,
                                  int64_t productBytes, int64_t workers, bool hasResidual) {
  WinogradBlocking blocking;
  blocking.productBytes = productBytes;
  bool narrow = spec.hasByteTaps();
  const TileLine &down = spec.down(), &across = spec.across();
  int64_t taps = spec.taps(), unit = narrow ? 1 : 2;
  blocking.outputChannels = roundUp(output.channels(), 16);
  blocking.inputDepth = narrow ? roundUp(input.channels(), 16) : roundUp(input.channels(), 8);
  blocking.rows = narrow || tileCount <= 4 ? 4 : 8;
  blocking.columns = narrow ? 4 : (blocking.rows == 8 ? 8 : 16);
  double best = -1;
  WinogradBlocking trial = blocking;
  for (int64_t blocks = 1; blocks <= tileCount; ++blocks) {
    trial.tiles = roundUp((tileCount + blocks - 1) / blocks, blocking.rows);
    for (trial.channels = 16; trial.channels <= blocking.outputChannels; trial.channels += 16) {
      if (blocking.outputChannels % trial.channels != 0)
        continue;
      for (bool byChannels : {false, true}) {
        if (byChannels && workers == 1)
          break;
        int64_t u = taps * trial.tiles * trial.inputDepth * unit,
                o = taps * trial.tiles * trial.channels * productBytes;
        int64_t bytes = byChannels ? u + workers * o : workers * (u + o);
        if (bytes > mostScratch && (trial.tiles > blocking.rows || trial.channels > 16))
          continue;
        double cost = sharedCost(trial, taps, unit, tileCount, workers, byChannels);
        if (bytes > nearL2)
          cost += worthMemory * double(taps * tileCount * trial.inputDepth) * double(trial.outputChannels) / 4 /
                  double(workers);
        if (best < 0 || cost < best) {
          best = cost;
          blocking = trial;
        }
      }
    }
    if (trial.tiles == blocking.rows)
      break;
  }
  blocking.inputPatchBytes = roundUp(int64_t(down.n()) * across.n() * roundUp(input.channels(), 16), 64);
  blocking.outputPatchBytes = roundUp(int64_t(down.m) * across.m * output.channelStride, 64);
  blocking.residualPatchBytes = hasResidual ? blocking.outputPatchBytes : 0;
  blocking.columnBytes = roundUp(taps * 16, 64);
  blocking.inputTap = tapDistance(blocking.tiles * blocking.inputDepth * unit, taps);
  blocking.outputTap = tapDistance(blocking.tiles * blocking.channels * productBytes, taps);
  blocking.uBytes = taps * blocking.inputTap;
  blocking.oBytes = taps * blocking.outputTap;
  blocking.scratchBytes = blocking.inputPatchBytes + blocking.outputPatchBytes + blocking.residualPatchBytes +
                          blocking.columnBytes + blocking.uBytes + blocking.oBytes;
  if (workers > 1) {
    blocking.split.sharedBytes = blocking.split.byChannels ? blocking.uBytes : 0;
    blocking.split.ownBytes = blocking.scratchBytes - blocking.split.sharedBytes;
    blocking.scratchBytes = blocking.split.sharedBytes + workers * blocking.split.ownBytes;
  }
  return blocking;
}

bool isFreeReshape(Value from, Value to) {
  if (isArgument(from)) // lies in the caller's memory
    return false;
  Layout a = Layout::internal(from), c = Layout::internal(to);
  auto dense = [](const Layout &l) { // in row-major order of the logical shape
    bool isPacked = l.isFloat;       // no room between pixels
    return !l.isImage() || (l.height() * l.width() == 1 && (l.batch() == 1 || isPacked)) ||
           (l.channels() == 1 && isPacked);
  };
  return dense(a) && dense(c);
}

int64_t productBytes(OutputTransformOp op) {
  return getElementTypeOrSelf(op.getInput().getType()).getIntOrFloatBitWidth() / 8;
}

int64_t scratchBytes(Operation *op, int64_t workers) {
  bool isFloatLayer = isa<Conv2DOp, FullyConnectedOp>(op) && isFloat(op->getResult(0));
  if (auto conv = dyn_cast<Conv2DOp>(op); isFloatLayer)
    return conv ? FloatLayer::of(conv).scratchBytes() : FloatLayer::of(cast<FullyConnectedOp>(op)).scratchBytes();
  if (auto conv = dyn_cast<Conv2DOp>(op)) {
    ArrayRef<int64_t> filter = shapeOf(conv.getFilter());
    if (isDepthwise(conv))
      return depthwiseBlocking(Layout::internal(conv.getInput()), Layout::internal(conv.getOutput()), filter[2],
                               filter[3], conv.getStrides(), conv.getDilations(), workers)
          .scratchBytes();
    Layout input = isArgument(conv.getInput()) ? Layout::external(conv.getInput()) : Layout::internal(conv.getInput());
    ArrayRef<int64_t> out = shapeOf(conv.getOutput());
    return workers * directBlocking(input, filter[2], filter[3], conv.getGroups(), out[2] * out[3], out[1],
                                    wholeChannels(out[1], conv.getGroups(), /*exactStores=*/false), workers)
                         .scratchBytes;
  }
  if (auto fc = dyn_cast<FullyConnectedOp>(op)) {
    if (Layout::internal(fc.getOutput()).elementBytes == 2)
      return 0;
    int64_t outputs = shapeOf(fc.getOutput())[1];
    return workers * directBlocking(vectorImage(shapeOf(fc.getInput())), 1, 1, 1, shapeOf(fc.getInput())[0], outputs,
                                    wholeChannels(outputs, 1, /*exactStores=*/true), workers)
                         .scratchBytes;
  }
  if (auto output = dyn_cast<OutputTransformOp>(op)) {
    auto matmul = output.getInput().getDefiningOp<TapMatmulOp>();
    auto transform = matmul ? matmul.getLhs().getDefiningOp<InputTransformOp>() : nullptr;
    if (!transform)
      return 0;
    return winogradBlocking(output.getPlan().getSpec(), Layout::internal(transform.getInput()),
                            Layout::internal(output.getOutput()), shapeOf(matmul.getLhs())[2], productBytes(output),
                            workers, bool(output.getResidual()))
        .scratchBytes;
  }
  if (auto tiles = dyn_cast<FloatTilesOp>(op)) {
    llvm::Expected<FloatWinograd> conv = FloatWinograd::of(tiles, workers);
    if (conv)
      return conv->scratchBytes();
    llvm::consumeError(conv.takeError()); // the lowering says what is wrong
    return 0;
  }
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return isFreeReshape(reshape.getInput(), reshape.getOutput())
               ? 0
               : roundUp(Layout::external(reshape.getInput()).bytes, 64);
  return 0;
}

} // namespace wino
