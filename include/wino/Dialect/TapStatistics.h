// TapStatistics: what calibration wrote down about the taps of a tile, as an op carries it.
#ifndef WINO_DIALECT_TAPSTATISTICS_H
#define WINO_DIALECT_TAPSTATISTICS_H

#include "wino/Numerics/TapStats.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

#include <vector>

namespace wino {

/// One element per tap (i, j), row-major, of `winograd.tap_stats` for this tile, whose formats do not matter; nothing
/// where the op has none of the right shape.
inline std::vector<TapStats> tapStatistics(mlir::Operation *op, const TileSpec &tile) {
  auto all = op->getAttrOfType<mlir::DictionaryAttr>("winograd.tap_stats");
  auto found = all ? all.getAs<mlir::DenseElementsAttr>(tile.withoutFormats().str()) : mlir::DenseElementsAttr();
  size_t taps = size_t(tile.taps());
  if (!found || !found.getElementType().isF64() || size_t(found.getNumElements()) != taps * TapStats::numbers)
    return {};
  auto values = found.getValues<double>();
  std::vector<double> rows(values.begin(), values.end());
  std::vector<TapStats> result;
  for (size_t tap = 0; tap < taps; ++tap)
    result.push_back(TapStats::fromRow(llvm::ArrayRef(rows).slice(tap * TapStats::numbers, TapStats::numbers)));
  return result;
}

} // namespace wino

#endif
