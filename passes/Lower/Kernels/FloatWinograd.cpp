// The stages of a Winograd layer with taps in floats, on vectors of channels.
#include "Lower/Kernels/FloatWinograd.h"
#include "Lower/Kernels/Convolution.h"
#include "Lower/Kernels/EdgeTiles.h"
#include "Lower/Kernels/FloatMachine.h"
#include "Lower/Kernels/GraphLowering.h"
#include "Lower/Kernels/HalfProducts.h"
#include "wino/Numerics/HalfFloat.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace wino {

/// Cycles that a number of blocks costs beyond the products, as Layout.cpp has them for integers: filters pass once per
/// block, U and O beyond the second cache twice.
static double blockingCost(int64_t blocks, int64_t filterBytes, int64_t scratchBytes, double products,
                           int64_t workers) {
  constexpr double line = 64, streamed = 4, fromMemory = 12, nearL2 = 384 << 10;
  bool isNear = double(filterBytes + scratchBytes) <= nearL2;
  double filters = double(blocks) * double(filterBytes) / line * (isNear ? streamed : fromMemory);
  double spilled = double(blocks) * std::max(0.0, double(scratchBytes) - nearL2) / line * 2 * fromMemory;
  return (products + filters + spilled) * busiestShare(blocks, workers);
}

llvm::Expected<FloatWinograd> FloatWinograd::of(FloatTilesOp op, int64_t workers) {
  TileSpec spec = op.getPlan().getSpec();
  llvm::Expected<FloatTransform> transform = FloatTransform::make(spec);
  if (!transform)
    return transform.takeError();
  FloatWinograd conv{std::move(*transform),
                     spec,
                     Layout::internal(op.getInput()),
                     Layout::internal(op.getOutput()),
                     isUnsigned(op.getInput()),
                     op.getPads()[0],
                     op.getPads()[1],
                     int64_t(op.getLo().value_or(0)),
                     int64_t(op.getHi().value_or(0)),
                     op.getActivation().value_or(ActivationAttr())};
  const TileLine &down = spec.down(), &across = spec.across();
  int64_t taps = spec.taps();
  conv.depth = roundUp(conv.input.channels(), 8);
  conv.outputs = roundUp(conv.output.channels(), 16);
  conv.unit = tapBits(spec.inputTap) / 8;
  conv.tileCount = conv.output.batch() * down.tilesOver(conv.output.height()) * across.tilesOver(conv.output.width());
  conv.rows = conv.tileCount <= 4 ? 4 : 8;
  constexpr int64_t mostScratch = 1536 << 10;
  int64_t tileBytes = taps * (conv.depth * conv.unit + conv.outputs * 4);
  int64_t filterBytes = taps * conv.depth * conv.outputs * conv.unit;
  double products = double(conv.tileCount) * double(taps * conv.depth) * double(conv.outputs) / 4, best = -1;
  for (int64_t blocks = 1; blocks <= conv.tileCount; ++blocks) {
    int64_t tiles = roundUp((conv.tileCount + blocks - 1) / blocks, conv.rows);
    int64_t made = (conv.tileCount + tiles - 1) / tiles;
    bool isSmallest = tiles == conv.rows;
    if (workers * tiles * tileBytes > mostScratch && !isSmallest)
      continue;
    double cost = blockingCost(made, filterBytes, tiles * tileBytes, products, workers);
    if (best < 0 || cost < best) {
      best = cost;
      conv.tiles = tiles;
      conv.split.pieces = made;
    }
    if (isSmallest)
      break;
  }
  conv.inputTap = tapDistance(conv.tiles * conv.depth * conv.unit, taps);
  conv.outputTap = tapDistance(conv.tiles * conv.outputs * 4, taps);
  conv.outputPatch = roundUp(int64_t(down.n()) * across.n() * conv.patchPixel(), 64);
  conv.middle = conv.outputPatch + roundUp(int64_t(down.m) * across.m * conv.output.channelStride, 64);
  constexpr int64_t widestVector = 32;
  conv.u = conv.middle + (conv.hasLoops() ? roundUp(taps * widestVector, 64) : 0);
  conv.o = conv.u + taps * conv.inputTap;
  conv.own = conv.o + taps * conv.outputTap;
  conv.split.workers = workers;
  conv.split.ownBytes = conv.own;
  return conv;
}

std::string FloatWinograd::key() const {
  std::string ofFloats = isFloat() ? "floats " : "";
  llvm::raw_string_ostream(ofFloats) << Attribute(activation);
  return "float_winograd" + ofFloats + tile.str() + keyText(input) + keyText(output) +
         keyList({inputUnsigned, padTop, padLeft, lo, hi, tiles, tileCount});
}

std::vector<char> packFloatTaps(const FloatWinograd &conv, const FloatForm &form, ArrayRef<float> filter) {
  int64_t inputs = conv.input.channels(), outputs = conv.output.channels(), columns = conv.columns(form);
  std::vector<char> packed;
  auto append = [&](auto bits) {
    auto bytes = reinterpret_cast<const char *>(&bits);
    packed.insert(packed.end(), bytes, bytes + sizeof bits);
  };
  for (int64_t t = 0; t < conv.tile.taps(); ++t)
    for (int64_t first = 0; first < conv.outputs; first += columns)
      for (int64_t c = 0; c < conv.depth; ++c)
        for (int64_t f = first; f < first + columns; ++f) {
          float v = f < outputs && c < inputs ? filter[(t * outputs + f) * inputs + c] : 0.0f;
          conv.unit == 2 ? append(halfBits(v)) : append(v);
        }
  return packed;
}

namespace {

class TileEmitter {
public:
  TileEmitter(Kernel &k, const FloatForm &form, const FloatWinograd &conv, Value scratch)
      : k(k), form(form), conv(conv), inputPatch(scratch), outputPatch(k.at(scratch, conv.outputPatch)),
        middle(k.at(scratch, conv.middle)), u(k.at(scratch, conv.u)), o(k.at(scratch, conv.o)) {}

  /// U of tile number `tile`, to position `slot` of the block.
  void input(Value input, Value tile, Value slot) {
    TilePosition at = locateTile(k, tile, rows, columns);
    int64_t high = down.n(), wide = across.n(), pixel = conv.input.channelStride;
    int64_t height = conv.input.height(), width = conv.input.width();
    Value y = k.add(k.mul(at.row, down.step()), -conv.padTop),
          x = k.add(k.mul(at.column, across.step()), -conv.padLeft);
    Value image = k.at(input, k.mul(at.image, conv.input.imageStride())), zero = k.index(0);
    if (conv.gathersAll()) {
      gather(image, y, x);
      return channelsOf(inputPatch, k.index(wide * conv.patchPixel()), conv.patchPixel(), slot);
    }
    Value outside = either(either(k.less(y, zero), k.less(k.index(height - high), y)),
                           either(k.less(x, zero), k.less(k.index(width - wide), x)));
    k.ifThen(outside, [&] {
      EdgeWindow window{high, wide, safePixels(high, down.step(), conv.padTop, height, rows),
                        safePixels(wide, across.step(), conv.padLeft, width, columns)};
      emitEdgeWindow(k, conv.input, window, image, y, x, inputPatch);
    });
    Value inMap = k.at(image, k.add(k.mul(y, conv.input.rowStride()), k.mul(x, pixel)));
    Value source = k.select(outside, inputPatch, inMap);
    channelsOf(source, k.select(outside, k.index(wide * pixel), k.index(conv.input.rowStride())), pixel, slot);
  }

  /// The same of one tile whose pixels lie at `source`.
  void channelsOf(Value source, Value rowStride, int64_t pixel, Value slot) {
    int64_t unit = conv.input.elementBytes;
    k.loop(0, conv.depth, form.lanes, [&](Value c) {
      Value from = k.at(source, k.mul(c, unit)), to = k.at(u, k.mul(k.add(k.mul(slot, conv.depth), c), conv.unit));
      auto in = [&](Value i, Value j) -> Value {
        Value place = k.at(from, k.add(k.b.create<arith::MulIOp>(rowStride, i), k.mul(j, pixel)));
        if (conv.isFloat())
          return loadFloats(k, place, form.lanes, unit);
        Value bytes = k.load(k.vec(form.lanes, k.i8()), place);
        return k.b.create<arith::SIToFPOp>(vector(k.f32()),
                                           k.extend(bytes, k.vec(form.lanes, k.i32()), conv.inputUnsigned));
      };
      auto out = [&](Value i, int64_t j, Value value) {
        if (conv.unit == 2)
          value = k.b.create<arith::TruncFOp>(vector(k.b.getF16Type()), value);
        k.store(value, k.at(k.at(to, k.mul(i, across.K * conv.inputTap)), j * conv.inputTap), 4);
      };
      transform(conv.transform.inputDown, conv.transform.inputAcross, in, out);
    });
  }

  /// The tile from pixel (y, x) of the image on, into a patch with room between pixels; zeros for what is outside.
  void gather(Value image, Value y, Value x) {
    int64_t unit = conv.input.elementBytes, pixel = conv.patchPixel(), channels = conv.input.channels();
    k.fill(inputPatch, int64_t(down.n()) * across.n() * pixel, 0);
    auto part = [&](Value from, int64_t extent, int64_t most) {
      Value first = k.smin(k.smax(k.sub(k.index(0), from), k.index(0)), k.index(most));
      return std::pair(first, k.smax(k.smin(k.sub(k.index(extent), from), k.index(most)), first));
    };
    auto [top, bottom] = part(y, conv.input.height(), down.n());
    std::pair<Value, Value> inside = part(x, conv.input.width(), across.n());
    k.loop(top, bottom, k.index(1), [&](Value i) {
      Value row = k.at(image, k.mul(k.add(y, i), conv.input.rowStride()));
      k.loop(inside.first, inside.second, k.index(1), [&](Value j) {
        k.copy(k.at(inputPatch, k.mul(k.add(k.mul(i, across.n()), j), pixel)),
               k.at(row, k.mul(k.add(x, j), conv.input.channelStride)), channels * unit);
      });
    });
  }

  /// O of `count` tiles, a multiple of the register block's rows.
  void products(Value filter, Value count) {
    int64_t width = conv.columns(form), block = width * conv.depth * conv.unit;
    FloatProducts shape{blockRows(),
                        width,
                        /*runs=*/1,
                        conv.depth,
                        conv.depth * conv.unit,
                        /*runBytes=*/conv.depth * conv.unit,
                        conv.outputs * 4,
                        conv.unit == 2,
                        /*hasStart=*/false};
    bool inHalves = conv.transform.sumsHalves, hasCode = form.isa && !inHalves;
    std::optional<Assembly> code = hasCode ? form.isa->floatProducts(shape) : std::nullopt;
    Value blocks = k.ashr(k.add(count, blockRows() - 1), llvm::Log2_64(uint64_t(blockRows())));
    k.loop(0, conv.tile.taps(), 1, [&](Value tap) {
      Value uT = k.at(u, k.mul(tap, conv.inputTap)), oT = k.at(o, k.mul(tap, conv.outputTap));
      Value vT = k.at(filter, k.mul(tap, conv.outputs / width * block));
      k.loop(0, conv.outputs / width, 1, [&](Value number) {
        Value v = k.at(vT, k.mul(number, block)), oF = k.at(oT, k.mul(number, width * 4));
        // Rows that no tile stands behind hold stale bytes; their products are never read.
        if (code)
          return k.assembly(*code, {uT, v, v, oF, blocks});
        k.loop(k.index(0), count, k.index(blockRows()), [&](Value t) {
          HalfBlock at{k.at(uT, k.mul(t, conv.depth * conv.unit)), v, k.at(oF, k.mul(t, conv.outputs * 4))};
          inHalves ? emitHalfBlock(k, form, conv, blockRows(), at) : registerBlock(at.left, v, at.to);
        });
      });
    });
  }

  void output(Value output, Value factors, Value tile, Value slot) {
    TilePosition at = locateTile(k, tile, rows, columns);
    int64_t height = conv.output.height(), width = conv.output.width(), pixel = conv.output.channelStride;
    Value y = k.mul(at.row, down.m), x = k.mul(at.column, across.m);
    Value image = k.at(output, k.mul(at.image, conv.output.imageStride()));
    Value target = k.at(image, k.add(k.mul(y, conv.output.rowStride()), k.mul(x, pixel)));
    Value rowStride = k.index(conv.output.rowStride()), place = target, cut;
    bool ragged = height % down.m != 0 || width % across.m != 0;
    if (ragged) {
      cut = either(k.less(k.index(height - down.m), y), k.less(k.index(width - across.m), x));
      place = k.select(cut, outputPatch, target);
      rowStride = k.select(cut, k.index(across.m * pixel), rowStride);
    }
    channels(factors, slot, place, rowStride);
    if (!ragged)
      return;
    k.ifThen(cut, [&] {
      Value lastRow = k.smin(k.index(down.m), k.sub(k.index(height), y));
      Value lastColumn = k.smin(k.index(across.m), k.sub(k.index(width), x));
      k.loop(k.index(0), lastRow, k.index(1), [&](Value i) {
        k.loop(k.index(0), lastColumn, k.index(1), [&](Value j) {
          Value to = k.at(target, k.add(k.mul(i, conv.output.rowStride()), k.mul(j, pixel)));
          Value from = k.at(outputPatch, k.mul(k.add(k.mul(i, across.m), j), pixel));
          if (int64_t bytes = conv.isFloat() ? pixel : conv.outputs; bytes % 16 == 0)
            emitCopyPixel(k, to, from, bytes);
          else
            k.copy(to, from, bytes);
        });
      });
    });
  }

private:
  Kernel &k;
  const FloatForm &form;
  const FloatWinograd &conv;
  const TileLine &down = conv.tile.down(), &across = conv.tile.across();
  int64_t rows = down.tilesOver(conv.output.height()), columns = across.tilesOver(conv.output.width());
  Value inputPatch, outputPatch, middle, u, o;

  VectorType vector(Type element) { return k.vec(form.lanes, element); }
  Value either(Value a, Value b) { return k.b.create<arith::OrIOp>(a, b); }
  /// Sixteen registers hold 4 x 2 sums beside their operands.
  int64_t blockRows() const { return form.byLane ? conv.rows : 4; }

  /// FloatTransform::apply: `in(i, j)` gives the vectors, `out(i, j, v)` takes them.
  void transform(const FloatMatrix &first, const FloatMatrix &second, llvm::function_ref<Value(Value, Value)> in,
                 llvm::function_ref<void(Value, int64_t, Value)> out) {
    FloatMachine m(k, form.lanes);
    if (!conv.hasLoops()) {
      Kernel::Values patch;
      for (int64_t i = 0; i < first.columns; ++i)
        for (int64_t j = 0; j < second.columns; ++j)
          patch.push_back(in(k.index(i), k.index(j)));
      auto made = FloatTransform::apply(m, first, second, ArrayRef<Value>(patch));
      for (auto [t, value] : llvm::enumerate(made))
        out(k.index(int64_t(t) / second.rows), int64_t(t) % second.rows, value);
      return;
    }
    int64_t bytes = form.lanes * 4, row = second.columns * bytes;
    k.loop(0, second.columns, 1, [&](Value j) {
      Kernel::Values column;
      for (int64_t i = 0; i < first.columns; ++i)
        column.push_back(in(k.index(i), j));
      auto made = first.apply(m, ArrayRef<Value>(column));
      for (auto [i, value] : llvm::enumerate(made))
        k.store(value, k.at(middle, k.add(k.mul(j, bytes), int64_t(i) * row)), 4);
    });
    k.loop(0, first.rows, 1, [&](Value i) {
      Kernel::Values line;
      for (int64_t j = 0; j < second.columns; ++j)
        line.push_back(k.load(vector(k.f32()), k.at(middle, k.add(k.mul(i, row), j * bytes)), 4));
      auto made = second.apply(m, ArrayRef<Value>(line));
      for (auto [j, value] : llvm::enumerate(made))
        out(i, int64_t(j), value);
    });
  }

  /// `lanes` elements of U or V.
  Value loadTaps(Value from, int64_t lanes) {
    if (conv.unit == 4)
      return k.load(k.vec(lanes, k.f32()), from, 4);
    Value half = k.load(k.vec(lanes, k.b.getF16Type()), from, 2);
    return k.b.create<arith::ExtFOp>(k.vec(lanes, k.f32()), half);
  }

  void registerBlock(Value left, Value right, Value to) {
    constexpr int64_t unroll = 4;
    int64_t lanes = form.lanes, count = conv.columns(form) / lanes, step = conv.columns(form) * conv.unit;
    FloatMachine m(k, lanes);
    Kernel::Values sums(size_t(blockRows() * count), m.f32(0));
    sums = k.loop(0, conv.depth, unroll, sums, [&](Value c, Kernel::Values acc) {
      Kernel::Values x;
      for (int64_t r = 0; r < blockRows(); ++r)
        x.push_back(loadTaps(k.at(left, k.add(k.mul(c, conv.unit), r * conv.depth * conv.unit)), unroll));
      for (int64_t i = 0; i < unroll; ++i) {
        Kernel::Values v;
        for (int64_t n = 0; n < count; ++n)
          v.push_back(loadTaps(k.at(right, k.add(k.mul(c, step), i * step + n * lanes * conv.unit)), lanes));
        for (int64_t r = 0; r < blockRows(); ++r) {
          Value one = lanes == unroll ? k.broadcastLane(x[size_t(r)], i, lanes)
                                      : k.splat(k.b.create<vector::ExtractOp>(x[size_t(r)], i), lanes);
          for (int64_t n = 0; n < count; ++n)
            acc[size_t(r * count + n)] = m.fma(one, v[size_t(n)], acc[size_t(r * count + n)]);
        }
      }
      return acc;
    });
    for (int64_t r = 0; r < blockRows(); ++r)
      for (int64_t n = 0; n < count; ++n)
        k.store(sums[size_t(r * count + n)], k.at(to, (r * conv.outputs + n * lanes) * 4), 4);
  }

  /// Of numbers that are no NaNs, and where -0 and +0 are the same in the end.
  template <typename Op> Value bounded(Value x, Value bound) {
    return k.b.create<Op>(x, bound, arith::FastMathFlags::nnan | arith::FastMathFlags::nsz);
  }

  /// Y of one tile at `place`, its rows `rowStride` apart.
  void channels(Value factors, Value slot, Value place, Value rowStride) {
    int64_t lanes = form.lanes, whole = conv.isFloat() ? conv.output.channels() / lanes * lanes : conv.outputs;
    k.loop(0, whole, lanes, [&](Value f) { channelsFrom(f, lanes, factors, slot, place, rowStride); });
    if (int64_t rest = conv.output.channels() - whole; rest > 0)
      channelsFrom(k.index(whole), rest, factors, slot, place, rowStride);
  }

  /// A vector of channels from f on, of which `stored` exist.
  void channelsFrom(Value f, int64_t stored, Value factors, Value slot, Value place, Value rowStride) {
    int64_t lanes = form.lanes, pixel = conv.output.channelStride, unit = conv.output.elementBytes;
    FloatMachine m(k, lanes);
    Value from = k.at(o, k.mul(k.add(k.mul(slot, conv.outputs), f), 4)), channel = k.mul(f, 4);
    Value scale = k.load(vector(k.f32()), k.at(factors, channel), 4);
    Value offset = k.load(vector(k.f32()), k.at(factors, k.add(channel, conv.outputs * 4)), 4);
    Value to = k.at(place, k.mul(f, unit));
    auto in = [&](Value i, Value j) {
      Value tap = k.add(k.mul(i, across.K * conv.outputTap), k.mul(j, conv.outputTap));
      return k.load(vector(k.f32()), k.at(from, tap), 4);
    };
    auto out = [&](Value i, int64_t j, Value value) {
      Value y = m.fma(value, scale, offset);
      Value there = k.at(k.at(to, k.b.create<arith::MulIOp>(rowStride, i)), j * pixel);
      if (conv.isFloat()) {
        y = applyActivation(k, conv.activation, y);
        if (stored == lanes)
          return storeFloats(k, y, there, unit);
        for (int64_t n = 0; n < stored; ++n)
          storeFloats(k, k.b.create<vector::ExtractOp>(y, n), k.at(there, n * unit), unit);
        return;
      }
      y = bounded<arith::MinNumFOp>(bounded<arith::MaxNumFOp>(y, m.f32(double(conv.lo))), m.f32(double(conv.hi)));
      Value whole = k.b.create<arith::FPToSIOp>(vector(k.i32()), m.floor(y));
      k.store(k.trunc(whole, vector(k.i8())), there);
    };
    transform(conv.transform.outputDown, conv.transform.outputAcross, in, out);
  }
};

} // namespace

void emitFloatWinograd(Kernel &k, const FloatForm &form, const FloatWinograd &conv, Value input, Value output,
                       Value filter, Value factors, Value scratch, const Part &part) {
  TileEmitter tiles(k, form, conv, scratch);
  k.loop(part, conv.tileCount, conv.tiles, [&](Value first) {
    Value count = k.smin(k.index(conv.tiles), k.sub(k.index(conv.tileCount), first));
    k.loop(k.index(0), count, k.index(1), [&](Value t) { tiles.input(input, k.add(first, t), t); });
    tiles.products(filter, count);
    k.loop(k.index(0), count, k.index(1), [&](Value t) { tiles.output(output, factors, k.add(first, t), t); });
  });
}

LogicalResult GraphLowering::floatTiles(FloatTilesOp op) {
  if (isa.isDevice())
    return op.emitError() << "node '" << nodeName(op) << "': expected taps of integers for a GPU, got '"
                          << op.getPlan().getSpec().shortStr() << "'";
  llvm::Expected<FloatWinograd> conv = FloatWinograd::of(op, workersOf(op));
  if (!conv)
    return op.emitError() << "node '" << nodeName(op) << "': " << llvm::toString(conv.takeError());
  FloatForm form = isa.floatForm();
  std::vector<float> factors(size_t(2 * conv->outputs), 0.0f);
  llvm::copy(op.getScales(), factors.begin());
  llvm::copy(op.getOffsets(), factors.begin() + conv->outputs);
  Location loc = op.getLoc();
  std::vector<char> packed = packFloatTaps(*conv, form, constantFloats(op.getFilter()).value_or(std::vector<float>()));
  Kernel::Values operands = {operand(op.getInput()), result(op), builder.constant(loc, ArrayRef<char>(packed)),
                             builder.constant(loc, factors)};
  callShared(op, "float_winograd", conv->key(), operands, conv->split, [&](Kernel &k, ValueRange a, const Part &part) {
    emitFloatWinograd(k, form, *conv, a[0], a[1], a[2], a[3], a[4], part);
  });
  return success();
}

} // namespace wino
