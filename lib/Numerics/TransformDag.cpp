// Building straight-line code from a matrix, counting it and bounding it.
#include "wino/Numerics/TransformDag.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/MathExtras.h"

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

using Term = std::pair<int, Rational>; // column, coefficient

struct Builder {
  TransformDag &dag;
  bool fractions;
  llvm::function_ref<int(TransformDag::Node)> append;

  Signed combine(Signed x, Signed y) {
    using Op = TransformDag::Op;
    if (x.node < 0 || y.node < 0)
      return x.node < 0 ? y : x;
    if (x.negative == y.negative)
      return {append({Op::Add, x.node, y.node}), x.negative};
    return x.negative ? Signed{append({Op::Sub, y.node, x.node}), false} : Signed{append({Op::Sub, x.node, y.node}), false};
  }

  Signed scaled(int node, const Rational &coefficient) {
    using Op = TransformDag::Op;
    bool negative = coefficient < Rational(0);
    Rational magnitude = abs(coefficient);
    if (magnitude == Rational(1))
      return {node, negative};
    if (fractions) {
      auto q15 = int32_t(std::min(32767.0, roundHalfUp(magnitude.toDouble() * 32768)));
      return {append({Op::MulQ15, node, -1, q15}), negative};
    }
    int64_t value = magnitude.numerator();
    if (llvm::isPowerOf2_64(uint64_t(value)))
      return {append({Op::Shl, node, -1, int32_t(llvm::Log2_64(uint64_t(value)))}), negative};
    return {append({Op::MulInt, node, -1, int32_t(value)}), negative};
  }

  /// Sum of the terms; with integers, a common factor is applied once at the end.
  Signed sum(llvm::ArrayRef<Term> terms) {
    int64_t common = 0;
    if (!fractions)
      for (const Term &t : terms)
        common = std::gcd(common, t.second.numerator());
    common = std::max<int64_t>(std::abs(common), 1);
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

  int plain(Signed x) {
    return x.node < 0 || !x.negative ? x.node : append({TransformDag::Op::MulInt, x.node, -1, -1});
  }
};

} // namespace

TransformDag TransformDag::build(const RationalMatrix &matrix, int bits, bool fractions) {
  TransformDag dag;
  dag.bits = bits;
  dag.inputs = matrix.cols();
  for (int k = 0; k < matrix.cols(); ++k)
    dag.nodes.push_back({Op::Input, k});
  dag.outputs.assign(matrix.rows(), -1);
  auto append = [&](Node node) { return dag.append(node); };
  Builder builder{dag, fractions, append};
  std::vector<bool> done(matrix.rows(), false);
  for (int i = 0; i < matrix.rows(); ++i) {
    if (done[i])
      continue;
    int partner = -1;
    std::vector<Term> same, opposite;
    for (int j = i + 1; j < matrix.rows() && partner < 0; ++j) {
      bool matches = !done[j];
      same.clear();
      opposite.clear();
      for (int k = 0; k < matrix.cols() && matches; ++k) {
        const Rational &a = matrix.at(i, k), &b = matrix.at(j, k);
        if (a.isZero() && b.isZero())
          continue;
        if (a == b)
          same.push_back({k, a});
        else if (a == -b)
          opposite.push_back({k, a});
        else
          matches = false;
      }
      if (matches && !same.empty() && !opposite.empty())
        partner = j;
    }
    done[i] = true;
    if (partner < 0) {
      std::vector<Term> terms;
      for (int k = 0; k < matrix.cols(); ++k)
        if (!matrix.at(i, k).isZero())
          terms.push_back({k, matrix.at(i, k)});
      dag.outputs[i] = builder.plain(builder.sum(terms));
      continue;
    }
    done[partner] = true;
    Signed even = builder.sum(same), odd = builder.sum(opposite), minusOdd{odd.node, !odd.negative};
    dag.outputs[i] = builder.plain(builder.combine(even, odd));
    dag.outputs[partner] = builder.plain(builder.combine(even, minusOdd));
  }
  return dag;
}

TransformDag TransformDag::fromIntegers(const RationalMatrix &matrix, int bits) { return build(matrix, bits, false); }
TransformDag TransformDag::fromFractions(const RationalMatrix &matrix) { return build(matrix, 16, true); }

TransformDag::Counts TransformDag::counts() const {
  Counts counts;
  for (const Node &node : nodes) {
    counts.add += node.op == Op::Add || node.op == Op::Sub;
    counts.shl += node.op == Op::Shl;
    counts.mul += node.op == Op::MulInt;
    counts.mulq15 += node.op == Op::MulQ15;
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
                   : node.op == Op::MulQ15 ? node.imm / 32768.0
                                           : 1.0;
    for (int k = 0; k < inputs; ++k)
      form.coefficients[k] = forms[node.a].coefficients[k] * scale;
    form.error = forms[node.a].error * std::fabs(scale) + (node.op == Op::MulQ15 ? 0.5 : 0.0);
    if (node.op != Op::Add && node.op != Op::Sub)
      continue;
    for (int k = 0; k < inputs; ++k)
      form.coefficients[k] += (node.op == Op::Add ? 1 : -1) * forms[node.b].coefficients[k];
    form.error += forms[node.b].error;
  }
  return forms;
}

} // namespace wino
