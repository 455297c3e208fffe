// RunText: a function given as MLIR text, run by the interpreter. Every test of this room goes through it.
#ifndef WINO_TEST_REFERENCE_RUNTEXT_H
#define WINO_TEST_REFERENCE_RUNTEXT_H

#include "wino/Dialect/Winograd.h"
#include "wino/Reference/Interpreter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <random>

namespace wino {

struct RunText : testing::Test {
  RunText() {
    context.loadDialect<WinogradDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect,
                        mlir::quant::QuantizationDialect>();
  }

  /// `body` is the text of the op that makes %y from %0, %1, ...; types are those of its operands and result.
  static std::string unary(llvm::StringRef op, llvm::ArrayRef<std::string> operands, llvm::StringRef result) {
    std::string args, names, types;
    for (size_t k = 0; k < operands.size(); ++k) {
      std::string separator = k ? ", " : "", name = "%" + std::to_string(k), type = "tensor<" + operands[k] + ">";
      args += separator + name + ": " + type;
      names += separator + name;
      types += separator + type;
    }
    auto [mnemonic, attributes] = op.split(' ');
    return "func.func @main(" + args + ") -> tensor<" + result.str() + "> {\n  %y = winograd." + mnemonic.str() + " " +
           names + " " + attributes.str() + " : (" + types + ") -> tensor<" + result.str() +
           ">\n  return %y : tensor<" + result.str() + ">\n}";
  }

  mlir::func::FuncOp parse(const std::string &text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
    return *module->getOps<mlir::func::FuncOp>().begin();
  }

  /// An argument of the function, filled from `values`.
  template <typename T> static Tensor argument(mlir::func::FuncOp function, unsigned index, std::vector<T> values) {
    Tensor tensor(llvm::cast<mlir::RankedTensorType>(function.getArgument(index).getType()));
    EXPECT_EQ(tensor.data<T>().size(), values.size());
    tensor.data<T>() = std::move(values);
    return tensor;
  }

  /// Runs the function on arguments that all hold T.
  template <typename T>
  llvm::Expected<std::vector<Tensor>> run(const std::string &text, std::vector<std::vector<T>> arguments) {
    mlir::func::FuncOp function = parse(text);
    std::vector<Tensor> args;
    for (size_t k = 0; k < arguments.size(); ++k)
      args.push_back(argument<T>(function, k, arguments[k]));
    llvm::Expected<Interpreter> interpreter = Interpreter::create(function);
    if (!interpreter)
      return interpreter.takeError();
    return interpreter->run(args);
  }

  /// The one result of a run that must succeed.
  template <typename T> std::vector<T> values(const std::string &text, std::vector<std::vector<T>> arguments) {
    llvm::Expected<std::vector<Tensor>> results = run<T>(text, std::move(arguments));
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    return results->front().data<T>();
  }

  /// The error of a run that must fail.
  template <typename T> std::string failure(const std::string &text, std::vector<std::vector<T>> arguments) {
    llvm::Expected<std::vector<Tensor>> results = run<T>(text, std::move(arguments));
    if (results) {
      ADD_FAILURE() << "expected an error";
      return "";
    }
    return llvm::toString(results.takeError());
  }

  /// Pseudo-random integers in [lo, hi], the same in every run.
  std::vector<int32_t> integers(size_t count, int32_t lo, int32_t hi) {
    std::vector<int32_t> result(count);
    for (int32_t &value : result)
      value = lo + static_cast<int32_t>(engine() % (hi - lo + 1));
    return result;
  }

  /// A convolution with everything that can differ: strides, pads, dilations, groups. Its attributes, its shapes and,
  /// by the formula of conv_2d, its sums before activation or requantization.
  static constexpr const char *convAttributes =
      "strides = array<i64: 2, 1>, pads = array<i64: 1, 2, 0, 1>, dilations = array<i64: 1, 2>, groups = 2 : i64";
  static constexpr size_t convInputs = 2 * 4 * 7 * 6, convWeights = 6 * 2 * 3 * 2, convOutputs = 2 * 6 * 3 * 7;
  static std::string convText(const std::string &more, const std::string &in, const std::string &filter,
                              const std::string &bias, const std::string &out) {
    return unary("conv_2d {" + std::string(convAttributes) + more + "}",
                 {"2x4x7x6x" + in, "6x2x3x2x" + filter, "6x" + bias}, "2x6x3x7x" + out);
  }
  template <typename Sum, typename T>
  static std::vector<Sum> convSums(const std::vector<T> &x, const std::vector<T> &w, const std::vector<T> &b) {
    std::vector<Sum> sums;
    for (int n = 0; n < 2; ++n)
      for (int f = 0; f < 6; ++f)
        for (int oy = 0; oy < 3; ++oy)
          for (int ox = 0; ox < 7; ++ox) {
            Sum sum = b[f];
            for (int c = 0; c < 2; ++c)
              for (int u = 0; u < 3; ++u)
                for (int v = 0; v < 2; ++v) {
                  int iy = oy * 2 + u - 1, ix = ox + 2 * v - 2;
                  if (iy >= 0 && iy < 7 && ix >= 0 && ix < 6)
                    sum += x[((n * 4 + f / 3 * 2 + c) * 7 + iy) * 6 + ix] * w[((f * 2 + c) * 3 + u) * 2 + v];
                }
            sums.push_back(sum);
          }
    return sums;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::mt19937 engine{7};
};

} // namespace wino

#endif
