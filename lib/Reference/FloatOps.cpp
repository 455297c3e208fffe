// Float graph ops in binary32, one fixed order of additions.
#include "wino/Reference/FloatOps.h"

#include "Loops.h"
#include "wino/Dialect/UnaryFunction.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace wino {

float activate(ActivationAttr activation, float x) { return static_cast<float>(valueAt(activation, x)); }

namespace {

void activateAll(std::optional<ActivationAttr> activation, Tensor &tensor) {
  if (!activation)
    return;
  const UnaryFunction &function = functionOf(activation->getKind());
  double lo = activation->getLo().getValueAsDouble(), hi = activation->getHi().getValueAsDouble();
  for (float &x : tensor.f)
    x = static_cast<float>(function.value(x, lo, hi));
}

Tensor conv2D(Conv2DOp op, const Tensor &input, const Tensor &filter, const Tensor &bias) {
  Tensor out(resultType(op));
  int64_t plane = out.shape[2] * out.shape[3];
  for (int64_t b = 0; b < out.shape[0]; ++b)
    for (int64_t f = 0; f < out.shape[1]; ++f) {
      float *acc = out.f.data() + (b * out.shape[1] + f) * plane;
      std::fill_n(acc, plane, bias.f[f]);
      convolveChannel<float, float>(op, input, filter, b, f, out.shape[2], out.shape[3], acc);
    }
  activateAll(op.getActivation(), out);
  return out;
}

Tensor fullyConnected(FullyConnectedOp op, const Tensor &input, const Tensor &filter, const Tensor &bias) {
  Tensor out(resultType(op));
  int64_t cIn = input.shape[1], cOut = filter.shape[0];
  for (int64_t b = 0; b < input.shape[0]; ++b)
    for (int64_t f = 0; f < cOut; ++f) {
      float acc = bias.f[f];
      for (int64_t c = 0; c < cIn; ++c)
        acc += input.f[b * cIn + c] * filter.f[f * cIn + c];
      out.f[b * cOut + f] = acc;
    }
  activateAll(op.getActivation(), out);
  return out;
}

Tensor batchNorm(BatchNormOp op, ArrayRef<const Tensor *> in) {
  Tensor out(resultType(op));
  AxisView view(out.shape, 1);
  float epsilon = op.getEpsilon().convertToFloat();
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t c = 0; c < view.extent; ++c)
      for (int64_t k = 0; k < view.inner; ++k) {
        int64_t at = (o * view.extent + c) * view.inner + k;
        out.f[at] = (in[0]->f[at] - in[3]->f[c]) / std::sqrt(in[4]->f[c] + epsilon) * in[1]->f[c] + in[2]->f[c];
      }
  return out;
}

template <typename OpT, typename Combine> Tensor binary(OpT op, const Tensor &lhs, const Tensor &rhs, Combine combine) {
  Tensor out(resultType(op));
  for (size_t k = 0; k < out.f.size(); ++k)
    out.f[k] = combine(lhs.f[k], rhs.f[k]);
  activateAll(op.getActivation(), out);
  return out;
}

Tensor avgPool(AvgPool2DOp op, const Tensor &input) {
  Tensor out(resultType(op));
  int64_t plane = input.shape[2] * input.shape[3];
  float *y = out.f.data();
  for (int64_t nc = 0; nc < out.shape[0] * out.shape[1]; ++nc)
    for (int64_t oy = 0; oy < out.shape[2]; ++oy)
      for (int64_t ox = 0; ox < out.shape[3]; ++ox) {
        Window window = windowAt(op, input, oy, ox);
        int64_t count = op.getCountIncludePad() ? op.getKernel()[0] * op.getKernel()[1] : window.count();
        *y++ = windowSum<float>(input.f.data() + nc * plane, input.shape[3], window) / static_cast<float>(count);
      }
  return out;
}

Tensor reduceMean(ReduceMeanOp op, const Tensor &input) {
  Tensor out(resultType(op));
  std::vector<int64_t> target = reducedIndices(input.shape, op.getAxes());
  for (size_t k = 0; k < input.f.size(); ++k)
    out.f[target[k]] += input.f[k];
  float count = static_cast<float>(input.f.size() / std::max<size_t>(out.f.size(), 1));
  for (float &sum : out.f)
    sum /= count;
  return out;
}

Tensor softmax(SoftmaxOp op, const Tensor &input) {
  Tensor out(resultType(op));
  AxisView view(input.shape, op.getAxis());
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t k = 0; k < view.inner; ++k) {
      auto at = [&](int64_t e) { return (o * view.extent + e) * view.inner + k; };
      float largest = input.f[at(0)];
      for (int64_t e = 1; e < view.extent; ++e)
        largest = std::max(largest, input.f[at(e)]);
      double sum = 0;
      auto numerator = [&](int64_t e) { return std::exp(static_cast<double>(input.f[at(e)]) - largest); };
      for (int64_t e = 0; e < view.extent; ++e)
        sum += numerator(e);
      for (int64_t e = 0; e < view.extent; ++e)
        out.f[at(e)] = static_cast<float>(numerator(e) / sum);
    }
  return out;
}

} // namespace

llvm::Expected<Tensor> evaluateFloat(Operation *op, ArrayRef<const Tensor *> in) {
  return llvm::TypeSwitch<Operation *, llvm::Expected<Tensor>>(op)
      .Case([&](Conv2DOp conv) { return conv2D(conv, *in[0], *in[1], *in[2]); })
      .Case([&](FullyConnectedOp fc) { return fullyConnected(fc, *in[0], *in[1], *in[2]); })
      .Case([&](BatchNormOp norm) { return batchNorm(norm, in); })
      .Case([&](AddOp add) { return binary(add, *in[0], *in[1], [](float a, float b) { return a + b; }); })
      .Case([&](SubOp sub) { return binary(sub, *in[0], *in[1], [](float a, float b) { return a - b; }); })
      .Case([&](MulOp mul) { return binary(mul, *in[0], *in[1], [](float a, float b) { return a * b; }); })
      .Case([&](MaximumOp op) { return binary(op, *in[0], *in[1], [](float a, float b) { return std::max(a, b); }); })
      .Case([&](MinimumOp op) { return binary(op, *in[0], *in[1], [](float a, float b) { return std::min(a, b); }); })
      .Case([&](ActivateOp op) {
        Tensor out = *in[0];
        activateAll(op.getActivation(), out);
        return out;
      })
      .Case([&](AvgPool2DOp pool) { return avgPool(pool, *in[0]); })
      .Case([&](ReduceMeanOp mean) { return reduceMean(mean, *in[0]); })
      .Case([&](SoftmaxOp op) { return softmax(op, *in[0]); })
      .Default([](Operation *op) {
        return llvm::createStringError("layer '" + nodeName(op) + "': expected an op with float semantics, got '" +
                                       op->getName().getStringRef() + "'");
      });
}

} // namespace wino
