// The search: parameters, Adam, and the choice among iterates. The loss and its gradient are TileModel's.
#include "wino/Calibrate/OptimizeTransforms.h"
#include "wino/Numerics/FixedPoint.h"
#include "wino/Numerics/IntegerTransform.h"

#include <algorithm>
#include <cmath>

namespace wino {

namespace {

constexpr unsigned refreshSteps = 10, checkSteps = 30; ///< steps between refits of scales, and between checks
constexpr int fractionBits = 14;

double largestMagnitude(const std::vector<double> &values, size_t first, size_t stride, size_t count) {
  double largest = 0;
  for (size_t i = 0; i < count; ++i)
    largest = std::max(largest, std::fabs(values[first + i * stride]));
  return largest;
}

void scaleEntries(std::vector<double> &values, size_t first, size_t stride, size_t count, double factor) {
  for (size_t i = 0; i < count; ++i)
    values[first + i * stride] *= factor;
}

/// (T1) Rows of B^T and columns of A^T get the largest entry 1; G takes the rest. False if one has no entry.
bool normalize(TileMatrices &x) {
  size_t m = size_t(x.m), r = size_t(x.r), K = size_t(x.K), n = size_t(x.n());
  for (size_t j = 0; j < K; ++j) {
    double b = largestMagnitude(x.bt, j * n, 1, n), a = largestMagnitude(x.at, j, K, m);
    if (!(b > 0 && a > 0 && std::isfinite(b * a)))
      return false;
    scaleEntries(x.bt, j * n, 1, n, 1 / b);
    scaleEntries(x.at, j, K, m, 1 / a);
    scaleEntries(x.g, j * r, 1, r, a * b);
  }
  return true;
}

/// Free numbers behind the entries of the matrices: entry = factor * number. The mirror x -> -x of points exchanges
/// products: row of B^T and column of A^T of the one are those of the other with every second sign changed. In the
/// symmetric form such a pair shares its numbers, and a product that is its own mirror has none where mirrored signs
/// differ (T4). Zeros that the mirror allows to move do move.
class Parameters {
public:
  Parameters(const TileMatrices &start, bool symmetric) : start(start) {
    size_t K = size_t(start.K), r = size_t(start.r);
    for (size_t j = 0; j < K; ++j) {
      size_t twin = 0;
      std::array<int, 2> signs{};
      while (twin < j && !(symmetric && isMirror(twin, j, signs)))
        ++twin;
      bool tied = symmetric && isMirror(twin, j, signs);
      for (bool ofInput : {true, false})
        for (size_t k = 0; k < length(ofInput); ++k)
          addSymmetric(ofInput, j, k, twin, tied ? signs[ofInput] * (k % 2 ? -1 : 1) : 0);
      double gain = largestMagnitude(start.g, j * r, 1, r);
      for (size_t k = 0; k < r; ++k) // G costs nothing on the device: always free
        add(&TileMatrices::g, j * r + k, gain > 0 ? gain : 1);
    }
  }

  size_t size() const { return values.size(); }
  TileMatrices matrices() const {
    TileMatrices result = TileMatrices::zeros(start.m, start.r, start.K);
    for (const Entry &entry : entries)
      (result.*entry.matrix)[entry.index] = entry.factor * values[entry.parameter];
    return result;
  }
  std::vector<double> gather(const TileMatrices &gradient) const {
    std::vector<double> result(values.size());
    for (const Entry &entry : entries)
      result[entry.parameter] += entry.factor * (gradient.*entry.matrix)[entry.index];
    return result;
  }

  std::vector<double> values;

private:
  using Matrix = std::vector<double> TileMatrices::*;
  struct Entry {
    Matrix matrix;
    size_t index, parameter;
    double factor;
  };

  size_t length(bool ofInput) const { return size_t(ofInput ? start.n() : start.m); }
  /// Entry k of row j of B^T, or of column j of A^T.
  size_t indexOf(bool ofInput, size_t j, size_t k) const {
    return ofInput ? j * size_t(start.n()) + k : k * size_t(start.K) + j;
  }
  double entryOf(bool ofInput, size_t j, size_t k) const {
    return (ofInput ? start.bt : start.at)[indexOf(ofInput, j, k)];
  }

  /// Whether entry (j, k) = sign (-1)^k entry (i, k), with one sign for B^T (signs[1]) and one for A^T (signs[0]).
  bool isMirror(size_t i, size_t j, std::array<int, 2> &signs) const {
    for (bool ofInput : {true, false}) {
      int &sign = signs[ofInput] = 0;
      for (size_t k = 0; k < length(ofInput); ++k) {
        double x = entryOf(ofInput, i, k), y = entryOf(ofInput, j, k) * (k % 2 ? -1 : 1);
        if (std::fabs(std::fabs(x) - std::fabs(y)) > 1e-9)
          return false;
        if (x == 0)
          continue;
        int ratio = x * y > 0 ? 1 : -1;
        if (sign == -ratio)
          return false;
        sign = ratio;
      }
    }
    return true;
  }

  /// `sign`: entry (j, k) = sign * entry (twin, k); 0 where it is free.
  void addSymmetric(bool ofInput, size_t j, size_t k, size_t twin, int sign) {
    Matrix matrix = ofInput ? &TileMatrices::bt : &TileMatrices::at;
    if (sign == 0 || (twin == j && sign > 0))
      return add(matrix, indexOf(ofInput, j, k), 1);
    if (twin == j) // x = -x
      return;
    auto isTwin = [&](const Entry &entry) {
      return entry.matrix == matrix && entry.index == indexOf(ofInput, twin, k);
    };
    if (auto known = llvm::find_if(entries, isTwin); known != entries.end())
      entries.push_back({matrix, indexOf(ofInput, j, k), known->parameter, double(sign)});
  }

  void add(Matrix matrix, size_t index, double factor) {
    entries.push_back({matrix, index, values.size(), factor});
    values.push_back((start.*matrix)[index] / factor);
  }

  const TileMatrices &start;
  std::vector<Entry> entries;
};

/// Adam (Kingma and Ba) with their constants; the step size falls linearly to zero.
class Adam {
public:
  explicit Adam(size_t size) : mean(size), square(size) {}

  void step(std::vector<double> &values, const std::vector<double> &gradient, double rate) {
    first *= 0.9;
    second *= 0.999;
    for (size_t i = 0; i < values.size(); ++i) {
      mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
      square[i] = 0.999 * square[i] + 0.001 * gradient[i] * gradient[i];
      values[i] -= rate * (mean[i] / (1 - first)) / (std::sqrt(square[i] / (1 - second)) + 1e-12);
    }
  }

private:
  std::vector<double> mean, square;
  double first = 1, second = 1;
};

Rational snapped(double value, int bits) {
  return Rational(int64_t(roundHalfUp(std::ldexp(value, bits))), int64_t(1) << bits);
}

/// The tile of these matrices with entries k / 2^14; those of G have as many bits relative to the largest of the row.
/// Nothing where a number does not fit the tile text.
std::optional<TileSpec> snap(TileMatrices matrices, const TileSpec &tile) {
  if (!normalize(matrices))
    return std::nullopt;
  int m = matrices.m, r = matrices.r, K = matrices.K, n = matrices.n();
  RationalMatrix at(m, K), g(K, r), bt(K, n);
  for (int j = 0; j < K; ++j) {
    for (int k = 0; k < n; ++k)
      bt.at(j, k) = snapped(matrices.bt[size_t(j * n + k)], fractionBits);
    for (int i = 0; i < m; ++i)
      at.at(i, j) = snapped(matrices.at[size_t(i * K + j)], fractionBits);
    double largest = largestMagnitude(matrices.g, size_t(j * r), 1, size_t(r));
    int exponent;
    std::frexp(largest, &exponent);
    int bits = fractionBits - exponent;
    if (!(largest > 0) || bits < 0 || bits > 29)
      return std::nullopt;
    for (int k = 0; k < r; ++k)
      g.at(j, k) = snapped(matrices.g[size_t(j * r + k)], bits);
  }
  return tile.withMatrices(std::move(at), std::move(g), std::move(bt));
}

class Search {
public:
  Search(const TileLayer &layer, const TileSpec &tile, TileMatrices start, const TransformOptions &options)
      : options(options), tile(tile), start(std::move(start)), model(layer, tile.m, tile.r, tile.K, options.threads) {
    quantizers.inputLimit = tapLimit(tile.inputTap);
    quantizers.filterLimit = tapLimit(tile.filterTap);
    int64_t images = layer.inputs->images, learned = images > 1 ? std::max<int64_t>(images * 3 / 4, 1) : 1;
    int64_t tileBytes =
        int64_t(sizeof(float)) * (tile.n() * tile.n() * layer.inputs->channels + tile.m * tile.m * layer.channelsOut);
    constexpr int64_t mostBytes = int64_t(64) << 20;
    int64_t count = std::max<int64_t>(std::min(options.tiles, mostBytes / tileBytes), 16);
    learn = TileSample::draw(layer, tile.m, tile.r, 0, learned, count);
    check = TileSample::draw(layer, tile.m, tile.r, images > 1 ? learned : 0, images, std::max<int64_t>(count / 4, 16));
  }

  OptimizedTransforms run() {
    double before = checked(start);
    OptimizedTransforms result{tile, before, before};
    if (!(check.power > 0) || !(learn.power > 0))
      return result; // a layer that sees only zeros
    TileMatrices best = descend(before);
    restoreGain(best);
    std::optional<TileSpec> stated = snap(best, tile);
    if (!stated)
      return result;
    // What counts is what the integers do.
    llvm::Expected<IntegerTransform> proved = IntegerTransform::make(*stated);
    if (!proved) {
      llvm::consumeError(proved.takeError());
      return result;
    }
    double after = checked(TileMatrices::from(proved->down.algorithm));
    if (after <= (1 - options.leastGain) * before) {
      result.tile = std::move(*stated);
      result.after = after;
    }
    return result;
  }

private:
  /// (T5) Scales G so that Y_hat, projected on Y, is Y.
  void restoreGain(TileMatrices &matrices) {
    TapQuantizers fitted = quantizers;
    int64_t count = std::min<int64_t>(learn.count, 512);
    model.fitScales(matrices, learn, 0, count, fitted);
    // With A^T scaled by sqrt(2), which changes no rounding, Y_hat doubles: three values of |t Y_hat - Y|^2 give
    // the products.
    TileMatrices doubled = matrices, none = matrices;
    scaleEntries(doubled.at, 0, 1, doubled.at.size(), std::sqrt(2.0));
    scaleEntries(none.at, 0, 1, none.at.size(), 0);
    double once = model.error(matrices, fitted, learn, 0, count), twice = model.error(doubled, fitted, learn, 0, count),
           target = model.error(none, fitted, learn, 0, count);
    double power = (twice - 2 * once + target) / 2, product = (power + target - once) / 2;
    if (product > target / 4 && product < target * 4)
      scaleEntries(matrices.g, 0, 1, matrices.g.size(), std::sqrt(target / product));
  }

  /// Relative error on the checked tiles, with the scales that the learned tiles give.
  double checked(const TileMatrices &matrices) {
    TapQuantizers fitted = quantizers;
    model.fitScales(matrices, learn, 0, std::min<int64_t>(learn.count, 512), fitted);
    return check.power > 0 ? std::sqrt(model.error(matrices, fitted, check, 0, check.count) / check.power) : 0;
  }

  /// The iterate of least error on the checked tiles.
  TileMatrices descend(double before) {
    Parameters parameters(start, options.symmetric);
    Adam adam(parameters.size());
    TileMatrices best = start, gradient;
    double bestError = before;
    // Every tile has C_in C_out numbers to say about a hundred parameters: wide layers need fewer tiles for a step.
    int64_t wide = std::max<int64_t>(learn.channelsIn * learn.channelsOut / (64 * 64), 1), position = 0;
    int64_t batch = std::min(std::max<int64_t>(options.batch / wide, 16), learn.count);
    for (unsigned step = 0; step < options.steps; ++step) {
      TileMatrices matrices = parameters.matrices();
      if (position + batch > learn.count)
        position = 0;
      if (step % refreshSteps == 0)
        model.fitScales(matrices, learn, position, batch, quantizers);
      model.error(matrices, quantizers, learn, position, batch, &gradient);
      position += batch;
      double rate = options.rate * (1 - double(step) / double(options.steps));
      adam.step(parameters.values, parameters.gather(gradient), rate);
      if ((step + 1) % checkSteps != 0 && step + 1 != options.steps)
        continue;
      matrices = parameters.matrices();
      if (double error = checked(matrices); error < bestError) {
        bestError = error;
        best = std::move(matrices);
      }
    }
    return best;
  }

  const TransformOptions &options;
  const TileSpec &tile;
  TileMatrices start;
  TileModel model;
  TapQuantizers quantizers;
  TileSample learn, check;
};

} // namespace

static llvm::Error checkLayer(const TileLayer &layer, const TileSpec &tile) {
  const FeatureMaps &maps = *layer.inputs;
  size_t window = size_t(tile.r) * size_t(tile.r);
  if (tile.direct || !tile.hasByteTaps() || int(tile.filterTap) > 8)
    return llvm::createStringError("expected a tile with taps of at most 8 bits to optimise, got '%s'",
                                   tile.str().c_str());
  if (tile.stride != 1)
    return llvm::createStringError("expected a tile of stride 1, got '%s'", tile.sizeText().c_str());
  if (maps.images < 1 || maps.channels < 1 || layer.channelsOut < 1 ||
      layer.filter.size() != size_t(layer.channelsOut) * size_t(maps.channels) * window)
    return llvm::createStringError("expected a filter of %lld x %lld x %d x %d for the layer's maps, got %zu numbers",
                                   (long long)layer.channelsOut, (long long)maps.channels, tile.r, tile.r,
                                   layer.filter.size());
  if (maps.height + layer.pads[0] + layer.pads[2] < tile.r || maps.width + layer.pads[1] + layer.pads[3] < tile.r)
    return llvm::createStringError("expected maps that are not smaller than the kernel, got %lld x %lld",
                                   (long long)maps.height, (long long)maps.width);
  auto finite = [](float value) { return std::isfinite(value); };
  if (!llvm::all_of(maps.values, finite) || !llvm::all_of(layer.filter, finite))
    return llvm::createStringError("expected finite maps and filters, got a NaN or infinity");
  return llvm::Error::success();
}

llvm::Expected<OptimizedTransforms> optimizeTransforms(const TileLayer &layer, const TileSpec &tile,
                                                       const TransformOptions &options) {
  if (llvm::Error error = checkLayer(layer, tile))
    return std::move(error);
  llvm::Expected<BilinearAlgorithm> algorithm = BilinearAlgorithm::make(tile);
  if (!algorithm)
    return algorithm.takeError();
  TileMatrices start = TileMatrices::from(*algorithm);
  if (!normalize(start))
    return llvm::createStringError("expected no row of zeros in the matrices of '%s'", tile.str().c_str());
  return Search(layer, tile, std::move(start), options).run();
}

} // namespace wino
