// Direct convolution on tensor cores: an implicit product of patches (rows: pixels; k: window, then channels) by
// filters. Patches are never made: a chunk of 16 channels of a pixel of the window is copied from where it lies in the
// map. Where blocks are few, ranges of k go to blocks of their own, and a second launch adds their sums.
#include "Lower/LowerToPtx/Arithmetic.h"
#include "Lower/LowerToPtx/Layers.h"

using namespace mlir;

namespace wino::ptx {

namespace {

struct Emitter {
  Kernel &k;
  const DirectConvolution &conv;
  const MmaGemm &gemm;
  Value input, output, filters, bias, multipliers, partial;
  int64_t room = roundUp(gemm.columns, 16); // of a pixel's channels, inside the network and in the sums of ranges

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

  Value wide(Value x) { return k.zext(x, k.i64()); }
  Value inColumns(Value column, int64_t bound) {
    return k.b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, column, k.index(bound));
  }

  /// Some sums of a pixel to bytes, from channel `column` on; i64, of which `columns` exist.
  void finish(Value row, Value column, Value sums, int64_t columns) {
    auto type = cast<VectorType>(sums.getType());
    int64_t count = type.getNumElements();
    Value offset = k.mul(column, 4);
    Value total = k.add(sums, k.load(type, k.at(bias, offset), unsigned(4 * count)));
    Value multiplier = k.load(type, k.at(multipliers, offset), unsigned(4 * count));
    Value bytes = requantize(k, total, conv.pre, multiplier, conv.narrowing);
    Value to = k.at(output, k.add(k.mul(row, conv.output.channelStride), column));
    // Inside the network a pixel has room for sixteen channels at a time.
    int64_t stored = conv.exactStores ? conv.outputChannels : room;
    auto guarded = [&](int64_t bound, llvm::function_ref<void()> body) {
      return bound >= columns ? body() : k.ifThen(inColumns(column, bound), body);
    };
    if (stored % count == 0 && conv.output.channelStride % count == 0)
      return guarded(stored, [&] { k.store(bytes, to, unsigned(count)); });
    for (int64_t i = 0; i < count; ++i)
      guarded(stored - i, [&] { k.store(k.b.create<vector::ExtractOp>(bytes, i), k.at(to, i)); });
  }

  /// Of one range: to the scratch.
  void keep(const MmaOperands::Place &at, Value pair) {
    Value column = wide(at.column), row = k.add(k.mul(wide(at.range), gemm.rows), wide(at.row));
    Value to = k.at(partial, k.mul(k.add(k.mul(row, room), column), 4));
    auto store = [&] { k.store(pair, to, 8); };
    return room >= gemm.paddedColumns() ? store() : k.ifThen(inColumns(column, room), store);
  }

  void products() {
    auto sums = [&](const MmaOperands::Place &at, Value left, Value right) {
      Value pair = k.b.create<vector::FromElementsOp>(k.vec(2, k.i32()), ValueRange{left, right});
      return at.range ? keep(at, pair) : finish(wide(at.row), wide(at.column), pair, gemm.paddedColumns());
    };
    emitMmaGemm(k, gemm,
                {input, filters, [&](Value, Value row) { return window(row); },
                 [&](ArrayRef<Value> row, Value number) { return chunk(row, number); }, sums});
  }

  /// Ranges in order; in 32 bits any order gives the same sum. A thread takes four channels of a pixel.
  void addRanges() {
    VectorType type = k.vec(4, k.i32());
    k.loop(0, gemm.rows, 1, [&](Value row) {
      k.loop(0, room, 4, [&](Value column) {
        Value from = k.at(partial, k.mul(k.add(k.mul(row, room), column), 4));
        Value first = k.load(type, from, 16);
        Value total = k.loop(1, gemm.ranges, 1, {first}, [&](Value range, Kernel::Values sum) {
          return Kernel::Values{k.add(sum[0], k.load(type, k.at(from, k.mul(range, gemm.rows * room * 4)), 16))};
        })[0];
        finish(row, column, total, room);
      });
    });
  }
};

} // namespace

OwnLayer mmaDirectLayer(const DirectConvolution &conv, const DeviceGemm &size, const Chip &chip,
                        ArrayRef<int8_t> filter, ArrayRef<int32_t> bias, ArrayRef<int32_t> multipliers) {
  int64_t window = conv.kernelHeight * conv.kernelWidth, stride = conv.input.channelStride;
  int64_t channels = conv.input.channels();
  MmaGemm gemm{size, chip, conv.inputUnsigned, conv.ranges};
  auto padded = [&](ArrayRef<int32_t> values) {
    std::vector<int32_t> result = values.vec();
    result.resize(gemm.paddedColumns(), 0); // a multiple of 16
    return result;
  };
  OwnLayer layer;
  layer.addConstant(packColumns(gemm, [&](int64_t, int64_t f, int64_t i) {
    int64_t tap = i / stride, c = i % stride;
    return c < channels ? filter[(f * channels + c) * window + tap] : int8_t(0);
  }));
  layer.addConstant(padded(bias));
  layer.addConstant(padded(multipliers));
  auto launch = [&](const char *name, std::optional<LaunchShape> shape, auto body) {
    layer.launches.push_back({name, shape, [=](Kernel &k, ValueRange a, const Part &) {
                                Emitter emitter{k, conv, gemm, a[0], a[1], a[2], a[3], a[4], a[5]};
                                body(emitter);
                              }});
  };
  launch("direct", gemm.launch(), [](Emitter &e) { e.products(); });
  if (gemm.ranges > 1)
    launch("direct_sum", std::nullopt, [](Emitter &e) { e.addRanges(); });
  return layer;
}

} // namespace wino::ptx
