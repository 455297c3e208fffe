// Rounds of blocks on multiprocessors, and the bytes of partial sums.
#include "wino/Target/DeviceModel.h"

#include <algorithm>

namespace wino {

static int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

DeviceGemm DeviceGemm::make(int64_t rows, int64_t columns, int64_t depth, int64_t batches) {
  DeviceGemm gemm{rows, columns, depth, batches};
  if (columns <= 32)
    gemm.blockColumns = columns <= 16 ? 16 : 32;
  if (rows > 64 && columns <= 32)
    gemm.blockRows = 128;
  return gemm;
}

int64_t DeviceGemm::blocks() const { return divideUp(rows, blockRows) * divideUp(columns, blockColumns) * batches; }
int64_t DeviceGemm::steps() const { return divideUp(depth, stepBytes); }

int64_t DeviceGemm::wholeRanges(int64_t asked) const {
  int64_t each = divideUp(steps(), std::max<int64_t>(1, std::min(asked, steps())));
  return divideUp(steps(), each);
}

double productCycles(const DeviceGemm &gemm, int64_t ranges, const TargetData &target) {
  const DeviceData &device = target.device;
  double products = double(gemm.blockRows * gemm.blockColumns * DeviceGemm::stepBytes) / device.productsPerCycle;
  int64_t steps = divideUp(gemm.steps(), ranges);
  // So many blocks at once on one multiprocessor hide each other's latencies until its tensor cores have no time left.
  auto round = [&](int64_t blocks) {
    return device.blockCycles + double(steps) * std::max(device.stepCycles, double(blocks) * products);
  };
  int64_t each = divideUp(gemm.blocks() * ranges, device.multiprocessors), whole = each / device.residentBlocks;
  int64_t rest = each % device.residentBlocks;
  return double(whole) * round(device.residentBlocks) + (rest > 0 ? round(rest) : 0);
}

PartialSums directPartialSums() { return {0, 1, 32}; }
PartialSums winogradPartialSums(int64_t productBytes) { return {double(productBytes), 0, 8}; }

double splitCycles(const DeviceGemm &gemm, int64_t ranges, const PartialSums &partial, const TargetData &target) {
  double cycles = productCycles(gemm, ranges, target);
  if (ranges == 1)
    return cycles;
  double sums = double(gemm.rows) * double(divideUp(gemm.columns, 16) * 16) * double(gemm.batches);
  double bytes = 2 * sums * (4 * double(ranges) - partial.otherBytes); // written and read
  return cycles + bytes / double(target.lineBytes) * target.lineCycles +
         double(partial.launches) * target.device.launchCycles;
}

int64_t chooseRanges(const DeviceGemm &gemm, const PartialSums &partial, const TargetData &target) {
  constexpr double gain = 0.9;
  double least = gain * splitCycles(gemm, 1, partial, target);
  int64_t best = 1;
  for (int64_t asked = 2; asked <= partial.mostRanges; ++asked) {
    int64_t ranges = gemm.wholeRanges(asked);
    if (double cycles = splitCycles(gemm, ranges, partial, target); cycles < least) {
      least = cycles;
      best = ranges;
    }
  }
  return best;
}

double fusedCycles(const FusedTaps &fused, const TargetData &target) {
  const DeviceData &device = target.device;
  constexpr double secondCache = 4; // times as fast as memory
  int64_t down = divideUp(fused.tiles, FusedTaps::blockTiles), across = divideUp(fused.outputs, FusedTaps::blockTiles);
  int64_t steps = divideUp(fused.depth, FusedTaps::stepBytes);
  double tileSteps = double(divideUp(fused.tiles, FusedTaps::blockTiles)) * double(steps);
  double products = double(FusedTaps::blockTiles * FusedTaps::blockTiles * FusedTaps::stepBytes * fused.taps);
  double transforms = fused.transformCycles / tileSteps * double(device.multiprocessors);
  // Nothing is loaded ahead: a step waits for the map, for its taps, and for the products.
  double wait = 2 * device.stepCycles, busy = products / device.productsPerCycle + transforms;
  auto round = [&](int64_t blocks) {
    return device.blockCycles + double(steps) * std::max(wait, double(blocks) * busy);
  };
  int64_t resident = std::max<int64_t>(1, device.residentBlocks / 2); // more registers and shared memory
  int64_t each = divideUp(down * across, device.multiprocessors), whole = each / resident, rest = each % resident;
  double filters = double(down) * double(fused.taps) * double(fused.outputs) * double(fused.depth);
  return double(whole) * round(resident) + (rest > 0 ? round(rest) : 0) +
         filters / double(target.lineBytes) * target.lineCycles / secondCache;
}

} // namespace wino
