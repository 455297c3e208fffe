// Winograd with taps in floats against convolution in binary64; the forms that transforms take; bounds against inputs
// that were made to reach them; binary16 against LLVM's APFloat.
#include "wino/Numerics/FloatTransform.h"
#include "wino/Numerics/ElementaryFunctions.h"
#include "wino/Numerics/HalfFloat.h"

#include "llvm/ADT/APFloat.h"

#include "gtest/gtest.h"

#include <random>

using namespace wino;

namespace {

FloatTransform transformOf(const std::string &tile, const char *taps) {
  return llvm::cantFail(FloatTransform::make(llvm::cantFail(TileSpec::parse(tile + " taps=" + taps))));
}

llvm::SmallVector<float> inputTaps(const FloatTransform &transform, llvm::ArrayRef<float> patch) {
  NumberMachine machine;
  auto u = FloatTransform::apply(machine, transform.inputDown, transform.inputAcross, patch);
  for (float &tap : u)
    tap = transform.taps == TapType::F16 ? roundToHalf(tap) : tap;
  return u;
}

struct Case {
  const char *tile;
  double bound, halfBound; ///< of the error relative to the largest output, in f32 and f16
};

class FloatTransforms : public testing::TestWithParam<Case> {};

TEST_P(FloatTransforms, computeTheConvolution) {
  for (const char *taps : {"f32xf32", "f16xf16"}) {
    TileSpec tile = llvm::cantFail(TileSpec::parse(GetParam().tile));
    FloatTransform transform = transformOf(GetParam().tile, taps);
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    NumberMachine machine;
    int nDown = tile.down().n(), nAcross = tile.across().n(), rDown = tile.down().r, rAcross = tile.across().r;
    double worst = 0, largest = 0;
    for (int trial = 0; trial < 50; ++trial) {
      std::vector<float> x(size_t(nDown * nAcross)), w(size_t(rDown * rAcross));
      for (float &value : x)
        value = float(int(uniform(random) * 127));
      for (float &value : w)
        value = uniform(random);
      FloatTaps v = transform.filterTaps(w, 1, 1, {1, false});
      auto u = inputTaps(transform, x);
      for (size_t t = 0; t < u.size(); ++t)
        u[t] = float(std::ldexp(double(u[t]) * v.values[t], -v.exponents[0]));
      auto y = FloatTransform::apply(machine, transform.outputDown, transform.outputAcross, llvm::ArrayRef<float>(u));
      ASSERT_EQ(y.size(), size_t(tile.down().m * tile.across().m));
      for (int a = 0; a < tile.down().m; ++a)
        for (int b = 0; b < tile.across().m; ++b) {
          double sum = 0;
          for (int i = 0; i < rDown; ++i)
            for (int j = 0; j < rAcross; ++j)
              sum += double(x[size_t((a * tile.down().stride + i) * nAcross + b * tile.across().stride + j)]) *
                     w[size_t(i * rAcross + j)];
          worst = std::max(worst, std::fabs(y[size_t(a * tile.across().m + b)] - sum));
          largest = std::max(largest, std::fabs(sum));
        }
    }
    EXPECT_LE(worst / largest, taps[1] == '3' ? GetParam().bound : GetParam().halfBound) << taps;
  }
}

/// The certificate: U never leaves its bound, and inputs with the signs of a tap's coefficients come near it.
TEST_P(FloatTransforms, stayWithinTheirBounds) {
  for (const char *taps : {"f32xf32", "f16xf16"})
    for (bool isUnsigned : {false, true}) {
      TileSpec tile = llvm::cantFail(TileSpec::parse(GetParam().tile));
      FloatTransform transform = transformOf(GetParam().tile, taps);
      int nDown = tile.down().n(), nAcross = tile.across().n();
      int lo = isUnsigned ? 0 : -128, hi = isUnsigned ? 255 : 127;
      std::mt19937 random(2);
      constexpr int64_t outputs = 3, inputs = 4;
      std::vector<float> w(size_t(outputs * inputs * tile.down().r * tile.across().r));
      for (size_t i = 0; i < w.size(); ++i) // outputs of very different sizes
        w[i] = std::ldexp(float(int(random() % 2001) - 1000), int(i * outputs / w.size()) * 12 - 20);
      FloatInput from{isUnsigned ? 255.0 : 128.0, isUnsigned};
      FloatTaps v = transform.filterTaps(w, outputs, inputs, from);
      FloatBounds bounds = transform.bounds(from, v.values, outputs);
      EXPECT_GE(bounds.headroom, 0) << taps;
      if (transform.taps == TapType::F16) {
        EXPECT_LE(bounds.input, largestHalf);
        EXPECT_LE(bounds.filter, 16384);
        EXPECT_GE(bounds.filter, 8192);
        for (float tap : v.values)
          EXPECT_EQ(tap, roundToHalf(tap));
      }
      double reached = 0;
      std::vector<float> patch(size_t(nDown * nAcross));
      auto look = [&] {
        for (float u : inputTaps(transform, patch)) {
          ASSERT_TRUE(std::isfinite(u));
          reached = std::max(reached, std::fabs(double(u)));
        }
      };
      for (int i = 0; i < tile.down().K; ++i)
        for (int j = 0; j < tile.across().K; ++j)
          for (int sign : {1, -1}) {
            for (int k = 0; k < nDown * nAcross; ++k) {
              float c = transform.inputDown.at(i, k / nAcross) * transform.inputAcross.at(j, k % nAcross);
              patch[size_t(k)] = float(c * float(sign) > 0 ? hi : lo);
            }
            look();
          }
      for (int trial = 0; trial < 200; ++trial) {
        for (float &x : patch)
          x = float(lo + int(random() % unsigned(hi - lo + 1)));
        look();
      }
      EXPECT_LE(reached, bounds.input) << taps;
      EXPECT_GE(reached, 0.98 * bounds.input) << taps; // 127 of 128
    }
}

INSTANTIATE_TEST_SUITE_P(Tiles, FloatTransforms,
                         testing::Values(Case{"F(2,3)", 1e-6, 1e-3}, Case{"F(4,3)", 2e-6, 4e-3},
                                         Case{"F(6,3)", 1e-5, 4e-2}, Case{"F(6,3) K=9", 1e-5, 4e-2},
                                         Case{"F(4x2,3)", 2e-6, 3e-3}, Case{"F(1x4,1x3)", 2e-6, 2e-3},
                                         Case{"F(2,5) points=[0,1,-1,2,-2,inf]", 5e-6, 1e-2},
                                         Case{"F(4,3) points=[0,1,-1,2,-2,inf]", 5e-6, 2e-2},
                                         Case{"F(4,3)/2", 2e-6, 4e-3}, Case{"F(5x2,3)/2x1 K=11x4", 2e-6, 3e-3},
                                         Case{"F(6,3) points=[0,1,-1,2,-2,3,-3,inf]", 1e-3, 1}),
                         [](const auto &info) { return "tile" + std::to_string(info.index); });

/// a b + c rounded once, by integers of 128 bits: everything is a multiple of 2^-48.
float fmaByIntegers(float a, float b, float c) {
  auto whole = [](double x) { return static_cast<__int128>(std::ldexp(x, 48)); };
  __int128 sum = whole(double(a) * double(b)) + whole(double(c)), magnitude = sum < 0 ? -sum : sum;
  int bits = 0;
  while (magnitude >> bits)
    ++bits;
  int cut = std::max(bits - 11, 24); // halves end at 2^-24
  __int128 kept = magnitude >> cut, rest = magnitude - (kept << cut), middle = __int128(1) << (cut - 1);
  kept += rest > middle || (rest == middle && (kept & 1));
  double result = std::ldexp(double(kept), cut - 48);
  return float(sum < 0 ? -result : result);
}

TEST(HalfFloat, fma_is_rounded_once) {
  std::mt19937_64 random(7);
  int near = 0;
  for (int i = 0; i < 400000; ++i) {
    float a = halfOfBits(uint16_t(random())), b = halfOfBits(uint16_t(random())), c = halfOfBits(uint16_t(random()));
    if (i % 2) // sums near the middle of two halves
      c = roundToHalf(-double(a) * double(b) * (1 + std::ldexp(double(random() % 64), -10)));
    float exact = std::isfinite(a) && std::isfinite(b) && std::isfinite(c) ? fmaByIntegers(a, b, c) : HUGE_VALF;
    if (std::fabs(exact) > largestHalf)
      continue;
    ++near;
    ASSERT_EQ(fmaHalf(a, b, c), exact) << a << " " << b << " " << c;
  }
  EXPECT_GT(near, 200000);
}

TEST(FloatTransform, dividesRowsThatHalvesCannotHold) {
  // Rows of B^T up to 36, 49, 14, ...: 98 * 98 * 255 would be 2.4 million.
  FloatTransform half = transformOf("F(6,3) points=[0,1,-1,2,-2,3,-3,inf]", "f16xf16");
  FloatTransform single = transformOf("F(6,3) points=[0,1,-1,2,-2,3,-3,inf]", "f32xf32");
  double largest = 0;
  for (int i = 0; i < single.inputDown.rows; ++i)
    for (int j = 0; j < single.inputDown.columns; ++j) {
      float ratio = single.inputDown.at(i, j) == 0 ? 1 : half.inputDown.at(i, j) / single.inputDown.at(i, j);
      int exponent;
      EXPECT_EQ(std::frexp(ratio, &exponent), 0.5f); // a power of two
      EXPECT_LE(exponent, 1);
      largest = std::max(largest, double(1 - exponent));
    }
  EXPECT_GE(largest, 1);
  EXPECT_LT(single.bounds({255, false}, std::vector<float>(64, 1), 1).headroom, 128);
  EXPECT_GT(single.bounds({255, false}, std::vector<float>(64, 1), 1).input, largestHalf);
  EXPECT_LE(half.bounds({255, false}, std::vector<float>(64, 1), 1).input, largestHalf);
}

TEST(FloatTransform, boundsOfWhatDoesNotFit) {
  FloatTransform single = transformOf("F(4,3)", "f32xf32");
  std::vector<float> v(36, 1e37f);
  EXPECT_LT(single.bounds({255, false}, v, 1).headroom, 0);
  v[7] = HUGE_VALF;
  EXPECT_LT(single.bounds({255, false}, v, 1).headroom, 0);
  v.assign(36, 1);
  v[7] = NAN;
  EXPECT_LT(single.bounds({255, false}, v, 1).headroom, 0);
  std::vector<float> w(9, 3e38f);
  FloatTaps taps = transformOf("F(4,3)", "f16xf16").filterTaps(w, 1, 1, {255, false});
  EXPECT_EQ(taps.exponents[0], -100);
  EXPECT_LT(transformOf("F(4,3)", "f16xf16").bounds({255, false}, taps.values, 1).headroom, 0);
}

TEST(FloatTransform, pairsOfRowsAndColumnsShareTheirHalves) {
  FloatTransform transform = transformOf("F(2,3) points=[0,1,-1,inf]", "f32xf32");
  // B^T: four rows of one addition each; A^T: sum and difference of two columns, two more additions.
  EXPECT_EQ(transform.inputOperations(), 2 * 4 * 4);
  EXPECT_EQ(transform.outputOperations(), (4 + 2) * 4);
  // [4,0,-5,0,1,0], [0,-4,-4,1,1,0], [0,2,1,-2,-1,0], ...: 2 + 4 + 5 + 2 = 13 a line, and 4 + 2 + 1 + 1 + 2 = 10 of the
  // output.
  transform = transformOf("F(4,3) points=[0,1,-1,2,-2,inf]", "f32xf32");
  EXPECT_EQ(transform.inputOperations(), 13 * (6 + 6));
  EXPECT_EQ(transform.outputOperations(), 10 * (6 + 4));
}

/// Integers of a tile of integers: products of 8-bit inputs are exact, in halves up to 2048.
TEST(FloatTransform, keepsIntegersWhereItCan) {
  FloatTransform transform = transformOf("F(4,3) points=[0,1,-1,2,-2,inf]", "f16xf16");
  for (float value : transform.inputDown.values)
    EXPECT_EQ(value, std::floor(value));
  EXPECT_EQ(transform.inputDown.at(0, 0), 4);
  EXPECT_EQ(transform.inputDown.at(0, 4), 1);
}

TEST(FloatTransform, refusesIntegersAndDirect) {
  auto direct = FloatTransform::make(llvm::cantFail(TileSpec::parse("direct")));
  EXPECT_EQ(llvm::toString(direct.takeError()), "expected a tile with taps in floats, got direct");
  auto bytes = FloatTransform::make(llvm::cantFail(TileSpec::parse("F(2,3)")));
  EXPECT_NE(llvm::toString(bytes.takeError()).find("expected a tile with taps in floats, got F(2,3)"),
            std::string::npos);
}

TEST(HalfFloat, agreesWithApFloat) {
  auto check = [](double x) {
    llvm::APFloat exact(x);
    bool loses;
    exact.convert(llvm::APFloat::IEEEhalf(), llvm::APFloat::rmNearestTiesToEven, &loses);
    auto bits = uint16_t(exact.bitcastToAPInt().getZExtValue());
    float got = roundToHalf(x);
    if (std::isnan(x)) {
      EXPECT_TRUE(std::isnan(got) && std::isnan(halfOfBits(halfBits(got))));
      return;
    }
    EXPECT_EQ(halfBits(got), bits) << x;
    EXPECT_EQ(got, exact.convertToDouble()) << x;
    EXPECT_EQ(std::signbit(got), std::signbit(float(x))) << x;
  };
  for (unsigned bits = 0; bits < 65536; ++bits) { // every half, and the points half way to the next
    float half = halfOfBits(uint16_t(bits));
    check(half);
    if (!std::isfinite(half))
      continue;
    double next = std::ldexp(1, std::max(half == 0 ? -99 : std::ilogb(half), -14) - 10);
    for (double share : {0.25, 0.5, 0.75, -0.5})
      check(half + share * next);
    check(std::nextafter(half + 0.5 * next, HUGE_VAL));
  }
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 100000; ++trial)
    check(std::ldexp(double(int64_t(random())), int(random() % 60) - 90));
  for (double x : {65519.99, 65520.0, 1e300, -1e300, double(HUGE_VAL), double(NAN)})
    check(x);
}

} // namespace
