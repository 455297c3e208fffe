// Choice of the integer form of a tile and the proof that it fits its lanes.
#include "wino/Numerics/IntegerTransform.h"
#include "wino/Numerics/Ranges.h"

#include <numeric>

namespace wino {

/// The positive rational that makes a row or column the smallest integers of the same direction; invalid when there is
/// none in range.
static Rational integerScale(const RationalMatrix &matrix, int index, bool column) {
  int length = column ? matrix.rows() : matrix.cols();
  auto entry = [&](int i) { return column ? matrix.at(i, index) : matrix.at(index, i); };
  constexpr int64_t limit = int64_t(1) << 40;
  __int128 denominators = 1;
  for (int i = 0; i < length; ++i) {
    int64_t denominator = entry(i).denominator();
    if (denominator <= 0 || denominator > limit)
      return Rational(1, 0);
    denominators *= denominator / std::gcd(int64_t(denominators), denominator);
    if (denominators > limit)
      return Rational(1, 0);
  }
  int64_t common = 0;
  for (int i = 0; i < length; ++i) {
    Rational scaled = entry(i) * Rational(int64_t(denominators));
    if (!scaled.isValid())
      return scaled;
    common = std::gcd(common, scaled.numerator());
  }
  return Rational(int64_t(denominators), std::max<int64_t>(common, 1));
}

static Rational largestEntry(const RationalMatrix &matrix, int index, bool column) {
  Rational largest(0);
  for (int i = 0; i < (column ? matrix.rows() : matrix.cols()); ++i) {
    Rational entry = abs(column ? matrix.at(i, index) : matrix.at(index, i));
    if (largest < entry)
      largest = entry;
  }
  return largest;
}

namespace {

/// Sums of positive and of negative coefficients, and the rounding error, of each output of a DAG.
struct OutputForm {
  double positive = 0, negative = 0, error = 0;
  double norm() const { return positive + negative; }
};

std::vector<OutputForm> formsOf(const TransformDag &dag, llvm::ArrayRef<int> wanted) {
  std::vector<TransformDag::Form> forms = dag.forms();
  std::vector<OutputForm> result(wanted.size());
  for (size_t j = 0; j < wanted.size(); ++j) {
    if (wanted[j] < 0)
      continue;
    const TransformDag::Form &form = forms[wanted[j]];
    for (double c : form.coefficients)
      (c > 0 ? result[j].positive : result[j].negative) += std::fabs(c);
    result[j].error = form.error;
  }
  return result;
}

std::vector<OutputForm> outputForms(const TransformDag &dag) { return formsOf(dag, dag.outputs); }

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

/// Nodes of a 32-bit DAG that must not wrap: its outputs and the operands of rounding products.
static std::vector<int> checkedNodes(const TransformDag &dag) {
  std::vector<int> nodes;
  for (int node : dag.outputs)
    if (node >= 0)
      nodes.push_back(node);
  for (const TransformDag::Node &node : dag.nodes)
    if (node.op == TransformDag::Op::MulQ31)
      nodes.push_back(node.a);
  return nodes;
}

double IntegerTransform::outputBound(llvm::ArrayRef<double> oBounds) const {
  std::vector<TransformDag::Form> forms = output.forms();
  double largest = 0;
  auto sum = [](llvm::ArrayRef<double> coefficients, llvm::ArrayRef<double> bounds) {
    double total = 0;
    for (size_t i = 0; i < coefficients.size(); ++i)
      total += std::fabs(coefficients[i]) * bounds[i];
    return total;
  };
  for (int a : checkedNodes(output)) {
    std::vector<double> row(spec.K); // bounds along the row that pass 2 reads
    for (int j = 0; j < spec.K; ++j) {
      row[j] = forms[a].error;
      for (int i = 0; i < spec.K; ++i)
        row[j] += std::fabs(forms[a].coefficients[i]) * oBounds[i * spec.K + j];
      if (!exactOutput)
        largest = std::max(largest, row[j]);
    }
    for (int b : checkedNodes(output))
      largest = std::max(largest, sum(forms[b].coefficients, row) + forms[b].error);
  }
  return largest;
}

double IntegerTransform::outputError() const {
  double largest = 0;
  std::vector<OutputForm> rows = outputForms(output);
  for (const OutputForm &first : rows)
    for (const OutputForm &second : rows)
      largest = std::max(largest, second.norm() * first.error + second.error);
  return largest;
}

double IntegerTransform::outputRounding() const {
  std::vector<TransformDag::Form> forms = output.forms();
  double worst = 0;
  for (int a : output.outputs) {
    double power = 0;
    for (int i = 0; i < spec.K && a >= 0; ++i)
      power += forms[a].coefficients[i] * forms[a].coefficients[i];
    worst = std::max(worst, power); // the sum over (i, j) is a product of two such sums
  }
  return worst / std::sqrt(12.0);
}

/// The largest bound of anything that must fit 16 bits: taps, and in both passes what products with rounding read. Sums
/// may wrap.
static double inputBound(const IntegerTransform &t, int xAbsMax) {
  bool nonNegative = xAbsMax > 128;
  double x = std::ldexp(double(xAbsMax), t.prescale), largest = 0;
  std::vector<OutputForm> rows = outputForms(t.input);
  std::vector<int> operands;
  for (const TransformDag::Node &node : t.input.nodes)
    if (node.op == TransformDag::Op::MulQ15)
      operands.push_back(node.a);
  for (double bound : t.tapBounds(xAbsMax))
    largest = std::max(largest, bound);
  for (const OutputForm &operand : formsOf(t.input, operands)) {
    largest = std::max(largest, passOneBound(operand, x, nonNegative));
    for (const OutputForm &row : rows)
      largest = std::max(largest, tapBound(row, operand, x, nonNegative));
  }
  return largest;
}

/// Raises the prescale as far as everything is proved to fit.
static void choosePrescale(IntegerTransform &t, int xAbsMax) {
  for (t.prescale = 7; t.prescale > 0 && inputBound(t, xAbsMax) > 32767;)
    --t.prescale;
}

/// Columns of A^T scaled by alpha, from `scaleOf`.
template <typename ScaleOf>
static RationalMatrix scaledColumns(const RationalMatrix &at, std::vector<Rational> &alpha, ScaleOf scaleOf) {
  RationalMatrix columns(at.rows(), at.cols());
  alpha.clear();
  for (int j = 0; j < at.cols(); ++j) {
    alpha.push_back(scaleOf(j));
    for (int i = 0; i < at.rows(); ++i)
      columns.at(i, j) = at.at(i, j) * alpha.back();
  }
  return columns;
}

/// Small integers if rounding O' then stays far below a step of the result (a step is up to 2^16 units of Y); otherwise
/// fractions, for points like 5/2 whose integer columns reach 5^5.
static void chooseOutput(IntegerTransform &t, const RationalMatrix &at) {
  constexpr double largestRounding = 1024;
  RationalMatrix columns = scaledColumns(at, t.alpha, [&](int j) { return integerScale(at, j, /*column=*/true); });
  bool small = columns.isValid();
  for (int i = 0; i < at.rows() && small; ++i)
    for (int j = 0; j < at.cols(); ++j)
      small = small && std::fabs(columns.at(i, j).toDouble()) <= (1 << 16);
  if (small)
    t.output = TransformDag::fromIntegers(columns, 32);
  if (small && t.outputRounding() <= largestRounding)
    return;
  t.exactOutput = false;
  columns = scaledColumns(at, t.alpha, [&](int j) { return Rational(1) / largestEntry(at, j, /*column=*/true); });
  t.output = TransformDag::fromFractions(columns, 32);
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
    Rational toInteger = integerScale(bt, j, /*column=*/false),
             toFraction = Rational(1) / largestEntry(bt, j, /*column=*/false);
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
    t.input = TransformDag::fromFractions(fractions, 16);
    t.beta = fractionBeta;
    choosePrescale(t, xAbsMax);
    // Adding lanes of equal coefficient before the product saves products, but the sum may cost a bit of prescale.
    IntegerTransform grouped = t;
    grouped.input = TransformDag::fromFractions(fractions, 16, /*groupEqual=*/true);
    choosePrescale(grouped, xAbsMax);
    if (grouped.prescale == t.prescale && inputBound(grouped, xAbsMax) <= 32767)
      t.input = std::move(grouped.input);
    if (double bound = inputBound(t, xAbsMax); bound > 32767)
      return llvm::createStringError("tile '%s': %s", spec.str().c_str(),
                                     rangeText("input transform", bound, "i16").c_str());
  }

  chooseOutput(t, at);
  return t;
}

} // namespace wino
