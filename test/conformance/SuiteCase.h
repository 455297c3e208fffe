// One case of the ONNX backend suite: a model, its inputs and the outputs that are expected.
#ifndef WINO_TEST_CONFORMANCE_SUITECASE_H
#define WINO_TEST_CONFORMANCE_SUITECASE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <onnx/onnx.pb.h>

#include <optional>
#include <string>
#include <vector>

namespace wino {

struct Case {
  onnx::ModelProto model;
  std::vector<onnx::TensorProto> inputs, outputs;
};

/// A folder with model.onnx and test_data_set_0.
llvm::Expected<Case> readCase(const std::string &folder);

/// Numbers of any type as f32, which is what libraries take and give; nothing for strings.
std::optional<std::vector<float>> numbersOf(const onnx::TensorProto &tensor);

/// The model with the inputs that `isFree` leaves out as constants; fills the values of the others.
std::string bindInputs(const Case &given, llvm::function_ref<bool(size_t)> isFree,
                       std::vector<std::vector<float>> &values);

/// "" when all elements are near, else the first that is not: the suite's tolerances, or, where `bound` is above 0,
/// `bound` times the largest number.
std::string compare(const onnx::TensorProto &wanted, llvm::ArrayRef<float> got, llvm::ArrayRef<int64_t> shape,
                    double bound);

} // namespace wino

#endif
