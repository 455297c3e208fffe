// Direct convolution and fully connected layers, one thread per output: any groups, strides, pads and dilations.
#include "Lower/Kernels/Pointwise.h"
#include "Lower/LowerToPtx/Arithmetic.h"
#include "Lower/LowerToPtx/Layers.h"

using namespace mlir;

namespace wino::ptx {

namespace {

struct Emitter {
  Kernel &k;
  const DirectConvolution &conv;
  Value input, output, filters, bias, multipliers;
  int64_t perGroup = conv.outputChannels / conv.groups, depth = conv.input.channels() / conv.groups;

  /// Sum over the window of output pixel (y, x), channel f. Pixels outside count as the map's first, times zero.
  Value sum(Value image, Value y, Value x, Value f) {
    Value top = k.add(k.mul(y, conv.strides[0]), -conv.pads[0]);
    Value left = k.add(k.mul(x, conv.strides[1]), -conv.pads[1]);
    Value group = k.b.create<arith::DivUIOp>(f, k.index(perGroup));
    Value weights = k.at(filters, k.mul(f, conv.kernelHeight * conv.kernelWidth * depth));
    auto inside = [&](Value at, int64_t extent) {
      return k.b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, at, k.index(extent)).getResult();
    };
    auto loop = [&](int64_t extent, Value acc, llvm::function_ref<Value(Value, Value)> body) {
      return k.loop(0, extent, 1, {acc},
                    [&](Value i, Kernel::Values carried) { return Kernel::Values{body(i, carried[0])}; })[0];
    };
    Value first = k.load(k.i32(), k.at(bias, k.mul(f, 4)), 4);
    return loop(conv.kernelHeight, first, [&](Value u, Value rows) {
      Value py = k.add(top, k.mul(u, conv.dilations[0])), rowInside = inside(py, conv.input.height());
      return loop(conv.kernelWidth, rows, [&](Value v, Value columns) {
        Value px = k.add(left, k.mul(v, conv.dilations[1]));
        Value valid = k.both(rowInside, inside(px, conv.input.width()));
        Value offset = k.add(k.mul(py, conv.input.rowStride()), k.mul(px, conv.input.channelStride));
        Value pixel = k.at(image, k.add(k.select(valid, offset, k.index(0)), k.mul(group, depth)));
        Value tap = k.at(weights, k.mul(k.add(k.mul(u, conv.kernelWidth), v), depth));
        Value none = k.constant(k.i32(), 0);
        Value part = loop(depth, none, [&](Value c, Value acc) {
          Value a = k.extend(k.load(k.i8(), k.at(pixel, c)), k.i32(), conv.inputUnsigned);
          return k.add(acc, k.mul(a, k.sext(k.load(k.i8(), k.at(tap, c)), k.i32())));
        });
        return k.add(columns, k.select(valid, part, none));
      });
    });
  }

  void emit() {
    loopNest(k, {conv.output.batch(), conv.output.height(), conv.output.width(), conv.outputChannels},
             [&](ArrayRef<Value> at) {
               Value total = sum(k.at(input, k.mul(at[0], conv.input.imageStride())), at[1], at[2], at[3]);
               Value multiplier = k.load(k.i32(), k.at(multipliers, k.mul(at[3], 4)), 4);
               Value pixel = k.add(
                   k.mul(at[0], conv.output.imageStride()),
                   k.add(k.mul(at[1], conv.output.rowStride()), k.add(k.mul(at[2], conv.output.channelStride), at[3])));
               k.store(requantize(k, total, conv.pre, multiplier, conv.narrowing), k.at(output, pixel));
             });
  }
};

} // namespace

OwnLayer directLayer(const DirectConvolution &conv, ArrayRef<int8_t> filter, ArrayRef<int32_t> bias,
                     ArrayRef<int32_t> multipliers) {
  // [output][row][column][channel of its group]
  int64_t depth = conv.input.channels() / conv.groups, window = conv.kernelHeight * conv.kernelWidth;
  std::vector<int8_t> packed(filter.size());
  for (int64_t f = 0; f < conv.outputChannels; ++f)
    for (int64_t c = 0; c < depth; ++c)
      for (int64_t t = 0; t < window; ++t)
        packed[(f * window + t) * depth + c] = filter[(f * depth + c) * window + t];
  OwnLayer layer;
  layer.addConstant(packed);
  layer.addConstant(bias.vec());
  layer.addConstant(multipliers.vec());
  layer.launches.push_back({"direct", std::nullopt, [conv](Kernel &k, ValueRange a, const Part &) {
                              Emitter{k, conv, a[0], a[1], a[2], a[3], a[4]}.emit();
                            }});
  return layer;
}

} // namespace wino::ptx
