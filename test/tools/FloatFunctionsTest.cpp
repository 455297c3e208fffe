// Every activation on floats of all sizes: emitted code against the interpreter bit for bit, both against the real
// function of the host's libm in binary64.
#include "common/PipelineOptions.h"
#include "host/HostCode.h"
#include "wino-opt/Pipeline.h"
#include "wino/Dialect/UnaryFunction.h"
#include "wino/Reference/FloatOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir;
using namespace wino;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Both signs of every 15,013th bit pattern, a line through the middle, and what is special.
std::vector<float> sample() {
  std::vector<float> values = {0.0f, -0.0f, infinity, -infinity, NAN, 1.0f, -1.0f};
  for (uint32_t bits = 0; bits < 0x7f800000; bits += 15013)
    for (uint32_t sign : {0u, 0x80000000u}) {
      float x;
      uint32_t pattern = bits | sign;
      std::memcpy(&x, &pattern, sizeof x);
      values.push_back(x);
    }
  for (int i = -30000; i <= 30000; ++i)
    values.push_back(float(i) / 273);
  return values;
}

/// Distance from the real value in units of the last place of the nearest float.
double ulps(float got, double real) {
  if (std::isnan(real) || std::isnan(got))
    return std::isnan(real) && std::isnan(got) ? 0 : infinity;
  auto nearest = float(real);
  if (std::isinf(got) || std::isinf(nearest))
    return got == nearest ? 0 : infinity;
  double size = std::max(std::fabs(double(nearest)), double(std::numeric_limits<float>::min()));
  return std::fabs(double(got) - real) / std::ldexp(1.0, std::ilogb(size) - 23);
}

struct Function {
  std::string text;
  double ulp;          ///< bound; one rounding of a result that is right to 1e-11 and more: 0.51
  double absolute = 0; ///< errors up to this do not count: sums of binary32 that cancel
};

/// The real function; where the table's formula cancels, one that does not.
double realValue(ActivationAttr activation, double x) {
  if (activation.getKind() == ActivationKind::Gelu)
    return x / 2 * std::erfc(-x * std::sqrt(0.5));
  if (activation.getKind() == ActivationKind::GeluTanh)
    return x / (1 + std::exp(-2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  return valueAt(activation, x);
}

class FloatFunctions : public testing::TestWithParam<Function> {};

TEST_P(FloatFunctions, emittedCodeHasTheInterpretersBitsAndIsNearTheRealFunction) {
  DialectRegistry registry;
  MLIRContext context(registry);
  context.loadDialect<WinogradDialect, func::FuncDialect>();
  std::vector<float> x = sample();
  std::string type = "tensor<" + std::to_string(x.size()) + "xf32>";
  auto module = parseSourceString<ModuleOp>("func.func @main(%x: " + type + ") -> " + type +
                                                "{ %y = winograd.activate %x {activation = #winograd.activation<" +
                                                GetParam().text + ">} : (" + type + ") -> " + type +
                                                " return %y : " + type + " }",
                                            &context);
  ASSERT_TRUE(module);
  ActivationAttr activation;
  module->walk([&](ActivateOp op) { activation = op.getActivation(); });
  PipelineOptions options;
  options.name = "test";
  options.target = "x86-64";
  PassManager pm(&context);
  addLowerPasses(pm, options);
  ASSERT_TRUE(succeeded(pm.run(*module)));
  std::vector<char> arena((*module)->getAttrOfType<IntegerAttr>("wino.arena_bytes").getInt() + 64);
  auto code = HostCode::load(std::move(module), "test");
  ASSERT_TRUE(bool(code)) << llvm::toString(code.takeError());
  std::vector<float> y(x.size());
  void *aligned = reinterpret_cast<void *>((reinterpret_cast<uintptr_t>(arena.data()) + 63) / 64 * 64);
  llvm::SmallVector<void *> pointers = {aligned, x.data(), y.data()};
  (*code)->run(pointers);
  double worst = 0;
  float worstAt = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    float expected = activate(activation, x[i]);
    bool isEqual = std::memcmp(&expected, &y[i], sizeof expected) == 0 || (std::isnan(expected) && std::isnan(y[i]));
    ASSERT_TRUE(isEqual) << "at " << x[i] << ": interpreter " << expected << ", emitted code " << y[i];
    if (!std::isfinite(x[i]))
      continue;
    double real = realValue(activation, x[i]), distance = ulps(expected, real);
    if (distance > worst && !(std::fabs(expected - real) <= GetParam().absolute)) {
      worst = distance;
      worstAt = x[i];
    }
  }
  EXPECT_LE(worst, GetParam().ulp) << "at " << worstAt << ": " << activate(activation, worstAt) << ", expected "
                                   << realValue(activation, worstAt);
  RecordProperty("ulps", std::to_string(worst));
}

// Each kind.
const Function functions[] = {
    {"relu, 0.0 : f32, 0.0 : f32", 0},
    {"clip, -1.5 : f32, 6.0 : f32", 0},
    {"leaky_relu, 0.01 : f32, 0.0 : f32", 0.5},
    {"sigmoid, 0.0 : f32, 0.0 : f32", 0.51},
    {"exp, 0.0 : f32, 0.0 : f32", 0.51},
    {"log, 0.0 : f32, 0.0 : f32", 0.51},
    {"sqrt, 0.0 : f32, 0.0 : f32", 0.51},
    {"reciprocal, 0.0 : f32, 0.0 : f32", 0.51},
    {"pow, 2.0 : f32, 0.0 : f32", 0.51},
    {"pow, -3.0 : f32, 0.0 : f32", 0.51},
    {"pow, 0.7 : f32, 0.0 : f32", 0.51},
    {"pow, -2.5 : f32, 0.0 : f32", 0.51},
    {"pow, 65.0 : f32, 0.0 : f32", 0.51},
    {"abs, 0.0 : f32, 0.0 : f32", 0},
    {"neg, 0.0 : f32, 0.0 : f32", 0},
    {"sign, 0.0 : f32, 0.0 : f32", 0},
    {"floor, 0.0 : f32, 0.0 : f32", 0},
    {"ceil, 0.0 : f32, 0.0 : f32", 0},
    {"round, 0.0 : f32, 0.0 : f32", 0},
    {"tanh, 0.0 : f32, 0.0 : f32", 0.51},
    {"erf, 0.0 : f32, 0.0 : f32", 0.51},
    {"softplus, 0.0 : f32, 0.0 : f32", 0.51},
    {"softsign, 0.0 : f32, 0.0 : f32", 1.5},
    {"elu, 0.5 : f32, 0.0 : f32", 0.51},
    {"celu, 0.5 : f32, 0.0 : f32", 0.51},
    {"selu, 1.6732632 : f32, 1.050701 : f32", 0.51},
    {"gelu_tanh, 0.0 : f32, 0.0 : f32", 0.51},
    {"gelu, 0.0 : f32, 0.0 : f32", 0.51},
    {"mish, 0.0 : f32, 0.0 : f32", 0.51},
    {"hard_sigmoid, 0.2 : f32, 0.5 : f32", 0.51, 6e-8},
    {"hard_swish, 0.0 : f32, 0.0 : f32", 0.51, 5e-7},
    {"thresholded_relu, 0.5 : f32, 0.0 : f32", 0},
};

INSTANTIATE_TEST_SUITE_P(All, FloatFunctions, testing::ValuesIn(functions), [](const auto &info) {
  std::string name = info.param.text.substr(0, info.param.text.find(','));
  return name + std::to_string(info.index);
});

} // namespace
