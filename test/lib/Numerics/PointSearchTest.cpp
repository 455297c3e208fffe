// The point search against brute force on small spaces, against published values, and against its own constraints.
// WINO_FULL=1 runs every tile of the tables instead of a sample.
#include "SearchSizes.h"
#include "wino/Numerics/NoiseGain.h"

#include "llvm/ADT/APFloat.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace wino;
using namespace wino::test;

namespace {

PointSearchResult search(const PointSearchOptions &options) { return llvm::cantFail(searchPoints(options)); }

std::string errorOf(const PointSearchOptions &options) {
  auto result = searchPoints(options);
  return result ? "found " + result->tile.str() : llvm::toString(result.takeError());
}

TEST(PointSearch, every_number_of_a_result_is_that_of_the_exact_matrices) {
  PointSearchOptions options = optionsFor(5, 3, 8);
  options.moments = Moments::autoregressive(7, 0.7, 0.1);
  PointSearchResult result = search(options);
  BilinearAlgorithm algorithm = llvm::cantFail(BilinearAlgorithm::make(result.tile));
  EXPECT_TRUE(algorithm.isExact());
  EXPECT_EQ(result.noiseGain, noiseGain(algorithm, options.moments));
  EXPECT_NEAR(result.noiseGain / fastNoiseGain(RealTile::of(result.tile), options.moments), 1, 1e-9);
  ASSERT_TRUE(result.cost.has_value());
  EXPECT_EQ(*result.cost, transformCost(llvm::cantFail(IntegerTransform::make(result.tile))));
}

/// The least E over all symmetric point sets with magnitudes from `values`, by exact matrices.
double bruteForce(int m, int r, const std::vector<Rational> &values, std::vector<Point> points = {}, size_t first = 0) {
  TileSpec spec = optionsFor(m, r, m + r - 1).tile;
  double best = std::numeric_limits<double>::infinity();
  size_t missing = size_t(spec.n()) - points.size();
  if (missing == 0) {
    spec.points = points;
    return noiseGain(llvm::cantFail(BilinearAlgorithm::make(spec)));
  }
  if (first == 0 && points.empty() && missing >= 2) {
    std::vector<Point> both = {{false, Rational(0)}, {true, Rational(0)}};
    best = bruteForce(m, r, values, both, 0);
    if (missing % 2 == 1)
      return std::min(bruteForce(m, r, values, {both[0]}, 0), bruteForce(m, r, values, {both[1]}, 0));
  }
  if (missing == 1)
    return best;
  for (size_t i = first; i < values.size(); ++i) {
    std::vector<Point> more = points;
    more.push_back({false, values[i]});
    more.push_back({false, -values[i]});
    best = std::min(best, bruteForce(m, r, values, more, i + 1));
  }
  return best;
}

TEST(PointSearch, finds_the_least_of_all_points_with_small_denominators) {
  std::vector<Rational> values; // what denominators 1 and 2 allow up to 8
  for (int a = 1; a <= 16; ++a)
    values.push_back(Rational(a, 2));
  for (auto [m, r] : {std::pair(2, 3), std::pair(3, 3), std::pair(4, 3), std::pair(2, 5), std::pair(5, 3)}) {
    PointSearchOptions options = optionsFor(m, r, m + r - 1);
    options.maxDenominator = 2;
    EXPECT_NEAR(search(options).noiseGain / bruteForce(m, r, values), 1, 1e-9) << m << "," << r;
  }
}

TEST(PointSearch, finds_the_least_of_all_factors_with_small_denominators) {
  // F(2,3), K = 5: one pair of points, or 0 and infinity, beside a factor x^2 + c at (0, t, -t) or (inf, t, -t).
  double best = std::numeric_limits<double>::infinity();
  TileSpec spec = optionsFor(2, 3, 5).tile;
  for (int p = 0; p <= 16; ++p)
    for (int c = 1; c <= 16; ++c)
      for (int t = 1; t <= 16; ++t)
        for (bool atInfinity : {false, true}) {
          Rational point(p, 2), value(t, 2);
          spec.points = {{false, p == 0 ? Rational(0) : point}, {p == 0, -point}};
          spec.factors = {{Rational(0), Rational(c, 2), {{atInfinity, 0}, {false, value}, {false, -value}}}};
          auto algorithm = BilinearAlgorithm::make(spec);
          if (algorithm)
            best = std::min(best, noiseGain(*algorithm));
          else
            llvm::consumeError(algorithm.takeError());
        }
  PointSearchOptions options = optionsFor(2, 3, 5);
  options.maxDenominator = 2;
  EXPECT_NEAR(search(options).noiseGain / best, 1, 1e-9);
}

TEST(PointSearch, gives_the_same_tile_every_time) {
  for (PointGoal goal : {PointGoal::Noise, PointGoal::Kappa, PointGoal::Cost}) {
    PointSearchOptions options = optionsFor(4, 3, goal == PointGoal::Noise ? 7 : 6);
    options.goal = goal;
    EXPECT_EQ(search(options).tile, search(options).tile);
  }
}

TEST(PointSearch, reaches_or_beats_the_condition_numbers_of_nova) {
  const struct {
    int m, r, maxDenominator;
    bool dyadic;
    double kappa; ///< the least over their denominators; the paper has 3.2, 14.5, 77, 474, 15.2, 183, 157 and 1763
  } table[] = {{2, 3, 10, false, 3.2},   {4, 3, 10, false, 14.535}, {6, 3, 10, false, 76.606},
               {8, 3, 10, false, 424.9}, {4, 3, 4, true, 15.64},    {4, 3, 8, true, 14.781},
               {6, 3, 4, true, 94.42},   {6, 3, 8, true, 78.96},    {4, 5, 10, false, 76.606},
               {6, 5, 10, false, 424.9}};
  for (const auto &row : table) {
    if (!isFull() && row.r != 3)
      continue;
    PointSearchOptions options = optionsFor(row.m, row.r, row.m + row.r - 1);
    options.goal = PointGoal::Kappa;
    options.maxDenominator = row.maxDenominator;
    options.dyadic = row.dyadic;
    PointSearchResult result = search(options);
    EXPECT_LE(result.kappa, row.kappa) << result.tile.str();
    EXPECT_TRUE(llvm::cantFail(BilinearAlgorithm::make(result.tile)).isExact());
  }
}

TEST(PointSearch, noise_does_not_change_when_output_and_kernel_swap) {
  // E is symmetric in A and G, and so in m and r: two searches that share nothing else must meet.
  EXPECT_NEAR(search(optionsFor(3, 5, 8)).noiseGain / search(optionsFor(5, 3, 8)).noiseGain, 1, 1e-9);
  EXPECT_NEAR(search(optionsFor(2, 7, 9)).noiseGain / search(optionsFor(7, 2, 9)).noiseGain, 1, 1e-9);
}

/// Whether binary16 holds every entry of the row times 2^k for some k.
bool holdsInHalf(const std::vector<Rational> &row) {
  for (const Rational &divisor : row) // some multiple has this entry as a power of two times an odd number
    for (int odd = 1; odd < 2048 && !divisor.isZero(); odd += 2)
      for (int exponent = -8; exponent <= 15; ++exponent) {
        bool fits = true;
        for (const Rational &entry : row) {
          Rational scaled = entry / abs(divisor) * Rational(odd);
          bool loses = scaled.denominator() != 1;
          llvm::APFloat half(std::ldexp(scaled.toDouble(), exponent));
          half.convert(llvm::APFloat::IEEEhalf(), llvm::APFloat::rmNearestTiesToEven, &loses);
          fits = fits && !loses && half.isFinite();
        }
        if (fits)
          return true;
      }
  return false;
}

TEST(PointSearch, keeps_its_constraints) {
  PointSearchOptions options = optionsFor(6, 3, 9);
  double least = search(options).noiseGain;

  PointSearchOptions dyadic = options;
  dyadic.dyadic = true;
  dyadic.maxDenominator = 8;
  PointSearchResult result = search(dyadic);
  EXPECT_GE(result.noiseGain, least);
  for (const Point &p : result.tile.points)
    EXPECT_EQ(8 % p.value.denominator(), 0) << result.tile.str();
  for (const QuadraticFactor &f : result.tile.factors)
    for (const Rational &v : {f.b, f.c, f.t[0].value, f.t[1].value, f.t[2].value})
      EXPECT_EQ(8 % v.denominator(), 0) << result.tile.str();

  PointSearchOptions half = options;
  half.fp16 = true;
  result = search(half);
  EXPECT_GE(result.noiseGain, least);
  EXPECT_LE(result.noiseGain, 1.05 * least);
  BilinearAlgorithm algorithm = llvm::cantFail(BilinearAlgorithm::make(result.tile));
  for (int j = 0; j < algorithm.K; ++j) {
    std::vector<Rational> row, column;
    for (int l = 0; l < algorithm.n; ++l)
      row.push_back(algorithm.BT.at(j, l));
    for (int i = 0; i < algorithm.m; ++i)
      column.push_back(algorithm.AT.at(i, j));
    EXPECT_TRUE(holdsInHalf(row) && holdsInHalf(column)) << result.tile.str();
  }

  PointSearchOptions bounded = options;
  bounded.maxCost = 6;
  result = search(bounded);
  EXPECT_LE(*result.cost, 6);
  EXPECT_LE(result.noiseGain, 2.65); // {3/4, 4/3} is under the bound
}

TEST(PointSearch, half_precision_needs_short_integers) {
  auto of = [](llvm::StringRef text) {
    return isExactInHalf(llvm::cantFail(BilinearAlgorithm::make(llvm::cantFail(TileSpec::parse(text)))));
  };
  EXPECT_TRUE(of("F(4,3) points=[0,1,-1,2,-2,inf]"));
  EXPECT_TRUE(of("F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf]"));                              // 97/36 is 97 beside 36
  EXPECT_FALSE(of("F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)]")); // 5^5 = 3125 has 12 bits
}

TEST(PointSearch, cost_is_what_the_code_of_the_transforms_counts) {
  IntegerTransform t = llvm::cantFail(IntegerTransform::make(llvm::cantFail(TileSpec::parse("F(2,3)"))));
  ASSERT_EQ(t.down.input.counts().total(), 4);
  ASSERT_EQ(t.down.output.counts().total(), 4);
  // Input: 4 columns and 4 rows of 4 operations on 8 lanes; output: 4 and 2 of 4 operations on 4 lanes; 4 outputs.
  EXPECT_DOUBLE_EQ(transformCost(t), (8 * 4 / 8.0 + 6 * 4 / 4.0) / 4);
  EXPECT_DOUBLE_EQ(transformCost(t, {1, 16}, 1), (4 / 8.0 + 4 / 4.0) / 2);
  EXPECT_DOUBLE_EQ(transformCost(t, {0.5, 32}), (8 * 4 / 16.0 + 6 * 4 / 8.0) / 4 * 0.5);
}

TEST(PointSearch, cheapest_tiles) {
  PointSearchOptions options = optionsFor(4, 3, 6);
  options.goal = PointGoal::Cost;
  PointSearchResult cheapest = search(options);
  EXPECT_LE(*cheapest.cost, transformCost(llvm::cantFail(IntegerTransform::make(
                                llvm::cantFail(TileSpec::parse("F(4,3) points=[0,1,-1,2,-2,inf]"))))));
  options.maxNoise = 5;
  PointSearchResult bounded = search(options);
  EXPECT_LE(bounded.noiseGain, 5);
  EXPECT_GE(*bounded.cost, *cheapest.cost);
  EXPECT_LE(*bounded.cost,
            transformCost(llvm::cantFail(IntegerTransform::make(llvm::cantFail(TileSpec::parse("F(4,3)"))))));
  options.maxNoise = 4;
  EXPECT_EQ(errorOf(options).rfind("expected a bound of the noise of at least 4.7", 0), 0u) << errorOf(options);
}

TEST(PointSearch, says_what_is_wrong) {
  EXPECT_EQ(errorOf(optionsFor(9, 3, 11)), "expected F(m,r) with m in 2..8 and r in 2..7, got F(9,3)");
  EXPECT_EQ(errorOf(optionsFor(4, 3, 5)), "expected K in 6..10 for F(4,3), got 5");
  EXPECT_EQ(errorOf(optionsFor(8, 7, 17)), "expected K in 14..16 for F(8,7), got 17");
  EXPECT_EQ(errorOf(optionsFor(2, 3, 7)),
            "expected K with at least two of m + r - 1 points per factor, got F(2,3) K=7");
  EXPECT_EQ(errorOf(optionsFor(3, 3, 7)),
            "expected a tile whose K products can be independent, got F(3,3) K=7; take a smaller K");
  PointSearchOptions options = optionsFor(4, 3, 6);
  options.maxCost = 0.1;
  EXPECT_EQ(errorOf(options), "expected constraints that some tile meets, got none for F(4,3) K=6; allow larger "
                              "denominators, more noise or a higher cost");
  options = optionsFor(4, 3, 6);
  options.maxDenominator = 65;
  EXPECT_EQ(errorOf(options), "expected denominators up to 1..64, got 65");
  options = optionsFor(4, 3, 6);
  options.maxNoise = 5;
  EXPECT_EQ(errorOf(options), "expected a bound of the noise for the goal cost only");
  options = optionsFor(4, 3, 6);
  options.moments.input = {1};
  EXPECT_EQ(errorOf(options), "expected input moment of 6 x 6 entries, got 1");
}

/// Least E that the search finds per tile, den <= 10; README, section 5.
const struct {
  int m, r, extra;
  double gain;
} table[] = {
    {2, 5, 0, 5.3252}, {2, 5, 1, 1.4611}, {2, 5, 2, 1.1760}, {3, 5, 0, 9.5305}, {3, 5, 1, 1.7919}, {3, 5, 2, 1.2882},
    {4, 5, 0, 19.069}, {4, 5, 1, 2.4675}, {4, 5, 2, 1.3184}, {5, 5, 0, 41.347}, {5, 5, 1, 3.8963}, {5, 5, 2, 1.5342},
    {6, 5, 0, 94.801}, {6, 5, 1, 6.9577}, {6, 5, 2, 1.8899}, {7, 5, 0, 226.76}, {7, 5, 1, 13.694}, {7, 5, 2, 2.6286},
    {8, 5, 0, 563.36}, {8, 5, 1, 29.019}, {8, 5, 2, 4.1572}, {2, 7, 0, 24.674}, {2, 7, 1, 2.9297}, {2, 7, 2, 1.3938},
    {3, 7, 0, 47.338}, {3, 7, 1, 4.3194}, {3, 7, 2, 1.6062}, {4, 7, 0, 100.14}, {4, 7, 1, 7.2967}, {4, 7, 2, 1.9323},
    {5, 7, 0, 226.76}, {5, 7, 1, 13.694}, {5, 7, 2, 2.6286}, {6, 7, 0, 541.66}, {6, 7, 1, 27.942}, {6, 7, 2, 4.0377},
    {7, 7, 0, 1322.2}, {7, 7, 1, 60.596}, {7, 7, 2, 6.9775}, {8, 7, 0, 3337.6}, {8, 7, 1, 136.12}, {8, 7, 2, 13.288},
};

TEST(PointSearch, reaches_the_published_table_for_larger_kernels) {
  for (const auto &row : table) {
    if (!isFull() && (row.m + row.extra) % 8 != 2)
      continue;
    PointSearchResult result = search(optionsFor(row.m, row.r, row.m + row.r - 1 + row.extra));
    EXPECT_NEAR(result.noiseGain / row.gain, 1, 1e-3) << result.tile.str();
  }
}

} // namespace
