// Winograd convolution in three launches: input transform, tap products, output transform; or in two, where each block
// of products transforms its own tiles. A thread transforms one tile of a few channels in registers.
#include "Lower/Kernels/Pointwise.h"
#include "Lower/LowerToPtx/Arithmetic.h"
#include "Lower/LowerToPtx/Layers.h"
#include "Lower/LowerToPtx/MmaCode.h"
#include "Lower/LowerToPtx/Sizes.h"

using namespace mlir;

namespace wino::ptx {

namespace {

constexpr int64_t kFusedTiles = FusedTaps::blockTiles, kFusedDepth = FusedTaps::stepBytes;

LaunchShape fusedLaunch(const WinogradSizes &sizes) {
  return {{roundUp(sizes.tiles, kFusedTiles) / kFusedTiles, sizes.outputs / kFusedTiles, 1}, {128, 1, 1}};
}

/// Channels of a thread: as many as fit registers with all values of a tile.
int64_t channelsOfThread(const TileSpec &spec) { return spec.taps() <= 16 ? 4 : spec.taps() <= 36 ? 2 : 1; }

struct Emitter {
  Kernel &k;
  const WinogradConvolution &conv;
  const WinogradSizes &sizes;
  const TileSpec &spec = conv.transform.spec;
  const TileLine &down = spec.down(), &across = spec.across();
  int64_t lanes = channelsOfThread(spec);

  TilePosition locate(Value tile) {
    return locateTile(k, tile, down.tilesOver(conv.output.height()), across.tilesOver(conv.output.width()));
  }

  Kernel::Values dagOf(const TransformDag &dag, const Kernel::Values &inputs) {
    return emitDag(
        k, dag, inputs, [&](Value a, Value b) { return mulhi16(k, a, b); },
        [&](Value a, Value b) { return mulhi32(k, a, b); });
  }

  /// Both passes over a tile in registers, columns first: `in(i, j)` gives values, `out(i, j, v)` takes them.
  void transform(const TransformDag &first, const TransformDag &second, llvm::function_ref<Value(int64_t, int64_t)> in,
                 llvm::function_ref<void(int64_t, int64_t, Value)> out) {
    std::vector<Kernel::Values> middle(first.outputs.size(), Kernel::Values(second.inputs));
    for (int64_t j = 0; j < second.inputs; ++j) {
      Kernel::Values column;
      for (int64_t i = 0; i < first.inputs; ++i)
        column.push_back(in(i, j));
      for (auto [i, value] : llvm::enumerate(dagOf(first, column)))
        middle[i][j] = value;
    }
    for (auto [i, row] : llvm::enumerate(middle))
      for (auto [j, value] : llvm::enumerate(dagOf(second, row)))
        out(int64_t(i), int64_t(j), value);
  }

  Value inside(Value at, int64_t extent) {
    return k.b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, at, k.index(extent));
  }

  void input(Value map, Value u) {
    k.loop(0, sizes.tiles, 1,
           [&](Value tile) { k.loop(0, sizes.depth, lanes, [&](Value c) { inputTile(map, u, tile, c); }); });
  }

  void inputTile(Value map, Value u, Value tile, Value c) {
    Value to = k.at(u, k.mul(k.add(k.mul(tile, sizes.depth), c), sizes.unit));
    transformInput(map, tile, c, lanes,
                   [&](int64_t tap, Value t) { k.store(t, k.at(to, tap * sizes.uTap), unsigned(lanes * sizes.unit)); });
  }

  /// U of `lanes` channels of a tile from channel `c` on.
  void transformInput(Value map, Value tile, Value c, int64_t lanes,
                      llvm::function_ref<void(int64_t tap, Value t)> store) {
    TilePosition at = locate(tile);
    Value top = k.add(k.mul(at.row, down.step()), -conv.padTop),
          left = k.add(k.mul(at.column, across.step()), -conv.padLeft);
    Value image = k.at(map, k.add(k.mul(at.image, conv.input.imageStride()), c));
    Type bytes = lanesOf(k, lanes, k.i8()), type = lanesOf(k, lanes, k.i16());
    auto in = [&](int64_t i, int64_t j) {
      Value y = k.add(top, i), x = k.add(left, j);
      Value valid = k.both(inside(y, conv.input.height()), inside(x, conv.input.width()));
      Value offset = k.add(k.mul(y, conv.input.rowStride()), k.mul(x, conv.input.channelStride));
      Value pixel = k.load(bytes, k.at(image, k.select(valid, offset, k.index(0))), unsigned(lanes));
      return k.shl(k.select(valid, k.extend(pixel, type, conv.inputUnsigned), k.constant(type, 0)),
                   conv.transform.prescale);
    };
    auto out = [&](int64_t i, int64_t j, Value t) {
      int64_t tap = i * across.K + j;
      if (spec.hasByteTaps()) {
        int64_t hi = tapLimit(spec.inputTap);
        t = mulhi16(k, t, k.constant(type, conv.tapMultipliers[tap]));
        t = narrow(k, t, conv.tapShifts[tap], -hi - 1, hi, 8);
      }
      store(tap, t);
    };
    transform(conv.transform.down.input, conv.transform.across.input, in, out);
  }

  /// Sums of byte taps on tensor cores.
  void mmaProducts(const MmaGemm &gemm, Value u, Value v, Value multipliers, Value o) {
    auto wide = [&](Value x) { return k.zext(x, k.i64()); };
    auto row = [&](Value tap, Value tile) {
      Value offset = k.add(k.mul(wide(tap), sizes.uTap), k.mul(wide(tile), sizes.depth));
      return Kernel::Values{k.at(u, offset)};
    };
    auto chunk = [&](ArrayRef<Value> row, Value number) {
      return std::pair(k.at(row[0], k.mul(wide(number), 16)), k.constant(k.b.getI1Type(), 1));
    };
    auto sums = [&](const MmaOperands::Place &place, Value left, Value right) {
      VectorType pair = k.vec(2, k.i32());
      Value total = k.b.create<vector::FromElementsOp>(pair, ValueRange{left, right});
      Value tap = wide(place.batch), column = wide(place.column);
      auto store = [&] {
        Value to = place.range ? k.at(o, k.mul(wide(place.range), sizes.oRange)) : o;
        storeSums(total, tap, wide(place.row), column, /*isPart=*/bool(place.range), multipliers, to);
      };
      if (gemm.paddedColumns() == sizes.outputs)
        return store();
      Value exists = k.b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, column, k.index(sizes.outputs));
      k.ifThen(exists, store);
    };
    emitMmaGemm(k, gemm, {u, v, row, chunk, sums});
  }

  /// Two sums of a tap and a tile, from channel `column` on. Those of one range are stored as they are.
  void storeSums(Value sums, Value tap, Value tile, Value column, bool isPart, Value multipliers, Value o) {
    Value channel = k.add(k.mul(tap, sizes.outputs), column);
    Value stored = isPart ? sums : product(sums, k.load(sums.getType(), k.at(multipliers, k.mul(channel, 4)), 8));
    Value element = k.add(k.mul(tile, sizes.outputs), column);
    Value offset = k.add(k.mul(tap, sizes.oTap), k.mul(element, sizes.elementBytes));
    k.store(stored, k.at(o, offset), unsigned(2 * sizes.elementBytes));
  }

  /// A block makes the sums of all taps for 16 tiles and 16 channels, 32 input channels at a time: its threads
  /// transform the tiles into shared memory, U [tap][tile][32], beside V [tap][channel][32]. A row's two chunks are
  /// exchanged by bit 2 of its number, so that eight rows lie in different banks. Warp w multiplies taps w, w + 4, ...
  void fusedProducts(const Chip &chip, Value map, Value v, Value multipliers, Value o) {
    MmaCode m{k, chip, /*isUnsigned=*/false};
    int64_t taps = spec.taps(), rounds = roundUp(taps, 4) / 4, tapBytes = kFusedTiles * kFusedDepth;
    int64_t vAt = taps * tapBytes, depth = roundUp(sizes.depth, kFusedDepth);
    m.allocateShared(2 * vAt);
    auto wide = [&](Value x) { return k.zext(x, k.i64()); };
    Value thread = threadIndex(k, 0), lane = m.lowBits(thread, 5), warp = m.bitsFrom(thread, 5, 2);
    Value firstTile = k.mul(blockIndex(k, 0), kFusedTiles), firstColumn = k.mul(blockIndex(k, 1), kFusedTiles);
    auto place = [&](Value row, Value chunk, Value exchange) {
      return k.add(k.mul(row, kFusedDepth), k.mul(m.exclusive(chunk, exchange), 16));
    };
    auto tapOf = [&](int64_t round) { return k.add(warp, 4 * round); };
    auto isTap = [&](int64_t round, llvm::function_ref<void()> body) {
      return 4 * round + 4 <= taps ? body() : k.ifThen(m.below(tapOf(round), taps), body);
    };
    // Each lane loads a chunk of V of one of its warp's taps at a time.
    Value column = m.bitsFrom(thread, 1, 4), chunk = m.lowBits(thread, 1);
    Value vTo = k.add(place(column, chunk, m.bitsFrom(thread, 3, 1)), vAt);
    auto loadV = [&](Value step) {
      for (int64_t round = 0; round < rounds; ++round)
        isTap(round, [&] {
          Value row = k.add(k.mul(wide(tapOf(round)), sizes.outputs), wide(k.add(firstColumn, column)));
          Value from = k.add(k.mul(row, depth), k.add(k.mul(step, kFusedDepth), k.mul(wide(chunk), 16)));
          m.copy(k.add(vTo, k.mul(tapOf(round), tapBytes)), k.at(v, from), Value());
        });
    };
    // Two channels of two tiles per thread. Tiles and channels that are none are others: their rows of O are not
    // stored, and V is zero there.
    Value two = m.lowBits(thread, 4);
    auto transformTiles = [&](Value step) {
      k.loop(0, 2, 1, [&](Value half) {
        Value row = k.add(m.bitsFrom(thread, 4, 3), k.mul(k.trunc(half, k.i32()), 8)), tile = k.add(firstTile, row);
        tile = k.select(m.below(tile, sizes.tiles), tile, m.i32(0));
        Value c = k.add(k.mul(k.trunc(step, k.i32()), kFusedDepth), k.mul(two, 2));
        if (depth != sizes.depth)
          c = k.select(m.below(c, sizes.depth), c, m.i32(0));
        Value to = k.add(place(row, m.bitsFrom(two, 3, 1), m.bitsFrom(row, 2, 1)), k.mul(m.lowBits(two, 3), 2));
        transformInput(map, wide(tile), wide(c), 2,
                       [&](int64_t tap, Value t) { k.store(t, m.sharedAt(k.add(to, tap * tapBytes)), 2); });
      });
    };
    // Fragments as in MmaGemm.
    Value row = m.lowBits(lane, 3), odd = m.bitsFrom(lane, 3, 1), high = m.bitsFrom(lane, 4, 1);
    Value exchange = m.bitsFrom(lane, 2, 1);
    Value aAt = place(k.add(row, k.mul(odd, 8)), high, exchange);
    Value bAt = k.add(place(k.add(row, k.mul(high, 8)), odd, exchange), vAt);
    Kernel::Values sums(rounds * 8, m.i32(0));
    sums = k.loop(0, depth / kFusedDepth, 1, sums, [&](Value step, Kernel::Values now) {
      m.barrier(); // everyone is done with the step before
      loadV(step);
      if (chip.hasAsyncCopy)
        k.b.create<NVVM::CpAsyncCommitGroupOp>();
      transformTiles(step);
      if (chip.hasAsyncCopy)
        k.b.create<NVVM::CpAsyncWaitGroupOp>(k.b.getI32IntegerAttr(0));
      m.barrier();
      for (int64_t round = 0; round < rounds; ++round) {
        Value tap = tapOf(round);
        if (4 * round + 4 > taps) // some tap again, whose sums are dropped
          tap = k.select(m.below(tap, taps), tap, m.i32(taps - 1));
        Value at = k.mul(tap, tapBytes);
        Kernel::Values a = m.loadMatrices(k.add(aAt, at)), b = m.loadMatrices(k.add(bAt, at));
        for (size_t j = 0; j < 2; ++j)
          m.multiply(MutableArrayRef<Value>(now).slice(size_t(round) * 8 + j * 4, 4), a, ValueRange(b).slice(2 * j, 2));
      }
      return now;
    });
    for (int64_t round = 0; round < rounds; ++round)
      isTap(round, [&] {
        for (int64_t below8 = 0; below8 < 2; ++below8) {
          Value tile = k.add(firstTile, k.add(m.bitsFrom(lane, 2, 3), below8 * 8));
          k.ifThen(m.below(tile, sizes.tiles), [&] {
            for (int64_t j = 0; j < 2; ++j) {
              Value *pair = &sums[round * 8 + j * 4 + below8 * 2];
              Value total = k.b.create<vector::FromElementsOp>(k.vec(2, k.i32()), ValueRange{pair[0], pair[1]});
              Value column = k.add(k.add(firstColumn, k.mul(m.lowBits(lane, 2), 2)), j * 8);
              storeSums(total, wide(tapOf(round)), wide(tile), wide(column), /*isPart=*/false, multipliers, o);
            }
          });
        }
      });
  }

  /// Sums of 16-bit taps, one thread per element of O.
  void products(Value u, Value v, Value multipliers, Value o) {
    loopNest(k, {spec.taps(), sizes.tiles, sizes.outputs}, [&](ArrayRef<Value> at) {
      Value channel = k.add(k.mul(at[0], sizes.outputs), at[2]);
      Value a = k.at(u, k.add(k.mul(at[0], sizes.uTap), k.mul(at[1], sizes.depth * sizes.unit)));
      Value b = k.at(v, k.mul(channel, sizes.depth * sizes.unit));
      Value total = k.loop(0, sizes.depth, 1, {k.constant(k.i32(), 0)}, [&](Value c, Kernel::Values acc) {
        auto at = [&](Value from) { return k.sext(k.load(k.i16(), k.at(from, k.mul(c, 2)), 2), k.i32()); };
        return Kernel::Values{k.add(acc[0], k.mul(at(a), at(b)))};
      })[0];
      Value multiplier = k.load(k.i32(), k.at(multipliers, k.mul(channel, 4)), 4);
      Value to = k.at(
          o, k.add(k.mul(at[0], sizes.oTap), k.mul(k.add(k.mul(at[1], sizes.outputs), at[2]), sizes.productBytes)));
      k.store(product(total, multiplier), to, unsigned(sizes.productBytes));
    });
  }

  /// A sum of products as it is stored in O.
  Value product(Value sum, Value multiplier) {
    Value scaled = mulhi32(k, k.shl(sum, conv.pre), multiplier);
    if (sizes.productBytes == 4)
      return scaled;
    int64_t bits = 8 * sizes.productBytes, largest = (int64_t(1) << (bits - 1)) - 1;
    return narrow(k, scaled, conv.productShift, -largest - 1, largest, bits);
  }

  struct OutputConstants {
    Value multipliers, bias, channelMultipliers;
    ArrayRef<int32_t> perTap;
  };
  void output(Value o, Value map, const OutputConstants &constants) {
    k.loop(0, sizes.tiles, 1, [&](Value tile) {
      k.loop(0, sizes.outputs, lanes, [&](Value f) { outputTile(o, map, constants, tile, f); });
    });
  }

  /// Ranges in order; in 32 bits any order gives the same sum.
  Value addRanges(Value from, Type type) {
    Value total;
    for (int64_t range = 0; range < sizes.ranges; ++range) {
      Value part = k.load(type, k.at(from, range * sizes.oRange), unsigned(4 * lanes));
      total = total ? k.add(total, part) : part;
    }
    return total;
  }

  void outputTile(Value o, Value map, const OutputConstants &constants, Value tile, Value f) {
    TilePosition at = locate(tile);
    Value top = k.mul(at.row, down.m), left = k.mul(at.column, across.m);
    Type type = lanesOf(k, lanes, k.i32()), stored = lanesOf(k, lanes, k.b.getIntegerType(8 * sizes.productBytes));
    auto channels = [&](Value from) { return k.load(type, k.at(from, k.mul(f, 4)), unsigned(4 * lanes)); };
    Value b = channels(constants.bias);
    Value from = k.at(o, k.mul(k.add(k.mul(tile, sizes.outputs), f), sizes.elementBytes));
    auto in = [&](int64_t i, int64_t j) {
      int64_t tap = i * across.K + j;
      Value at = k.at(from, tap * sizes.oTap);
      Value p = sizes.ranges > 1
                    ? product(addRanges(at, type), channels(k.at(constants.multipliers, tap * sizes.outputs * 4)))
                    : k.load(stored, at, unsigned(lanes * sizes.productBytes));
      if (sizes.productBytes == 4)
        return p;
      Value full = k.shl(k.sext(p, type), 32 - 8 * sizes.productBytes);
      return mulhi32(k, full, k.constant(type, constants.perTap[tap]));
    };
    const Narrowing &n = conv.narrowing;
    auto out = [&](int64_t i, int64_t j, Value t) {
      t = k.add(t, b);
      if (sizes.productBytes != 4)
        t = mulhi32(k, t, channels(constants.channelMultipliers));
      Value y = k.add(top, i), x = k.add(left, j), bytes = narrow(k, t, n.shift, n.lo, n.hi, 8);
      k.ifThen(k.both(inside(y, conv.output.height()), inside(x, conv.output.width())), [&] {
        Value pixel = k.add(k.mul(at.image, conv.output.imageStride()),
                            k.add(k.mul(y, conv.output.rowStride()), k.mul(x, conv.output.channelStride)));
        k.store(bytes, k.at(map, k.add(pixel, f)), unsigned(lanes));
      });
    };
    transform(conv.transform.down.output, conv.transform.across.output, in, out);
  }
};

} // namespace

OwnLayer winogradLayer(const WinogradConvolution &conv, const Chip &chip, const WinogradTaps &taps) {
  WinogradSizes sizes = winogradSizes(conv.transform.spec, conv.input, conv.output, conv.blocking.productBytes,
                                      conv.ranges, conv.isFused);
  int64_t count = conv.transform.spec.taps();
  // V [tap][output][depth], multipliers [tap][output]; absent channels are zero.
  auto pack = [&](auto v, int64_t depth) {
    v.resize(count * sizes.outputs * depth, 0);
    for (int64_t t = 0; t < count; ++t)
      for (int64_t f = 0; f < taps.outputs; ++f)
        for (int64_t c = 0; c < taps.inputs; ++c)
          v[(t * sizes.outputs + f) * depth + c] = taps.filters[(t * taps.outputs + f) * taps.inputs + c];
    return v;
  };
  auto padded = [&](ArrayRef<int32_t> values, int64_t rows) {
    std::vector<int32_t> result(rows * sizes.outputs, 0);
    for (int64_t i = 0; i < int64_t(values.size()); ++i)
      result[i / taps.outputs * sizes.outputs + i % taps.outputs] = values[i];
    return result;
  };
  OwnLayer layer;
  bool onTensorCores = sizes.unit == 1;
  MmaGemm gemm{tapGemm(conv.transform.spec, sizes), chip, /*isUnsigned=*/false, conv.ranges};
  if (sizes.isFused)
    layer.addConstant(pack(std::vector<int8_t>(), roundUp(sizes.depth, kFusedDepth)));
  else if (onTensorCores)
    layer.addConstant(packColumns(gemm, [&](int64_t t, int64_t f, int64_t c) {
      bool exists = f < taps.outputs && c < taps.inputs;
      return int8_t(exists ? taps.filters[(t * taps.outputs + f) * taps.inputs + c] : 0);
    }));
  else
    layer.addConstant(pack(std::vector<int16_t>(), sizes.depth));
  layer.addConstant(padded(taps.multipliers, count));
  layer.addConstant(padded(taps.bias, 1));
  layer.addConstant(padded(taps.perChannel, 1));
  std::vector<int32_t> perTap = taps.perTap.vec();
  auto launch = [&](const char *name, std::optional<LaunchShape> shape, auto body) {
    layer.launches.push_back({name, shape, [=](Kernel &k, ValueRange a, const Part &) {
                                Emitter emitter{k, conv, sizes};
                                body(emitter, a, a[6], k.at(a[6], sizes.oOffset));
                              }});
  };
  if (!sizes.isFused)
    launch("winograd_input", std::nullopt, [](Emitter &e, ValueRange a, Value u, Value) { e.input(a[0], u); });
  if (sizes.isFused)
    launch("winograd_fused", fusedLaunch(sizes),
           [chip](Emitter &e, ValueRange a, Value, Value o) { e.fusedProducts(chip, a[0], a[2], a[3], o); });
  else if (onTensorCores)
    launch("winograd_products", gemm.launch(),
           [gemm](Emitter &e, ValueRange a, Value u, Value o) { e.mmaProducts(gemm, u, a[2], a[3], o); });
  else
    launch("winograd_products", std::nullopt,
           [](Emitter &e, ValueRange a, Value u, Value o) { e.products(u, a[2], a[3], o); });
  launch("winograd_output", std::nullopt,
         [perTap](Emitter &e, ValueRange a, Value, Value o) { e.output(o, a[1], {a[3], a[4], a[5], perTap}); });
  return layer;
}

} // namespace wino::ptx
