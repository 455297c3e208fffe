// Running a network on labelled images: float by model.onnx, integers by a compiled folder, on the interpreter or on
// the device's code.
#ifndef WINO_TOOLS_WINO_RUN_EVALUATE_H
#define WINO_TOOLS_WINO_RUN_EVALUATE_H

#include "wino/Calibrate/Images.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>
#include <string>
#include <vector>

namespace wino {

/// Where integer networks run.
enum class Where { Interpreter, Host, Qemu, PtxEmulated };

struct EvaluateOptions {
  std::vector<int64_t> labels; ///< empty: no accuracy
  size_t count = 0;            ///< images to run, from the first on
  unsigned threads = 2;
  unsigned workers = 1; ///< threads within one inference of device code
  Where where = Where::Interpreter;
  bool verify = true;       ///< compare the device's outputs with the interpreter's, byte by byte
  std::string folder, name; ///< of the library, for device code
  std::string qemuCpu;      ///< for Where::Qemu
  /// Gets the numbers of all outputs of each image, from several threads at once; none: nobody asks.
  std::function<llvm::Error(size_t image, llvm::ArrayRef<std::vector<float>> outputs)> onOutputs;
};

struct Evaluation {
  std::vector<int32_t> predictions; ///< the label of every image, in order
  double seconds = 0;               ///< inside the network only, all images together; threads add up
  bool isTimed = false;             ///< seconds mean something (not under an emulator)
  size_t verified = 0;              ///< images whose bytes were equal
  std::string firstDifference;      ///< "image 3, output 'scores', element 7: expected 12, got 13"; empty when none
};

/// The label is the position of the largest first output, or of the input of its softmax.
llvm::Expected<Evaluation> evaluateFloat(mlir::func::FuncOp main, ImageSource &images, const EvaluateOptions &options);

/// The same by integers; the label is the position of the largest element of the first output, the first of equal ones.
llvm::Expected<Evaluation> evaluateInteger(mlir::func::FuncOp main, ImageSource &images,
                                           const EvaluateOptions &options);

} // namespace wino

#endif
