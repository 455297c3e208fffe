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
  std::vector<OutputForm> columns = outputForms(across.input);
  std::vector<double> bounds;
  double x = std::ldexp(double(xAbsMax), prescale);
  for (const OutputForm &row : outputForms(down.input))
    for (const OutputForm &column : columns)
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
  std::vector<TransformDag::Form> first = down.output.forms(), second = across.output.forms();
  size_t columns = size_t(across.algorithm.K);
  double largest = 0;
  auto sum = [](llvm::ArrayRef<double> coefficients, llvm::ArrayRef<double> bounds) {
    double total = 0;
    for (size_t i = 0; i < coefficients.size(); ++i)
      total += std::fabs(coefficients[i]) * bounds[i];
    return total;
  };
  for (int a : checkedNodes(down.output)) {
    std::vector<double> row(columns); // bounds along the row that pass 2 reads
    for (size_t j = 0; j < columns; ++j) {
      row[j] = first[a].error;
      for (size_t i = 0; i < first[a].coefficients.size(); ++i)
        row[j] += std::fabs(first[a].coefficients[i]) * oBounds[i * columns + j];
      if (!exactOutput)
        largest = std::max(largest, row[j]);
    }
    for (int b : checkedNodes(across.output))
      largest = std::max(largest, sum(second[b].coefficients, row) + second[b].error);
  }
  return largest;
}

double IntegerTransform::outputError() const {
  double largest = 0;
  std::vector<OutputForm> columns = outputForms(across.output);
  for (const OutputForm &first : outputForms(down.output))
    for (const OutputForm &second : columns)
      largest = std::max(largest, second.norm() * first.error + second.error);
  return largest;
}

double IntegerTransform::outputRounding() const {
  auto worstPower = [](const TransformDag &dag) {
    std::vector<TransformDag::Form> forms = dag.forms();
    double worst = 0;
    for (int a : dag.outputs) {
      double power = 0;
      for (size_t i = 0; a >= 0 && i < forms[a].coefficients.size(); ++i)
        power += forms[a].coefficients[i] * forms[a].coefficients[i];
      worst = std::max(worst, power);
    }
    return worst;
  };
  // The variance is the product of both sums; for a square tile its root is the sum itself.
  return std::sqrt(worstPower(down.output) * worstPower(across.output)) / std::sqrt(12.0);
}

/// The largest bound of anything that must fit 16 bits: taps, and in both passes what products with rounding read. Sums
/// may wrap.
static double inputBound(const IntegerTransform &t, int xAbsMax) {
  bool nonNegative = xAbsMax > 128;
  double x = std::ldexp(double(xAbsMax), t.prescale), largest = 0;
  auto operands = [](const TransformDag &dag) {
    std::vector<int> nodes;
    for (const TransformDag::Node &node : dag.nodes)
      if (node.op == TransformDag::Op::MulQ15)
        nodes.push_back(node.a);
    return formsOf(dag, nodes);
  };
  for (double bound : t.tapBounds(xAbsMax))
    largest = std::max(largest, bound);
  for (const OutputForm &operand : operands(t.down.input))
    largest = std::max(largest, passOneBound(operand, x, nonNegative));
  std::vector<OutputForm> rows = outputForms(t.down.input);
  for (const OutputForm &operand : operands(t.across.input))
    for (const OutputForm &row : rows)
      largest = std::max(largest, tapBound(row, operand, x, nonNegative));
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

/// Columns as smallest integers; false if some are too large.
static bool useIntegerOutput(LineTransform &line) {
  const RationalMatrix &at = line.algorithm.AT;
  RationalMatrix columns = scaledColumns(at, line.alpha, [&](int j) { return integerScale(at, j, /*column=*/true); });
  bool small = columns.isValid();
  for (int i = 0; i < at.rows() && small; ++i)
    for (int j = 0; j < at.cols(); ++j)
      small = small && std::fabs(columns.at(i, j).toDouble()) <= (1 << 16);
  if (small)
    line.output = TransformDag::fromIntegers(columns, 32);
  return small;
}

static void useFractionOutput(LineTransform &line) {
  const RationalMatrix &at = line.algorithm.AT;
  RationalMatrix columns =
      scaledColumns(at, line.alpha, [&](int j) { return Rational(1) / largestEntry(at, j, /*column=*/true); });
  line.output = TransformDag::fromFractions(columns, 32);
}

/// Small integers if rounding O' then stays far below a step of the result (a step is up to 2^16 units of Y); otherwise
/// fractions, for points like 5/2 whose integer columns reach 5^5.
static void chooseOutput(IntegerTransform &t) {
  constexpr double largestRounding = 1024;
  if (useIntegerOutput(t.down) && useIntegerOutput(t.across) && t.outputRounding() <= largestRounding)
    return;
  t.exactOutput = false;
  useFractionOutput(t.down);
  useFractionOutput(t.across);
}

namespace {

/// B^T with its rows scaled to smallest integers and to a largest entry of 1.
struct ScaledRows {
  RationalMatrix integers, fractions;
  std::vector<double> integerBeta, fractionBeta;
  bool small; ///< whether the integers are there and fit

  explicit ScaledRows(const RationalMatrix &bt) : integers(bt.rows(), bt.cols()), fractions(bt.rows(), bt.cols()) {
    for (int j = 0; j < bt.rows(); ++j) {
      Rational toInteger = integerScale(bt, j, /*column=*/false),
               toFraction = Rational(1) / largestEntry(bt, j, /*column=*/false);
      for (int k = 0; k < bt.cols(); ++k) {
        integers.at(j, k) = bt.at(j, k) * toInteger;
        fractions.at(j, k) = bt.at(j, k) * toFraction;
      }
      integerBeta.push_back(toInteger.toDouble());
      fractionBeta.push_back(toFraction.toDouble());
    }
    small = integers.isValid();
    for (int j = 0; j < bt.rows() && small; ++j)
      for (int k = 0; k < bt.cols(); ++k)
        small = small && std::fabs(integers.at(j, k).toDouble()) <= 32767;
  }
};

} // namespace

/// The input code of both directions, or why none fits 16 bits.
static llvm::Error chooseInput(IntegerTransform &t, int xAbsMax) {
  ScaledRows down(t.down.algorithm.BT), across(t.across.algorithm.BT);
  if (!down.fractions.isValid() || !across.fractions.isValid())
    return llvm::createStringError("expected a tile with small fractions, got '%s'", t.spec.str().c_str());
  if (down.small && across.small) {
    t.down.input = TransformDag::fromIntegers(down.integers, 16);
    t.down.beta = down.integerBeta;
    t.across.input = TransformDag::fromIntegers(across.integers, 16);
    t.across.beta = across.integerBeta;
    if (inputBound(t, xAbsMax) <= 32767)
      return llvm::Error::success();
  }
  t.exactInput = false;
  auto useFractions = [&](IntegerTransform &to, bool groupEqual) {
    to.down.input = TransformDag::fromFractions(down.fractions, 16, groupEqual);
    to.across.input = TransformDag::fromFractions(across.fractions, 16, groupEqual);
    choosePrescale(to, xAbsMax);
  };
  t.down.beta = down.fractionBeta;
  t.across.beta = across.fractionBeta;
  useFractions(t, /*groupEqual=*/false);
  // Adding lanes of equal coefficient before the product saves products, but the sum may cost a bit of prescale.
  IntegerTransform grouped = t;
  useFractions(grouped, /*groupEqual=*/true);
  if (grouped.prescale == t.prescale && inputBound(grouped, xAbsMax) <= 32767)
    t = std::move(grouped);
  if (double bound = inputBound(t, xAbsMax); bound > 32767)
    return llvm::createStringError("tile '%s': %s", t.spec.str().c_str(),
                                   rangeText("input transform", bound, "i16").c_str());
  return llvm::Error::success();
}

llvm::Expected<IntegerTransform> IntegerTransform::make(const TileSpec &spec, int xAbsMax) {
  if (spec.direct)
    return llvm::createStringError("expected a tile F(m,r), got 'direct'");
  if (spec.hasFloatTaps())
    return llvm::createStringError("expected integer taps, got " + spec.shortStr());
  IntegerTransform t;
  t.spec = spec;
  for (auto [line, plan] : {std::pair(&t.down, &spec.down()), std::pair(&t.across, &spec.across())}) {
    llvm::Expected<BilinearAlgorithm> algorithm = BilinearAlgorithm::make(*plan);
    if (!algorithm)
      return algorithm.takeError();
    line->algorithm = std::move(*algorithm);
  }
  if (llvm::Error error = chooseInput(t, xAbsMax))
    return std::move(error);
  chooseOutput(t);
  return t;
}

} // namespace wino
