// Float kernels: convolution over a padded copy, fully connected, pools.
#include "Lower/LowerFloat/FloatKernels.h"
#include "Lower/Kernels/Pointwise.h"

using namespace mlir;

namespace wino {

llvm::SmallVector<int64_t> denseStrides(ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    strides[d - 1] = strides[d] * shape[d];
  return strides;
}

namespace {

struct ConvEmitter {
  Kernel &k;
  const FloatConvolution &conv;
  int64_t pitch = conv.paddedWidth(), plane = conv.paddedHeight() * conv.paddedWidth();
  int64_t outputs = conv.filter[0] / conv.groups, inputs = conv.filter[1];

  Value fma(Value acc, Value x, Value w) { // two roundings: no contraction (README, rule 3)
    return k.b.create<arith::AddFOp>(acc, k.b.create<arith::MulFOp>(x, w));
  }

  /// `filters` output channels from f on, `lanes` pixels from (y, x) on; stride 1 along the row.
  void block(Value image, Value out, Value filter, Value bias, Value f, Value y, Value x, int64_t filters,
             int64_t lanes) {
    Type type = lanes == 1 ? k.f32() : Type(k.vec(lanes, k.f32()));
    auto broadcast = [&](Value scalar) { return lanes == 1 ? scalar : k.splat(scalar, lanes); };
    Kernel::Values acc;
    for (int64_t i = 0; i < filters; ++i)
      acc.push_back(broadcast(k.load(k.f32(), k.at(bias, k.mul(k.add(f, i), 4)), 4)));
    int64_t window = conv.filter[2] * conv.filter[3];
    Value origin = k.add(k.mul(y, conv.strides[0] * pitch * 4), k.mul(x, conv.strides[1] * 4));
    acc = k.loop(0, inputs, 1, acc, [&](Value c, Kernel::Values sums) {
      Value from = k.at(image, k.add(origin, k.mul(c, plane * 4)));
      Value weights = k.at(filter, k.mul(k.add(k.mul(f, inputs), c), window * 4));
      for (int64_t u = 0; u < conv.filter[2]; ++u)
        for (int64_t v = 0; v < conv.filter[3]; ++v) {
          Value pixels = k.load(type, k.at(from, (u * conv.dilations[0] * pitch + v * conv.dilations[1]) * 4), 4);
          for (int64_t i = 0; i < filters; ++i) {
            Value w = k.load(k.f32(), k.at(weights, ((i * inputs) * window + u * conv.filter[3] + v) * 4), 4);
            sums[i] = fma(sums[i], pixels, broadcast(w));
          }
        }
      return sums;
    });
    int64_t outPlane = conv.output[2] * conv.output[3];
    for (int64_t i = 0; i < filters; ++i) {
      Value to = k.add(k.mul(k.add(f, i), outPlane * 4), k.mul(k.add(k.mul(y, conv.output[3]), x), 4));
      k.store(applyActivation(k, conv.activation, acc[i]), k.at(out, to), 4);
    }
  }

  void group(Value image, Value out, Value filter, Value bias) {
    int64_t width = conv.output[3];
    auto rows = [&](Value f, int64_t filters) {
      k.loop(0, conv.output[2], 1, [&](Value y) {
        int64_t x = 0;
        if (conv.strides[1] == 1)
          for (int64_t lanes : {16, 8, 4}) {
            int64_t end = x + (width - x) / lanes * lanes;
            k.loop(x, end, lanes, [&](Value at) { block(image, out, filter, bias, f, y, at, filters, lanes); });
            x = end;
          }
        k.loop(x, width, 1, [&](Value at) { block(image, out, filter, bias, f, y, at, filters, 1); });
      });
    };
    int64_t whole = outputs / 4 * 4;
    k.loop(0, whole, 4, [&](Value f) { rows(f, 4); });
    k.loop(whole, outputs, 1, [&](Value f) { rows(f, 1); });
  }
};

} // namespace

std::string FloatConvolution::key() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "conv";
  for (ArrayRef<int64_t> list : {ArrayRef(input), ArrayRef(output), ArrayRef(filter), ArrayRef(strides), ArrayRef(pads),
                                 ArrayRef(dilations), ArrayRef(groups)}) {
    os << " ";
    llvm::interleave(list, os, ",");
  }
  os << " " << Attribute(activation);
  return text;
}

void emitFloatConvolution(Kernel &k, const FloatConvolution &conv, Value input, Value output, Value filter, Value bias,
                          Value scratch) {
  ConvEmitter emitter{k, conv};
  int64_t channels = conv.input[1], height = conv.input[2], width = conv.input[3];
  k.loop(0, conv.input[0], 1, [&](Value n) {
    k.fill(scratch, conv.scratchBytes(), 0);
    Value image = k.at(input, k.mul(n, channels * height * width * 4));
    loopNest(k, {channels, height}, [&](ArrayRef<Value> at) {
      Value to = k.add(k.mul(at[0], emitter.plane * 4), k.mul(k.add(at[1], conv.pads[0]), emitter.pitch * 4));
      Value from = k.mul(k.add(k.mul(at[0], height), at[1]), width * 4);
      k.copy(k.at(k.at(scratch, to), conv.pads[1] * 4), k.at(image, from), width * 4);
    });
    Value out = k.at(output, k.mul(n, conv.output[1] * conv.output[2] * conv.output[3] * 4));
    k.loop(0, conv.groups, 1, [&](Value g) {
      emitter.group(k.at(scratch, k.mul(g, emitter.inputs * emitter.plane * 4)),
                    k.at(out, k.mul(g, emitter.outputs * conv.output[2] * conv.output[3] * 4)),
                    k.at(filter, k.mul(g, emitter.outputs * emitter.inputs * conv.filter[2] * conv.filter[3] * 4)),
                    k.at(bias, k.mul(g, emitter.outputs * 4)));
    });
  });
}

void emitFloatFullyConnected(Kernel &k, int64_t rows, int64_t inputs, int64_t outputs, ActivationAttr activation,
                             Value input, Value output, Value filter, Value bias) {
  auto columns = [&](Value n, Value f, int64_t lanes) {
    Type type = lanes == 1 ? k.f32() : Type(k.vec(lanes, k.f32()));
    Value acc = k.load(type, k.at(bias, k.mul(f, 4)), 4);
    Value from = k.at(input, k.mul(n, inputs * 4));
    acc = k.loop(0, inputs, 1, {acc}, [&](Value c, Kernel::Values sum) {
      Value x = k.load(k.f32(), k.at(from, k.mul(c, 4)), 4);
      Value w = k.load(type, k.at(filter, k.mul(k.add(k.mul(c, outputs), f), 4)), 4);
      Value product = k.b.create<arith::MulFOp>(lanes == 1 ? x : k.splat(x, lanes), w);
      return Kernel::Values{k.b.create<arith::AddFOp>(sum[0], product)};
    })[0];
    k.store(applyActivation(k, activation, acc), k.at(output, k.mul(k.add(k.mul(n, outputs), f), 4)), 4);
  };
  k.loop(0, rows, 1, [&](Value n) {
    int64_t whole = outputs / 8 * 8;
    k.loop(0, whole, 8, [&](Value f) { columns(n, f, 8); });
    k.loop(whole, outputs, 1, [&](Value f) { columns(n, f, 1); });
  });
}

void emitFloatPool(Kernel &k, const FloatPool &pool, Value input, Value output) {
  auto in = denseStrides(pool.input), out = denseStrides(pool.output);
  loopNest(k, pool.output, [&](ArrayRef<Value> at) {
    Value plane = k.at(input, k.mul(k.add(k.mul(at[0], in[0]), k.mul(at[1], in[1])), 4));
    Value top, bottom, left, right;
    std::tie(top, bottom) = windowRange(k, at[2], pool.strides[0], pool.pads[0], pool.kernel[0], pool.input[2]);
    std::tie(left, right) = windowRange(k, at[3], pool.strides[1], pool.pads[1], pool.kernel[1], pool.input[3]);
    Value start = k.constantF32(pool.average ? 0.0f : -std::numeric_limits<float>::infinity());
    Value result = k.loop(top, bottom, k.index(1), {start}, [&](Value y, Kernel::Values acc) {
      return k.loop(left, right, k.index(1), acc, [&](Value x, Kernel::Values inner) {
        Value v = k.load(k.f32(), k.at(plane, k.mul(k.add(k.mul(y, in[2]), x), 4)), 4);
        Value next = pool.average ? k.b.create<arith::AddFOp>(inner[0], v).getResult()
                                  : k.b.create<arith::MaximumFOp>(inner[0], v).getResult();
        return Kernel::Values{next};
      });
    })[0];
    if (pool.average) {
      Value count =
          pool.countPadding ? k.index(pool.kernel[0] * pool.kernel[1]) : k.mul(k.sub(bottom, top), k.sub(right, left));
      result = k.b.create<arith::DivFOp>(result, k.b.create<arith::SIToFPOp>(k.f32(), count));
    }
    Value to = k.index(0);
    for (auto [i, stride] : llvm::zip(at, out))
      to = k.add(to, k.mul(i, stride * 4));
    k.store(result, k.at(output, to), 4);
  });
}

} // namespace wino
