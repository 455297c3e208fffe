// The table. Functions are written so that no step of them overflows where the result is an ordinary number.
#include "wino/Dialect/UnaryFunction.h"

#include <algorithm>
#include <cmath>

namespace wino {

namespace {

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }
double hardSigmoid(double x, double slope, double offset) { return std::clamp(slope * x + offset, 0.0, 1.0); }
constexpr double rootHalf = 0.70710678118654752440, rootTwoOverPi = 0.79788456080286535588;
constexpr float seluAlpha = 1.67326319217681884765625f, seluGamma = 1.05070102214813232421875f;

#define VALUE(expression)                                                                                              \
  [](double x, [[maybe_unused]] double lo, [[maybe_unused]] double hi) -> double { return expression; }

constexpr UnaryFunction functions[] = {
    {ActivationKind::Relu, VALUE(x < 0 ? 0 : x), true, "Relu", "", "", 0, 0, 7},
    {ActivationKind::Clip, VALUE(std::min(std::max(x, lo), hi)), false, "", "", "", 0, 0, 7}, // bounds may be inputs
    {ActivationKind::LeakyRelu, VALUE(x < 0 ? lo * x : x), false, "LeakyRelu", "alpha", "", 0.01f, 0, 7},
    {ActivationKind::Sigmoid, VALUE(1 / (1 + std::exp(-x))), true, "Sigmoid", "", "", 0, 0, 7},
    {ActivationKind::Exp, VALUE(std::exp(x)), true, "Exp", "", "", 0, 0, 7},
    {ActivationKind::Log, VALUE(std::log(x)), false, "Log", "", "", 0, 0, 7},
    {ActivationKind::Sqrt, VALUE(std::sqrt(x)), true, "Sqrt", "", "", 0, 0, 7},
    {ActivationKind::Reciprocal, VALUE(1 / x), false, "Reciprocal", "", "", 0, 0, 7},
    {ActivationKind::Pow, VALUE(std::pow(x, lo)), false, "", "", "", 0, 0, 7}, // the exponent is an input
    {ActivationKind::Abs, VALUE(std::fabs(x)), true, "Abs", "", "", 0, 0, 7},
    {ActivationKind::Neg, VALUE(-x), false, "Neg", "", "", 0, 0, 7},
    {ActivationKind::Sign, VALUE(double(x > 0) - double(x < 0)), false, "Sign", "", "", 0, 0, 9},
    {ActivationKind::Floor, VALUE(std::floor(x)), false, "Floor", "", "", 0, 0, 7},
    {ActivationKind::Ceil, VALUE(std::ceil(x)), false, "Ceil", "", "", 0, 0, 7},
    {ActivationKind::Round, VALUE(std::nearbyint(x)), false, "Round", "", "", 0, 0, 11},
    {ActivationKind::Tanh, VALUE(std::tanh(x)), false, "Tanh", "", "", 0, 0, 7},
    {ActivationKind::Erf, VALUE(std::erf(x)), false, "Erf", "", "", 0, 0, 9},
    {ActivationKind::Softplus, VALUE(softplus(x)), true, "Softplus", "", "", 0, 0, 7},
    {ActivationKind::Softsign, VALUE(x / (1 + std::fabs(x))), false, "Softsign", "", "", 0, 0, 7},
    {ActivationKind::Elu, VALUE(x < 0 ? lo * std::expm1(x) : x), false, "Elu", "alpha", "", 1, 0, 7},
    {ActivationKind::Celu, VALUE(x < 0 ? lo * std::expm1(x / lo) : x), false, "Celu", "alpha", "", 1, 0, 12},
    {ActivationKind::Selu, VALUE(hi *(x < 0 ? lo * std::expm1(x) : x)), false, "Selu", "alpha", "gamma", seluAlpha,
     seluGamma, 7},
    {ActivationKind::Gelu, VALUE(0.5 * x * (1 + std::erf(x * rootHalf))), false, "", "", "", 0, 0, 20},
    {ActivationKind::GeluTanh, VALUE(0.5 * x * (1 + std::tanh(rootTwoOverPi * (x + 0.044715 * x * x * x)))), false, "",
     "", "", 0, 0, 20},
    {ActivationKind::Mish, VALUE(x *std::tanh(softplus(x))), false, "Mish", "", "", 0, 0, 18},
    {ActivationKind::HardSigmoid, VALUE(hardSigmoid(x, lo, hi)), true, "HardSigmoid", "alpha", "beta", 0.2f, 0.5f, 7},
    {ActivationKind::HardSwish, VALUE(x *hardSigmoid(x, 1.0 / 6, 0.5)), false, "HardSwish", "", "", 0, 0, 14},
    {ActivationKind::ThresholdedRelu, VALUE(x > lo ? x : 0), false, "ThresholdedRelu", "alpha", "", 1, 0, 10},
};

#undef VALUE

} // namespace

llvm::ArrayRef<UnaryFunction> unaryFunctions() { return functions; }

const UnaryFunction &functionOf(ActivationKind kind) {
  for (const UnaryFunction &function : functions)
    if (function.kind == kind)
      return function;
  llvm_unreachable("every kind has a row");
}

const UnaryFunction *findFunction(llvm::StringRef onnx) {
  for (const UnaryFunction &function : functions)
    if (!onnx.empty() && function.onnx == onnx)
      return &function;
  return nullptr;
}

double valueAt(ActivationAttr activation, double x) {
  return functionOf(activation.getKind())
      .value(x, activation.getLo().getValueAsDouble(), activation.getHi().getValueAsDouble());
}

bool cannotBeNegative(ActivationAttr activation) {
  double lo = activation.getLo().getValueAsDouble();
  bool isCut = activation.getKind() == ActivationKind::Clip || activation.getKind() == ActivationKind::ThresholdedRelu;
  return functionOf(activation.getKind()).neverNegative || (isCut && lo >= 0);
}

} // namespace wino
