// Straight-line code against its matrix, its operation counts, and its rounding bound.
#include "wino/Numerics/IntegerTransform.h"

#include "gtest/gtest.h"

#include <random>

using namespace wino;

namespace {

RationalMatrix matrixOf(std::initializer_list<std::initializer_list<Rational>> rows) {
  RationalMatrix matrix(int(rows.size()), int(rows.begin()->size()));
  int i = 0;
  for (const auto &row : rows) {
    int j = 0;
    for (const Rational &value : row)
      matrix.at(i, j++) = value;
    ++i;
  }
  return matrix;
}

/// The matrix-vector product modulo 2^32, which wrapping lanes must equal.
template <typename T> std::vector<T> product(const RationalMatrix &matrix, const std::vector<T> &x) {
  std::vector<T> y;
  for (int i = 0; i < matrix.rows(); ++i) {
    uint64_t sum = 0;
    for (int j = 0; j < matrix.cols(); ++j)
      sum += uint64_t(matrix.at(i, j).numerator()) * uint64_t(int64_t(x[j]));
    y.push_back(T(sum));
  }
  return y;
}

template <typename T> void expectEqualsMatrix(const RationalMatrix &matrix) {
  TransformDag dag = TransformDag::fromIntegers(matrix, 8 * sizeof(T));
  std::mt19937 random(11);
  for (int trial = 0; trial < 200 + matrix.cols(); ++trial) {
    std::vector<T> x(matrix.cols()), y(matrix.rows());
    for (int k = 0; k < matrix.cols(); ++k) // basis vectors first, then whole-range values, which wrap
      x[k] = trial < matrix.cols() ? T(k == trial) : T(random());
    dag.run(x.data(), y.data());
    EXPECT_EQ(y, product(matrix, x));
  }
}

TEST(TransformDag, integer_code_equals_the_matrix_also_where_it_wraps) {
  RationalMatrix matrix = matrixOf({{4, 0, -5, 0, 1, 0},
                                    {0, -4, -4, 1, 1, 0},
                                    {0, 4, -4, -1, 1, 0},
                                    {0, -2, -1, 2, 1, 0},
                                    {0, 2, -1, -2, 1, 0},
                                    {0, 4, 0, -5, 0, 1},
                                    {0, 0, 0, 0, 0, 0},
                                    {-3, -6, 0, 0, 0, -9},
                                    {0, -1, 0, 0, 0, 0},
                                    {0, 0, 7, 0, 0, 0}});
  expectEqualsMatrix<int16_t>(matrix);
  expectEqualsMatrix<int32_t>(matrix);
}

TEST(TransformDag, random_sparse_matrices) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 40; ++trial) {
    RationalMatrix matrix(1 + int(random() % 9), 1 + int(random() % 9));
    for (int i = 0; i < matrix.rows(); ++i)
      for (int j = 0; j < matrix.cols(); ++j)
        matrix.at(i, j) = random() % 3 ? int64_t(random() % 13) - 6 : 0;
    expectEqualsMatrix<int16_t>(matrix);
    expectEqualsMatrix<int32_t>(matrix);
  }
}

TEST(TransformDag, a_zero_row_is_the_constant_zero) {
  TransformDag dag = TransformDag::fromIntegers(matrixOf({{0, 0}, {1, 1}}), 16);
  EXPECT_EQ(dag.outputs[0], -1);
  int16_t x[2] = {3, 4}, y[2] = {9, 9};
  dag.run(x, y);
  EXPECT_EQ(y[0], 0);
  EXPECT_EQ(y[1], 7);
}

IntegerTransform transformOf(llvm::StringRef text) {
  return llvm::cantFail(IntegerTransform::make(llvm::cantFail(TileSpec::parse(text))));
}

template <typename T> void expectLanesAreIndependent(const TransformDag &dag, unsigned seed) {
  constexpr int lanes = 16;
  std::mt19937 random(seed);
  std::vector<T> in(dag.inputs * lanes), out(dag.outputs.size() * lanes), x(dag.inputs), y(dag.outputs.size());
  for (T &value : in)
    value = T(random());
  dag.run<T, lanes>(in.data(), out.data());
  for (int lane = 0; lane < lanes; ++lane) {
    for (int k = 0; k < dag.inputs; ++k)
      x[k] = in[k * lanes + lane];
    dag.run(x.data(), y.data());
    for (size_t j = 0; j < y.size(); ++j)
      EXPECT_EQ(out[j * lanes + lane], y[j]) << "output " << j << ", lane " << lane;
  }
}

TEST(TransformDag, lanes_run_as_one_alone_does) {
  for (const char *text : {"F(2,3)", "F(4,3)", "F(4,3) K=7", "F(6,3) K=9", "F(4,3) points=[0,1,-1,2,-2,inf]"}) {
    IntegerTransform transform = transformOf(text);
    expectLanesAreIndependent<int16_t>(transform.down.input, 1);
    expectLanesAreIndependent<int32_t>(transform.down.output, 2);
  }
}

TEST(TransformDag, counts_stay_low) {
  TransformDag::Counts f2 = transformOf("F(2,3)").down.input.counts();
  EXPECT_EQ(f2.add, 4);
  EXPECT_EQ(f2.total(), 4);
  TransformDag::Counts f4 = transformOf("F(4,3) points=[0,1,-1,2,-2,inf]").down.input.counts();
  EXPECT_LE(f4.add + f4.mul, 14);
  EXPECT_EQ(f4.mulHigh, 0);
  for (const char *text :
       {"F(2,3)", "F(4,3) points=[0,1,-1,2,-2,inf]", "F(4,3)", "F(6,3)", "F(4,3) K=7", "F(6,3) K=9"}) {
    IntegerTransform t = transformOf(text);
    TransformDag::Counts in = t.down.input.counts(), out = t.down.output.counts();
    printf("%-34s input: %2d add %2d shl %2d mul %2d mulHigh, prescale %d; output: %2d add %2d shl %2d mul\n", text,
           in.add, in.shl, in.mul, in.mulHigh, t.prescale, out.add, out.shl, out.mul);
    EXPECT_LE(in.total(), 2 * t.spec.K * t.spec.n()) << text; // far below one multiply-add per entry
    EXPECT_EQ(out.mulHigh > 0, !t.exactOutput) << text;
  }
}

TEST(TransformDag, a_common_factor_is_kept_where_it_saves_no_product) {
  // 18 a + 12 b: two products and a sum, not 6 (3 a + 2 b); 6 a + 6 b: one product.
  EXPECT_EQ(TransformDag::fromIntegers(matrixOf({{18, 12}}), 32).counts().total(), 3);
  EXPECT_EQ(TransformDag::fromIntegers(matrixOf({{6, 6}}), 32).counts().total(), 2);
  TransformDag::Counts out = transformOf("F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf]").down.output.counts();
  EXPECT_EQ(out.add,
            10); // four sums and differences, two for each of the outer outputs, one for each of the inner ones
  EXPECT_EQ(out.total(), 18);
}

TEST(TransformDag, forms_are_the_matrix) {
  IntegerTransform t = transformOf("F(4,3) points=[0,1,-1,2,-2,inf]");
  std::vector<TransformDag::Form> forms = t.down.input.forms();
  for (int j = 0; j < t.spec.K; ++j) {
    const TransformDag::Form &form = forms[t.down.input.outputs[j]];
    EXPECT_EQ(form.error, 0);
    for (int k = 0; k < t.spec.n(); ++k)
      EXPECT_NEAR(form.coefficients[k], t.down.beta[j] * t.down.algorithm.BT.at(j, k).toDouble(), 1e-9);
  }
}

TEST(TransformDag, q15_code_stays_within_its_rounding_bound) {
  RationalMatrix matrix = matrixOf({{1, Rational(-97, 144), Rational(1, 3)},
                                    {Rational(2, 3), 1, Rational(-4, 9)},
                                    {Rational(-2, 3), 1, Rational(4, 9)}});
  TransformDag dag = TransformDag::fromFractions(matrix, 16);
  std::vector<TransformDag::Form> forms = dag.forms();
  std::mt19937 random(3);
  for (int trial = 0; trial < 20000; ++trial) {
    int16_t x[3], y[3];
    for (int16_t &v : x)
      v = int16_t(int(random() % 24001) - 12000);
    dag.run(x, y);
    for (int j = 0; j < 3; ++j) {
      const TransformDag::Form &form = forms[dag.outputs[j]];
      double exact = 0, ideal = 0;
      for (int k = 0; k < 3; ++k) {
        exact += form.coefficients[k] * x[k];
        ideal += matrix.at(j, k).toDouble() * x[k];
      }
      EXPECT_LE(std::fabs(y[j] - exact), form.error);
      EXPECT_LE(std::fabs(y[j] - ideal), form.error + 3 * 12000 * std::ldexp(0.5, -15));
    }
  }
}

} // namespace
