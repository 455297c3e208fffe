// Mode, scales and proved ranges of the integer transforms: the whole 2-D algorithm in integers, and the inputs that
// come closest to the bounds.
#include "wino/Numerics/IntegerTransform.h"

#include "gtest/gtest.h"

#include <random>

using namespace wino;

namespace {

const char *const tiles[] = {
    "F(2,3)",
    "F(3,3) K=5",
    "F(3,3) points=[inf,1,-1] factors=[x^2+1/2@(0,3/2,-3/2)]",
    "F(4,3)",
    "F(4,3) points=[0,1,-1,2,-2,inf]",
    "F(4,3) points=[0,5/8,-5/8,3/2,-3/2,inf]",
    "F(4,3) points=[1/2,-1/2,3/2,-3/2] factors=[x^2+1@(0,2,-2)]",
    "F(4,3) points=[0,1,-1,inf] factors=[x^2+1@(0,2,-2)]",
    "F(5,3) points=[inf,5/4,-5/4,1/2,-1/2] factors=[x^2+1@(inf,3/4,-3/4)]",
    "F(6,3)",
    "F(6,3) points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)]",
    "F(6,3) points=[0,3/4,-3/4,3/2,-3/2,inf] factors=[x^2+1@(0,2,-2)]",
    "F(6,3) points=[0,1,-1,inf] factors=[x^2+1*x+1@(0,inf,-1);x^2-1*x+1@(0,inf,1)]",
    "F(7,3) points=[0,1,-1,3,-3,1/2,-1/2] factors=[x^2+1@(inf,1/2,-1/2)]",
    "F(4x2,3)",
    "F(2x4,3) points=[0,1,-1,inf]x[0,1,-1,2,-2,inf]",
    "F(7x4,3) K=10x6",
    "F(1x4,1x3)",
    "F(6x1,5x1) K=11x1",
    "F(2x3,7x5) K=9x8",
    "F(3,3)/2",
    "F(5x4,3)/2x1 K=11x6",
    "F(1x4,1x3)/2 K=1x9",
};

IntegerTransform transformOf(llvm::StringRef text, int xAbsMax = 255) {
  return llvm::cantFail(IntegerTransform::make(llvm::cantFail(TileSpec::parse(text)), xAbsMax));
}

/// Runs a DAG down the columns, then one along the rows, as the interpreter and the kernels do.
template <typename T>
std::vector<T> run2d(const TransformDag &down, const TransformDag &across, const std::vector<T> &x) {
  int wide = across.inputs, rows = int(down.outputs.size());
  size_t columns = across.outputs.size();
  std::vector<T> middle(size_t(rows) * wide), result(rows * columns), in(down.inputs), out(rows);
  for (int c = 0; c < wide; ++c) {
    for (int k = 0; k < down.inputs; ++k)
      in[k] = x[k * wide + c];
    down.run(in.data(), out.data());
    for (int j = 0; j < rows; ++j)
      middle[j * wide + c] = out[j];
  }
  for (int j = 0; j < rows; ++j)
    across.run(&middle[j * wide], &result[j * columns]);
  return result;
}

std::vector<int16_t> taps(const IntegerTransform &t, std::vector<int16_t> x) {
  for (int16_t &v : x)
    v = int16_t(v * (1 << t.prescale));
  return run2d(t.down.input, t.across.input, x);
}

/// What tap (i, j) of the tile x would be without rounding.
double realTap(const IntegerTransform &t, const std::vector<int16_t> &x, int i, int j) {
  int wide = t.spec.across().n();
  double real = 0;
  for (int a = 0; a < t.spec.down().n(); ++a)
    for (int b = 0; b < wide; ++b)
      real += t.down.algorithm.BT.at(i, a).toDouble() * t.across.algorithm.BT.at(j, b).toDouble() * x[a * wide + b];
  return real * std::ldexp(t.down.beta[i] * t.across.beta[j], t.prescale);
}

/// A tile of pixels.
std::vector<int16_t> randomPixels(std::mt19937 &random, const TileSpec &spec) {
  std::vector<int16_t> x(size_t(spec.down().n()) * spec.across().n());
  for (int16_t &v : x)
    v = int16_t(random() % 256);
  return x;
}

TEST(IntegerTransform, scales_are_positive_and_the_output_matrix_is_exact_or_within_31_bits) {
  for (const char *text : tiles) {
    SCOPED_TRACE(text);
    IntegerTransform t = transformOf(text);
    for (const LineTransform *line : {&t.down, &t.across}) {
      std::vector<TransformDag::Form> forms = line->output.forms();
      for (int j = 0; j < line->algorithm.K; ++j) {
        EXPECT_GT(line->beta[j], 0);
        EXPECT_LT(Rational(0), line->alpha[j]);
        for (int i = 0; i < line->algorithm.m; ++i)
          EXPECT_NEAR(forms[line->output.outputs[i]].coefficients[j],
                      (line->algorithm.AT.at(i, j) * line->alpha[j]).toDouble(),
                      t.exactOutput ? 0 : std::ldexp(2.0, -31));
      }
    }
  }
}

TEST(IntegerTransform, small_tiles_are_exact_and_large_ones_are_not) {
  for (const char *text : {"F(2,3)", "F(4,3) points=[0,1,-1,2,-2,inf]", tiles[7], tiles[12], tiles[15], tiles[17]}) {
    EXPECT_TRUE(transformOf(text).exactInput) << text;
    EXPECT_EQ(transformOf(text).prescale, 0) << text;
  }
  for (const char *text : {"F(4,3)", "F(6,3)", tiles[10], tiles[14], tiles[16]})
    EXPECT_FALSE(transformOf(text).exactInput) << text;
}

TEST(IntegerTransform, prescale_is_the_largest_that_fits) {
  for (const char *text : tiles) {
    SCOPED_TRACE(text);
    IntegerTransform t = transformOf(text);
    std::vector<double> bounds = t.tapBounds(255);
    double largest = *std::max_element(bounds.begin(), bounds.end());
    EXPECT_LE(largest, 32767);
    if (!t.exactInput && t.prescale < 7) {
      ++t.prescale;
      bounds = t.tapBounds(255);
      EXPECT_GT(*std::max_element(bounds.begin(), bounds.end()), 32767);
    }
  }
}

TEST(IntegerTransform, taps_equal_the_real_transform_within_rounding) {
  std::mt19937 random(17);
  for (const char *text : tiles) {
    SCOPED_TRACE(text);
    IntegerTransform t = transformOf(text);
    int K = t.spec.across().K;
    double worst = 0;
    for (int trial = 0; trial < 50; ++trial) {
      std::vector<int16_t> x = randomPixels(random, t.spec), u = taps(t, x);
      for (int i = 0; i < t.spec.down().K; ++i)
        for (int j = 0; j < K; ++j) {
          double real = realTap(t, x, i, j);
          worst = std::max(worst, std::fabs(u[i * K + j] - real));
        }
    }
    // Exact, or a handful of half steps of the 16-bit format in each pass.
    EXPECT_LE(worst, t.exactInput ? 1e-6 : 24.0);
  }
}

/// Inputs in [lo, 255] whose sign pattern maximises tap (i, j), or minimises it.
std::vector<int16_t> extremeInput(const IntegerTransform &t, int i, int j, int lo, bool largest) {
  int wide = t.spec.across().n();
  std::vector<int16_t> x(size_t(t.spec.down().n()) * wide);
  for (int a = 0; a < t.spec.down().n(); ++a)
    for (int b = 0; b < wide; ++b) {
      Rational weight = t.down.algorithm.BT.at(i, a) * t.across.algorithm.BT.at(j, b);
      x[a * wide + b] = int16_t((Rational(0) < weight) == largest ? 255 : lo);
    }
  return x;
}

TEST(IntegerTransform, tap_bounds_hold_and_are_tight_at_the_extremes) {
  for (const char *text : tiles) {
    SCOPED_TRACE(text);
    IntegerTransform t = transformOf(text);
    std::vector<double> bounds = t.tapBounds(255);
    int K = t.spec.across().K;
    for (int i = 0; i < t.spec.down().K; ++i)
      for (int j = 0; j < K; ++j) {
        double reached = 0;
        for (bool largest : {false, true}) {
          std::vector<int16_t> x = extremeInput(t, i, j, /*lo=*/0, largest);
          std::vector<int16_t> u = taps(t, x);
          double exact = realTap(t, x, i, j); // without wrapping, to see that 16-bit lanes did not hide an overflow
          EXPECT_NEAR(u[i * K + j], exact, 24.0);
          EXPECT_LE(std::fabs(double(u[i * K + j])), bounds[i * K + j]);
          reached = std::max(reached, std::fabs(double(u[i * K + j])));
        }
        EXPECT_GE(reached, 0.97 * bounds[i * K + j] - 24.0) << i << "," << j;
      }
  }
}

TEST(IntegerTransform, signed_inputs_have_their_own_proof) {
  for (const char *text : tiles) {
    SCOPED_TRACE(text);
    IntegerTransform t = transformOf(text, 128);
    std::vector<double> bounds = t.tapBounds(128);
    int K = t.spec.across().K, wide = t.spec.across().n();
    for (int i = 0; i < t.spec.down().K; ++i)
      for (int j = 0; j < K; ++j) {
        std::vector<int16_t> x(size_t(t.spec.down().n()) * wide);
        for (int a = 0; a < t.spec.down().n(); ++a)
          for (int b = 0; b < wide; ++b)
            x[a * wide + b] = t.down.algorithm.BT.at(i, a) * t.across.algorithm.BT.at(j, b) < Rational(0) ? 127 : -128;
        EXPECT_LE(std::fabs(double(taps(t, x)[i * K + j])), bounds[i * K + j]);
        EXPECT_LE(bounds[i * K + j], 32767);
      }
  }
}

TEST(IntegerTransform, output_bound_is_reached_by_the_signs_of_a_row) {
  for (const char *text : {"F(2,3)", "F(4,3)", "F(4,3) points=[0,1,-1,2,-2,inf]", "F(6,3)", "F(4x2,3)", "F(1x4,1x3)",
                           "F(3x1,5x1) K=8x1"}) {
    SCOPED_TRACE(text);
    IntegerTransform t = transformOf(text);
    ASSERT_TRUE(t.exactOutput);
    int m = t.spec.across().m, K = t.spec.across().K;
    std::vector<double> limits(t.spec.taps());
    for (size_t i = 0; i < limits.size(); ++i)
      limits[i] = 3 + double(i % 5);
    std::vector<TransformDag::Form> first = t.down.output.forms(), second = t.across.output.forms();
    double reached = 0;
    for (int a = 0; a < t.spec.down().m; ++a)
      for (int b = 0; b < m; ++b) {
        std::vector<int32_t> o(t.spec.taps());
        for (int i = 0; i < t.spec.down().K; ++i)
          for (int j = 0; j < K; ++j) {
            double weight =
                first[t.down.output.outputs[a]].coefficients[i] * second[t.across.output.outputs[b]].coefficients[j];
            o[i * K + j] = int32_t(weight < 0 ? -limits[i * K + j] : limits[i * K + j]);
          }
        reached = std::max(reached, double(run2d(t.down.output, t.across.output, o)[a * m + b]));
      }
    EXPECT_EQ(reached, t.outputBound(limits));
  }
}

TEST(IntegerTransform, exact_tiles_convolve_exactly) {
  // Input, taps and output in integers: Y = A' ((G w G^T scaled to integers) . U) A'^T must be the correlation itself.
  std::mt19937 random(23);
  for (const char *text :
       {"F(2,3)", "F(4,3) points=[0,1,-1,2,-2,inf]", tiles[7], tiles[15], "F(1x4,1x3) points=[0]x[0,1,-1,2,-2,inf]",
        "F(2x1,5x1) K=7x1", "F(2x2,5x3) K=7x4", "F(2,3)/2", "F(3x2,3)/2x1"}) {
    SCOPED_TRACE(text);
    IntegerTransform t = transformOf(text);
    ASSERT_TRUE(t.exactInput);
    const TileLine &down = t.spec.down(), &across = t.spec.across();
    std::vector<int16_t> x = randomPixels(random, t.spec);
    std::vector<int> w(size_t(down.r) * across.r);
    for (int &v : w)
      v = int(random() % 255) - 127;
    std::vector<int16_t> u = taps(t, x);
    std::vector<TransformDag::Form> first = t.down.output.forms(), second = t.across.output.forms();
    for (int a = 0; a < down.m; ++a)
      for (int b = 0; b < across.m; ++b) {
        double y = 0, want = 0;
        for (int i = 0; i < down.K; ++i)
          for (int j = 0; j < across.K; ++j) {
            double v = 0;
            for (int p = 0; p < down.r; ++p)
              for (int q = 0; q < across.r; ++q)
                v += t.down.algorithm.G.at(i, p).toDouble() * t.across.algorithm.G.at(j, q).toDouble() *
                     w[p * across.r + q];
            unsigned tap = unsigned(i * across.K + j);
            double o = u[tap] * v / (t.betaOf(tap) * t.alphaOf(tap));
            y += first[t.down.output.outputs[a]].coefficients[i] * second[t.across.output.outputs[b]].coefficients[j] *
                 o;
          }
        for (int p = 0; p < down.r; ++p)
          for (int q = 0; q < across.r; ++q)
            want += w[p * across.r + q] * x[(a * down.stride + p) * across.n() + b * across.stride + q];
        EXPECT_NEAR(y, want, 1e-6);
      }
  }
}

TEST(IntegerTransform, error_names_stage_bound_and_type) {
  auto t = IntegerTransform::make(llvm::cantFail(TileSpec::parse("F(4,3)")), 32767);
  ASSERT_FALSE(bool(t));
  std::string message = llvm::toString(t.takeError());
  EXPECT_NE(message.find("expected input transform within i16 (32767), got bound "), std::string::npos) << message;
}

TEST(IntegerTransform, output_columns_become_fractions_where_integers_would_drown_the_result) {
  IntegerTransform small = transformOf("F(4,3)");
  EXPECT_TRUE(small.exactOutput);
  EXPECT_EQ(small.outputError(), 0);
  for (const char *text : {"F(6,3) K=9", "F(7,3) K=10", "F(8,3) K=11"}) {
    SCOPED_TRACE(text);
    IntegerTransform t = transformOf(text);
    EXPECT_FALSE(t.exactOutput);
    EXPECT_LT(t.outputRounding(), 16); // of up to 2^16 units per step of the result
    EXPECT_GT(t.outputError(), 0);
    EXPECT_LT(t.outputError(), 256);
  }
}

/// The tile's matrices with every entry moved a little and rounded to k / 2^bits: neither exact nor symmetric.
std::string perturbed(const char *text, int bits, unsigned seed) {
  TileSpec spec = llvm::cantFail(TileSpec::parse(text));
  BilinearAlgorithm algorithm = llvm::cantFail(BilinearAlgorithm::make(spec));
  std::mt19937 random(seed);
  auto move = [&](RationalMatrix matrix) {
    for (int i = 0; i < matrix.rows(); ++i)
      for (int j = 0; j < matrix.cols(); ++j) {
        double moved = matrix.at(i, j).toDouble() + double(int(random() % 2001) - 1000) / 20000;
        matrix.at(i, j) = Rational(int64_t(roundHalfUp(std::ldexp(moved, bits))), int64_t(1) << bits);
      }
    return matrix;
  };
  RationalMatrix at = move(algorithm.AT), g = move(algorithm.G), bt = move(algorithm.BT); // one order of random numbers
  return spec.withMatrices(at, g, bt).str();
}

TEST(IntegerTransform, stated_matrices_are_fractions_proved_and_accurate) {
  std::mt19937 random(31);
  for (const char *exact : {"F(2,3)", "F(4,3)", "F(4,3) K=7", "F(6,3)", "F(6,3) K=9", "F(7,3) K=10"}) {
    std::string text = perturbed(exact, 14, 5);
    SCOPED_TRACE(text);
    IntegerTransform t = transformOf(text);
    EXPECT_FALSE(t.exactInput);
    EXPECT_FALSE(t.exactOutput);
    EXPECT_LT(t.outputRounding(), 16);
    std::vector<double> bounds = t.tapBounds(255);
    int K = t.spec.K;
    double largestTap = 0;
    for (int trial = 0; trial < 50; ++trial) {
      std::vector<int16_t> x = randomPixels(random, t.spec), u = taps(t, x);
      for (int i = 0; i < K; ++i)
        for (int j = 0; j < K; ++j) {
          double real = realTap(t, x, i, j);
          EXPECT_NEAR(u[i * K + j], real, 24.0);
          EXPECT_LE(std::fabs(double(u[i * K + j])), bounds[i * K + j]);
          largestTap = std::max(largestTap, std::fabs(real));
        }
    }
    EXPECT_GT(largestTap, 1500); // 24 of 1500 is the worst of all taps, and 1/127 of the largest a step of 8 bits
    std::vector<TransformDag::Form> forms = t.down.output.forms();
    for (int j = 0; j < K; ++j)
      for (int i = 0; i < t.spec.m; ++i)
        EXPECT_NEAR(forms[t.down.output.outputs[i]].coefficients[j],
                    (t.down.algorithm.AT.at(i, j) * t.down.alpha[j]).toDouble(), std::ldexp(2.0, -31));
  }
}

TEST(IntegerTransform, hostile_matrices_are_refused_or_proved) {
  auto stated = [](const std::string &at, const std::string &g, const std::string &bt) {
    return llvm::cantFail(TileSpec::parse("F(1,2) K=2 at=[" + at + "] g=[" + g + "] bt=[" + bt + "]"));
  };
  // Every pair of extreme entries is a ratio below 2^63: one form or the other holds them.
  for (const char *bt :
       {"999999999,1/999999999;1,1", "999999999/999999998,999999997/999999996;1,2", "1/999999999,0;0,1"})
    for (const char *at : {"999999999,1/999999999", "1,999999999", "-1/999999999,1/999999998"}) {
      auto made = IntegerTransform::make(stated(at, "1,0;0,999999999", bt));
      ASSERT_TRUE(bool(made)) << bt << " " << at;
      for (double bound : made->tapBounds(255))
        EXPECT_LE(bound, 32767);
      for (const Rational &alpha : made->down.alpha)
        EXPECT_TRUE(alpha.isValid() && Rational(0) < alpha);
    }
  // A tile of all sizes at their limits stays inside the code buffer of TransformDag::run.
  std::mt19937 random(3);
  auto entries = [&](int rows, int cols) {
    std::string text;
    for (int i = 0; i < rows * cols; ++i)
      text += (i == 0 ? "" : i % cols ? "," : ";") + std::to_string(int(random() % 16000) + 1) + "/16384";
    return text;
  };
  TileSpec largest = llvm::cantFail(TileSpec::parse("F(8,7) K=16 at=[" + entries(8, 16) + "] g=[" + entries(16, 7) +
                                                    "] bt=[" + entries(16, 14) + "]"));
  IntegerTransform t = llvm::cantFail(IntegerTransform::make(largest));
  EXPECT_LE(t.down.input.nodes.size(), 512u);
  EXPECT_LE(t.down.output.nodes.size(), 512u);
}

} // namespace
