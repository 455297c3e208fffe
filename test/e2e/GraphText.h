// GraphText: a float network as MLIR text, written op by op from a stream of random numbers. What to write is decided
// in RandomConv.cpp and RandomGraph.cpp.
#ifndef WINO_TEST_E2E_GRAPHTEXT_H
#define WINO_TEST_E2E_GRAPHTEXT_H

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace wino {

/// Random numbers that are the same on every machine (the standard's distributions are not).
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}
  /// In [lo, hi].
  int64_t in(int64_t lo, int64_t hi) { return lo + int64_t(engine() % uint64_t(hi - lo + 1)); }
  bool chance(double p) { return uniform(0, 1) < p; }
  double uniform(double lo, double hi) { return lo + (hi - lo) * double(engine() >> 11) / 9007199254740992.0; }
  template <typename T> const T &pick(const std::vector<T> &list) {
    return list[size_t(in(0, int64_t(list.size()) - 1))];
  }

private:
  std::mt19937_64 engine;
};

using Shape = std::vector<int64_t>;
int64_t countOf(const Shape &shape);
std::string shapeText(const Shape &shape);
/// `array<i64: 1, 2>`.
std::string arrayText(const std::vector<int64_t> &values);

class GraphText {
public:
  explicit GraphText(uint64_t seed) : random(seed) {}

  struct Value {
    std::string name;
    Shape shape;
  };

  Random random;
  std::string description;             ///< for a person who looks for the cause of a mismatch
  std::vector<bool> unsignedArguments; ///< whose data is never negative

  Value argument(const Shape &shape, bool isUnsigned);
  /// Uniform values in [-scale, scale], now and then one far outside.
  Value constant(const Shape &shape, double scale);
  Value op(const std::string &mnemonic, const std::vector<Value> &operands, const std::string &attributes,
           const Shape &result);
  /// A fused activation or nothing, as an attribute that ends in a comma.
  std::string activation(double probability);
  /// The module; @main returns these.
  std::string finish(const std::vector<Value> &results) const;

private:
  std::string arguments, body;
  int names = 0;
};

/// Attribute text without the separator at its end.
inline std::string trimmed(const std::string &text) { return text.substr(0, text.empty() ? 0 : text.size() - 2); }

} // namespace wino

#endif
