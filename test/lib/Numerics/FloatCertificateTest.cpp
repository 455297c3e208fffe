// No certificate of a tile with taps in floats is ever exceeded: random layers, with inputs that were made to reach the
// bounds of one tap. 500 cases, 10,000 with WINO_FULL=1; WINO_SEED makes others.
#include "wino/Numerics/ElementaryFunctions.h"
#include "wino/Numerics/FloatTransform.h"
#include "wino/Numerics/HalfFloat.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <random>

using namespace wino;

namespace {

uint64_t fromEnvironment(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text && *text ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct RandomLayer {
  std::mt19937_64 random;
  TileSpec tile;
  int64_t inputs, outputs;
  double lo, hi;
  std::vector<float> filter;

  double uniform(double from, double to) { return from + (to - from) * double(random() >> 11) / 9007199254740992.0; }
  int64_t in(int64_t from, int64_t to) { return from + int64_t(random() % uint64_t(to - from + 1)); }

  explicit RandomLayer(uint64_t seed) : random(seed) {
    static const char *tiles[] = {"F(2,3)",     "F(4,3)", "F(4,3) points=[0,1,-1,2,-2,inf]", "F(6,3)",
                                  "F(6,3) K=9", "F(8,3)", "F(2,5) points=[0,1,-1,2,-2,inf]", "F(4x2,3)",
                                  "F(1x4,1x3)", "F(7,3)"};
    std::string text = tiles[in(0, std::size(tiles) - 1)];
    static const char *formats[] = {" taps=f16xf16", " taps=f16xf16 out=f16", " taps=f32xf32"};
    tile = llvm::cantFail(TileSpec::parse(text + formats[in(0, 2)]));
    inputs = tile.product == ProductType::F16 ? in(1, 70) : in(1, 6);
    outputs = in(1, 3);
    hi = std::exp2(uniform(-8, 14));
    lo = in(0, 1) ? -hi * uniform(0, 1.5) : 0;
    filter.resize(size_t(inputs * outputs * tile.down().r * tile.across().r));
    double scale = std::exp2(uniform(-12, 6));
    for (float &w : filter)
      w = float(uniform(-scale, scale) * (in(0, 9) ? 1 : 100));
  }

  /// Numbers of one channel's patch: the ends of the interval that reach tap `reached` with this sign, or any.
  std::vector<float> patch(const FloatTransform &transform, int64_t reached, double sign) {
    int64_t high = tile.down().n(), wide = tile.across().n(), i = reached / tile.across().K,
            j = reached % tile.across().K;
    std::vector<float> x(size_t(high * wide));
    for (int64_t k = 0; k < high * wide; ++k) {
      double c = sign * transform.inputDown.at(int(i), int(k / wide)) * transform.inputAcross.at(int(j), int(k % wide));
      x[size_t(k)] = float(sign == 0 ? uniform(lo, hi) : c > 0 ? hi : lo);
    }
    return x;
  }
};

/// Cases that were refused, and a failure of those that were not.
bool isRefused(uint64_t seed) {
  RandomLayer layer(seed);
  FloatTransform transform = llvm::cantFail(FloatTransform::make(layer.tile));
  FloatInput from{std::max(std::fabs(double(float(layer.lo))), double(float(layer.hi))), layer.lo >= 0};
  FloatTaps v = transform.filterTaps(layer.filter, layer.outputs, layer.inputs, from);
  FloatBounds bounds = transform.bounds(from, v.values, layer.outputs);
  double largestTap = 0;
  for (float tap : v.values)
    largestTap = std::max(largestTap, std::fabs(double(tap)));
  EXPECT_EQ(bounds.filter, largestTap) << "seed " << seed << ", " << layer.tile.str();
  if (!(bounds.headroom >= 0)) {
    EXPECT_STRNE(bounds.stage, "");
    return true;
  }
  NumberMachine machine;
  int64_t taps = layer.tile.taps();
  bool isHalf = transform.taps == TapType::F16;
  for (int trial = 0; trial < 4; ++trial) {
    int64_t reached = layer.in(0, taps - 1), f = layer.in(0, layer.outputs - 1);
    std::vector<float> sums(size_t(taps), 0.0f), runs = sums;
    for (int64_t c = 0; c < layer.inputs; ++c) {
      double v0 = v.values[size_t((reached * layer.outputs + f) * layer.inputs + c)];
      std::vector<float> x = layer.patch(transform, reached, trial == 3 ? 0 : v0 < 0 ? -1 : 1);
      auto u = FloatTransform::apply(machine, transform.inputDown, transform.inputAcross, llvm::ArrayRef<float>(x));
      for (int64_t t = 0; t < taps; ++t) {
        float tap = isHalf ? roundToHalf(u[size_t(t)]) : u[size_t(t)];
        EXPECT_LE(std::fabs(double(tap)), bounds.input) << "seed " << seed << ", " << layer.tile.str();
        if (isHalf)
          EXPECT_LE(std::fabs(double(tap)), largestHalf) << "seed " << seed;
        float filterTap = v.values[size_t((t * layer.outputs + f) * layer.inputs + c)];
        if (!transform.sumsHalves) {
          sums[size_t(t)] = std::fma(tap, filterTap, sums[size_t(t)]);
          continue;
        }
        runs[size_t(t)] = fmaHalf(tap, filterTap, c % halfRun == 0 ? 0 : runs[size_t(t)]);
        EXPECT_LE(std::fabs(double(runs[size_t(t)])), std::min(bounds.halves, largestHalf))
            << "seed " << seed << ", " << layer.tile.str();
        if (c % halfRun == halfRun - 1 || c == layer.inputs - 1)
          sums[size_t(t)] += runs[size_t(t)];
      }
    }
    for (float sum : sums)
      EXPECT_LE(std::fabs(double(sum)), bounds.sums) << "seed " << seed << ", " << layer.tile.str();
    auto y = FloatTransform::apply(machine, transform.outputDown, transform.outputAcross, llvm::ArrayRef<float>(sums));
    for (float result : y)
      EXPECT_LE(std::fabs(double(result)), bounds.sums) << "seed " << seed << ", " << layer.tile.str();
  }
  return false;
}

TEST(FloatCertificate, isNeverExceeded) {
  uint64_t seed = fromEnvironment("WINO_SEED", 1), count = fromEnvironment("WINO_FULL", 0) ? 10000 : 500, refused = 0;
  for (uint64_t i = 0; i < count; ++i)
    refused += isRefused(seed * 1000003 + i);
  EXPECT_GT(refused, count / 20); // some do not fit
  EXPECT_LT(refused, count / 2);
}

} // namespace
