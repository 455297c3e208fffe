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
  int64_t window;

  Layer(const char *tile, int64_t cIn, int64_t cOut, int32_t limit, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    transform = llvm::cantFail(IntegerTransform::make(llvm::cantFail(TileSpec::parse(tile)), 128));
    const TileSpec &spec = transform.spec;
    unsigned taps = unsigned(spec.taps());
    maps = {{}, 6, cIn, 5, 7};
    values.resize(6 * cIn * 35);
    for (float &x : values)
      x = 0.4f * normal(random) + 0.2f;
    maps.values = values;
    tiling.scale = 0.01;
    tiling.padTop = tiling.padLeft = 1;
    tiling.outHeight = 5;
    tiling.outWidth = 7;
    auto lineOf = [](const BilinearAlgorithm &a) {
      FilterRoundingProblem::Line line;
      line.k = unsigned(a.K);
      line.m = unsigned(a.m);
      line.n = unsigned(a.n);
      line.at = toDoubles(a.AT);
      line.bt = toDoubles(a.BT);
      return line;
    };
    problem.down = lineOf(transform.down.algorithm);
    problem.across = lineOf(transform.across.algorithm);
    problem.cIn = cIn;
    problem.cOut = cOut;
    problem.limit = limit;
    tiling.strideDown = spec.down().stride;
    tiling.strideAcross = spec.across().stride;
    std::vector<double> bounds = transform.tapBounds(128);
    for (unsigned tap = 0; tap < taps; ++tap) {
      double unit = std::ldexp(tiling.scale, -transform.prescale) / transform.betaOf(tap);
      std::optional<Multiplier16> requant = quantizeMultiplier16(std::min(0.9, 127 / (0.5 * bounds[tap])));
      tiling.multipliers.push_back(requant->m);
      tiling.shifts.push_back(requant->shift);
      problem.inputScales.push_back(unit / requant->real());
    }
    window = spec.down().r * spec.across().r;
    weights.resize(cOut * cIn * window);
    for (float &w : weights)
      w = 0.1f * normal(random);
    LineMatrix down(transform.down.algorithm.G), across(transform.across.algorithm.G);
    problem.filterScales.resize(taps * cOut);
    for (int64_t f = 0; f < cOut; ++f) {
      std::vector<double> v =
          transformFilter(down, across, llvm::ArrayRef(weights).slice(f * cIn * window, cIn * window));
      problem.values.insert(problem.values.end(), v.begin(), v.end());
      for (unsigned tap = 0; tap < taps; ++tap) {
        double largest = 0;
        for (int64_t c = 0; c < cIn; ++c)
          largest = std::max(largest, std::fabs(v[tap * cIn + c]));
        problem.filterScales[tap * cOut + f] = largest / limit;
      }
    }
  }

  TapSamples samples(unsigned threads = 1) const { return sampleTaps(transform, tiling, maps, 1 << 30, threads); }

  std::vector<int32_t> nearest() const {
    size_t unknowns = problem.taps() * problem.cIn;
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

  /// Outputs on the map that the real filter taps `filter` (of channel f, taps x C_in) give with the integer input
  /// taps.
  std::vector<double> outputs(const TapSamples &samples, const std::vector<double> &filter) const {
    int k = int(problem.across.k), taps = int(problem.taps());
    std::vector<double> result;
    for (const TapGroup &group : samples.groups)
      for (int64_t p = 0; p < group.tiles; ++p) {
        std::vector<double> o(taps);
        for (int tap = 0; tap < taps; ++tap)
          for (int64_t c = 0; c < problem.cIn; ++c) {
            int64_t unknown = tap * problem.cIn + c;
            o[tap] += problem.inputScales[tap] * group.taps[unknown * group.tiles + p] * filter[unknown];
          }
        for (int a = 0; a < group.rows; ++a)
          for (int b = 0; b < group.cols; ++b) {
            double sum = 0;
            for (int tap = 0; tap < taps; ++tap)
              sum += problem.down.at[a * problem.down.k + tap / k] * problem.across.at[b * k + tap % k] * o[tap];
            result.push_back(sum);
          }
      }
    return result;
  }

  /// w - s v of channel f, taps x C_in, or s v alone.
  std::vector<double> filterOf(llvm::ArrayRef<int32_t> v, int64_t f, bool isError) const {
    size_t unknowns = problem.taps() * problem.cIn;
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

// U = B^T X B in binary64 from the exact matrix, not from the DAG; these tiles do not round before the requantization.
static void checkSamples(const char *tile, int32_t limit) {
  Layer layer(tile, 2, 1, 127);
  TapSamples samples = layer.samples();
  ASSERT_TRUE(layer.transform.exactInput);
  int64_t high = layer.transform.spec.down().m, wide = layer.transform.spec.across().m;
  ASSERT_EQ(samples.groups.size(), (5 % high ? 2u : 1u) * (7 % wide ? 2u : 1u)); // 5 x 7 outputs
  int64_t tiles = 0;
  bool isClamped = false;
  const FilterRoundingProblem &problem = layer.problem;
  for (const TapGroup &group : samples.groups) {
    tiles += group.tiles;
    bool cutY = group.rows < high, cutX = group.cols < wide;
    int64_t across = cutX ? 1 : 7 / wide, down = cutY ? 1 : 5 / high;
    ASSERT_EQ(group.tiles, 6 * across * down);
    for (int64_t p = 0; p < group.tiles; ++p)
      for (int64_t c = 0; c < 2; ++c)
        for (unsigned tap = 0; tap < problem.taps(); ++tap) {
          int64_t image = p / (across * down), ty = p / across % down + (cutY ? 5 / high : 0),
                  tx = p % across + (cutX ? 7 / wide : 0);
          const FilterRoundingProblem::Line &rows = problem.down, &columns = problem.across;
          double u = 0;
          for (unsigned y = 0; y < rows.n; ++y)
            for (unsigned x = 0; x < columns.n; ++x) {
              int64_t row = ty * high - 1 + y, col = tx * wide - 1 + x;
              if (row < 0 || row >= 5 || col < 0 || col >= 7)
                continue;
              double q = roundHalfUp(layer.values[((image * 2 + c) * 5 + row) * 7 + col] / layer.tiling.scale);
              u += rows.bt[tap / columns.k * rows.n + y] * columns.bt[tap % columns.k * columns.n + x] *
                   std::clamp(q, -128.0, 127.0);
            }
          double fixed = std::ldexp(u * layer.transform.betaOf(tap), layer.transform.prescale);
          int16_t scaled = mulhi16(int16_t(roundHalfUp(fixed)), int16_t(layer.tiling.multipliers[tap]));
          int64_t expected = rshr(scaled, layer.tiling.shifts[tap]);
          isClamped |= std::abs(expected) > limit + 1;
          EXPECT_EQ(int(group.taps[(tap * 2 + c) * group.tiles + p]), clampTo<int>(expected, -limit - 1, limit));
        }
  }
  EXPECT_EQ(tiles, 6 * ((5 + high - 1) / high) * ((7 + wide - 1) / wide));
  EXPECT_TRUE(isClamped || limit == 127); // multipliers are made for 127 and half the range
}

TEST(TapSamples, AreTheRequantizedTransformsOfEveryTile) {
  checkSamples("F(2,3)", 127);
  checkSamples("F(2,3) taps=i6xi6", 31);
  checkSamples("F(2x4,3) points=[0,1,-1,inf]x[0,1,-1,2,-2,inf]", 127);
  checkSamples("F(1x2,1x3)", 127);
  checkSamples("F(4x1,3x1) points=[0,1,-1,2,-2,inf]x[0]", 127);
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
  for (const char *tile : {"F(2,3)", "F(4,3)", "F(3,3)", "F(4x2,3)", "F(1x4,1x3)"}) {
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
  const FilterRoundingProblem::Line &down = problem.down, &across = problem.across;
  double direct = 0;
  for (unsigned y = 0; y < down.n; ++y)
    for (unsigned x = 0; x < across.n; ++x)
      for (int a = 0; a < rows; ++a)
        for (int b = 0; b < cols; ++b) {
          double sum = 0;
          for (unsigned i = 0; i < down.k; ++i)
            for (unsigned j = 0; j < across.k; ++j)
              sum += down.at[a * down.k + i] * across.at[b * across.k + j] * down.bt[i * down.n + y] *
                     across.bt[j * across.n + x] * error[i * across.k + j];
          direct += sum * sum;
        }
  return direct;
}

static void checkWhiteForm(const char *tile) {
  Layer layer(tile, 1, 1, 127);
  unsigned taps = layer.problem.taps();
  std::mt19937 random(8);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> error(taps);
  for (double &e : error)
    e = uniform(random);
  QuadraticForm form = whiteErrorForm(layer.problem);
  auto quadratic = [&](QuadraticForm &form) {
    double sum = 0;
    for (unsigned i = 0; i < taps; ++i)
      for (unsigned j = 0; j <= i; ++j)
        sum += (i == j ? 1 : 2) * error[i] * form.at(i, j) * error[j];
    return sum;
  };
  double direct = impulseError(layer.problem, error, int(layer.problem.down.m), int(layer.problem.across.m));
  EXPECT_NEAR(quadratic(form), direct, 1e-9 * direct);
  // Noise added to samples counts once per tile, and only in outputs on the map.
  TapSamples samples = layer.samples();
  std::vector<uint32_t> order(taps);
  std::iota(order.begin(), order.end(), 0);
  QuadraticForm with = outputErrorForm(layer.problem, samples, order, 0.5, 1),
                without = outputErrorForm(layer.problem, samples, order, 0, 1);
  double noise = 0;
  for (const TapGroup &group : samples.groups)
    noise += 0.5 * double(group.tiles) * impulseError(layer.problem, error, group.rows, group.cols);
  EXPECT_NEAR(quadratic(with) - quadratic(without), noise, 1e-9 * noise);
}

TEST(FilterRounding, WhiteFormIsTheErrorOnImpulses) {
  checkWhiteForm("F(4,3)");
  checkWhiteForm("F(2x4,3)");
  checkWhiteForm("F(4x1,3x1)");
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

static void checkMeans(const char *tile) {
  Layer layer(tile, 3, 2, 7);
  TapSamples samples = layer.samples();
  std::vector<int32_t> v = layer.nearest();
  std::vector<double> means = meanWinogradOutputs(layer.problem, samples, v);
  for (int64_t f = 0; f < 2; ++f) {
    std::vector<double> outputs = layer.outputs(samples, layer.filterOf(v, f, false));
    ASSERT_EQ(outputs.size(), 6u * 35);
    EXPECT_NEAR(means[f], std::accumulate(outputs.begin(), outputs.end(), 0.0) / double(outputs.size()), 1e-9);
  }
}

TEST(MeanOutputs, WinogradMeansAreThoseOfTheOutputs) {
  checkMeans("F(4,3)");
  checkMeans("F(4x3,3)");
  checkMeans("F(1x4,1x3)");
  checkMeans("F(2,3)/2");
  checkMeans("F(3x2,3)/2x1");
}

static void checkFloatMeans(const char *tile, int64_t high, int64_t wide) {
  Layer layer(tile, 3, 2, 7);
  layer.tiling.padTop = 2; // 5 outputs: one row of zeros more above than below
  std::vector<double> means = meanFloatOutputs(layer.maps, 4, layer.tiling, layer.weights, high, wide);
  for (int64_t f = 0; f < 2; ++f) {
    double sum = 0;
    for (int64_t image = 0; image < 4; ++image)
      for (int64_t y = 0; y < 5; ++y)
        for (int64_t x = 0; x < 7; ++x)
          for (int64_t c = 0; c < 3; ++c)
            for (int64_t u = 0; u < high; ++u)
              for (int64_t t = 0; t < wide; ++t) {
                int64_t row = y * layer.tiling.strideDown + u - 2, col = x * layer.tiling.strideAcross + t - 1;
                if (row >= 0 && row < 5 && col >= 0 && col < 7)
                  sum += double(layer.weights[((f * 3 + c) * high + u) * wide + t]) *
                         layer.values[((image * 3 + c) * 5 + row) * 7 + col];
              }
    EXPECT_NEAR(means[f], sum / (4 * 35), 1e-9);
  }
}

TEST(MeanOutputs, FloatMeansAreThoseOfTheConvolution) {
  checkFloatMeans("F(4,3)", 3, 3);
  checkFloatMeans("F(1x4,1x3)", 1, 3);
  checkFloatMeans("F(2,3)/2", 3, 3);
  checkFloatMeans("F(3x2,3)/2x1", 3, 3);
}
