// Families of tiles and the rationals that their parameters may take.
#include "PointFamily.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace wino {

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr int largestValue = 8;

static double toDouble(const Point &p) { return p.infinite ? infinity : p.value.toDouble(); }

Candidates Candidates::make(ParameterKind kind, int maxDenominator, bool dyadic) {
  std::vector<Rational> positive;
  for (int b = 1; b <= maxDenominator; ++b)
    if (!dyadic || (b & (b - 1)) == 0)
      for (int a = 1; a <= largestValue * b; ++a)
        if (std::gcd(a, b) == 1)
          positive.push_back(Rational(a, b));
  std::sort(positive.begin(), positive.end());
  Candidates result;
  auto add = [&](const Point &p) {
    result.points.push_back(p);
    result.values.push_back(toDouble(p));
  };
  if (kind != ParameterKind::Magnitude) {
    for (size_t i = positive.size(); i-- > 0;)
      add({false, -positive[i]});
    add({false, Rational(0)});
  }
  for (const Rational &v : positive)
    add({false, v});
  result.isCyclic = kind == ParameterKind::Value;
  if (result.isCyclic)
    add({true, Rational(0)});
  return result;
}

int Candidates::nearest(double value) const {
  if (std::isinf(value))
    return int(values.size()) - 1;
  size_t finite = values.size() - isCyclic;
  size_t above = std::lower_bound(values.begin(), values.begin() + finite, value) - values.begin();
  if (above == finite)
    return isCyclic && value > 2 * largestValue ? int(finite) : int(finite) - 1;
  if (above == 0)
    return isCyclic && value < -2 * largestValue ? int(finite) : 0;
  return value - values[above - 1] < values[above] - value ? int(above) - 1 : int(above);
}

int Candidates::moved(int index, int step) const {
  int size = int(values.size()), target = index + step;
  if (isCyclic)
    return ((target % size) + size) % size;
  return target >= 0 && target < size ? target : -1;
}

RealTile PointFamily::tile(const std::vector<double> &parameters) const {
  auto value = [&](const Ref &ref) {
    if (ref.parameter < 0)
      return ref.infinite ? infinity : 0.0;
    return ref.negative ? -parameters[ref.parameter] : parameters[ref.parameter];
  };
  RealTile tile;
  tile.m = m;
  tile.r = r;
  for (const Ref &ref : points)
    tile.points[tile.numPoints++] = value(ref);
  for (const FactorRef &f : factors)
    tile.factors[tile.numFactors++] = {value(f.b), value(f.c), {value(f.t[0]), value(f.t[1]), value(f.t[2])}};
  return tile;
}

TileSpec PointFamily::spec(const std::vector<Point> &parameters, const TileSpec &base) const {
  auto point = [&](const Ref &ref) {
    Point p = ref.parameter < 0 ? Point{ref.infinite, Rational(0)} : parameters[ref.parameter];
    if (ref.negative && !p.infinite)
      p.value = -p.value;
    return p;
  };
  TileSpec spec = base;
  spec.direct = false;
  spec.AT = spec.G = spec.BT = RationalMatrix();
  spec.m = m;
  spec.r = r;
  spec.K = int(points.size() + 3 * factors.size());
  spec.points.clear();
  spec.factors.clear();
  for (const Ref &ref : points)
    spec.points.push_back(point(ref));
  for (const FactorRef &f : factors)
    spec.factors.push_back({point(f.b).value, point(f.c).value, {point(f.t[0]), point(f.t[1]), point(f.t[2])}});
  return spec;
}

namespace {

/// Adds parts to a family, with a new parameter for each free number.
struct FamilyBuilder {
  PointFamily family;

  PointFamily::Ref parameter(ParameterKind kind, bool rising = false) {
    family.kinds.push_back(kind);
    family.rising.push_back(rising);
    return {family.numParameters() - 1, false, false};
  }
  static PointFamily::Ref minus(PointFamily::Ref ref) { return {ref.parameter, !ref.negative, ref.infinite}; }

  void pair() { // before all factors
    PointFamily::Ref p = parameter(ParameterKind::Magnitude, /*rising=*/family.numParameters() > 0);
    family.points.push_back(p);
    family.points.push_back(minus(p));
  }
  void symmetricFactor(bool atInfinity) {
    PointFamily::Ref c = parameter(ParameterKind::Magnitude), t = parameter(ParameterKind::Magnitude);
    family.factors.push_back({{}, c, {{-1, false, atInfinity}, t, minus(t)}});
  }
  void factorPair() {
    PointFamily::Ref b = parameter(ParameterKind::Magnitude), c = parameter(ParameterKind::Magnitude), t[3];
    for (int i = 0; i < 3; ++i)
      t[i] = parameter(ParameterKind::Value, /*rising=*/i > 0);
    family.factors.push_back({minus(b), c, {t[0], t[1], t[2]}});
    family.factors.push_back({b, c, {minus(t[0]), minus(t[1]), minus(t[2])}});
  }
};

} // namespace

std::vector<PointFamily> PointFamily::symmetric(int m, int r, int K) {
  std::vector<PointFamily> families;
  int n = m + r - 1, numFactors = K - n;
  for (int zero = 0; zero < 2; ++zero)
    for (int inf = 0; inf < 2; ++inf)
      for (int factorPairs = 0; 2 * factorPairs <= numFactors; ++factorPairs) {
        int single = numFactors - 2 * factorPairs, real = n - 2 * numFactors - zero - inf;
        if (real < 0 || real % 2 != 0)
          continue;
        for (int atInfinity = 0; atInfinity <= single; ++atInfinity) {
          FamilyBuilder builder;
          builder.family.m = m;
          builder.family.r = r;
          if (zero)
            builder.family.points.push_back({});
          for (int i = 0; i < real / 2; ++i)
            builder.pair();
          if (inf)
            builder.family.points.push_back({-1, false, true});
          for (int i = 0; i < single; ++i)
            builder.symmetricFactor(i < atInfinity);
          for (int i = 0; i < factorPairs; ++i)
            builder.factorPair();
          families.push_back(std::move(builder.family));
        }
      }
  return families;
}

PointFamily PointFamily::free(const TileSpec &start, std::vector<double> &parameters) {
  FamilyBuilder builder;
  builder.family.m = start.m;
  builder.family.r = start.r;
  parameters.clear();
  auto number = [&](const Point &p, ParameterKind kind) {
    parameters.push_back(toDouble(p));
    return builder.parameter(kind);
  };
  for (const Point &p : start.points)
    builder.family.points.push_back(p.infinite ? Ref{-1, false, true} : number(p, ParameterKind::Signed));
  for (const QuadraticFactor &f : start.factors) {
    FactorRef ref;
    ref.b = number({false, f.b}, ParameterKind::Signed);
    ref.c = number({false, f.c}, ParameterKind::Signed);
    for (int i = 0; i < 3; ++i)
      ref.t[i] = number(f.t[i], ParameterKind::Value);
    builder.family.factors.push_back(ref);
  }
  return std::move(builder.family);
}

} // namespace wino
