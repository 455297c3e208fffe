// Rational arithmetic with sticky overflow.
#include "wino/Numerics/Rational.h"

#include "llvm/ADT/StringExtras.h"

namespace wino {

static __int128 greatestCommonDivisor(__int128 a, __int128 b) {
  while (b != 0) {
    __int128 rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

Rational Rational::normalized(__int128 numerator, __int128 denominator) {
  Rational invalid;
  invalid.den = 0;
  if (denominator == 0)
    return invalid;
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  __int128 divisor = greatestCommonDivisor(numerator, denominator);
  numerator /= divisor;
  denominator /= divisor;
  constexpr __int128 limit = INT64_MAX;
  if (numerator > limit || numerator < -limit || denominator > limit)
    return invalid;
  Rational result;
  result.num = int64_t(numerator);
  result.den = int64_t(denominator);
  return result;
}

Rational operator+(const Rational &a, const Rational &b) {
  return Rational::normalized(__int128(a.num) * b.den + __int128(b.num) * a.den, __int128(a.den) * b.den);
}
Rational operator*(const Rational &a, const Rational &b) {
  return Rational::normalized(__int128(a.num) * b.num, __int128(a.den) * b.den);
}
Rational operator/(const Rational &a, const Rational &b) {
  if (!b.isValid()) // den 0 would otherwise be divided away
    return b;
  return Rational::normalized(__int128(a.num) * b.den, __int128(a.den) * b.num);
}
Rational abs(const Rational &value) { return value < Rational(0) ? -value : value; }

llvm::Expected<Rational> Rational::parse(llvm::StringRef text) {
  auto [top, bottom] = text.split('/');
  bool fraction = text.contains('/');
  auto isInteger = [](llvm::StringRef s) {
    s.consume_front("-");
    return !s.empty() && s.size() <= 9 && llvm::all_of(s, llvm::isDigit);
  };
  int64_t num = 0, den = 1;
  if (!isInteger(top) || top.getAsInteger(10, num) ||
      (fraction && (!isInteger(bottom) || bottom.getAsInteger(10, den) || den <= 0)))
    return llvm::createStringError("expected a rational number such as 2 or -3/4, got '%s'", text.str().c_str());
  return Rational(num, den);
}

std::string Rational::str() const {
  if (!isValid())
    return "invalid";
  return den == 1 ? std::to_string(num) : std::to_string(num) + "/" + std::to_string(den);
}

bool RationalMatrix::isValid() const {
  return llvm::all_of(values, [](const Rational &v) { return v.isValid(); });
}

std::vector<double> RationalMatrix::toDoubles() const {
  std::vector<double> doubles;
  for (const Rational &value : values)
    doubles.push_back(value.toDouble());
  return doubles;
}

} // namespace wino
