// Exact rationals on 64-bit integers, and small dense matrices of them. Overflow makes a value invalid and sticks, so
// that a chain of operations is checked once at its end.
#ifndef WINO_NUMERICS_RATIONAL_H
#define WINO_NUMERICS_RATIONAL_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace wino {

class Rational {
public:
  Rational(int64_t value = 0) : num(value), den(1) {}
  Rational(int64_t numerator, int64_t denominator) { *this = normalized(numerator, denominator); }

  /// Reads "a" or "a/b"; at most 9 digits each, b > 0.
  static llvm::Expected<Rational> parse(llvm::StringRef text);

  bool isValid() const { return den != 0; }
  bool isZero() const { return num == 0 && isValid(); }
  int64_t numerator() const { return num; }
  int64_t denominator() const { return den; }
  double toDouble() const { return double(num) / double(den); }
  std::string str() const;

  Rational operator-() const { return normalized(-__int128(num), den); }
  friend Rational operator+(const Rational &a, const Rational &b);
  friend Rational operator-(const Rational &a, const Rational &b) { return a + -b; }
  friend Rational operator*(const Rational &a, const Rational &b);
  /// Division by zero gives an invalid value.
  friend Rational operator/(const Rational &a, const Rational &b);
  Rational &operator+=(const Rational &b) { return *this = *this + b; }
  Rational &operator*=(const Rational &b) { return *this = *this * b; }
  friend bool operator==(const Rational &a, const Rational &b) { return a.num == b.num && a.den == b.den; }
  friend bool operator!=(const Rational &a, const Rational &b) { return !(a == b); }
  friend bool operator<(const Rational &a, const Rational &b) {
    return __int128(a.num) * b.den < __int128(b.num) * a.den;
  }

private:
  static Rational normalized(__int128 numerator, __int128 denominator);
  int64_t num = 0, den = 1; // den > 0, lowest terms; den == 0 marks an invalid value
};

Rational abs(const Rational &value);

/// Dense matrix, row-major.
class RationalMatrix {
public:
  RationalMatrix(int rows = 0, int cols = 0) : numRows(rows), numCols(cols), values(size_t(rows) * cols) {}
  int rows() const { return numRows; }
  int cols() const { return numCols; }
  Rational &at(int i, int j) { return values[size_t(i) * numCols + j]; }
  const Rational &at(int i, int j) const { return values[size_t(i) * numCols + j]; }
  bool isValid() const;
  /// Row by row.
  std::vector<double> toDoubles() const;

private:
  int numRows, numCols;
  std::vector<Rational> values;
};

} // namespace wino

#endif
