// FilterRounding, TapSamples and MeanOutputs against tiles computed one by one.
#include "wino/Numerics/FilterRounding.h"
#include "../PlainLoops.h"
#include "wino/Numerics/MeanOutputs.h"
#include "wino/Numerics/TapScales.h"
#include "gtest/gtest.h"
#include <numeric>
#include <random>

using namespace wino;
using namespace wino::test;

namespace {

std::vector<double> toDoubles(const RationalMatrix &matrix) {
  std::vector<double> values;
  for (int i = 0; i < int(matrix.rows()); ++i)
    for (int j = 0; j < int(matrix.cols()); ++j)
      values.push_back(matrix.at(i, j).toDouble());
  return values;
}

/// One layer on random maps of odd sizes: 5 x 7 outputs cut the last tiles on both sides.
struct Layer {
  IntegerTransform transform;
  FilterRoundingProblem problem;
  InputTiling tiling;
  SampleMaps maps;
  std::vector<float> values, weights;

  Layer(const char *tile, int64_t cIn, int64_t cOut, int32_t limit, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    transform = llvm::cantFail(IntegerTransform::make(llvm::cantFail(TileSpec::parse(tile)), 128));
    const TileSpec &spec = transform.spec;
    unsigned k = spec.K;
    maps = {{}, 6, cIn, 5, 7};
    values.resize(6 * cIn * 35);
    for (float &x : values)
      x = 0.4f * normal(random) + 0.2f;
    maps.values = values;
    tiling.scale = 0.01;
    tiling.padTop = tiling.padLeft = 1;
    tiling.outHeight = 5;
    tiling.outWidth = 7;
    problem.k = k;
    problem.m = spec.m;
    problem.n = spec.n();
    problem.cIn = cIn;
    problem.cOut = cOut;
    problem.limit = limit;
    problem.at = toDoubles(transform.algorithm.AT);
    problem.bt = toDoubles(transform.algorithm.BT);
    std::vector<double> bounds = transform.tapBounds(128);
    for (unsigned tap = 0; tap < k * k; ++tap) {
      double unit = std::ldexp(tiling.scale, -transform.prescale) / (transform.beta[tap / k] * transform.beta[tap % k]);
      std::optional<Multiplier16> requant = quantizeMultiplier16(127 / (0.5 * bounds[tap]));
      tiling.multipliers.push_back(requant->m);
      tiling.shifts.push_back(requant->shift);
      problem.inputScales.push_back(unit / requant->real());
    }
    weights.resize(cOut * cIn * 9);
    for (float &w : weights)
      w = 0.1f * normal(random);
    std::vector<double> g = toDoubles(transform.algorithm.G);
    problem.filterScales.resize(k * k * cOut);
    for (int64_t f = 0; f < cOut; ++f) {
      std::vector<double> taps = transformFilter(g, k, 3, llvm::ArrayRef(weights).slice(f * cIn * 9, cIn * 9));
      problem.values.insert(problem.values.end(), taps.begin(), taps.end());
      for (unsigned tap = 0; tap < k * k; ++tap) {
        double largest = 0;
        for (int64_t c = 0; c < cIn; ++c)
          largest = std::max(largest, std::fabs(taps[tap * cIn + c]));
        problem.filterScales[tap * cOut + f] = largest / limit;
      }
    }
  }

  TapSamples samples(unsigned threads = 1) const { return sampleTaps(transform, tiling, maps, 1 << 30, threads); }

  std::vector<int32_t> nearest() const {
    size_t unknowns = problem.k * problem.k * problem.cIn;
    std::vector<int32_t> v(unknowns * problem.cOut);
    for (int64_t f = 0; f < problem.cOut; ++f)
      for (size_t i = 0; i < unknowns; ++i)
        v[at(i, f)] = quantizeTap(problem.values[f * unknowns + i],
                                  problem.filterScales[i / problem.cIn * problem.cOut + f], problem.limit);
    return v;
  }
  size_t at(size_t unknown, int64_t f) const {
    return (unknown / problem.cIn * problem.cOut + f) * problem.cIn + unknown % problem.cIn;
  }

  /// Outputs on the map that the real filter taps `filter` (of channel f, K x K x C_in) give with the integer input
  /// taps.
  std::vector<double> outputs(const TapSamples &samples, const std::vector<double> &filter) const {
    int k = problem.k;
    std::vector<double> result;
    for (const TapGroup &group : samples.groups)
      for (int64_t p = 0; p < group.tiles; ++p) {
        std::vector<double> o(k * k);
        for (int tap = 0; tap < k * k; ++tap)
          for (int64_t c = 0; c < problem.cIn; ++c) {
            int64_t unknown = tap * problem.cIn + c;
            o[tap] += problem.inputScales[tap] * group.taps[unknown * group.tiles + p] * filter[unknown];
          }
        for (int a = 0; a < group.rows; ++a)
          for (int b = 0; b < group.cols; ++b)
            result.push_back(onBothSides(problem.at, k, a, b, [&](size_t i, size_t j) { return o[i * k + j]; }));
      }
    return result;
  }

  /// w - s v of channel f, K x K x C_in, or s v alone.
  std::vector<double> filterOf(llvm::ArrayRef<int32_t> v, int64_t f, bool isError) const {
    size_t unknowns = problem.k * problem.k * problem.cIn;
    std::vector<double> result(unknowns);
    for (size_t i = 0; i < unknowns; ++i) {
      double sv = problem.filterScales[i / problem.cIn * problem.cOut + f] * v[at(i, f)];
      result[i] = isError ? problem.values[f * unknowns + i] - sv : sv;
    }
    return result;
  }

  double outputError(const TapSamples &samples, llvm::ArrayRef<int32_t> v) const {
    double sum = 0;
    for (int64_t f = 0; f < problem.cOut; ++f)
      for (double y : outputs(samples, filterOf(v, f, true)))
        sum += y * y;
    return sum;
  }
};

} // namespace

// U = B^T X B in binary64 from the exact matrix, not from the DAG; F(2,3) has no rounding before the requantization.
static void checkSamples(const char *tile, int32_t limit) {
  Layer layer(tile, 2, 1, 127);
  TapSamples samples = layer.samples();
  ASSERT_EQ(samples.groups.size(), 4u); // 5 x 7 outputs, m = 2
  int64_t tiles = 0;
  bool isClamped = false;
  const FilterRoundingProblem &problem = layer.problem;
  for (const TapGroup &group : samples.groups) {
    tiles += group.tiles;
    bool cutY = group.rows < 2, cutX = group.cols < 2;
    int64_t across = cutX ? 1 : 3, down = cutY ? 1 : 2;
    ASSERT_EQ(group.tiles, 6 * across * down);
    for (int64_t p = 0; p < group.tiles; ++p)
      for (int64_t c = 0; c < 2; ++c)
        for (int tap = 0; tap < 16; ++tap) {
          int64_t image = p / (across * down), ty = p / across % down + (cutY ? 2 : 0),
                  tx = p % across + (cutX ? 3 : 0);
          double u = 0;
          for (int y = 0; y < 4; ++y)
            for (int x = 0; x < 4; ++x) {
              int64_t row = ty * 2 - 1 + y, col = tx * 2 - 1 + x;
              if (row < 0 || row >= 5 || col < 0 || col >= 7)
                continue;
              double q = roundHalfUp(layer.values[((image * 2 + c) * 5 + row) * 7 + col] / layer.tiling.scale);
              u += problem.bt[tap / 4 * 4 + y] * problem.bt[tap % 4 * 4 + x] * std::clamp(q, -128.0, 127.0);
            }
          double fixed =
              std::ldexp(u * layer.transform.beta[tap / 4] * layer.transform.beta[tap % 4], layer.transform.prescale);
          int16_t scaled = mulhi16(int16_t(fixed), int16_t(layer.tiling.multipliers[tap]));
          int64_t expected = rshr(scaled, layer.tiling.shifts[tap]);
          isClamped |= std::abs(expected) > limit + 1;
          EXPECT_EQ(int(group.taps[(tap * 2 + c) * group.tiles + p]), clampTo<int>(expected, -limit - 1, limit));
        }
  }
  EXPECT_EQ(tiles, 6 * 12);
  EXPECT_TRUE(isClamped || limit == 127); // multipliers are made for 127 and half the range
}

TEST(TapSamples, AreTheRequantizedTransformsOfEveryTile) {
  checkSamples("F(2,3)", 127);
  checkSamples("F(2,3) taps=i6xi6", 31);
}

TEST(TapSamples, KeepToTheByteLimit) {
  Layer layer("F(2,3)", 2, 1, 127);
  int64_t perImage = 16 * 2 * 12;
  for (int64_t images : {1, 3, 6}) {
    TapSamples samples = sampleTaps(layer.transform, layer.tiling, layer.maps, perImage * images + 5, 1);
    EXPECT_EQ(samples.images, images);
    size_t bytes = 0;
    for (const TapGroup &group : samples.groups)
      bytes += group.taps.size();
    EXPECT_EQ(int64_t(bytes), perImage * images);
  }
  EXPECT_EQ(sampleTaps(layer.transform, layer.tiling, layer.maps, 1, 1).images, 1);
}

TEST(FilterRounding, FormIsTheErrorOfTheOutputs) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (const char *tile : {"F(2,3)", "F(4,3)", "F(3,3)"}) {
    Layer layer(tile, 3, 1, 127);
    TapSamples samples = layer.samples();
    std::vector<uint32_t> order(samples.unknowns());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    QuadraticForm form = outputErrorForm(layer.problem, samples, order, 0, 2);
    std::vector<double> error(order.size());
    for (double &e : error)
      e = uniform(random);
    double direct = 0, quadratic = 0;
    for (double y : layer.outputs(samples, error))
      direct += y * y;
    for (size_t i = 0; i < order.size(); ++i)
      for (size_t j = 0; j <= i; ++j)
        quadratic += (i == j ? 1 : 2) * error[order[i]] * form.at(i, j) * error[order[j]];
    EXPECT_NEAR(quadratic, direct, 1e-9 * direct) << tile;
  }
}

/// Summed squared outputs (rows x cols of a tile) that these errors of V make of a unit impulse at every input: such
/// inputs are white.
static double impulseError(const FilterRoundingProblem &problem, const std::vector<double> &error, int rows, int cols) {
  unsigned k = problem.k, n = problem.n;
  double direct = 0;
  for (unsigned y = 0; y < n; ++y)
    for (unsigned x = 0; x < n; ++x)
      for (int a = 0; a < rows; ++a)
        for (int b = 0; b < cols; ++b) {
          double sum = 0;
          for (unsigned i = 0; i < k; ++i)
            for (unsigned j = 0; j < k; ++j)
              sum += problem.at[a * k + i] * problem.at[b * k + j] * problem.bt[i * n + y] * problem.bt[j * n + x] *
                     error[i * k + j];
          direct += sum * sum;
        }
  return direct;
}

TEST(FilterRounding, WhiteFormIsTheErrorOnImpulses) {
  Layer layer("F(4,3)", 1, 1, 127);
  std::mt19937 random(8);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> error(36);
  for (double &e : error)
    e = uniform(random);
  QuadraticForm form = whiteErrorForm(layer.problem);
  auto quadratic = [&](QuadraticForm &form) {
    double sum = 0;
    for (unsigned i = 0; i < 36; ++i)
      for (unsigned j = 0; j <= i; ++j)
        sum += (i == j ? 1 : 2) * error[i] * form.at(i, j) * error[j];
    return sum;
  };
  double direct = impulseError(layer.problem, error, 4, 4);
  EXPECT_NEAR(quadratic(form), direct, 1e-9 * direct);
  // Noise added to samples counts once per tile, and only in outputs on the map.
  TapSamples samples = layer.samples();
  std::vector<uint32_t> order(36);
  std::iota(order.begin(), order.end(), 0);
  QuadraticForm with = outputErrorForm(layer.problem, samples, order, 0.5, 1),
                without = outputErrorForm(layer.problem, samples, order, 0, 1);
  double noise = 0;
  for (const TapGroup &group : samples.groups)
    noise += 0.5 * double(group.tiles) * impulseError(layer.problem, error, group.rows, group.cols);
  EXPECT_NEAR(quadratic(with) - quadratic(without), noise, 1e-9 * noise);
}

TEST(FilterRounding, EveryModelBeatsNearestOnItsSamples) {
  Layer layer("F(4,3)", 6, 5, 7);
  TapSamples samples = layer.samples();
  double nearest = layer.outputError(samples, layer.nearest());
  FilterRoundingOptions options;
  RoundedFilter joint = roundFilter(layer.problem, &samples, options);
  EXPECT_EQ(joint.model, RoundingModel::Joint);
  double jointError = layer.outputError(samples, joint.taps);
  options.maxUnknowns = 215; // one less than needed
  RoundedFilter taps = roundFilter(layer.problem, &samples, options);
  EXPECT_EQ(taps.model, RoundingModel::Taps);
  double tapsError = layer.outputError(samples, taps.taps);
  options.maxUnknowns = 5; // one less than there are channels
  EXPECT_EQ(roundFilter(layer.problem, &samples, options).model, RoundingModel::White);
  RoundedFilter white = roundFilter(layer.problem, nullptr, options);
  EXPECT_EQ(white.model, RoundingModel::White);
  double whiteError = layer.outputError(samples, white.taps);
  EXPECT_LT(jointError, 0.5 * nearest);
  EXPECT_LT(tapsError, nearest);
  EXPECT_LT(whiteError, 0.8 * nearest);
  EXPECT_LT(jointError, tapsError);
  for (int32_t v : joint.taps)
    EXPECT_LE(std::abs(v), 7);
}

TEST(FilterRounding, ThreadsChangeNoBit) {
  Layer layer("F(4,3)", 6, 5, 31);
  TapSamples one = layer.samples(1), two = layer.samples(2);
  for (size_t g = 0; g < one.groups.size(); ++g)
    ASSERT_EQ(one.groups[g].taps, two.groups[g].taps);
  FilterRoundingOptions options;
  for (const TapSamples *samples : {(const TapSamples *)&one, (const TapSamples *)nullptr}) {
    options.threads = 1;
    RoundedFilter first = roundFilter(layer.problem, samples, options);
    options.threads = 2;
    EXPECT_EQ(first.taps, roundFilter(layer.problem, samples, options).taps);
  }
}

TEST(MeanOutputs, WinogradMeansAreThoseOfTheOutputs) {
  Layer layer("F(4,3)", 3, 2, 7);
  TapSamples samples = layer.samples();
  std::vector<int32_t> v = layer.nearest();
  std::vector<double> means = meanWinogradOutputs(layer.problem, samples, v);
  for (int64_t f = 0; f < 2; ++f) {
    std::vector<double> outputs = layer.outputs(samples, layer.filterOf(v, f, false));
    ASSERT_EQ(outputs.size(), 6u * 35);
    EXPECT_NEAR(means[f], std::accumulate(outputs.begin(), outputs.end(), 0.0) / double(outputs.size()), 1e-9);
  }
}

TEST(MeanOutputs, FloatMeansAreThoseOfTheConvolution) {
  Layer layer("F(4,3)", 3, 2, 7);
  layer.tiling.padTop = 2; // 5 outputs: one row of zeros more above than below
  std::vector<double> means = meanFloatOutputs(layer.maps, 4, layer.tiling, layer.weights, 3);
  for (int64_t f = 0; f < 2; ++f) {
    double sum = 0;
    for (int64_t image = 0; image < 4; ++image)
      for (int64_t y = 0; y < 5; ++y)
        for (int64_t x = 0; x < 7; ++x)
          for (int64_t c = 0; c < 3; ++c)
            for (int64_t u = 0; u < 3; ++u)
              for (int64_t t = 0; t < 3; ++t) {
                int64_t row = y + u - 2, col = x + t - 1;
                if (row >= 0 && row < 5 && col >= 0 && col < 7)
                  sum += double(layer.weights[((f * 3 + c) * 3 + u) * 3 + t]) *
                         layer.values[((image * 3 + c) * 5 + row) * 7 + col];
              }
    EXPECT_NEAR(means[f], sum / (4 * 35), 1e-9);
  }
}
