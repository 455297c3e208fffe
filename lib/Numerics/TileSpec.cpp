// Parsing, printing and checking of tile texts, and the table of points for tiles named without them.
#include "wino/Numerics/TileSpec.h"

#include "llvm/ADT/StringExtras.h"

namespace wino {

/// Points and factors of least noise gain among small rationals (the atlas; E of each is pinned by a test).
static const struct {
  int m, K;
  const char *body;
} defaults[] = {
    {2, 4, "points=[0,1,-1,inf]"},
    {3, 5, "points=[0,4/5,-4/5,13/5,-13/5]"},
    {3, 6, "points=[0,9/8,-9/8] factors=[x^2+3/2@(0,11/4,-11/4)]"},
    {4, 6, "points=[0,2/3,-2/3,3/2,-3/2,inf]"},
    {4, 7, "points=[1/2,-1/2,3/2,-3/2] factors=[x^2+1@(0,2,-2)]"},
    {5, 7, "points=[0,3/5,-3/5,7/6,-7/6,7/2,-7/2]"},
    {5, 8, "points=[inf,5/4,-5/4,1/2,-1/2] factors=[x^2+1@(inf,3/4,-3/4)]"},
    {6, 8, "points=[0,1,-1,2,-2,1/2,-1/2,inf]"},
    {6, 9, "points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)]"},
    {7, 10, "points=[0,9/8,-9/8,3,-3,5/8,-5/8] factors=[x^2+1@(inf,3/4,-3/4)]"},
    {8, 11, "points=[17/5,-17/5,5/4,-5/4,1/3,-1/3,4/5,-4/5] factors=[x^2+1@(0,2,-2)]"},
};

std::string QuadraticFactor::str() const {
  std::string text = "x^2";
  auto term = [&](const Rational &v, const char *suffix) {
    if (!v.isZero())
      text += (v < Rational(0) ? "" : "+") + v.str() + suffix;
  };
  term(b, "*x");
  term(c, "");
  return text + "@(" + t[0].str() + "," + t[1].str() + "," + t[2].str() + ")";
}

static const char *tapName(TapType type) { return type == TapType::I8 ? "i8" : "i16"; }

std::string TileSpec::str() const {
  if (direct)
    return "direct";
  std::string text = "F(" + std::to_string(m) + "," + std::to_string(r) + ") K=" + std::to_string(K) + " points=[";
  for (size_t i = 0; i < points.size(); ++i)
    text += (i ? "," : "") + points[i].str();
  text += "]";
  if (!factors.empty()) {
    text += " factors=[";
    for (size_t i = 0; i < factors.size(); ++i)
      text += (i ? ";" : "") + factors[i].str();
    text += "]";
  }
  return text + " taps=" + tapName(inputTap) + "x" + tapName(filterTap);
}

std::string TileSpec::shortStr() const {
  if (direct)
    return "direct";
  std::string text = "F(" + std::to_string(m) + "," + std::to_string(r) + ")";
  if (K != n())
    text += " K=" + std::to_string(K);
  return text + " " + tapName(inputTap) + "x" + tapName(filterTap);
}

namespace {

/// Reads one tile text from left to right; every step says what it expected.
class Parser {
public:
  explicit Parser(llvm::StringRef text) : all(text), rest(text.trim()) {}

  llvm::Expected<TileSpec> run() {
    TileSpec spec;
    if (rest == "direct")
      return spec;
    spec.direct = false;
    if (!take("F(") || !number(spec.m) || !take(",") || !number(spec.r) || !take(")"))
      return error("expected 'direct' or 'F(m,r)'");
    if (spec.m < 1 || spec.m > 8 || spec.r < 1 || spec.r > 7)
      return error("expected F(m,r) with m in 1..8 and r in 1..7");
    bool hasPoints = false;
    while (!(rest = rest.ltrim()).empty()) {
      if (take("K=")) {
        if (!number(spec.K) || spec.K < 1 || spec.K > 16)
          return error("expected K in 1..16");
      } else if (take("points=[")) {
        hasPoints = true;
        if (llvm::Error e = points(spec))
          return std::move(e);
      } else if (take("factors=[")) {
        if (llvm::Error e = factors(spec))
          return std::move(e);
      } else if (take("taps=")) {
        if (!tap(spec.inputTap) || !take("x") || !tap(spec.filterTap) || spec.inputTap != spec.filterTap)
          return error("expected taps=i8xi8 or taps=i16xi16");
      } else {
        return error("expected K=, points=[..], factors=[..] or taps=");
      }
    }
    return finish(std::move(spec), hasPoints);
  }

private:
  llvm::StringRef all, rest;

  llvm::Error error(const char *expected) {
    return llvm::createStringError("%s, got '%s' in tile '%s'", expected, rest.take_front(40).str().c_str(),
                                   all.take_front(200).str().c_str());
  }
  bool take(llvm::StringRef token) { return rest.consume_front(token); }
  bool number(int &value) {
    llvm::StringRef digits = rest.take_while(llvm::isDigit);
    if (digits.empty() || digits.size() > 4)
      return false;
    rest = rest.drop_front(digits.size());
    return !digits.getAsInteger(10, value);
  }
  bool rational(Rational &value) {
    llvm::StringRef token = rest.take_while([](char c) { return llvm::isDigit(c) || c == '-' || c == '/'; });
    llvm::Expected<Rational> parsed = Rational::parse(token);
    if (!parsed) {
      llvm::consumeError(parsed.takeError());
      return false;
    }
    rest = rest.drop_front(token.size());
    value = *parsed;
    return true;
  }
  bool point(Point &p) {
    p.infinite = take("inf");
    return p.infinite || rational(p.value);
  }
  bool tap(TapType &type) {
    if (take("i16"))
      return type = TapType::I16, true;
    if (take("i8"))
      return type = TapType::I8, true;
    return false;
  }
  llvm::Error points(TileSpec &spec) {
    while (!take("]")) {
      Point p;
      if ((!spec.points.empty() && !take(",")) || spec.points.size() >= 16 || !point(p))
        return error("expected a list of at most 16 points");
      spec.points.push_back(p);
    }
    return llvm::Error::success();
  }
  llvm::Error factors(TileSpec &spec) {
    while (!take("]")) {
      QuadraticFactor f;
      if ((!spec.factors.empty() && !take(";")) || spec.factors.size() >= 4 || !take("x^2"))
        return error("expected factors x^2+b*x+c@(t1,t2,t3), separated by ';'");
      while (!take("@(")) {
        bool plus = take("+");
        Rational v;
        if ((!plus && !rest.starts_with("-")) || !rational(v))
          return error("expected x^2+b*x+c@(t1,t2,t3)");
        (take("*x") ? f.b : f.c) = v;
      }
      for (int i = 0; i < 3; ++i)
        if (!point(f.t[i]) || !take(i < 2 ? "," : ")"))
          return error("expected three values t such as (0,2,-2)");
      spec.factors.push_back(f);
    }
    return llvm::Error::success();
  }

  llvm::Expected<TileSpec> finish(TileSpec spec, bool hasPoints) {
    if (!hasPoints) {
      if (!spec.factors.empty())
        return error("expected points=[..] beside factors");
      if (spec.K == 0)
        spec.K = spec.n();
      for (const auto &entry : defaults)
        if (spec.r == 3 && entry.m == spec.m && entry.K == spec.K) {
          std::string text = "F(" + std::to_string(spec.m) + ",3) " + entry.body + " taps=" + tapName(spec.inputTap) +
                             "x" + tapName(spec.filterTap);
          return Parser(text).run();
        }
      return error("expected points=[..], since the table has none for this tile");
    }
    int products = int(spec.points.size() + 3 * spec.factors.size());
    int extent = int(spec.points.size() + 2 * spec.factors.size());
    if (extent != spec.n())
      return error("expected points + 2 * factors = m + r - 1");
    if (spec.K != 0 && spec.K != products)
      return error("expected K = points + 3 * factors");
    spec.K = products;
    if (spec.K > 16)
      return error("expected at most 16 products");
    for (size_t i = 0; i < spec.points.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (spec.points[i] == spec.points[j])
          return error("expected distinct points");
    return spec;
  }
};

} // namespace

llvm::Expected<TileSpec> TileSpec::parse(llvm::StringRef text) {
  if (text.size() > 1000)
    return llvm::createStringError("expected a tile of at most 1000 characters, got %zu", text.size());
  return Parser(text).run();
}

} // namespace wino
