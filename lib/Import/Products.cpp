// MatMul, Gemm and Einsum of computed or stacked matrices: operands under common dimensions, a product of them, a sum
// over the dimensions that the result does not have.
#include "MoveShapes.h"
#include "OpTable.h"
#include "Steps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace wino {
namespace {

/// A tensor whose dimensions have names; each at most once.
struct Named {
  std::string value, labels;
};

/// The sum over all labels that are not in `out` of the product of the operands. Dimensions of 1 broadcast.
bool contract(Steps &s, llvm::ArrayRef<Named> operands, const std::string &out) {
  std::string order = out;
  std::map<char, int64_t> extents;
  for (const Named &operand : operands)
    for (size_t k = 0; k < operand.labels.size(); ++k) {
      char label = operand.labels[k];
      int64_t &extent = extents.try_emplace(label, 1).first->second, own = s.shape(operand.value)[k];
      if (own != extent && own != 1 && extent != 1)
        return s.args.fail("expected the same extent wherever a dimension stands, got " + llvm::Twine(extent) +
                           " and " + llvm::Twine(own));
      extent = std::max(extent, own);
      if (order.find(label) == std::string::npos)
        order += label;
    }
  if (order.size() > kMaxRank)
    return s.args.fail("expected at most " + llvm::Twine(kMaxRank) + " dimensions in all");
  Shape full;
  for (char label : order)
    full.push_back(extents[label]);
  if (!s.args.expectStep(full))
    return false;
  std::string product;
  for (const Named &operand : operands) {
    std::vector<int64_t> perm;
    Shape dims;
    for (char label : order) {
      size_t at = operand.labels.find(label);
      dims.push_back(at == std::string::npos ? 1 : s.shape(operand.value)[at]);
      if (at != std::string::npos)
        perm.push_back(static_cast<int64_t>(at));
    }
    std::string value = s.reshape(s.transpose(operand.value, perm), dims);
    product = product.empty() ? value : s.add("Mul", {product, value});
  }
  if (s.failed())
    return false;
  std::vector<int64_t> axes;
  for (size_t k = out.size(); k < order.size(); ++k)
    axes.push_back(static_cast<int64_t>(k));
  if (axes.empty())
    return s.finish("Identity", {product});
  return s.finish("ReduceSum", {product, s.ints(axes)}, {{"keepdims", Steps::integer(0)}});
}

/// Labels of every operand and of the result.
struct Equation {
  std::vector<std::string> operands;
  std::string out;
};

constexpr int kDotsEnd = 32; ///< the k-th last dimension under "..." is called kDotsEnd - k, which is no letter

std::optional<std::string> labelsOf(Steps &s, llvm::StringRef term, std::optional<size_t> rank, size_t &dots) {
  std::string labels;
  size_t named = llvm::count_if(term, [](char c) { return llvm::isAlpha(c); });
  if (rank && term.contains("...")) {
    if (*rank < named || *rank - named > 8) {
      s.args.fail("expected an operand of rank " + llvm::Twine(named) + " to " + llvm::Twine(named + 8) + ", got " +
                  llvm::Twine(*rank));
      return std::nullopt;
    }
    dots = std::max(dots, *rank - named);
  }
  while (!term.empty()) {
    if (term.consume_front("...")) {
      for (size_t k = rank ? *rank - named : dots; k > 0; --k)
        labels += static_cast<char>(kDotsEnd - k);
    } else if (llvm::isAlpha(term[0])) {
      labels += term[0];
      term = term.drop_front();
    } else {
      s.args.fail("expected an equation of letters, '...', ',' and '->', got " + quoted(term.take_front(8)));
      return std::nullopt;
    }
  }
  if (rank && labels.size() != *rank) {
    s.args.fail("expected an operand of rank " + llvm::Twine(labels.size()) + ", got " + llvm::Twine(*rank));
    return std::nullopt;
  }
  return labels;
}

std::optional<Equation> readEquation(Steps &s) {
  std::string text = s.args.stringAttr("equation", "");
  llvm::erase(text, ' ');
  auto [left, right] = llvm::StringRef(text).split("->");
  llvm::SmallVector<llvm::StringRef> terms;
  left.split(terms, ',');
  Equation equation;
  size_t dots = 0;
  if (terms.size() != s.args.numInputs() || terms.size() > 8) {
    s.args.fail("expected an equation of " + llvm::Twine(s.args.numInputs()) + " operands, got " +
                llvm::Twine(terms.size()));
    return std::nullopt;
  }
  for (auto [k, term] : llvm::enumerate(terms)) {
    auto labels = labelsOf(s, term, s.args.shape(k).size(), dots);
    if (!labels)
      return std::nullopt;
    equation.operands.push_back(*labels);
  }
  std::string all = llvm::join(equation.operands, "");
  if (!llvm::StringRef(text).contains("->")) { // dots, then all letters that stand once, in order
    llvm::sort(all);
    for (size_t k = dots; k > 0; --k)
      equation.out += static_cast<char>(kDotsEnd - k);
    for (char label : all)
      if (llvm::isAlpha(label) && llvm::count(all, label) == 1)
        equation.out += label;
    return equation;
  }
  auto out = labelsOf(s, right, std::nullopt, dots);
  if (!out)
    return std::nullopt;
  for (char label : *out)
    if (all.find(label) == std::string::npos || llvm::count(*out, label) != 1) {
      s.args.fail("expected every dimension of the result once and in an operand");
      return std::nullopt;
    }
  equation.out = *out;
  return equation;
}

} // namespace

bool expandEinsum(Steps &s) {
  if (!s.args.expectInputs(1, 8))
    return false;
  auto equation = readEquation(s);
  if (!equation)
    return false;
  std::vector<Named> operands;
  char fresh = 1; // names of second occurrences
  for (auto [k, labels] : llvm::enumerate(equation->operands)) {
    Named operand{s.input(k), ""};
    std::vector<Named> diagonals;
    for (auto [d, label] : llvm::enumerate(labels)) {
      if (operand.labels.find(label) == std::string::npos) {
        operand.labels += label;
        continue;
      }
      // A diagonal is the sum over a second name of the products with the unit matrix.
      int64_t extent = s.args.shape(k)[d];
      if (extent > 1024 || fresh == kMaxRank)
        return s.args.fail("expected a few diagonals of at most 1024 elements, got " + llvm::Twine(extent));
      std::vector<float> unit(extent * extent, 0.0f);
      for (int64_t i = 0; i < extent; ++i)
        unit[i * extent + i] = 1;
      diagonals.push_back({s.constant({extent, extent}, unit), std::string(1, label) + fresh});
      operand.labels += fresh++;
    }
    operands.push_back(operand);
    llvm::append_range(operands, diagonals);
  }
  return !s.failed() && contract(s, operands, equation->out);
}

/// Batch dimensions from the right as capital letters, then the two of the matrix.
static std::string matrixLabels(size_t rank, llvm::StringRef matrix) {
  std::string labels;
  for (size_t k = rank - matrix.size(); k > 0; --k)
    labels += static_cast<char>('Z' + 1 - k);
  return labels + matrix.str();
}

bool expandMatMul(Steps &s) {
  if (!s.args.expectInputs(2, 2))
    return false;
  const Shape a = s.args.shape(0), b = s.args.shape(1);
  if (a.size() >= 2 && b.size() == 2 && s.args.constant(1))
    return false; // a fully connected layer
  if (a.empty() || b.empty())
    return s.args.fail("expected operands of rank 1 or more, got " + shapeText(a) + " and " + shapeText(b));
  int64_t inner = a.back(), rows = b.size() == 1 ? b[0] : b[b.size() - 2];
  if (inner != rows)
    return s.args.fail("expected B with " + llvm::Twine(inner) + " rows, got " + llvm::Twine(rows));
  std::string left = a.size() == 1 ? "k" : matrixLabels(a.size(), "mk");
  std::string right = b.size() == 1 ? "k" : matrixLabels(b.size(), "kn");
  std::string out = matrixLabels(std::max({a.size(), b.size(), size_t(2)}), "mn");
  llvm::erase_if(out, [&](char c) { return (c == 'm' && a.size() == 1) || (c == 'n' && b.size() == 1); });
  return contract(s, {{s.input(0), left}, {s.input(1), right}}, out);
}

bool expandGemm(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(2, 3))
    return false;
  const Shape a = args.shape(0), b = args.shape(1);
  if (a.size() != 2 || b.size() != 2)
    return args.fail("expected matrices A and B, got shapes " + shapeText(a) + " and " + shapeText(b));
  bool transA = args.intAttr("transA", 0) != 0, transB = args.intAttr("transB", 0) != 0;
  Shape result = {a[transA], b[!transB]};
  bool isRow = !args.has(2) || (args.constant(2) && (args.shape(2).size() < 2 || args.shape(2)[0] == 1));
  if (args.constant(1) && isRow)
    return false; // a fully connected layer
  if (a[!transA] != b[transB])
    return args.fail("expected B with " + llvm::Twine(a[!transA]) + " values per output, got " +
                     llvm::Twine(b[transB]));
  float alpha = args.floatAttr("alpha", 1), beta = args.floatAttr("beta", 1);
  std::string left = transA ? s.transpose(s.input(0), {1, 0}) : s.input(0);
  std::string right = transB ? s.transpose(s.input(1), {1, 0}) : s.input(1);
  std::string product = s.add("MatMul", {left, right}, {}, "product");
  if (alpha != 1)
    product = s.add("Mul", {product, s.scalar(alpha)}, {}, "alpha");
  if (!args.has(2))
    return s.finish("Identity", {product});
  auto full = broadcastShape(args.shape(2), result);
  if (!full || *full != result)
    return args.fail("expected C that broadcasts to " + shapeText(result) + ", got " + shapeText(args.shape(2)));
  std::string sum = beta == 1 ? s.input(2) : s.add("Mul", {s.input(2), s.scalar(beta)}, {}, "beta");
  return s.finish("Add", {product, sum});
}

} // namespace wino
