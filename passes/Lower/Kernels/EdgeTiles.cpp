// Every pixel of a window is read at the nearest place inside the map, and masked where it was outside: no branches,
// and only rows and columns that can leave the map at all are clamped and masked.
#include "Lower/Kernels/EdgeTiles.h"

using namespace mlir;

namespace wino {

SafePixels safePixels(int64_t n, int64_t step, int64_t pad, int64_t extent, int64_t count) {
  return {std::clamp<int64_t>(pad, 0, n), std::clamp<int64_t>(extent + pad - (count - 1) * step, 0, n)};
}

namespace {

/// A row or column of the window: where it is read, and which of it is kept (null: all).
struct Place {
  Value at, mask;
};

Place placeOf(Kernel &k, Value at, bool safe, int64_t extent) {
  if (safe)
    return {at, {}};
  Value nearest = k.smax(k.smin(at, k.index(extent - 1)), k.index(0));
  Value inside = k.b.create<arith::CmpIOp>(arith::CmpIPredicate::eq, at, nearest);
  return {nearest, k.splat(k.sext(inside, k.i8()), 16)};
}

} // namespace

void emitEdgeWindow(Kernel &k, const Layout &map, const EdgeWindow &window, Value image, Value y, Value x,
                    Value patch) {
  int64_t pixel = map.channelStride;
  VectorType type = k.vec(16, k.i8());
  auto isSafe = [](const SafePixels &safe, int64_t i) { return i >= safe.first && i < safe.end; };
  llvm::SmallVector<Place> columns;
  for (int64_t j = 0; j < window.wide; ++j) {
    bool safe = isSafe(window.columns, j);
    Place column = placeOf(k, safe ? x : k.add(x, j), safe, map.width());
    columns.push_back({k.mul(column.at, pixel), column.mask});
  }
  // `vectors` of every pixel of a row, from byte c on.
  auto copyRow = [&](const Place &row, Value to, Value c, int64_t vectors) {
    for (int64_t j = 0; j < window.wide; ++j)
      for (int64_t v = 0; v < vectors; ++v) {
        Value from = k.at(k.at(k.at(row.at, columns[j].at), c), (columns[j].mask ? 0 : j * pixel) + v * 16);
        Value bytes = k.load(type, from, k.aligned(16)); // the caller's inputs lie anywhere
        for (Value mask : {row.mask, columns[j].mask})
          if (mask)
            bytes = k.both(bytes, mask);
        k.store(bytes, k.at(k.at(to, c), j * pixel + v * 16), 16);
      }
  };
  auto rowAt = [&](Value i, bool safe) {
    Place row = placeOf(k, k.add(y, i), safe, map.height());
    return Place{k.at(image, k.mul(row.at, map.rowStride())), row.mask};
  };
  // Vectors of straight-line code: in loops over all of a window, compilers keep a pointer for each of its pixels.
  constexpr int64_t mostUnrolled = 160, mostOfRow = 24;
  int64_t rowBytes = window.wide * pixel, vectors = pixel / 16;
  if (window.high * window.wide * vectors <= mostUnrolled) {
    for (int64_t i = 0; i < window.high; ++i)
      copyRow(rowAt(k.index(i), isSafe(window.rows, i)), k.at(patch, i * rowBytes), k.index(0), vectors);
    return;
  }
  int64_t together = 1; // of the vectors of a pixel
  while (vectors % (2 * together) == 0 && 2 * together * window.wide <= mostOfRow)
    together *= 2;
  k.loop(0, window.high, 1, [&](Value i) {
    Place row = rowAt(i, /*safe=*/false);
    Value to = k.at(patch, k.mul(i, rowBytes));
    k.loop(0, pixel, together * 16, [&](Value c) { copyRow(row, to, c, together); });
  });
}

void emitCopyPixel(Kernel &k, Value to, Value from, int64_t bytes) {
  constexpr int64_t together = 64;
  auto copy = [&](Value at, int64_t count) {
    Kernel::Values values;
    for (int64_t i = 0; i < count; i += 16)
      values.push_back(k.load(k.vec(16, k.i8()), k.at(k.at(from, at), i), 16));
    for (auto [i, value] : llvm::enumerate(values))
      k.store(value, k.at(k.at(to, at), int64_t(i) * 16), 16);
  };
  k.loop(0, bytes / together * together, together, [&](Value at) { copy(at, together); });
  if (bytes % together != 0)
    copy(k.index(bytes / together * together), bytes % together);
}

} // namespace wino
