// TapObserver: against plain loops over tiles, and the time that the room promises.
#include "wino/Calibrate/TapObserver.h"
#include "gtest/gtest.h"
#include <chrono>
#include <cmath>

using namespace wino;

static std::vector<float> pattern(size_t count) {
  std::vector<float> values(count);
  uint32_t state = 1;
  for (float &x : values) {
    state = state * 1664525 + 1013904223;
    x = float(int(state >> 24)) / 64 - 2; // few bits: sums below are exact
  }
  return values;
}

/// B^T of F(2, 3) and of F(4, 3) with points 0, 1, -1, 2, -2, inf, times nothing: integers, so that every order of sums
/// is exact.
static const TapObserver::Line f23 = {{4, 4, {1, 0, -1, 0, 0, 1, 1, 0, 0, -1, 1, 0, 0, -1, 0, 1}}, 2};
static const TapObserver::Line f43 = {{6, 6, {4, 0,  -5, 0, 1, 0, 0, -4, -4, 1,  1, 0, 0, 4, -4, -1, 1, 0,
                                              0, -2, -1, 2, 1, 0, 0, 2,  -1, -2, 1, 0, 0, 4, 0,  -5, 0, 1}},
                                      4};
/// B^T of F(2, 3)/2 with points 0, 1, inf.
static const TapObserver::Line f23by2 = {
    {5, 5, {1, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0}}, 2, 2};
/// No transform.
static const TapObserver::Line none = {{1, 1, {1}}, 1};

struct Case {
  TapObserver::Line down, across;
  int64_t channels, h, w;
  std::array<int64_t, 4> pads;
};

static void expectLikePlainLoops(const Case &test) {
  std::vector<float> maps = pattern(2 * test.channels * test.h * test.w);
  TapObserver taps(test.down, test.across, test.pads, 512);
  ASSERT_TRUE(taps.fits(test.h, test.w));
  taps.add(maps.data(), 2, test.channels, test.h, test.w);

  int64_t high = test.down.bt.cols, wide = test.across.bt.cols, rows = test.down.bt.rows, k = test.across.bt.rows;
  int64_t sHigh = test.down.stride, sWide = test.across.stride, mHigh = test.down.m, mWide = test.across.m;
  int64_t outHigh = (test.pads[0] + test.h + test.pads[2] - high) / sHigh + mHigh,
          outWide = (test.pads[1] + test.w + test.pads[3] - wide) / sWide + mWide;
  std::vector<double> largest(rows * k), squares(rows * k);
  uint64_t count = 0;
  for (int64_t plane = 0; plane < 2 * test.channels; ++plane)
    for (int64_t ty = 0; ty * mHigh < outHigh; ++ty)
      for (int64_t tx = 0; tx * mWide < outWide; ++tx) {
        ++count;
        for (int64_t i = 0; i < rows; ++i)
          for (int64_t j = 0; j < k; ++j) {
            double u = 0;
            for (int64_t a = 0; a < high; ++a)
              for (int64_t b = 0; b < wide; ++b) {
                int64_t y = ty * mHigh * sHigh + a - test.pads[0], x = tx * mWide * sWide + b - test.pads[1];
                if (y >= 0 && y < test.h && x >= 0 && x < test.w)
                  u += double(test.down.bt.data[i * high + a]) * test.across.bt.data[j * wide + b] *
                       maps[(plane * test.h + y) * test.w + x];
              }
            largest[i * k + j] = std::max(largest[i * k + j], std::fabs(u));
            squares[i * k + j] += u * u;
          }
      }
  ASSERT_EQ(taps.taps(), rows * k);
  for (int64_t t = 0; t < rows * k; ++t) {
    EXPECT_EQ(taps.tap(t).count(), count);
    EXPECT_EQ(taps.tap(t).maxAbs(), largest[t]) << t;
    EXPECT_EQ(taps.tap(t).sumOfSquares(), squares[t]) << t;
  }
}

TEST(TapObserver, agrees_with_plain_loops) {
  expectLikePlainLoops({f23, f23, 3, 8, 8, {1, 1, 1, 1}});
  expectLikePlainLoops({f23, f23, 1, 5, 7, {0, 0, 0, 0}}); // tile overhang on both sides
  expectLikePlainLoops({f43, f43, 2, 9, 6, {1, 1, 1, 1}});
  expectLikePlainLoops({f43, f43, 5, 3, 3, {0, 2, 1, 0}}); // uneven pads, map smaller than a tile
  expectLikePlainLoops({f43, f43, 1, 1, 1, {1, 1, 1, 1}});
  expectLikePlainLoops({f43, f23, 2, 9, 8, {1, 1, 1, 1}});
  expectLikePlainLoops({f23, f43, 3, 7, 10, {0, 2, 1, 0}});
  expectLikePlainLoops({none, f43, 2, 3, 9, {0, 1, 0, 1}});
  expectLikePlainLoops({f23by2, f23by2, 2, 8, 11, {1, 1, 1, 1}}); // the last row is in no window
  expectLikePlainLoops({f23by2, f43, 2, 7, 9, {0, 1, 1, 0}});
  expectLikePlainLoops({f43, none, 2, 9, 3, {1, 0, 1, 0}});
  expectLikePlainLoops({f23, f23, 2, 4, 4, {0, 0, 3, 5}}); // pads that reach beyond the last patch's zeros
}

TEST(TapObserver, map_smaller_than_the_kernel_does_not_fit) {
  TapObserver taps(f43, f43, {0, 0, 0, 0}, 64);
  EXPECT_FALSE(taps.fits(2, 9));
  EXPECT_TRUE(taps.fits(3, 3));
  TapObserver flat(none, f43, {0, 0, 0, 0}, 64);
  EXPECT_FALSE(flat.fits(9, 2));
  EXPECT_TRUE(flat.fits(1, 3));
}

/// 16 convolutions x 5 tiles x 96 images of 16x32x32 in less than 10 s: here 4 images of each, so 0.42 s; a wide margin
/// for busy machines.
TEST(TapObserver, is_fast_enough) {
  std::vector<float> map = pattern(16 * 32 * 32);
  auto start = std::chrono::steady_clock::now();
  for (int conv = 0; conv < 16; ++conv)
    for (int tile = 0; tile < 5; ++tile) {
      TapObserver taps(tile % 2 ? f43 : f23, tile % 2 ? f43 : f23, {1, 1, 1, 1}, 512);
      for (int image = 0; image < 4; ++image)
        taps.add(map.data(), 1, 16, 32, 32);
    }
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  RecordProperty("milliseconds", int(seconds * 1000));
  EXPECT_LT(seconds, 2.0);
}
