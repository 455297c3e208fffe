// Float graph ops in binary32: every sum has one order and says whether its products are fused.
#include "wino/Reference/FloatOps.h"

#include "Loops.h"
#include "wino/Dialect/FloatActivation.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace wino {

float activate(ActivationAttr activation, float x) {
  NumberMachine machine;
  return FloatActivation(machine).apply(activation, x);
}

namespace {

void activateAll(std::optional<ActivationAttr> activation, Tensor &tensor) {
  if (!activation)
    return;
  for (float &x : tensor.f)
    x = activate(*activation, x);
}

/// acc = fma(x, w, acc) over kernel rows, kernel columns, channels, padding included as zeros.
/// `residual`: null for none.
Tensor conv2D(Conv2DOp op, const Tensor &input, const Tensor &filter, const Tensor &bias, const Tensor *residual) {
  Tensor out(resultType(op));
  int64_t channels = input.shape[1], height = input.shape[2], width = input.shape[3];
  int64_t perGroup = filter.shape[1], kernelHeight = filter.shape[2], kernelWidth = filter.shape[3];
  int64_t outputsPerGroup = filter.shape[0] / int64_t(op.getGroups());
  float *y = out.f.data();
  for (int64_t n = 0; n < out.shape[0]; ++n)
    for (int64_t f = 0; f < out.shape[1]; ++f)
      for (int64_t oy = 0; oy < out.shape[2]; ++oy)
        for (int64_t ox = 0; ox < out.shape[3]; ++ox) {
          const float *image = input.f.data() + (n * channels + f / outputsPerGroup * perGroup) * height * width;
          const float *weights = filter.f.data() + f * perGroup * kernelHeight * kernelWidth;
          float acc = bias.f[f];
          for (int64_t u = 0; u < kernelHeight; ++u)
            for (int64_t v = 0; v < kernelWidth; ++v) {
              int64_t iy = oy * op.getStrides()[0] + u * op.getDilations()[0] - op.getPads()[0];
              int64_t ix = ox * op.getStrides()[1] + v * op.getDilations()[1] - op.getPads()[1];
              bool isInside = iy >= 0 && iy < height && ix >= 0 && ix < width;
              for (int64_t c = 0; c < perGroup; ++c)
                acc = std::fma(isInside ? image[(c * height + iy) * width + ix] : 0.0f,
                               weights[(c * kernelHeight + u) * kernelWidth + v], acc);
            }
          *y++ = acc;
        }
  if (residual)
    for (size_t i = 0; i < out.f.size(); ++i)
      out.f[i] += residual->f[i];
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
        acc = std::fma(input.f[b * cIn + c], filter.f[f * cIn + c], acc);
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
      NumberMachine machine;
      double sum = 0;
      for (int64_t e = 0; e < view.extent; ++e) {
        out.f[at(e)] = FloatActivation(machine).exp(input.f[at(e)] - largest);
        sum += out.f[at(e)];
      }
      for (int64_t e = 0; e < view.extent; ++e)
        out.f[at(e)] = static_cast<float>(out.f[at(e)] / sum);
    }
  return out;
}

/// Integers of at most 16 bits are floats as they are.
Tensor dequantize(DequantizeOp op, const Tensor &input) {
  Tensor out(resultType(op));
  auto scale = static_cast<float>(quantizedType(op.getInput()).getScale());
  for (size_t k = 0; k < out.f.size(); ++k)
    out.f[k] = static_cast<float>(input.i[k]) * scale;
  return out;
}

} // namespace

llvm::Expected<Tensor> evaluateFloat(Operation *op, ArrayRef<const Tensor *> in) {
  return llvm::TypeSwitch<Operation *, llvm::Expected<Tensor>>(op)
      .Case([&](Conv2DOp conv) { return conv2D(conv, *in[0], *in[1], *in[2], in.size() > 3 ? in[3] : nullptr); })
      .Case([&](FullyConnectedOp fc) { return fullyConnected(fc, *in[0], *in[1], *in[2]); })
      .Case([&](BatchNormOp norm) { return batchNorm(norm, in); })
      .Case([&](AddOp add) { return binary(add, *in[0], *in[1], [](float a, float b) { return a + b; }); })
      .Case([&](SubOp sub) { return binary(sub, *in[0], *in[1], [](float a, float b) { return a - b; }); })
      .Case([&](MulOp mul) { return binary(mul, *in[0], *in[1], [](float a, float b) { return a * b; }); })
      .Case([&](MaximumOp op) { return binary(op, *in[0], *in[1], [](float a, float b) { return std::max(a, b); }); })
      .Case([&](MinimumOp op) { return binary(op, *in[0], *in[1], [](float a, float b) { return std::min(a, b); }); })
      .Case([&](ActivateOp op) {
        Tensor out(resultType(op));
        out.f = in[0]->f;
        activateAll(op.getActivation(), out);
        return out;
      })
      .Case([&](AvgPool2DOp pool) { return avgPool(pool, *in[0]); })
      .Case([&](ReduceMeanOp mean) { return reduceMean(mean, *in[0]); })
      .Case([&](SoftmaxOp op) { return softmax(op, *in[0]); })
      .Case([&](DequantizeOp op) { return dequantize(op, *in[0]); })
      .Default([](Operation *op) {
        return llvm::createStringError("layer '" + nodeName(op) + "': expected an op with float semantics, got '" +
                                       op->getName().getStringRef() + "'");
      });
}

} // namespace wino
