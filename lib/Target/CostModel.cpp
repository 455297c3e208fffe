// The cycle arithmetic; numbers of processors are in the data files, numbers of instructions of transforms in their
// DAGs.
#include "wino/Target/CostModel.h"
#include "wino/Target/DeviceModel.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace wino {

namespace {

constexpr int64_t channelAlign = 16; // lowered maps have their channel stride rounded up to this

double divideUp(int64_t a, int64_t b) { return double((a + b - 1) / b); }
double roundUp(int64_t a, int64_t b) { return divideUp(a, b) * double(b); }

/// (E1) One matrix product rows x depth x columns in whole register blocks.
double gemmCycles(int64_t rows, int64_t depth, int64_t columns, const GemmKernel &kernel) {
  return divideUp(rows, kernel.rows) * divideUp(columns, kernel.columns) *
         (divideUp(depth, kernel.depth) * kernel.stepCycles + kernel.blockCycles);
}

double streamCycles(double bytes, const TargetData &target) {
  return bytes / double(target.lineBytes) * target.lineCycles;
}

/// Operations of a DAG on lanes of 16 or 32 bits, in those of the cheapest kind.
double operations(const TransformDag &dag, const TargetData &target) {
  TransformDag::Counts counts = dag.counts();
  if (dag.bits == 16)
    return counts.total();
  return counts.add + counts.shl + counts.mul * target.mul32Ops + counts.mulHigh * target.mulHigh32Ops;
}

/// What both passes over one tile take, given the operations of each and the number of `between` values in the middle.
double passCycles(const TransformKernel &kernel, double first, double second, int64_t between) {
  return (first + second) * (between > kernel.registers ? kernel.spilledOp : kernel.op);
}

/// (G1) to (G3) instead of (E1): a product on the tensor cores of a GPU, its depth in as many ranges as are best.
double deviceCycles(int64_t rows, int64_t depth, int64_t columns, int64_t batches, const PartialSums &partial,
                    const TargetData &target) {
  DeviceGemm gemm = DeviceGemm::make(rows, columns, depth, batches);
  return splitCycles(gemm, chooseRanges(gemm, partial, target), partial, target);
}

double pixels(const ConvShape &shape) { return double(shape.batch) * double(shape.outHeight) * double(shape.outWidth); }

} // namespace

double ConvShape::directMacs() const {
  return pixels(*this) * double(channelsOut) * double(channelsIn / groups) * double(kernelHeight) * double(kernelWidth);
}

ConvCost directCost(const ConvShape &shape, const TargetData &target) {
  ConvCost cost;
  int64_t in = shape.channelsIn / shape.groups, out = shape.channelsOut / shape.groups;
  int64_t window = shape.kernelHeight * shape.kernelWidth;
  double filterBytes;
  if (in == 1 && shape.groups > 1) {
    cost.gemm =
        roundUp(shape.channelsOut, channelAlign) * double(window) * pixels(shape) / target.depthwiseMacsPerCycle;
    filterBytes = roundUp(shape.channelsOut, channelAlign) * double(window);
  } else {
    bool isPacked = shape.isPacked && target.packsInput && shape.groups == 1;
    int64_t depth =
        isPacked ? int64_t(roundUp(window * in, channelAlign)) : window * int64_t(roundUp(in, target.gemmInt8.depth));
    cost.gemm = double(shape.groups) * gemmCycles(int64_t(pixels(shape)), depth, out, target.gemmInt8);
    if (target.isDevice() && shape.groups == 1)
      cost.gemm = deviceCycles(int64_t(pixels(shape)), window * int64_t(roundUp(in, channelAlign)), out, 1,
                               directPartialSums(), target);
    filterBytes = double(shape.groups) * roundUp(out, target.gemmInt8.columns) * double(depth);
    // (E3) gathering the window of every pixel once into the kernel's order
    double vectors =
        pixels(shape) * double(window) * double(shape.groups) * roundUp(in, channelAlign) / double(target.vectorBytes);
    if (isPacked) { // rows of the window: vectors, halves, bytes
      int64_t row = shape.kernelWidth * in;
      vectors = pixels(shape) * double(shape.kernelHeight * (row / 16 + row % 16 / 8 + row % 8));
    }
    cost.inputTransform = vectors * target.gatherCycles;
  }
  // (E2) 32-bit sums to 8 bit
  cost.outputTransform =
      pixels(shape) * roundUp(shape.channelsOut, 4) * 4 / double(target.vectorBytes) * target.requantCycles;
  cost.weightBytes = int64_t(filterBytes) + 8 * shape.channelsOut; // and a bias and a multiplier each
  cost.memory = streamCycles(double(cost.weightBytes), target);    // (E4)
  cost.overhead = target.layerOverheadCycles;
  return cost;
}

ConvCost winogradCost(const ConvShape &shape, const IntegerTransform &transform, const TargetData &target) {
  ConvCost cost;
  const TileSpec &spec = transform.spec;
  const TileLine &down = spec.down(), &across = spec.across();
  int64_t taps = spec.taps();
  bool int8 = spec.hasByteTaps();
  int64_t tapBytes = int8 ? 1 : 2;
  int64_t tiles = shape.batch * down.tilesOver(shape.outHeight) * across.tilesOver(shape.outWidth);
  const GemmKernel &wide = tiles <= target.gemmInt16Few.rows ? target.gemmInt16Few : target.gemmInt16;
  const GemmKernel &bytes = int(spec.filterTap) <= 7 ? target.gemmInt7 : target.gemmInt8;
  const GemmKernel &kernel = int8 ? bytes : wide;
  double op = target.vectorOpCycles, load = target.vectorLoadCycles, store = target.vectorStoreCycles;

  // (E5) K K products of tiles x C_in by C_in x C_out
  cost.gemm =
      double(taps) * (gemmCycles(tiles, shape.channelsIn, int64_t(roundUp(shape.channelsOut, channelAlign)), kernel) +
                      target.tapCycles);
  if (target.isDevice() && int8)
    cost.gemm = deviceCycles(tiles, int64_t(roundUp(shape.channelsIn, channelAlign)),
                             int64_t(roundUp(shape.channelsOut, channelAlign)), taps,
                             winogradPartialSums(int(spec.product) / 8), target);

  // (E6) input: n DAGs down, K across; (E7) per tap to bytes, with two bounds more where they hold fewer bits
  const TransformKernel &in = target.inputTransform, &out = target.outputTransform;
  double clamp = int(spec.inputTap) < 8 ? 2 * op : 0;
  int64_t between = down.K * across.n();
  double perTileIn = passCycles(in, across.n() * operations(transform.down.input, target),
                                down.K * operations(transform.across.input, target), between) +
                     double(between) * in.value + double(taps) * (int8 ? in.result + clamp : in.wordResult);
  double depth = roundUp(shape.channelsIn, std::max(kernel.depth, in.lanes));
  cost.inputTransform = double(tiles) * depth / double(in.lanes) * perTileIn;

  // (E8) output on 32-bit lanes: K DAGs down, m across. Narrower products: rounded to a share of a vector on one side;
  // widened and scaled on the other, every output scaled once more.
  double share = double(int(spec.product)) / 32;
  double outputs = double(down.m * across.m);
  double perTileOut = passCycles(out, across.K * operations(transform.down.output, target),
                                 down.m * operations(transform.across.output, target), down.m * across.K) +
                      double(taps) * (out.value - (1 - share) * (load + store)) + outputs * out.result;
  if (spec.product != ProductType::I32)
    perTileOut += double(taps) * ((spec.product == ProductType::I16 ? 3 : 4) * op + out.wordResult) + outputs * op;
  cost.outputTransform = double(tiles) * roundUp(shape.channelsOut, channelAlign) / double(out.lanes) * perTileOut;

  // (E9) filters come from main memory every time; U and O pass through the second cache block by block
  double filterBytes = double(taps) * depth * roundUp(shape.channelsOut, channelAlign) * double(tapBytes);
  cost.weightBytes = int64_t(filterBytes) + shape.channelsOut * (4 + 4 * taps) + (int8 ? 8 * taps : 0);
  if (spec.product != ProductType::I32) // multipliers of taps and channels
    cost.weightBytes += 4 * (taps + shape.channelsOut);
  double u = double(taps) * double(tiles) * depth * double(tapBytes);
  double o = double(taps) * double(tiles) * roundUp(shape.channelsOut, channelAlign) * 4 * share;
  cost.scratchBytes = int64_t(u + o);
  cost.memory = streamCycles(double(cost.weightBytes), target) +
                (u * target.uLineCycles + o * target.oLineCycles) / double(target.lineBytes);

  cost.overhead = target.layerOverheadCycles; // (E10)
  if (!target.isDevice())
    return cost;
  cost.overhead += 2 * target.device.launchCycles; // (G4) three kernels
  if (!int8 || taps > FusedTaps::mostTaps)
    return cost;
  double uCycles = u * target.uLineCycles / double(target.lineBytes);
  double separate = cost.inputTransform + cost.gemm + uCycles + target.device.launchCycles;
  double fused = fusedCycles({tiles, int64_t(roundUp(shape.channelsOut, channelAlign)),
                              int64_t(roundUp(shape.channelsIn, channelAlign)), taps, cost.inputTransform},
                             target);
  if (fused < 0.9 * separate) {
    cost.isFused = true;
    cost.inputTransform = 0;
    cost.gemm = fused;
    cost.memory -= uCycles;
    cost.overhead -= target.device.launchCycles;
    cost.scratchBytes -= int64_t(u);
  }
  return cost;
}

} // namespace wino
