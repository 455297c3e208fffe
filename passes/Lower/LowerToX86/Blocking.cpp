// Sizes only; the numbers fit a core with 32 KiB of L1 and 512 KiB of L2.
#include "Lower/LowerToX86/Blocking.h"

namespace wino::avx2 {

/// A band stays well inside L2, beside the filters of sixteen output channels.
static constexpr int64_t maxBandBytes = 96 << 10;
/// Pixels of a band beyond its first row, each with an offset in a table.
static constexpr int64_t maxOffsets = 2048;
/// U and O of a block; more where filters come from beyond L2 anyway, and should be read less often.
static constexpr int64_t maxBlockBytes = 192 << 10, maxBlockBytesLargeFilters = 256 << 10, l2FilterBytes = 256 << 10;

bool ownsDirect(const DirectShape &s) {
  // Doubles, since extents of a hostile model overflow integers.
  auto reach = [](int64_t kernel, int64_t dilation) { return double(kernel - 1) * double(dilation) + 1; };
  double whole = (double(s.output.width() - 1) * double(s.strides[1]) + reach(s.kernelWidth, s.dilations[1])) *
                 reach(s.kernelHeight, s.dilations[0]) * 2 * double(s.input.channelStride);
  return whole < double(int64_t(1) << 60) && directBlocks(s).scratchBytes <= 4 * maxBandBytes;
}

/// How many blocks or bands, so that workers share them evenly: a multiple of their number where there is enough.
static int64_t evenly(int64_t blocks, int64_t most, int64_t workers) {
  return workers > 1 ? std::max(std::min(roundUp(blocks, workers), most), blocks) : blocks;
}

DirectBlocks directBlocks(const DirectShape &s, int64_t workers) {
  DirectBlocks b;
  auto all = [](llvm::ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [=](int64_t v) { return v == value; });
  };
  b.linear = s.kernelHeight == 1 && s.kernelWidth == 1 && all(s.strides, 1) && all(s.pads, 0);
  int64_t inPixels = s.input.height() * s.input.width(), outPixels = s.output.height() * s.output.width();
  b.inHeight = b.linear ? 1 : s.input.height();
  b.inWidth = b.linear ? inPixels : s.input.width();
  b.outHeight = b.linear ? 1 : s.output.height();
  b.outWidth = b.linear ? outPixels : s.output.width();
  int64_t reachY = (s.kernelHeight - 1) * s.dilations[0] + 1, reachX = (s.kernelWidth - 1) * s.dilations[1] + 1;
  int64_t pixelBytes = 2 * s.input.channelStride;
  auto rowBytes = [&](int64_t width) {
    // Copies and fills end on whole vectors, and one step of products may look beyond the last pixel.
    return roundUp(((width - 1) * s.strides[1] + reachX) * pixelBytes + 64, 64);
  };
  auto bandRows = [&](int64_t rows) { return (rows - 1) * s.strides[0] + reachY; };
  b.width = b.outWidth;
  while (b.width > 8 && bandRows(1) * rowBytes(b.width) > maxBandBytes)
    b.width = (b.width + 1) / 2;
  b.rows = 1;
  if (b.width == b.outWidth) {
    while (b.rows < b.outHeight && (b.rows + 1) * b.width <= maxOffsets &&
           bandRows(b.rows + 1) * rowBytes(b.width) <= maxBandBytes)
      ++b.rows;
  }
  // Bands of equal size: some rows, or parts of a row where one is too large or all there is.
  bool parts = b.width < b.outWidth || b.outHeight == 1;
  int64_t &side = parts ? b.width : b.rows, extent = parts ? b.outWidth : b.outHeight;
  auto count = [](int64_t whole, int64_t step) { return (whole + step - 1) / step; };
  int64_t bands = count(extent, side), outputs = count(s.output.channels(), 16);
  side = count(extent, bands);
  if (workers > 1) {
    int64_t single = side;
    side = count(extent, evenly(bands, extent, workers));
    double byBands = busiestShare(count(b.outHeight, b.rows) * count(b.outWidth, b.width), workers);
    b.split.workers = workers;
    b.split.byChannels = busiestShare(outputs, workers) < 0.9 * byBands;
    if (b.split.byChannels)
      side = single;
    b.split.pieces = b.split.byChannels ? outputs : count(b.outHeight, b.rows) * count(b.outWidth, b.width);
  }
  b.bandRows = bandRows(b.rows);
  b.bandWidth = (b.width - 1) * s.strides[1] + reachX;
  b.bandRowBytes = rowBytes(b.width);
  // A register block costs its rows, and filters and loop about as much as half a row more.
  int64_t pixels = b.rows * b.width, best = 0;
  b.registerRows = 1;
  for (int64_t rows : {6, 5, 4, 3, 2, 1}) {
    int64_t cost = (pixels + rows - 1) / rows * (2 * rows + 1);
    if (best == 0 || cost < best) {
      best = cost;
      b.registerRows = rows;
    }
  }
  b.scratchBytes = b.bandRows * b.bandRowBytes + 64;
  if (workers > 1) {
    b.split.ownBytes = b.scratchBytes;
    b.scratchBytes *= workers;
  }
  return b;
}

WinogradBlocks winogradBlocks(const TileSpec &spec, const Layout &input, const Layout &output, int64_t workers,
                              bool hasResidual) {
  WinogradBlocks b;
  const TileLine &down = spec.down(), &across = spec.across();
  int64_t taps = spec.taps();
  b.depth = input.channelStride;
  b.outputChannels = roundUp(output.channels(), 16);
  b.tileRows = down.tilesOver(output.height());
  b.tileColumns = across.tilesOver(output.width());
  int64_t filterBytes = taps * b.depth * b.outputChannels * 2;
  b.byteFilters = spec.hasByteTaps() && filterBytes > l2FilterBytes;
  int64_t perTile = taps * (2 * b.depth + 64), total = output.batch() * b.tileRows * b.tileColumns;
  b.registerRows = std::min<int64_t>(total, 4);
  int64_t fit = (filterBytes > l2FilterBytes ? maxBlockBytesLargeFilters : maxBlockBytes) / perTile;
  fit = std::max(fit / b.registerRows, int64_t(1)) * b.registerRows;
  int64_t blocks = (total + fit - 1) / fit;
  auto tilesOf = [&](int64_t count) { return roundUp((total + count - 1) / count, b.registerRows); };
  b.tiles = tilesOf(blocks);
  if (workers > 1) {
    int64_t even = tilesOf(evenly(blocks, (total + b.registerRows - 1) / b.registerRows, workers));
    int64_t pieces = (total + even - 1) / even, outputs = b.outputChannels / 16;
    b.split.workers = workers;
    // Blocks that are handed out twice, for U and for the rest, should be few.
    b.split.byChannels = blocks <= 4 && busiestShare(outputs, workers) < 0.9 * busiestShare(pieces, workers);
    b.split.pieces = b.split.byChannels ? outputs : pieces;
    if (!b.split.byChannels)
      b.tiles = even;
  }
  // An odd number of lines, so that the taps of a tile do not fall into the same sets of L1.
  b.tapBytes = (roundUp(b.tiles * b.depth * 2, 64) / 64 | 1) * 64;
  b.bandRowBytes = roundUp((b.tileColumns * across.step() + across.n() - across.step()) * input.channelStride, 64);
  b.bandBytes = down.n() * b.bandRowBytes + 64;
  b.patchBytes = roundUp(down.m * across.m * 16, 64);
  b.residualPatchBytes = hasResidual ? b.patchBytes : 0;
  b.columnBytes = roundUp(2 * taps * 32, 64);
  b.uBytes = taps * b.tapBytes;
  b.oBytes = b.tiles * taps * 64;
  b.scratchBytes = b.bandBytes + b.patchBytes + b.residualPatchBytes + b.columnBytes + b.uBytes + b.oBytes;
  if (workers > 1) {
    b.split.sharedBytes = b.split.byChannels ? b.uBytes : 0;
    b.split.ownBytes = roundUp(b.scratchBytes - b.split.sharedBytes, 64);
    b.scratchBytes = b.split.sharedBytes + workers * b.split.ownBytes;
  }
  return b;
}

int64_t scratchBytes(mlir::Operation *op, int64_t workers) {
  if (auto conv = mlir::dyn_cast<Conv2DOp>(op); conv && conv.getGroups() == 1) {
    llvm::ArrayRef<int64_t> filter = shapeOf(conv.getFilter());
    Layout input = isArgument(conv.getInput()) ? Layout::external(conv.getInput()) : Layout::internal(conv.getInput());
    DirectShape shape{input,
                      Layout::internal(conv.getOutput()),
                      filter[2],
                      filter[3],
                      conv.getStrides(),
                      conv.getPads(),
                      conv.getDilations()};
    return ownsDirect(shape) ? directBlocks(shape, workers).scratchBytes : wino::scratchBytes(op, workers);
  }
  if (auto fc = mlir::dyn_cast<FullyConnectedOp>(op)) {
    int64_t one[] = {1, 1}, zero[] = {0, 0, 0, 0};
    DirectShape shape{vectorImage(shapeOf(fc.getInput())), vectorImage(shapeOf(fc.getOutput())), 1, 1, one, zero, one};
    bool owned = ownsDirect(shape) && Layout::internal(fc.getOutput()).elementBytes == 1;
    return owned ? directBlocks(shape, workers).scratchBytes : wino::scratchBytes(op, workers);
  }
  if (auto output = mlir::dyn_cast<OutputTransformOp>(op); output && productBytes(output) == 4) {
    auto matmul = output.getInput().getDefiningOp<TapMatmulOp>();
    if (auto transform = matmul ? matmul.getLhs().getDefiningOp<InputTransformOp>() : nullptr)
      return winogradBlocks(output.getPlan().getSpec(), Layout::internal(transform.getInput()),
                            Layout::internal(output.getOutput()), workers, bool(output.getResidual()))
          .scratchBytes;
  }
  return wino::scratchBytes(op, workers);
}

} // namespace wino::avx2
