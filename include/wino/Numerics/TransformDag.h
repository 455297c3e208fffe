// TransformDag: a 1-D transform as straight-line integer code. It is run (interpreter), counted (cost model), bounded
// (range proof) and emitted (kernels) from this one form, so the four cannot disagree.
#ifndef WINO_NUMERICS_TRANSFORMDAG_H
#define WINO_NUMERICS_TRANSFORMDAG_H

#include "wino/Numerics/FixedPoint.h"
#include "wino/Numerics/Rational.h"

#include "llvm/ADT/ArrayRef.h"

#include <cassert>
#include <type_traits>
#include <vector>

namespace wino {

class TransformDag {
public:
  enum class Op {
    Input,  ///< input number a
    Add,    ///< a + b, wrapping
    Sub,    ///< a - b, wrapping
    Shl,    ///< a << imm, wrapping
    MulInt, ///< a * imm, wrapping
    MulQ15, ///< mulhi16(a, imm), 16-bit DAGs only; its operand is proved not to wrap
    MulQ31, ///< mulhi32(a, imm), 32-bit DAGs only; likewise
  };
  struct Node {
    Op op;
    int a = -1, b = -1;
    int32_t imm = 0;
  };
  struct Counts {
    int add = 0, shl = 0, mul = 0, mulHigh = 0; ///< mulHigh: MulQ15 and MulQ31
    int total() const { return add + shl + mul + mulHigh; }
  };

  int bits = 16; ///< lane width, 16 or 32
  int inputs = 0;
  std::vector<Node> nodes;
  std::vector<int> outputs; ///< node of each output; -1 is the constant zero

  /// Exact integer code for y = matrix * x. Rows that are equal up to the signs of some columns share both parts, and
  /// columns that are equal up to the signs of some rows share their sum and difference.
  static TransformDag fromIntegers(const RationalMatrix &matrix, int bits);
  /// Code for y ~= matrix * x, |entries| <= 1; entries other than 0 and +-1 become MulQ15 or, with 32 bits, MulQ31.
  /// `groupEqual` adds lanes of equal |entry| before the product: fewer products, but the sum, not only each lane, must
  /// then fit. With 32 bits, columns that are equal up to signs share their sum and difference, under the same
  /// condition.
  static TransformDag fromFractions(const RationalMatrix &matrix, int bits, bool groupEqual = false);

  Counts counts() const;

  /// Runs the code on wrapping lanes; T is int16_t or int32_t and matches `bits`. `in` is inputs x lanes, `out` is
  /// outputs x lanes.
  template <typename T, int lanes = 1> void run(const T *in, T *out) const;

  /// What is proved about a node: value = sum of coefficient_k * input_k + error, |error| <= error.
  struct Form {
    std::vector<double> coefficients;
    double error = 0;
    /// Bound of |value| for |input_k| <= limits[k] and input errors already inside them.
    double bound(llvm::ArrayRef<double> limits) const;
  };
  /// One form per node: exact coefficients, the rounding errors of products (at most 1/2 each) carried along.
  std::vector<Form> forms() const;

private:
  int append(Node node);
  static TransformDag build(const RationalMatrix &given, int bits, bool fractions, bool groupEqual,
                            bool pairColumnsFirst);
};

template <typename T, int lanes> void TransformDag::run(const T *in, T *out) const {
  using U = std::make_unsigned_t<T>;
  constexpr size_t maxNodes = 512; // the largest tiles (8 outputs, 16 products) stay below
  assert(sizeof(T) * 8 == size_t(bits) && nodes.size() <= maxNodes);
  T values[maxNodes * lanes];
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Node &node = nodes[i];
    int32_t imm = node.imm;
    T *to = values + i * lanes;
    const T *a = node.op == Op::Input ? in + node.a * lanes : values + node.a * lanes, *b = values + node.b * lanes;
    auto each = [&](auto &&value) {
      for (int lane = 0; lane < lanes; ++lane)
        to[lane] = value(lane);
    };
    switch (node.op) {
    case Op::Input: each([&](int l) { return a[l]; }); break;
    case Op::Add: each([&](int l) { return T(U(U(a[l]) + U(b[l]))); }); break;
    case Op::Sub: each([&](int l) { return T(U(U(a[l]) - U(b[l]))); }); break;
    case Op::Shl: each([&](int l) { return T(U(uint64_t(U(a[l])) << imm)); }); break;
    case Op::MulInt: each([&](int l) { return T(U(uint64_t(int64_t(a[l]) * imm))); }); break;
    case Op::MulQ15: each([&](int l) { return T(mulhi16(int16_t(a[l]), int16_t(imm))); }); break;
    case Op::MulQ31: each([&](int l) { return T(mulhi32(int32_t(a[l]), imm)); }); break;
    }
  }
  for (size_t i = 0; i < outputs.size(); ++i)
    for (int lane = 0; lane < lanes; ++lane)
      out[i * lanes + lane] = outputs[i] < 0 ? T(0) : values[outputs[i] * lanes + lane];
}

} // namespace wino

#endif
