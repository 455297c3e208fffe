// Student: a network as its integers will compute it, in floats and with gradients, beside the teacher, the same
// network without any rounding (README).
#ifndef WINO_DISTILL_STUDENT_H
#define WINO_DISTILL_STUDENT_H

#include "wino/Distill/Layer.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <string>

namespace wino {

/// What happens to a tensor after its layer: activation, then rounding to `scale` steps in [lowest, highest].
struct TensorRule {
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
  float scale = 0; ///< 0: not rounded
  float lowest = 0, highest = 0;
};

struct DistillOptions {
  unsigned epochs = 12;
  unsigned batch = 16; ///< images per step; fewer where their tensors would not fit `bytes`
  double rate = 0.005; ///< first step size in units of a parameter; falls linearly to 0
  size_t bytes = size_t(512) << 20;
};

struct DistillResult {
  double before = 0, after = 0; ///< mean relative squared error of the matched tensors on checked images
  unsigned epoch = 0;           ///< whose filters were kept; 0: none was better than the start
  std::vector<std::string>
      simplified{}; ///< layers that were tuned without the rounding of their taps; the maker's note
};

class Student {
public:
  explicit Student(unsigned threads) : forEach(threads) {}

  const ParallelLoop &loop() const { return forEach; }
  /// The network's input; the first tensor.
  size_t addInput(size_t size, const TensorRule &rule);
  /// A tensor that follows from earlier ones.
  size_t addLayer(std::unique_ptr<DistillLayer> layer, std::vector<size_t> inputs, size_t size, const TensorRule &rule);
  /// The student shall have here what the teacher has.
  void match(size_t tensor) { matched.push_back(tensor); }
  size_t numMatched() const { return matched.size(); }

  using Load = llvm::function_ref<llvm::Error(size_t image, float *pixels)>;
  /// Tunes all parameters on `images`, every fourth of which is for checks only; the checked state of least error is
  /// the one that stays. Results do not depend on threads.
  llvm::Expected<DistillResult> tune(llvm::ArrayRef<size_t> images, Load load, const DistillOptions &options,
                                     llvm::function_ref<void(unsigned done, unsigned total)> progress);

  /// Squared error of the matched tensors, each over `powers`, on pixels given; for tests. With `gradient`, parameters
  /// have theirs afterwards.
  double error(llvm::ArrayRef<float> pixels, size_t images, llvm::ArrayRef<double> powers, bool gradient);
  std::vector<Parameter *> parameters();
  void refit();

private:
  struct Node {
    std::unique_ptr<DistillLayer> layer; ///< null: the input
    std::vector<size_t> inputs;
    size_t size;
    TensorRule rule;
    std::vector<float> values, gradient;
    std::vector<uint8_t> passes; ///< whether the rule lets a gradient through
  };

  void forward(llvm::ArrayRef<float> pixels, size_t images, bool isTeacher);
  void apply(Node &node, size_t images, bool isTeacher);
  void backward(size_t images);
  llvm::Expected<double> check(llvm::ArrayRef<size_t> images, Load load, size_t batch);
  llvm::Error loadBatch(llvm::ArrayRef<size_t> images, Load load);
  void step(double rate, unsigned count);

  ParallelLoop forEach;
  std::vector<Node> nodes;
  std::vector<size_t> matched;
  std::vector<std::vector<float>> targets; ///< of the batch at hand
  std::vector<double> powers;              ///< mean square per image of the teacher's matched tensors
  std::vector<float> pixels;
};

} // namespace wino

#endif
