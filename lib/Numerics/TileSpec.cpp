// Parsing, printing and checking of tile texts.
#include "wino/Numerics/TileSpec.h"
#include "DefaultPoints.h"

#include "llvm/ADT/STLExtras.h"
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

std::string tapText(TapType type) { return (isFloatTap(type) ? "f" : "i") + std::to_string(tapBits(type)); }

static std::string formats(const TileSpec &spec) {
  std::string text = tapText(spec.inputTap) + "x" + tapText(spec.filterTap);
  if (spec.product != ProductType::I32)
    text += spec.product == ProductType::F16 ? " out=f16" : " out=i" + std::to_string(int(spec.product));
  return text;
}

static std::string matrixText(const RationalMatrix &matrix) {
  std::string text = "[";
  for (int i = 0; i < matrix.rows(); ++i)
    for (int j = 0; j < matrix.cols(); ++j)
      text += (j ? "," : i ? ";" : "") + matrix.at(i, j).str();
  return text + "]";
}

template <typename T> static std::string listText(const std::vector<T> &list, const char *separator) {
  std::string text = "[";
  for (size_t i = 0; i < list.size(); ++i)
    text += (i ? separator : "") + list[i].str();
  return text + "]";
}

/// What `text` says of both directions, once if it is the same.
template <typename Text> static std::string pairText(const TileSpec &tile, Text text) {
  std::string down = text(tile.down()), across = text(tile.across());
  return down == across ? down : down + "x" + across;
}

std::string TileSpec::filterText() const {
  return pairText(*this, [](const TileLine &line) { return std::to_string(line.r); });
}

std::string TileSpec::sizeText() const {
  std::string strides = pairText(*this, [](const TileLine &line) { return std::to_string(line.stride); });
  return "F(" + pairText(*this, [](const TileLine &line) { return std::to_string(line.m); }) + "," + filterText() +
         (strides == "1" ? ")" : ")/" + strides);
}

static std::string productsText(const TileSpec &tile) {
  return " K=" + pairText(tile, [](const TileLine &line) { return std::to_string(line.K); });
}

/// All of a tile but its formats.
static std::string algorithmText(const TileSpec &tile) {
  std::string text = tile.sizeText() + productsText(tile);
  if (tile.hasMatrices())
    return text + " at=" + pairText(tile, [](const TileLine &line) { return matrixText(line.AT); }) +
           " g=" + pairText(tile, [](const TileLine &line) { return matrixText(line.G); }) +
           " bt=" + pairText(tile, [](const TileLine &line) { return matrixText(line.BT); });
  text += " points=" + pairText(tile, [](const TileLine &line) { return listText(line.points, ","); });
  if (!tile.down().factors.empty() || !tile.across().factors.empty())
    text += " factors=" + pairText(tile, [](const TileLine &line) { return listText(line.factors, ";"); });
  return text;
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
  assert(isSquare() && "expected one line for both directions");
  TileSpec stated = *this;
  stated.points.clear();
  stated.factors.clear();
  stated.AT = std::move(at);
  stated.G = std::move(g);
  stated.BT = std::move(bt);
  return stated;
}

std::string TileLine::str() const {
  TileSpec square;
  static_cast<TileLine &>(square) = *this;
  return algorithmText(square);
}

std::string TileSpec::str() const { return direct ? "direct" : algorithmText(*this) + " taps=" + formats(*this); }

std::string TileSpec::shortStr() const {
  if (direct)
    return "direct";
  std::string text = sizeText();
  if (down().K != down().n() || across().K != across().n())
    text += productsText(*this);
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
    auto number = [this](int &value) { return this->number(value); };
    auto matrix = [this](RationalMatrix &value) { return this->matrix(value); };
    if (!take("F(") || !both(&TileLine::m, number) || !take(",") || !both(&TileLine::r, number) || !take(")"))
      return error("expected 'direct' or 'F(m,r)'");
    if (take("/") && !both(&TileLine::stride, number))
      return error("expected a stride of 1 or 2");
    for (const TileLine &line : lines) {
      if (line.m < 1 || line.m > 8 || line.r < 1 || line.r > 7)
        return error("expected F(m,r) with m in 1..8 and r in 1..7");
      if (line.stride < 1 || line.stride > 2)
        return error("expected a stride of 1 or 2");
      if (line.stride == 2 && (line.r != 3 || line.m > 7) && (line.r != 1 || line.m != 1))
        return error("expected F(m,3)/2 with m in 1..7, or F(1,1)/2 for a direction without a filter");
    }
    llvm::StringSet<> seen;
    while (!(rest = rest.ltrim()).empty()) {
      if (!seen.insert(rest.take_until([](char c) { return c == '='; })).second)
        return error("expected every field once");
      if (take("K=")) {
        if (!both(&TileLine::K, number) || llvm::any_of(lines, [](auto &line) { return line.K < 1 || line.K > 16; }))
          return error("expected K in 1..16");
      } else if (take("points=")) {
        if (!both(&TileLine::points, [this](std::vector<Point> &list) { return points(list); }))
          return error("expected a list of at most 16 points");
      } else if (take("factors=")) {
        const char *expected = "";
        if (!both(&TileLine::factors, [&](std::vector<QuadraticFactor> &list) { return factors(list, expected); }))
          return error(expected);
      } else if (take("taps=")) {
        if (!tap(spec.inputTap) || !take("x") || !tap(spec.filterTap))
          return error("expected taps=i8xi8, with types i4 to i8 and i16, or f16xf16 or f32xf32");
        if ((isFloatTap(spec.inputTap) || isFloatTap(spec.filterTap)) && spec.inputTap != spec.filterTap)
          return error("expected one type of floats for the taps of input and filter, or none");
        if (spec.inputTap < spec.filterTap && spec.filterTap == TapType::I16)
          return error("expected i16 taps of the input beside those of the filter");
      } else if (take("out=")) {
        if (!product(spec.product))
          return error("expected out=i8, out=i16, out=i32 or, beside taps=f16xf16, out=f16");
      } else if (take("at=")) {
        if (!both(&TileLine::AT, matrix))
          return error("expected at=[..;..] with m rows of K numbers");
      } else if (take("g=")) {
        if (!both(&TileLine::G, matrix))
          return error("expected g=[..;..] with K rows of r numbers");
      } else if (take("bt=")) {
        if (!both(&TileLine::BT, matrix))
          return error("expected bt=[..;..] with K rows of n numbers (m + r - 1 where the stride is 1)");
      } else {
        return error("expected K=, points=[..], factors=[..], at=[..], g=[..], bt=[..], taps= or out=");
      }
    }
    if (spec.product == ProductType::F16 && spec.inputTap != TapType::F16)
      return error("expected taps=f16xf16 beside out=f16");
    if (spec.hasFloatTaps() && seen.contains("out") && spec.product != ProductType::F16)
      return error("expected out=f16 or none beside taps in floats");
    bool hasMatrices = seen.contains("at") || seen.contains("g") || seen.contains("bt");
    for (TileLine &line : lines)
      if (llvm::Error e = hasMatrices ? finishMatrices(line) : finish(line, seen.contains("points")))
        return std::move(e);
    static_cast<TileLine &>(spec) = lines[0];
    TileSpec other = spec;
    static_cast<TileLine &>(other) = lines[1];
    if (algorithmText(spec) != algorithmText(other))
      spec.rowLine = lines[1];
    return spec;
  }

private:
  llvm::StringRef all, rest;
  TileLine lines[2]; ///< down, across

  /// One value for both directions, or two with an x between.
  template <typename T, typename Read> bool both(T TileLine::*field, Read read) {
    if (!read(lines[0].*field))
      return false;
    if (take("x"))
      return read(lines[1].*field);
    lines[1].*field = lines[0].*field;
    return true;
  }

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
    for (TapType floats : {TapType::F16, TapType::F32})
      if (take(tapText(floats))) {
        type = floats;
        return true;
      }
    int bits = 0;
    if (!take("i") || !number(bits) || ((bits < 4 || bits > 8) && bits != 16))
      return false;
    type = TapType(bits);
    return true;
  }
  bool product(ProductType &type) {
    int bits = 0;
    if (take("f16"))
      return type = ProductType::F16, true;
    if (!take("i") || !number(bits) || (bits != 8 && bits != 16 && bits != 32))
      return false;
    type = ProductType(bits);
    return true;
  }
  /// Rows of equal length up to the closing bracket, at most 16 x 16.
  bool matrix(RationalMatrix &result) {
    if (!take("["))
      return false;
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
  bool points(std::vector<Point> &list) {
    if (!take("["))
      return false;
    while (!take("]")) {
      Point p;
      if ((!list.empty() && !take(",")) || list.size() >= 16 || !point(p))
        return false;
      list.push_back(p);
    }
    return true;
  }
  /// At most 4; `expected` says what was missing.
  bool factors(std::vector<QuadraticFactor> &list, const char *&expected) {
    expected = "expected factors=[x^2+b*x+c@(t1,t2,t3)], separated by ';'";
    if (!take("["))
      return false;
    while (!take("]")) {
      QuadraticFactor f;
      expected = "expected factors x^2+b*x+c@(t1,t2,t3), separated by ';'";
      if ((!list.empty() && !take(";")) || list.size() >= 4 || !take("x^2"))
        return false;
      while (!take("@(")) {
        bool plus = take("+");
        Rational v;
        expected = "expected x^2+b*x+c@(t1,t2,t3)";
        if ((!plus && !rest.starts_with("-")) || !rational(v))
          return false;
        (take("*x") ? f.b : f.c) = v;
      }
      expected = "expected three values t such as (0,2,-2)";
      for (int i = 0; i < 3; ++i)
        if (!point(f.t[i]) || !take(i < 2 ? "," : ")"))
          return false;
      list.push_back(f);
    }
    return true;
  }

  llvm::Error finishMatrices(const TileLine &line) {
    if (!line.points.empty() || !line.factors.empty())
      return error("expected points or matrices, not both");
    auto is = [](const RationalMatrix &matrix, int rows, int cols) {
      return matrix.rows() == rows && matrix.cols() == cols;
    };
    if (!is(line.AT, line.m, line.K) || !is(line.G, line.K, line.r) || !is(line.BT, line.K, line.n()))
      return error("expected K= and at, g and bt of m x K, K x r and K x n numbers, n = (m - 1) * stride + r");
    if (line.K < line.n()) // no algorithm has fewer products, and kernels count on it
      return error("expected K of at least (m - 1) * stride + r");
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
    if (hasZeros(line.AT, false) || hasZeros(line.AT, true) || hasZeros(line.G, false) || hasZeros(line.BT, false))
      return error("expected a nonzero number in every row of at, g and bt and in every column of at");
    return llvm::Error::success();
  }

  llvm::Error finish(TileLine &line, bool hasPoints) {
    if (!hasPoints) {
      if (!line.factors.empty())
        return error("expected points=[..] beside factors");
      if (line.K == 0)
        line.K = line.n();
      const char *body = defaultPoints(line.m, line.r, line.K, line.stride);
      if (!body)
        return error("expected points=[..], since the table has none for this tile");
      TileSpec whole;
      static_cast<TileLine &>(whole) = line;
      line = llvm::cantFail(Parser(whole.sizeText() + " " + body).run());
      return llvm::Error::success();
    }
    // Of stride 2 the middle filter tap has a product for every output, beside F(m,2) of the outer two.
    bool hasPhases = line.stride == 2 && line.r == 3;
    int products = int(line.points.size() + 3 * line.factors.size()) + (hasPhases ? line.m : 0);
    int extent = int(line.points.size() + 2 * line.factors.size()) + (hasPhases ? line.m : 0);
    if (extent != line.n())
      return error(hasPhases ? "expected points + 2 * factors = m + 1 of F(m,3)/2"
                             : "expected points + 2 * factors = m + r - 1");
    if (line.K != 0 && line.K != products)
      return error(hasPhases ? "expected K = points + 3 * factors + m of F(m,3)/2"
                             : "expected K = points + 3 * factors");
    line.K = products;
    if (line.K > 16)
      return error("expected at most 16 products");
    for (size_t i = 0; i < line.points.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (line.points[i] == line.points[j])
          return error("expected distinct points");
    return llvm::Error::success();
  }
};

} // namespace

llvm::Expected<TileSpec> TileSpec::parse(llvm::StringRef text) {
  constexpr size_t longest = 24000; // three stated matrices of 16 products in both directions
  if (text.size() > longest)
    return llvm::createStringError("expected a tile of at most %zu characters, got %zu", longest, text.size());
  return Parser(text).run();
}

} // namespace wino
