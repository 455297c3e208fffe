// A model imported and interpreted: the fixture of tests that compare numbers.
#ifndef WINO_TEST_LIB_IMPORT_IMPORTNUMBERS_H
#define WINO_TEST_LIB_IMPORT_IMPORTNUMBERS_H

#include "ModelBuilder.h"
#include "wino/Reference/Interpreter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>
#include <random>

namespace wino::test {

using Floats = std::vector<float>;

inline int64_t countOf(const Dims &dims) {
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= dim;
  return count;
}

struct ImportNumbers : testing::Test {
  std::mt19937 random{7};

  int64_t in(int64_t low, int64_t high) { return low + int64_t(random() % uint64_t(high - low + 1)); }

  Floats numbers(const Dims &dims) {
    Floats values(size_t(countOf(dims)), 0.0f);
    for (float &value : values)
      value = float(in(-1000, 1000)) / 256;
    return values;
  }

  /// All outputs of the model, imported and interpreted.
  std::vector<Floats> run(const Model &model, const std::vector<Floats> &inputs) {
    auto graph = readOnnxBytes(model.bytes(), "m.onnx");
    EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    auto module = importOnnx(context, *graph, {});
    if (!module) {
      ADD_FAILURE() << llvm::toString(module.takeError());
      return {Floats(), Floats()};
    }
    auto main = *(*module)->getOps<mlir::func::FuncOp>().begin();
    std::vector<Tensor> args;
    for (mlir::BlockArgument arg : main.getArguments()) {
      args.emplace_back(llvm::cast<mlir::RankedTensorType>(arg.getType()));
      args.back().f = inputs[arg.getArgNumber()];
    }
    Interpreter interpreter = llvm::cantFail(Interpreter::create(main));
    std::vector<Floats> outputs;
    for (Tensor &tensor : llvm::cantFail(interpreter.run(args)))
      outputs.push_back(tensor.f);
    return outputs;
  }

  void expectNear(const Floats &got, const Floats &wanted, const std::string &what) {
    ASSERT_EQ(got.size(), wanted.size()) << what;
    for (size_t k = 0; k < got.size(); ++k)
      ASSERT_NEAR(got[k], wanted[k], 1e-4 * (1 + std::fabs(wanted[k]))) << what << ", element " << k;
  }
};

} // namespace wino::test

using namespace wino;
using namespace wino::test;

#endif
