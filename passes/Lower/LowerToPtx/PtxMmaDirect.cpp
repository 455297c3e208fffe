// Direct convolution on tensor cores: an implicit product of patches (rows: pixels; k: window, then channels) by
// filters. Patches are never made: a chunk of 16 channels of a pixel of the window is copied from where it lies in the
// map.
#include "Lower/LowerToPtx/Arithmetic.h"
#include "Lower/LowerToPtx/Layers.h"

using namespace mlir;

namespace wino::ptx {

namespace {

constexpr int64_t kLeastRows = 16, kMaxIndex = int64_t(1) << 30; // numbers are 32 bits wide in the kernel

int64_t pixels(const Layout &map) { return map.batch() * map.height() * map.width(); }

/// Whether the pixels of a map follow each other.
bool isLinear(const Layout &map) {
  return map.rowStride() == map.width() * map.channelStride && map.imageStride() == map.height() * map.rowStride();
}

struct Emitter {
  Kernel &k;
  const DirectConvolution &conv;
  const MmaGemm &gemm;
  Value input, output, filters, bias, multipliers;

  Value i32(int64_t value) { return k.constant(k.i32(), value); }
  std::pair<Value, Value> divide(Value x, int64_t by) {
    Value quotient = k.b.create<arith::DivUIOp>(x, i32(by));
    return {quotient, k.sub(x, k.mul(quotient, by))};
  }
  Value below(Value x, int64_t bound) { return k.b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, x, i32(bound)); }

  /// Where the window of a pixel starts: image (i64 address), row, column.
  Kernel::Values window(Value row) {
    auto [line, x] = divide(row, conv.output.width());
    auto [image, y] = divide(line, conv.output.height());
    return {k.at(input, k.mul(k.zext(image, k.i64()), conv.input.imageStride())),
            k.add(k.mul(y, conv.strides[0]), -conv.pads[0]), k.add(k.mul(x, conv.strides[1]), -conv.pads[1])};
  }

  std::pair<Value, Value> chunk(ArrayRef<Value> window, Value number) {
    auto [tap, part] = divide(number, conv.input.channelStride / 16);
    auto [u, v] = divide(tap, conv.kernelWidth);
    Value y = k.add(window[1], k.mul(u, conv.dilations[0])), x = k.add(window[2], k.mul(v, conv.dilations[1]));
    Value offset = k.add(k.add(k.mul(y, conv.input.rowStride()), k.mul(x, conv.input.channelStride)), k.mul(part, 16));
    Value valid = k.both(below(y, conv.input.height()), below(x, conv.input.width()));
    return {k.at(window[0], k.sext(offset, k.i64())), valid};
  }

  void store(Value row, Value column, Value left, Value right) {
    VectorType pair = k.vec(2, k.i32());
    Value offset = k.mul(k.zext(column, k.i64()), 4);
    Value sums = k.b.create<vector::FromElementsOp>(pair, ValueRange{left, right});
    Value total = k.add(sums, k.load(pair, k.at(bias, offset), 8));
    Value bytes = requantize(k, total, conv.pre, k.load(pair, k.at(multipliers, offset), 8), conv.narrowing);
    Value to = k.at(output, k.add(k.mul(k.zext(row, k.i64()), conv.output.channelStride), k.zext(column, k.i64())));
    // Inside the network a pixel has room for sixteen channels at a time.
    int64_t room = conv.exactStores ? conv.outputChannels : roundUp(conv.outputChannels, 16);
    auto guarded = [&](int64_t bound, llvm::function_ref<void()> body) {
      return bound >= gemm.paddedColumns() ? body() : k.ifThen(below(column, bound), body);
    };
    if (room % 2 == 0 && conv.output.channelStride % 2 == 0)
      return guarded(room, [&] { k.store(bytes, to, 2); });
    for (int64_t i = 0; i < 2; ++i)
      guarded(room - i, [&] { k.store(k.b.create<vector::ExtractOp>(bytes, i), k.at(to, i)); });
  }

  void emit() {
    emitMmaGemm(k, gemm,
                {input, filters, [&](Value, Value row) { return window(row); },
                 [&](ArrayRef<Value> row, Value number) { return chunk(row, number); },
                 [&](Value, Value row, Value column, Value left, Value right) { store(row, column, left, right); }});
  }
};

} // namespace

bool fitsMma(const DirectConvolution &conv) {
  return conv.groups == 1 && conv.input.channelStride % 16 == 0 && isLinear(conv.output) &&
         pixels(conv.output) >= kLeastRows && pixels(conv.output) < kMaxIndex && conv.input.imageStride() < kMaxIndex &&
         conv.kernelHeight * conv.kernelWidth * conv.input.channelStride < kMaxIndex;
}

OwnLayer mmaDirectLayer(const DirectConvolution &conv, const Chip &chip, ArrayRef<int8_t> filter,
                        ArrayRef<int32_t> bias, ArrayRef<int32_t> multipliers) {
  int64_t window = conv.kernelHeight * conv.kernelWidth, stride = conv.input.channelStride;
  int64_t channels = conv.input.channels();
  MmaGemm gemm = MmaGemm::make(chip, pixels(conv.output), conv.outputChannels, window * stride / 16, /*batches=*/1,
                               conv.inputUnsigned);
  auto padded = [&](ArrayRef<int32_t> values) {
    std::vector<int32_t> result = values.vec();
    result.resize(gemm.paddedColumns(), 0);
    return result;
  };
  OwnLayer layer;
  layer.addConstant(packColumns(gemm, [&](int64_t, int64_t f, int64_t i) {
    int64_t tap = i / stride, c = i % stride;
    return c < channels ? filter[(f * channels + c) * window + tap] : int8_t(0);
  }));
  layer.addConstant(padded(bias));
  layer.addConstant(padded(multipliers));
  layer.launches.push_back({"direct", gemm.launch(), [conv, gemm](Kernel &k, ValueRange a, const Part &) {
                              Emitter{k, conv, gemm, a[0], a[1], a[2], a[3], a[4]}.emit();
                            }});
  return layer;
}

} // namespace wino::ptx
