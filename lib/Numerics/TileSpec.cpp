// Parsing, printing and checking of tile texts.
#include "wino/Numerics/TileSpec.h"
#include "DefaultPoints.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

namespace wino {

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

static std::string formats(const TileSpec &spec) {
  std::string text = "i" + std::to_string(int(spec.inputTap)) + "xi" + std::to_string(int(spec.filterTap));
  return spec.product == ProductType::I32 ? text : text + " out=i" + std::to_string(int(spec.product));
}

static std::string matrixText(const char *name, const RationalMatrix &matrix) {
  std::string text = std::string(" ") + name + "=[";
  for (int i = 0; i < matrix.rows(); ++i)
    for (int j = 0; j < matrix.cols(); ++j)
      text += (j ? "," : i ? ";" : "") + matrix.at(i, j).str();
  return text + "]";
}

llvm::Expected<ProductType> parseProductType(llvm::StringRef text) {
  for (ProductType type : {ProductType::I8, ProductType::I16, ProductType::I32})
    if (text == "i" + std::to_string(int(type)))
      return type;
  return llvm::createStringError("expected i8, i16 or i32, got '" + text + "'");
}

TileSpec TileSpec::withoutFormats() const {
  TileSpec plain = *this;
  plain.inputTap = plain.filterTap = TapType::I8;
  plain.product = ProductType::I32;
  return plain;
}

TileSpec TileSpec::withMatrices(RationalMatrix at, RationalMatrix g, RationalMatrix bt) const {
  TileSpec stated = *this;
  stated.points.clear();
  stated.factors.clear();
  stated.AT = std::move(at);
  stated.G = std::move(g);
  stated.BT = std::move(bt);
  return stated;
}

std::string TileSpec::str() const {
  if (direct)
    return "direct";
  std::string text = "F(" + std::to_string(m) + "," + std::to_string(r) + ") K=" + std::to_string(K);
  if (hasMatrices())
    return text + matrixText("at", AT) + matrixText("g", G) + matrixText("bt", BT) + " taps=" + formats(*this);
  text += " points=[";
  for (size_t i = 0; i < points.size(); ++i)
    text += (i ? "," : "") + points[i].str();
  text += "]";
  if (!factors.empty()) {
    text += " factors=[";
    for (size_t i = 0; i < factors.size(); ++i)
      text += (i ? ";" : "") + factors[i].str();
    text += "]";
  }
  return text + " taps=" + formats(*this);
}

std::string TileSpec::shortStr() const {
  if (direct)
    return "direct";
  std::string text = "F(" + std::to_string(m) + "," + std::to_string(r) + ")";
  if (K != n())
    text += " K=" + std::to_string(K);
  return text + (hasMatrices() ? " optimised " : " ") + formats(*this);
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
    llvm::StringSet<> seen;
    while (!(rest = rest.ltrim()).empty()) {
      if (!seen.insert(rest.take_until([](char c) { return c == '='; })).second)
        return error("expected every field once");
      if (take("K=")) {
        if (!number(spec.K) || spec.K < 1 || spec.K > 16)
          return error("expected K in 1..16");
      } else if (take("points=[")) {
        if (llvm::Error e = points(spec))
          return std::move(e);
      } else if (take("factors=[")) {
        if (llvm::Error e = factors(spec))
          return std::move(e);
      } else if (take("taps=")) {
        if (!tap(spec.inputTap) || !take("x") || !tap(spec.filterTap))
          return error("expected taps=i8xi8, with types i4 to i8 and i16");
        if (spec.inputTap < spec.filterTap && spec.filterTap == TapType::I16)
          return error("expected i16 taps of the input beside those of the filter");
      } else if (take("out=")) {
        if (!product(spec.product))
          return error("expected out=i8, out=i16 or out=i32");
      } else if (take("at=[")) {
        if (!matrix(spec.AT))
          return error("expected at=[..;..] with m rows of K numbers");
      } else if (take("g=[")) {
        if (!matrix(spec.G))
          return error("expected g=[..;..] with K rows of r numbers");
      } else if (take("bt=[")) {
        if (!matrix(spec.BT))
          return error("expected bt=[..;..] with K rows of m + r - 1 numbers");
      } else {
        return error("expected K=, points=[..], factors=[..], at=[..], g=[..], bt=[..], taps= or out=");
      }
    }
    if (seen.contains("at") || seen.contains("g") || seen.contains("bt"))
      return finishMatrices(std::move(spec));
    return finish(std::move(spec), seen.contains("points"));
  }

private:
  llvm::StringRef all, rest;

  llvm::Error error(const char *expected) {
    std::string got, tile;
    llvm::raw_string_ostream(got).write_escaped(rest.take_front(40));
    llvm::raw_string_ostream(tile).write_escaped(all.take_front(200));
    return llvm::createStringError("%s, got '%s' in tile '%s'", expected, got.c_str(), tile.c_str());
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
    int bits = 0;
    if (!take("i") || !number(bits) || ((bits < 4 || bits > 8) && bits != 16))
      return false;
    type = TapType(bits);
    return true;
  }
  bool product(ProductType &type) {
    int bits = 0;
    if (!take("i") || !number(bits) || (bits != 8 && bits != 16 && bits != 32))
      return false;
    type = ProductType(bits);
    return true;
  }
  /// Rows of equal length up to the closing bracket, at most 16 x 16.
  bool matrix(RationalMatrix &result) {
    std::vector<std::vector<Rational>> rows(1);
    for (;;) {
      Rational value;
      if (rows.back().size() == 16 || !rational(value))
        return false;
      rows.back().push_back(value);
      bool more = take(",");
      if (more)
        continue;
      if (rows.back().size() != rows.front().size())
        return false;
      if (take("]"))
        break;
      if (!take(";") || rows.size() == 16)
        return false;
      rows.emplace_back();
    }
    result = RationalMatrix(int(rows.size()), int(rows[0].size()));
    for (size_t i = 0; i < rows.size(); ++i)
      for (size_t j = 0; j < rows[i].size(); ++j)
        result.at(int(i), int(j)) = rows[i][j];
    return true;
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

  llvm::Expected<TileSpec> finishMatrices(TileSpec spec) {
    if (!spec.points.empty() || !spec.factors.empty())
      return error("expected points or matrices, not both");
    auto is = [](const RationalMatrix &matrix, int rows, int cols) {
      return matrix.rows() == rows && matrix.cols() == cols;
    };
    if (!is(spec.AT, spec.m, spec.K) || !is(spec.G, spec.K, spec.r) || !is(spec.BT, spec.K, spec.n()))
      return error("expected K= and at, g and bt of m x K, K x r and K x (m + r - 1) numbers");
    if (spec.K < spec.n()) // no algorithm has fewer products, and kernels count on it
      return error("expected K of at least m + r - 1");
    // A product of nothing, or an output of none: there is no scale for it.
    auto hasZeros = [](const RationalMatrix &matrix, bool columns) {
      for (int i = 0; i < (columns ? matrix.cols() : matrix.rows()); ++i) {
        bool zero = true;
        for (int j = 0; j < (columns ? matrix.rows() : matrix.cols()); ++j)
          zero = zero && (columns ? matrix.at(j, i) : matrix.at(i, j)).isZero();
        if (zero)
          return true;
      }
      return false;
    };
    if (hasZeros(spec.AT, false) || hasZeros(spec.AT, true) || hasZeros(spec.G, false) || hasZeros(spec.BT, false))
      return error("expected a nonzero number in every row of at, g and bt and in every column of at");
    return spec;
  }

  llvm::Expected<TileSpec> finish(TileSpec spec, bool hasPoints) {
    if (!hasPoints) {
      if (!spec.factors.empty())
        return error("expected points=[..] beside factors");
      if (spec.K == 0)
        spec.K = spec.n();
      if (const char *body = defaultPoints(spec.m, spec.r, spec.K))
        return Parser("F(" + std::to_string(spec.m) + "," + std::to_string(spec.r) + ") " + body +
                      " taps=" + formats(spec))
            .run();
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
  constexpr size_t longest = 12000; // three stated matrices of 16 products
  if (text.size() > longest)
    return llvm::createStringError("expected a tile of at most %zu characters, got %zu", longest, text.size());
  return Parser(text).run();
}

} // namespace wino
