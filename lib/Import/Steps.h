// Private to the Import room: an operator as several others. Its steps are nodes like those of a file: they are folded,
// their shapes are inferred and they are imported by their own rows of the table.
#ifndef WINO_LIB_IMPORT_STEPS_H
#define WINO_LIB_IMPORT_STEPS_H

#include "NodeArgs.h"

#include <functional>

namespace wino {

/// Steps of one node of a network, and of all of them.
constexpr int64_t kMaxNodeSteps = 4096, kMaxAllSteps = int64_t(1) << 18;
/// Integers that f32 holds are those of at most this magnitude.
constexpr int64_t kMaxExactInt = int64_t(1) << 24;

class Steps {
public:
  /// What the walk over the graph does for steps.
  struct Host {
    std::function<std::string(OnnxNode)> visit; ///< why the step cannot be taken; "" where it can
    std::function<std::string(const std::string &)> freshName;
    std::function<void(const std::string &, TensorPtr)> define;
  };
  Steps(NodeArgs &args, const Host &host) : args(args), host(host) {}

  NodeArgs &args;

  using Attrs = std::map<std::string, OnnxAttr>;
  using Names = std::vector<std::string>;
  static OnnxAttr integer(int64_t value);
  static OnnxAttr integers(std::vector<int64_t> values);
  static OnnxAttr number(float value);

  /// A step called `<node>.<name>`, and its result; "" once anything has failed. Operators have the meaning of
  /// `kStepOpset`.
  std::string add(const char *op, Names inputs, Attrs attrs = {}, llvm::StringRef name = "");
  /// The node's own result `output`, under the node's own name where it is the first.
  bool finish(const char *op, Names inputs, Attrs attrs = {}, size_t output = 0);

  /// Constants; elements are paid for from the folding budget. One element may stand for all.
  std::string constant(Shape dims, std::vector<float> elements);
  std::string scalar(float value) { return constant({}, {value}); }
  std::string ints(std::vector<int64_t> values);

  /// Input k as f32 numbers, whatever its type.
  std::string input(size_t k);
  const Shape &shape(const std::string &value) const;
  bool failed() const { return args.failed(); }

  std::string reshape(const std::string &value, const Shape &dims);
  std::string transpose(const std::string &value, std::vector<int64_t> perm);
  /// Elements start, start + step, ... of an axis.
  std::string slice(const std::string &value, int64_t axis, int64_t start, int64_t count, int64_t step = 1);
  std::string pad(const std::string &value, std::vector<int64_t> low, std::vector<int64_t> high, float with);

private:
  bool take(OnnxNode node);

  const Host &host;
  int64_t count = 0;
};

constexpr int64_t kStepOpset = 18;

} // namespace wino

#endif // WINO_LIB_IMPORT_STEPS_H
