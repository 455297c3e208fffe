// Matrices in binary32, filters, bounds and counts.
#include "wino/Numerics/FloatTransform.h"
#include "wino/Numerics/HalfFloat.h"

#include <algorithm>
#include <limits>

namespace wino {

FloatMatrix::FloatMatrix(const RationalMatrix &exact, llvm::ArrayRef<int> exponents)
    : rows(exact.rows()), columns(exact.cols()) {
  for (double value : exact.toDoubles())
    values.push_back(static_cast<float>(value));
  for (size_t i = 0; i < exponents.size(); ++i)
    for (int j = 0; j < columns; ++j)
      values[i * size_t(columns) + size_t(j)] = std::ldexp(at(int(i), j), -exponents[i]);
}

/// Rows of B^T divided by their most frequent magnitude, the least of equally frequent ones, signed so that it comes
/// with a plus first; rows of G times it. Entries become +-1, integers of small tiles stay integers.
static llvm::Error simplifyRows(BilinearAlgorithm &line) {
  for (int i = 0; i < line.BT.rows(); ++i) {
    Rational best;
    int most = 0;
    for (int j = 0; j < line.BT.cols(); ++j) {
      Rational value = line.BT.at(i, j), magnitude = abs(value);
      int count = 0;
      for (int k = 0; k < line.BT.cols() && !value.isZero(); ++k)
        count += abs(line.BT.at(i, k)) == magnitude;
      if (count > most || (count == most && count > 0 && magnitude < abs(best))) {
        most = count;
        best = value;
      }
    }
    for (int j = 0; j < line.BT.cols() && most > 0; ++j)
      line.BT.at(i, j) = line.BT.at(i, j) / best;
    for (int j = 0; j < line.G.cols() && most > 0; ++j)
      line.G.at(i, j) *= best;
  }
  if (!line.BT.isValid() || !line.G.isValid())
    return llvm::createStringError("expected matrices of fractions of 64 bits, got larger ones");
  return llvm::Error::success();
}

/// (E62) The least p_i >= 0 with N_i 2^-p_i sqrt(255) <= sqrt(65504), so that every tap of both directions fits.
static std::vector<int> rowExponents(const RationalMatrix &input, TapType taps) {
  std::vector<int> exponents;
  std::vector<double> values = input.toDoubles();
  for (int i = 0; i < input.rows(); ++i) {
    double norm = 0;
    for (int j = 0; j < input.cols(); ++j)
      norm += std::fabs(values[size_t(i * input.cols() + j)]);
    double fits = std::sqrt(largestHalf / 255) * 0.999; // room for roundings
    exponents.push_back(taps == TapType::F16 && norm > fits ? int(std::ceil(std::log2(norm / fits))) : 0);
  }
  return exponents;
}

/// Row i of G times 2^p_i: what the input's row was divided by.
static std::vector<double> scaledFilter(const RationalMatrix &g, llvm::ArrayRef<int> exponents) {
  std::vector<double> values = g.toDoubles();
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = std::ldexp(values[i], exponents[i / size_t(g.cols())]);
  return values;
}

llvm::Expected<FloatTransform> FloatTransform::make(const TileSpec &tile) {
  if (tile.direct || !tile.hasFloatTaps())
    return llvm::createStringError("expected a tile with taps in floats, got " + tile.str());
  llvm::Expected<BilinearAlgorithm> down = BilinearAlgorithm::make(tile.down());
  if (!down)
    return down.takeError();
  llvm::Expected<BilinearAlgorithm> across = BilinearAlgorithm::make(tile.across());
  if (!across)
    return across.takeError();
  for (BilinearAlgorithm *line : {&*down, &*across})
    if (llvm::Error error = simplifyRows(*line))
      return std::move(error);
  std::vector<int> ofDown = rowExponents(down->BT, tile.inputTap), ofAcross = rowExponents(across->BT, tile.inputTap);
  FloatTransform transform;
  transform.taps = tile.inputTap;
  transform.sumsHalves = tile.product == ProductType::F16;
  transform.inputDown = FloatMatrix(down->BT, ofDown);
  transform.inputAcross = FloatMatrix(across->BT, ofAcross);
  transform.outputDown = FloatMatrix(down->AT);
  transform.outputAcross = FloatMatrix(across->AT);
  transform.filterDown = scaledFilter(down->G, ofDown);
  transform.filterAcross = scaledFilter(across->G, ofAcross);
  return transform;
}

/// Largest sum of magnitudes of `inputs` numbers taken halfRun by halfRun.
template <typename T> static double largestRun(llvm::ArrayRef<T> numbers) {
  double largest = 0;
  for (size_t first = 0; first < numbers.size(); first += halfRun) {
    double sum = 0;
    for (T number : numbers.slice(first, std::min<size_t>(halfRun, numbers.size() - first)))
      sum += std::fabs(double(number));
    largest = std::max(largest, sum);
  }
  return largest;
}

/// halfRun roundings to binary16, each by 2^-11, and that of V.
constexpr double ofHalfSums = 1.02;

FloatTaps FloatTransform::filterTaps(llvm::ArrayRef<float> filter, int64_t outputs, int64_t inputs,
                                     FloatInput from) const {
  int64_t down = inputDown.rows, across = inputAcross.rows, count = outputs * inputs;
  int64_t height = int64_t(filterDown.size()) / down, width = int64_t(filterAcross.size()) / across;
  std::vector<double> exact(size_t(down * across * count)), half(static_cast<size_t>(width));
  for (int64_t p = 0; p < count; ++p)
    for (int64_t i = 0; i < down; ++i) {
      for (int64_t v = 0; v < width; ++v) {
        half[size_t(v)] = 0;
        for (int64_t u = 0; u < height; ++u)
          half[size_t(v)] += filterDown[size_t(i * height + u)] * double(filter[size_t((p * height + u) * width + v)]);
      }
      for (int64_t j = 0; j < across; ++j) {
        double sum = 0;
        for (int64_t v = 0; v < width; ++v)
          sum += half[size_t(v)] * filterAcross[size_t(j * width + v)];
        exact[size_t((i * across + j) * count + p)] = sum;
      }
    }
  FloatTaps result{std::vector<float>(exact.size()), std::vector<int>(size_t(outputs), 0)};
  auto rowOf = [&](size_t index) { return size_t(int64_t(index) % count / inputs); };
  if (taps == TapType::F16) { // (E62) the largest of an output channel in [2^13, 2^14)
    std::vector<double> largest(size_t(outputs), 0);
    for (size_t i = 0; i < exact.size(); ++i)
      largest[rowOf(i)] = std::max(largest[rowOf(i)], std::fabs(exact[i]));
    for (size_t f = 0; f < largest.size(); ++f)
      if (largest[f] > 0 && std::isfinite(largest[f]))
        result.exponents[f] = std::clamp(13 - std::ilogb(largest[f]), -100, 100);
  }
  if (sumsHalves) {
    std::vector<double> u = inputBounds(from), reached(size_t(outputs), 0);
    for (size_t tap = 0; tap < u.size(); ++tap)
      for (size_t f = 0; f < size_t(outputs); ++f) {
        auto row = llvm::ArrayRef(exact).slice((tap * size_t(outputs) + f) * size_t(inputs), size_t(inputs));
        reached[f] = std::max(reached[f], u[tap] * largestRun(row));
      }
    for (size_t f = 0; f < reached.size(); ++f)
      if (reached[f] > 0 && std::isfinite(reached[f]))
        result.exponents[f] =
            std::clamp(int(std::floor(std::log2(largestHalf / (reached[f] * ofHalfSums * ofHalfSums)))), -100,
                       result.exponents[f]);
  }
  for (size_t i = 0; i < exact.size(); ++i)
    result.values[i] = taps == TapType::F16 ? roundToHalf(std::ldexp(exact[i], result.exponents[rowOf(i)]))
                                            : static_cast<float>(exact[i]);
  return result;
}

namespace {

/// Sums of positive and of negative parts, per row; rounded entries, as they are used.
struct RowSums {
  double positive = 0, negative = 0;
  double norm() const { return positive + negative; }
};

std::vector<RowSums> rowSums(const FloatMatrix &matrix) {
  std::vector<RowSums> sums(static_cast<size_t>(matrix.rows));
  for (int i = 0; i < matrix.rows; ++i)
    for (int j = 0; j < matrix.columns; ++j)
      (matrix.at(i, j) > 0 ? sums[size_t(i)].positive : sums[size_t(i)].negative) += std::fabs(double(matrix.at(i, j)));
  return sums;
}

double largestNorm(const FloatMatrix &matrix) {
  double largest = 1; // partial sums of either pass
  for (const RowSums &sum : rowSums(matrix))
    largest = std::max(largest, sum.norm());
  return largest;
}

} // namespace

std::vector<double> FloatTransform::inputBounds(FloatInput from) const {
  constexpr double ofTransform = 1 + 1.0 / (1 << 18); // some thirty roundings in a row
  std::vector<RowSums> down = rowSums(inputDown), across = rowSums(inputAcross);
  std::vector<double> result;
  for (const RowSums &a : down)
    for (const RowSums &b : across) {
      double norm = from.isUnsigned ? std::max(a.positive * b.positive + a.negative * b.negative,
                                               a.positive * b.negative + a.negative * b.positive)
                                    : a.norm() * b.norm();
      result.push_back(norm * from.largest * ofTransform * (taps == TapType::F16 ? 1 + 1.0 / 2048 : 1));
    }
  return result;
}

FloatBounds FloatTransform::bounds(FloatInput from, llvm::ArrayRef<float> filterTaps, int64_t outputs) const {
  constexpr double ofSums = 2; // roundings of O, one per channel, at most double it below 2^23 of them
  constexpr double largestFloat = std::numeric_limits<float>::max();
  bool isHalf = taps == TapType::F16;
  FloatBounds result;
  std::vector<double> u = inputBounds(from);
  size_t perTap = filterTaps.size() / u.size(), inputs = perTap / size_t(outputs);
  double products = 0;
  for (size_t tap = 0; tap < u.size(); ++tap) {
    result.input = std::max(result.input, u[tap]);
    for (size_t f = 0; f < size_t(outputs); ++f) {
      llvm::ArrayRef<float> row = filterTaps.slice(tap * perTap + f * inputs, inputs);
      double sum = 0;
      for (float v : row) {
        sum += std::fabs(double(v));
        result.filter = std::max(result.filter, std::isfinite(v) ? std::fabs(double(v)) : HUGE_VAL); // also NaN
      }
      products = std::max(products, u[tap] * sum);
      if (sumsHalves)
        result.halves = std::max(result.halves, u[tap] * largestRun(row) * ofHalfSums);
    }
  }
  result.sums = ofSums * products * largestNorm(outputDown) * largestNorm(outputAcross);
  double tapLimit = isHalf ? largestHalf : largestFloat;
  auto bits = [](double limit, double bound) { return std::log2(limit / std::max(bound, 1e-300)); };
  result.headroom = std::numeric_limits<double>::infinity();
  for (auto [stage, room] : {std::pair("input transform", bits(tapLimit, result.input)),
                             std::pair("filter taps", bits(tapLimit, result.filter)),
                             std::pair("tap products in halves", bits(largestHalf, result.halves)),
                             std::pair("tap products", bits(largestFloat, result.sums))})
    if (!(room >= result.headroom)) {
      result.headroom = room;
      result.stage = stage;
    }
  if (!std::isfinite(result.sums) || !std::isfinite(result.filter))
    result.headroom = -std::numeric_limits<double>::infinity();
  return result;
}

namespace {
/// A machine that only counts.
struct Counter {
  struct Float {};
  int count = 0;
  Float f32(double) { return {}; }
  Float neg(Float) { return ++count, Float(); }
  Float add(Float, Float) { return ++count, Float(); }
  Float sub(Float, Float) { return ++count, Float(); }
  Float mul(Float, Float) { return ++count, Float(); }
  Float fma(Float, Float, Float) { return ++count, Float(); }
};
} // namespace

int FloatTransform::operations(const FloatMatrix &down, const FloatMatrix &across) {
  Counter counter;
  std::vector<Counter::Float> patch(size_t(down.columns * across.columns));
  apply(counter, down, across, llvm::ArrayRef(patch));
  return counter.count;
}

} // namespace wino
