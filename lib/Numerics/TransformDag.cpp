// Building straight-line code from a matrix, counting it and bounding it.
#include "wino/Numerics/TransformDag.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

namespace wino {

int TransformDag::append(Node node) {
  for (size_t i = 0; i < nodes.size(); ++i) // equal subexpressions are computed once
    if (nodes[i].op == node.op && nodes[i].a == node.a && nodes[i].b == node.b && nodes[i].imm == node.imm)
      return int(i);
  nodes.push_back(node);
  return int(nodes.size()) - 1;
}

namespace {

/// A value up to its sign, so that negations can be moved into a later subtraction.
struct Signed {
  int node = -1; // -1: zero
  bool negative = false;
};

using Term = std::pair<int, Rational>; // node, coefficient

struct Builder {
  TransformDag &dag;
  bool fractions, groupEqual;
  llvm::function_ref<int(TransformDag::Node)> append;

  Signed combine(Signed x, Signed y) {
    using Op = TransformDag::Op;
    if (x.node < 0 || y.node < 0)
      return x.node < 0 ? y : x;
    if (x.negative == y.negative)
      return {append({Op::Add, x.node, y.node}), x.negative};
    return x.negative ? Signed{append({Op::Sub, y.node, x.node}), false}
                      : Signed{append({Op::Sub, x.node, y.node}), false};
  }

  Signed scaled(int node, const Rational &coefficient) {
    using Op = TransformDag::Op;
    bool negative = coefficient < Rational(0);
    Rational magnitude = abs(coefficient);
    if (magnitude == Rational(1))
      return {node, negative};
    if (fractions) {
      int fraction = dag.bits - 1;
      double largest = std::ldexp(1.0, fraction) - 1;
      auto constant = int32_t(std::min(largest, roundHalfUp(std::ldexp(magnitude.toDouble(), fraction))));
      return {append({dag.bits == 16 ? Op::MulQ15 : Op::MulQ31, node, -1, constant}), negative};
    }
    int64_t value = magnitude.numerator();
    if (llvm::isPowerOf2_64(uint64_t(value)))
      return {append({Op::Shl, node, -1, int32_t(llvm::Log2_64(uint64_t(value)))}), negative};
    return {append({Op::MulInt, node, -1, int32_t(value)}), negative};
  }

  /// Replaces fraction terms of equal |coefficient| other than 1 by one term on their sum or difference.
  std::vector<Term> grouped(llvm::ArrayRef<Term> terms) {
    std::vector<Term> result;
    std::vector<bool> used(terms.size(), false);
    for (size_t i = 0; i < terms.size(); ++i) {
      if (used[i])
        continue;
      Rational magnitude = abs(terms[i].second);
      Signed total;
      for (size_t j = i; j < terms.size(); ++j)
        if (j == i || (abs(terms[j].second) == magnitude && magnitude != Rational(1))) {
          used[j] = true;
          total = combine(total, {terms[j].first, terms[j].second < Rational(0)});
        }
      result.push_back({total.node, total.negative ? -magnitude : magnitude});
    }
    return result;
  }

  /// Sum of the terms; with integers, a common factor is applied once at the end where that saves products. Terms
  /// without a product come first: what follows is then multiplied and added to a value that nobody else reads.
  Signed sum(llvm::ArrayRef<Term> given) {
    std::vector<Term> terms = groupEqual ? grouped(given) : given.vec();
    std::stable_partition(terms.begin(), terms.end(), [](const Term &t) { return isUnit(t); });
    int64_t common = 0;
    if (!fractions)
      for (const Term &t : terms)
        common = std::gcd(common, t.second.numerator());
    common = std::max<int64_t>(std::abs(common), 1);
    auto becomesUnit = [&](const Term &t) { return abs(t.second) == Rational(common); };
    if (common > 1 && llvm::count_if(terms, becomesUnit) < 2)
      common = 1;
    Signed total;
    for (bool negatives : {false, true}) // positive terms first: then the rest are subtractions
      for (const Term &t : terms)
        if ((t.second < Rational(0)) == negatives)
          total = combine(total, scaled(t.first, t.second / Rational(common)));
    if (total.node < 0 || common == 1)
      return total;
    Signed product = scaled(total.node, Rational(common));
    return {product.node, product.negative != total.negative};
  }

  static bool isUnit(const Term &t) { return abs(t.second) == Rational(1); }

  /// The sum or its negation: the one in which terms without a product are positive.
  Signed sumOfEitherSign(std::vector<Term> terms) {
    bool negate = llvm::any_of(terms, isUnit) &&
                  llvm::none_of(terms, [](const Term &t) { return isUnit(t) && Rational(0) < t.second; });
    if (negate)
      for (Term &t : terms)
        t.second = -t.second;
    Signed total = sum(terms);
    return {total.node, total.negative != negate};
  }

  int plain(Signed x) {
    return x.node < 0 || !x.negative ? x.node : append({TransformDag::Op::MulInt, x.node, -1, -1});
  }
};

} // namespace

/// Rewrites y = matrix x over s = x_p + x_q and d = x_p - x_q wherever columns p and q agree in every row up to sign
/// and differ in some: a s where the signs agree, a d where they do not. Returns the nodes of the new columns. With
/// fractions the sums feed rounding products, so their range has to be proved.
static std::vector<int> pairColumns(RationalMatrix &matrix, Builder &builder) {
  std::vector<int> columns(matrix.cols());
  std::vector<bool> done(matrix.cols(), false);
  for (int p = 0; p < matrix.cols(); ++p)
    columns[p] = p;
  for (int p = 0; p < matrix.cols(); ++p)
    for (int q = p + 1; q < matrix.cols() && !done[p]; ++q) {
      int same = 0, opposite = 0, different = 0;
      for (int i = 0; i < matrix.rows(); ++i) {
        const Rational &a = matrix.at(i, p), &b = matrix.at(i, q);
        same += a == b && !a.isZero();
        opposite += a == -b && !a.isZero();
        different += a != b && a != -b;
      }
      // Two sums pay when they replace at least three terms.
      if (done[q] || different != 0 || same == 0 || opposite == 0 || same + opposite < 3)
        continue;
      done[p] = done[q] = true;
      columns[p] = builder.append({TransformDag::Op::Add, p, q});
      columns[q] = builder.append({TransformDag::Op::Sub, p, q});
      for (int i = 0; i < matrix.rows(); ++i) {
        bool agree = matrix.at(i, p) == matrix.at(i, q);
        matrix.at(i, agree ? q : p) = Rational(0);
        if (!agree)
          matrix.at(i, q) = -matrix.at(i, q); // a x_p - a x_q = a d, and the entry of column q was -a
      }
    }
  return columns;
}

/// The row after `i` that equals it up to the signs of some columns, with both parts of the pair; -1 if there is none.
static int findPartner(const RationalMatrix &matrix, int i, const std::vector<bool> &done, llvm::ArrayRef<int> columns,
                       std::vector<Term> &same, std::vector<Term> &opposite) {
  for (int j = i + 1; j < matrix.rows(); ++j) {
    bool matches = !done[j];
    same.clear();
    opposite.clear();
    for (int k = 0; k < matrix.cols() && matches; ++k) {
      const Rational &a = matrix.at(i, k), &b = matrix.at(j, k);
      if (a.isZero() && b.isZero())
        continue;
      matches = a == b || a == -b;
      (a == b ? same : opposite).push_back({columns[k], a});
    }
    if (matches && !same.empty() && !opposite.empty())
      return j;
  }
  return -1;
}

TransformDag TransformDag::build(const RationalMatrix &given, int bits, bool fractions, bool groupEqual,
                                 bool pairColumnsFirst) {
  RationalMatrix matrix = given;
  TransformDag dag;
  dag.bits = bits;
  dag.inputs = matrix.cols();
  for (int k = 0; k < matrix.cols(); ++k)
    dag.nodes.push_back({Op::Input, k});
  dag.outputs.assign(matrix.rows(), -1);
  auto append = [&](Node node) { return dag.append(node); };
  Builder builder{dag, fractions, groupEqual, append};
  std::vector<int> columns(matrix.cols());
  for (int k = 0; k < matrix.cols(); ++k)
    columns[k] = k;
  if (pairColumnsFirst)
    columns = pairColumns(matrix, builder);
  std::vector<bool> done(matrix.rows(), false);
  for (int i = 0; i < matrix.rows(); ++i) {
    if (done[i])
      continue;
    std::vector<Term> same, opposite;
    int partner = findPartner(matrix, i, done, columns, same, opposite);
    done[i] = true;
    if (partner < 0) {
      std::vector<Term> terms;
      for (int k = 0; k < matrix.cols(); ++k)
        if (!matrix.at(i, k).isZero())
          terms.push_back({columns[k], matrix.at(i, k)});
      dag.outputs[i] = builder.plain(builder.sum(terms));
      continue;
    }
    done[partner] = true;
    Signed even = builder.sum(same), odd = builder.sumOfEitherSign(opposite), minusOdd{odd.node, !odd.negative};
    dag.outputs[i] = builder.plain(builder.combine(even, odd));
    dag.outputs[partner] = builder.plain(builder.combine(even, minusOdd));
  }
  return dag;
}

TransformDag TransformDag::fromIntegers(const RationalMatrix &matrix, int bits) {
  // Neither rule of sharing is better for every matrix: paired columns suit A^T, paired rows B^T. Take the shorter
  // code.
  TransformDag rows = build(matrix, bits, /*fractions=*/false, /*groupEqual=*/false, /*pairColumns=*/false);
  TransformDag columns = build(matrix, bits, /*fractions=*/false, /*groupEqual=*/false, /*pairColumns=*/true);
  return columns.counts().total() < rows.counts().total() ? columns : rows;
}
TransformDag TransformDag::fromFractions(const RationalMatrix &matrix, int bits, bool groupEqual) {
  return build(matrix, bits, /*fractions=*/true, groupEqual, /*pairColumns=*/bits == 32);
}

TransformDag::Counts TransformDag::counts() const {
  Counts counts;
  for (const Node &node : nodes) {
    counts.add += node.op == Op::Add || node.op == Op::Sub;
    counts.shl += node.op == Op::Shl;
    counts.mul += node.op == Op::MulInt;
    counts.mulHigh += node.op == Op::MulQ15 || node.op == Op::MulQ31;
  }
  return counts;
}

double TransformDag::Form::bound(llvm::ArrayRef<double> limits) const {
  double total = error;
  for (size_t k = 0; k < coefficients.size(); ++k)
    total += std::fabs(coefficients[k]) * limits[k];
  return total;
}

std::vector<TransformDag::Form> TransformDag::forms() const {
  std::vector<Form> forms(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Node &node = nodes[i];
    Form &form = forms[i];
    form.coefficients.assign(inputs, 0.0);
    if (node.op == Op::Input) {
      form.coefficients[node.a] = 1;
      continue;
    }
    double scale = node.op == Op::Shl      ? std::ldexp(1.0, node.imm)
                   : node.op == Op::MulInt ? double(node.imm)
                   : node.op == Op::MulQ15 ? std::ldexp(double(node.imm), -15)
                   : node.op == Op::MulQ31 ? std::ldexp(double(node.imm), -31)
                                           : 1.0;
    for (int k = 0; k < inputs; ++k)
      form.coefficients[k] = forms[node.a].coefficients[k] * scale;
    bool rounds = node.op == Op::MulQ15 || node.op == Op::MulQ31;
    form.error = forms[node.a].error * std::fabs(scale) + (rounds ? 0.5 : 0.0);
    if (node.op != Op::Add && node.op != Op::Sub)
      continue;
    for (int k = 0; k < inputs; ++k)
      form.coefficients[k] += (node.op == Op::Add ? 1 : -1) * forms[node.b].coefficients[k];
    form.error += forms[node.b].error;
  }
  return forms;
}

} // namespace wino
