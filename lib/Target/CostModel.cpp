// The cycle arithmetic; numbers of processors are in the data files, numbers of instructions of transforms in their
// DAGs.
#include "wino/Target/CostModel.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace wino {

namespace {

constexpr int64_t channelAlign = 16; // lowered maps have their channel stride rounded up to this

double divideUp(int64_t a, int64_t b) { return double((a + b - 1) / b); }
double roundUp(int64_t a, int64_t b) { return divideUp(a, b) * double(b); }

/// (E1) One matrix product rows x depth x columns, every extent padded to the kernel's.
double gemmCycles(int64_t rows, int64_t depth, int64_t columns, const GemmKernel &kernel) {
  return roundUp(rows, kernel.rows) * roundUp(depth, kernel.depth) * roundUp(columns, kernel.columns) /
         kernel.macsPerCycle;
}

/// (E2) 32-bit accumulators to 8 bit: bias, scale, shift, rounding, clamp at both ends, two narrowings; one load, a
/// quarter of a store.
double requantCycles(double outputs, const TargetData &target) {
  double vectors = outputs * 4 / double(target.vectorBytes);
  return vectors * (8 * target.vectorOpCycles + target.vectorLoadCycles + target.vectorStoreCycles / 4);
}

double streamCycles(double bytes, const TargetData &target) {
  return bytes / double(target.lineBytes) * target.lineCycles;
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
    cost.gemm =
        double(shape.groups) *
        gemmCycles(int64_t(pixels(shape)), window * int64_t(roundUp(in, target.gemmInt8.depth)), out, target.gemmInt8);
    filterBytes = double(shape.groups) * roundUp(out, target.gemmInt8.columns) * double(window) *
                  roundUp(in, target.gemmInt8.depth);
    // (E3) gathering the window of every pixel once into the kernel's order
    if (window > 1) {
      double vectors = pixels(shape) * double(window) * double(shape.groups) * roundUp(in, channelAlign) /
                       double(target.vectorBytes);
      cost.inputTransform = vectors * (target.vectorLoadCycles + target.vectorStoreCycles);
    }
  }
  cost.outputTransform = requantCycles(pixels(shape) * roundUp(shape.channelsOut, 4), target);
  cost.weightBytes = int64_t(filterBytes) + 8 * shape.channelsOut; // and a bias and a multiplier each
  cost.memory = streamCycles(double(cost.weightBytes), target);    // (E4)
  cost.overhead = target.layerOverheadCycles;
  return cost;
}

ConvCost winogradCost(const ConvShape &shape, const IntegerTransform &transform, const TargetData &target) {
  ConvCost cost;
  const TileSpec &spec = transform.spec;
  int64_t m = spec.m, k = spec.K, n = spec.n();
  bool int8 = spec.hasByteTaps();
  int64_t tapBytes = int8 ? 1 : 2;
  int64_t tiles = shape.batch * int64_t(divideUp(shape.outHeight, m) * divideUp(shape.outWidth, m));
  const GemmKernel &wide = tiles <= target.gemmInt16Few.rows ? target.gemmInt16Few : target.gemmInt16;
  const GemmKernel &kernel = int8 ? target.gemmInt8 : wide;
  double op = target.vectorOpCycles, load = target.vectorLoadCycles, store = target.vectorStoreCycles;

  // (E5) K^2 products of tiles x C_in by C_in x C_out
  cost.gemm = double(k * k) * gemmCycles(tiles, shape.channelsIn, shape.channelsOut, kernel);

  // (E6) input: half a vector loaded, widened and shifted per element; n DAGs down, K across, what is between them
  // stored and loaded
  double blocksIn = double(tiles) * divideUp(shape.channelsIn, target.vectorBytes / 2);
  double dagIn = double(transform.input.counts().total()) * op;
  double perTileIn =
      double(n * n) * (load / 2 + 2 * op) + double(n) * dagIn + double(k * n) * (store + load) + double(k) * dagIn;
  // (E7) per tap: scale, shift, narrow and store half a vector for bytes, clamp where they hold fewer bits; a store for
  // int16
  double clamp = int(spec.inputTap) < 8 ? 2 * op : 0;
  perTileIn += double(k * k) * (int8 ? 3 * op + clamp + store / 2 : store);
  cost.inputTransform = blocksIn * perTileIn;

  // (E8) output on 32-bit lanes: scale of every tap's sum, K DAGs down, m across
  double blocksOut = double(tiles) * divideUp(shape.channelsOut, target.vectorBytes / 4);
  double dagOut = double(transform.output.counts().total()) * op;
  // Narrower products: rounded to a share of a vector on one side; widened and scaled on the other, every output scaled
  // once more.
  double share = double(int(spec.product)) / 32;
  double perTileOut = double(k * k) * (op + share * (store + load)) + double(k) * dagOut +
                      double(m * k) * (store + load) + double(m) * dagOut;
  if (spec.product != ProductType::I32)
    perTileOut += double(k * k) * (spec.product == ProductType::I16 ? 3 : 4) * op + double(m * m) * op;
  cost.outputTransform =
      blocksOut * perTileOut + requantCycles(double(tiles * m * m) * roundUp(shape.channelsOut, 4), target);

  // (E9) filters come from main memory every time; a working set beyond the last cache goes there and back
  double filterBytes = double(k * k) * roundUp(shape.channelsIn, kernel.depth) *
                       roundUp(shape.channelsOut, kernel.columns) * double(tapBytes);
  cost.weightBytes = int64_t(filterBytes) + shape.channelsOut * (4 + 4 * k * k) + (int8 ? 8 * k * k : 0);
  if (spec.product != ProductType::I32) // multipliers of taps and channels
    cost.weightBytes += 4 * (k * k + shape.channelsOut);
  double u = double(k * k) * double(tiles) * roundUp(shape.channelsIn, channelAlign) * double(tapBytes);
  double o = double(k * k) * double(tiles) * roundUp(shape.channelsOut, channelAlign) * 4 * share;
  cost.scratchBytes = int64_t(u + o);
  cost.memory = streamCycles(double(cost.weightBytes), target);
  if (cost.scratchBytes > target.l2Bytes)
    cost.memory += 2 * streamCycles(double(cost.scratchBytes), target);

  cost.overhead = 3 * target.layerOverheadCycles; // (E10) three kernels instead of one
  return cost;
}

} // namespace wino
