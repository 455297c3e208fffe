// Runner: how calibration runs a network without knowing what runs it. tools/
// implements it with the interpreter or with host code made by the compiler, so
// that nothing points back from here.
#ifndef WINO_CALIBRATE_RUNNER_H
#define WINO_CALIBRATE_RUNNER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace wino {

class Runner {
public:
  /// Called once per tensor and run; the numbers are valid during the call
  /// only.
  using Observe =
      llvm::function_ref<void(llvm::StringRef tensorName, llvm::ArrayRef<float> nchw, llvm::ArrayRef<int64_t> shape)>;

  virtual ~Runner() = default;

  /// Runs the float network on one preprocessed input (channel, height, width
  /// order) and shows every tensor, the input among them, to `observe`, in the
  /// same order in every run.
  virtual llvm::Error run(llvm::ArrayRef<float> input, Observe observe) = 0;

  /// Puts `values` in the place of the named tensor, which is not the input, and computes what comes after it; the rest
  /// is as the last run or rerun left it. Shows every tensor but the input. Runners that cannot do this fail.
  virtual llvm::Error rerunAfter(llvm::StringRef tensor, llvm::ArrayRef<float> values, Observe observe) {
    return llvm::createStringError("expected a runner that can start at '" + tensor + "', got one that cannot");
  }
};

} // namespace wino

#endif // WINO_CALIBRATE_RUNNER_H
