// Choice of the integer form of a tile and the proof that it fits its lanes.
#include "wino/Numerics/IntegerTransform.h"
#include "wino/Numerics/Ranges.h"

#include <numeric>

namespace wino {

/// The positive rational that makes a list of entries the smallest integers of the same direction.
static Rational integerScale(const RationalMatrix &matrix, int index, bool column) {
  int64_t denominators = 1, numerators = 0;
  for (int i = 0; i < (column ? matrix.rows() : matrix.cols()); ++i) {
    const Rational &v = column ? matrix.at(i, index) : matrix.at(index, i);
    denominators = std::lcm(denominators, v.denominator());
    if (denominators <= 0 || denominators > (int64_t(1) << 40))
      return Rational(1, 0);
    numerators = std::gcd(numerators, v.numerator());
  }
  // gcd of the numerators over the lcm of the denominators is the largest common unit of the entries.
  Rational unit(1, denominators);
  int64_t common = 0;
  for (int i = 0; i < (column ? matrix.rows() : matrix.cols()); ++i) {
    Rational scaled = (column ? matrix.at(i, index) : matrix.at(index, i)) / unit;
    if (!scaled.isValid())
      return Rational(1, 0);
    common = std::gcd(common, scaled.numerator());
  }
  return Rational(1) / (unit * Rational(std::max<int64_t>(common, 1)));
}

static Rational largestEntry(const RationalMatrix &matrix, int row) {
  Rational largest(0);
  for (int k = 0; k < matrix.cols(); ++k)
    if (largest < abs(matrix.at(row, k)))
      largest = abs(matrix.at(row, k));
  return largest;
}

namespace {

/// Sums of positive and of negative coefficients, and the rounding error, of each output of a DAG.
struct OutputForm {
  double positive = 0, negative = 0, error = 0;
  double norm() const { return positive + negative; }
};

std::vector<OutputForm> outputForms(const TransformDag &dag) {
  std::vector<TransformDag::Form> forms = dag.forms();
  std::vector<OutputForm> result(dag.outputs.size());
  for (size_t j = 0; j < dag.outputs.size(); ++j) {
    if (dag.outputs[j] < 0)
      continue;
    const TransformDag::Form &form = forms[dag.outputs[j]];
    for (double c : form.coefficients)
      (c > 0 ? result[j].positive : result[j].negative) += std::fabs(c);
    result[j].error = form.error;
  }
  return result;
}

/// Bound of the first pass, and of a tap after both: x in [-X, X] or, where nonNegative, [0, X] (README (E8)).
double passOneBound(const OutputForm &row, double x, bool nonNegative) {
  return (nonNegative ? std::max(row.positive, row.negative) : row.norm()) * x + row.error;
}
double tapBound(const OutputForm &row, const OutputForm &column, double x, bool nonNegative) {
  double same = row.positive * column.positive + row.negative * column.negative;
  double mixed = row.positive * column.negative + row.negative * column.positive;
  double linear = (nonNegative ? std::max(same, mixed) : same + mixed) * x;
  return linear + column.norm() * row.error + column.error;
}

} // namespace

std::vector<double> IntegerTransform::tapBounds(int xAbsMax) const {
  std::vector<OutputForm> rows = outputForms(input);
  std::vector<double> bounds;
  double x = std::ldexp(double(xAbsMax), prescale);
  for (const OutputForm &row : rows)
    for (const OutputForm &column : rows)
      bounds.push_back(tapBound(row, column, x, /*nonNegative=*/xAbsMax > 128));
  return bounds;
}

double IntegerTransform::outputBound(llvm::ArrayRef<double> oBounds) const {
  std::vector<TransformDag::Form> forms = output.forms();
  double largest = 0;
  for (int a : output.outputs)
    for (int b : output.outputs) {
      double sum = 0;
      for (int i = 0; i < spec.K && a >= 0; ++i)
        for (int j = 0; j < spec.K && b >= 0; ++j)
          sum += std::fabs(forms[a].coefficients[i] * forms[b].coefficients[j]) * oBounds[i * spec.K + j];
      largest = std::max(largest, sum);
    }
  return largest;
}

/// The largest bound of anything that must fit 16 bits: taps, and pass 1 where products with rounding read it.
static double inputBound(const IntegerTransform &t, int xAbsMax) {
  double largest = 0;
  for (double bound : t.tapBounds(xAbsMax))
    largest = std::max(largest, bound);
  if (!t.exactInput)
    for (const OutputForm &row : outputForms(t.input))
      largest = std::max(largest, passOneBound(row, std::ldexp(double(xAbsMax), t.prescale), xAbsMax > 128));
  return largest;
}

llvm::Expected<IntegerTransform> IntegerTransform::make(const TileSpec &spec, int xAbsMax) {
  IntegerTransform t;
  t.spec = spec;
  llvm::Expected<BilinearAlgorithm> algorithm = BilinearAlgorithm::make(spec);
  if (!algorithm)
    return algorithm.takeError();
  t.algorithm = std::move(*algorithm);
  const RationalMatrix &bt = t.algorithm.BT, &at = t.algorithm.AT;

  RationalMatrix integers(spec.K, spec.n()), fractions(spec.K, spec.n());
  std::vector<double> integerBeta, fractionBeta;
  for (int j = 0; j < spec.K; ++j) {
    Rational toInteger = integerScale(bt, j, /*column=*/false), toFraction = Rational(1) / largestEntry(bt, j);
    for (int k = 0; k < spec.n(); ++k) {
      integers.at(j, k) = bt.at(j, k) * toInteger;
      fractions.at(j, k) = bt.at(j, k) * toFraction;
    }
    integerBeta.push_back(toInteger.toDouble());
    fractionBeta.push_back(toFraction.toDouble());
  }
  if (!fractions.isValid())
    return llvm::createStringError("expected a tile with small fractions, got '%s'", spec.str().c_str());
  bool small = integers.isValid();
  for (int j = 0; j < spec.K && small; ++j)
    for (int k = 0; k < spec.n(); ++k)
      small = small && std::fabs(integers.at(j, k).toDouble()) <= 32767;
  if (small) {
    t.input = TransformDag::fromIntegers(integers, 16);
    t.beta = integerBeta;
  }
  if (!small || inputBound(t, xAbsMax) > 32767) {
    t.exactInput = false;
    t.input = TransformDag::fromFractions(fractions);
    t.beta = fractionBeta;
    while (t.prescale < 7) {
      ++t.prescale;
      if (inputBound(t, xAbsMax) > 32767) {
        --t.prescale;
        break;
      }
    }
    if (double bound = inputBound(t, xAbsMax); bound > 32767)
      return llvm::createStringError("tile '%s': %s", spec.str().c_str(), rangeText("input transform", bound, "i16").c_str());
  }

  RationalMatrix columns(spec.m, spec.K);
  for (int j = 0; j < spec.K; ++j) {
    Rational scale = integerScale(at, j, /*column=*/true);
    t.alpha.push_back(scale);
    for (int i = 0; i < spec.m; ++i)
      columns.at(i, j) = at.at(i, j) * scale;
  }
  if (!columns.isValid())
    return llvm::createStringError("expected a tile with small fractions, got '%s'", spec.str().c_str());
  for (int i = 0; i < spec.m; ++i)
    for (int j = 0; j < spec.K; ++j)
      if (std::fabs(columns.at(i, j).toDouble()) > (1 << 24))
        return llvm::createStringError("tile '%s': %s", spec.str().c_str(),
                                       rangeText("output transform constants", columns.at(i, j).toDouble(), "i24").c_str());
  t.output = TransformDag::fromIntegers(columns, 32);
  return t;
}

} // namespace wino
