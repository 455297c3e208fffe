// Winograd layers on AVX2, sixteen channels at a time in every stage: input transform in 16 x i16 lanes, products of
// 4 tiles x 16 channels, output transform in 2 x 8 x i32 lanes, whose packs put the channels back in order. Byte taps
// are kept in 16 bits between transform and products, which saves widening them.
#include "Lower/LowerToX86/Avx2.h"
#include "Lower/LowerToX86/Blocking.h"
#include "Lower/LowerToX86/Layers.h"

using namespace mlir;

namespace wino::avx2 {

namespace {

struct Emitter {
  Kernel &k;
  const WinogradConvolution &conv;
  const WinogradBlocks &block;
  Value input, output, filters, bias, multipliers; // bias and multipliers in block order
  Value residual;                                  // null for none
  Value band, patch, residualPatch, columnBuffer, u, o;
  const TileLine &down = conv.transform.spec.down(), &across = conv.transform.spec.across();
  int64_t high = down.n(), mHigh = down.m, mWide = across.m, kColumns = across.K, taps = conv.transform.spec.taps();
  int64_t pixel = conv.input.channelStride, outPixel = conv.output.channelStride;
  bool narrowTaps = conv.transform.spec.hasByteTaps();

  /// With `sharedU`, U lies there and not between the rest.
  void bindScratch(Value scratch, Value sharedU = {}) {
    band = scratch;
    patch = k.at(band, block.bandBytes);
    residualPatch = k.at(patch, block.patchBytes);
    columnBuffer = k.at(residualPatch, block.residualPatchBytes);
    u = k.at(columnBuffer, block.columnBytes);
    o = sharedU ? u : k.at(u, block.uBytes);
    if (sharedU)
      u = sharedU;
  }

  TilePosition locate(Value tile) { return locateTile(k, tile, block.tileRows, block.tileColumns); }

  /// The n rows of the padded map that a row of tiles sees.
  void fillBand(const TilePosition &at) {
    int64_t columns = block.tileColumns * across.step() + across.n() - across.step(), left = conv.padLeft;
    int64_t width = std::min(conv.input.width(), columns - left); // stride 2 may leave the last column out
    Value image = k.at(input, k.mul(at.image, conv.input.imageStride()));
    Value top = k.add(k.mul(at.row, down.step()), -conv.padTop);
    k.loop(0, high, 1, [&](Value i) {
      Value y = k.add(top, i), to = k.at(band, k.mul(i, block.bandRowBytes));
      Value valid = k.b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, y, k.index(conv.input.height()));
      auto branch = k.b.create<scf::IfOp>(valid, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(k.b);
      k.b.setInsertionPoint(branch.thenBlock()->getTerminator());
      k.fill(to, left * pixel, 0);
      k.copy(k.at(to, left * pixel), k.at(image, k.mul(y, conv.input.rowStride())), width * pixel);
      k.fill(k.at(to, (left + width) * pixel), (columns - left - width) * pixel, 0);
      k.b.setInsertionPoint(branch.elseBlock()->getTerminator());
      k.fill(to, columns * pixel, 0);
    });
  }

  /// Pass 1 of a 2-D transform, down the columns: `middle[i][j]`, in registers (or where LLVM spills them) for small
  /// tiles; else through `buffer`, so that the code exists once.
  std::vector<Kernel::Values> columnsOf(const TransformDag &dag, int64_t from, VectorType type, Value buffer,
                                        llvm::function_ref<Value(int64_t, Value)> in) {
    int64_t to = int64_t(dag.outputs.size());
    auto column = [&](Value j) {
      Kernel::Values inputs;
      for (int64_t i = 0; i < dag.inputs; ++i)
        inputs.push_back(in(i, j));
      return emitDag(k, dag, inputs);
    };
    std::vector<Kernel::Values> middle(to, Kernel::Values(from));
    if (taps <= 49) {
      for (int64_t j = 0; j < from; ++j)
        for (auto [i, value] : llvm::enumerate(column(k.index(j))))
          middle[i][j] = value;
      return middle;
    }
    k.loop(0, from, 1, [&](Value j) {
      for (auto [i, value] : llvm::enumerate(column(j)))
        k.store(value, k.at(buffer, k.add(k.mul(j, 32), int64_t(i) * from * 32)), 32);
    });
    for (int64_t i = 0; i < to; ++i)
      for (int64_t j = 0; j < from; ++j)
        middle[i][j] = k.load(type, k.at(buffer, (i * from + j) * 32), 32);
    return middle;
  }

  Value toTap(Value t, int64_t tap) {
    if (!narrowTaps)
      return t;
    Type type = t.getType();
    t = mulhi16(k, t, k.constant(type, conv.tapMultipliers[tap]));
    if (int64_t shift = conv.tapShifts[tap]) // rshr(t, shift) = mulhi16(t, 2^(15 - shift))
      t = mulhi16(k, t, k.constant(type, 1 << (15 - shift)));
    int64_t limit = tapLimit(conv.transform.spec.inputTap);
    return k.smax(k.smin(t, k.constant(type, limit)), k.constant(type, -limit - 1));
  }

  void inputTile(Value column, Value slot) {
    Value source = k.at(band, k.mul(column, across.step() * pixel)), target = k.at(u, k.mul(slot, block.depth * 2));
    VectorType type = k.vec(16, k.i16());
    k.loop(0, block.depth, 16, [&](Value c) {
      Value from = k.at(source, c), to = k.at(target, k.mul(c, 2));
      auto in = [&](int64_t i, Value j) {
        Value x = k.load(k.vec(16, k.i8()), k.at(k.at(from, k.mul(j, pixel)), i * block.bandRowBytes), 16);
        return k.shl(k.extend(x, type, conv.inputUnsigned), conv.transform.prescale);
      };
      auto middle = columnsOf(conv.transform.down.input, across.n(), type, columnBuffer, in);
      for (int64_t i = 0; i < down.K; ++i)
        for (auto [j, t] : llvm::enumerate(emitDag(k, conv.transform.across.input, middle[i]))) {
          int64_t tap = i * kColumns + int64_t(j);
          k.store(toTap(t, tap), k.at(to, tap * block.tapBytes), 32);
        }
    });
  }

  /// O of sixteen channels for `tiles` tiles, a multiple of the register block's rows.
  void productsOf(Value tiles, Value v, Value scale) {
    int64_t rows = block.registerRows;
    VectorType sums = k.vec(8, k.i32());
    int64_t vTap = block.depth * columns * (block.byteFilters ? 1 : 2);
    k.loop(0, taps, 1, [&](Value tap) {
      Value uT = k.at(u, k.mul(tap, block.tapBytes)), vT = k.at(v, k.mul(tap, vTap)), oT = k.at(o, k.mul(tap, 64));
      Value mT = k.at(scale, k.mul(tap, columns * 4));
      Value scales[] = {k.load(sums, mT, 32), k.load(sums, k.at(mT, 32), 32)};
      k.loop(k.index(0), tiles, k.index(rows), [&](Value t) {
        Kernel::Values left;
        for (int64_t r = 0; r < rows; ++r)
          left.push_back(k.at(uT, k.mul(k.add(t, r), block.depth * 2)));
        Kernel::Values zero(2 * rows, k.constant(sums, 0));
        Kernel::Values acc = products(k, left, vT, block.byteFilters, {block.depth / 2}, zero);
        for (int64_t r = 0; r < rows; ++r)
          for (int64_t h = 0; h < 2; ++h)
            k.store(mulhi32(k, k.shl(acc[2 * r + h], conv.pre), scales[h]),
                    k.at(k.at(oT, k.mul(k.add(t, r), taps * 64)), h * 32), 32);
      });
    });
  }

  /// Y of one tile, sixteen channels from `first`.
  void outputTile(const TilePosition &at, Value slot, Value first) {
    int64_t height = conv.output.height(), width = conv.output.width();
    Value y = k.mul(at.row, mHigh), x = k.mul(at.column, mWide);
    Value start = k.add(k.mul(at.image, conv.output.imageStride()),
                        k.add(k.add(k.mul(y, conv.output.rowStride()), k.mul(x, outPixel)), first));
    Value target = k.at(output, start), added = residual ? k.at(residual, start) : Value();
    bool ragged = height % mHigh != 0 || width % mWide != 0;
    Value place = target, rowStride = k.index(conv.output.rowStride()), step = k.index(outPixel), cut;
    // Every pixel of a tile that leaves the map: from where to where its bytes go, in the map and in a patch.
    auto copyPixels = [&](llvm::function_ref<std::pair<Value, Value>(Value, Value)> places) {
      Value lastRow = k.smin(k.index(mHigh), k.sub(k.index(height), y));
      Value lastColumn = k.smin(k.index(mWide), k.sub(k.index(width), x));
      k.loop(k.index(0), lastRow, k.index(1), [&](Value i) {
        k.loop(k.index(0), lastColumn, k.index(1), [&](Value j) {
          auto [from, to] = places(k.add(k.mul(i, conv.output.rowStride()), k.mul(j, outPixel)),
                                   k.mul(k.add(k.mul(i, mWide), j), 16));
          k.store(k.load(k.vec(16, k.i8()), from, 16), to, 16);
        });
      });
    };
    if (ragged) {
      cut = k.b.create<arith::OrIOp>(k.less(k.index(height - mHigh), y), k.less(k.index(width - mWide), x));
      place = k.b.create<arith::SelectOp>(cut, patch, target);
      rowStride = k.select(cut, k.index(mWide * 16), rowStride);
      step = k.select(cut, k.index(16), step);
      if (added) {
        k.ifThen(cut, [&] {
          copyPixels(
              [&](Value inMap, Value inPatch) { return std::pair(k.at(added, inMap), k.at(residualPatch, inPatch)); });
        });
        added = k.b.create<arith::SelectOp>(cut, residualPatch, added);
      }
    }
    VectorType type = k.vec(8, k.i32());
    Value from = k.at(o, k.mul(slot, taps * 64));
    std::vector<Kernel::Values> middle[2];
    Value b[2];
    for (int64_t half = 0; half < 2; ++half) {
      auto in = [&](int64_t i, Value j) {
        return k.load(type, k.at(k.at(from, k.mul(j, 64)), i * kColumns * 64 + half * 32), 32);
      };
      middle[half] = columnsOf(conv.transform.down.output, kColumns, type, k.at(columnBuffer, half * taps * 32), in);
      b[half] = k.load(type, k.at(bias, k.add(k.mul(first, 4), half * 32)), 32);
    }
    for (int64_t i = 0; i < mHigh; ++i) {
      Kernel::Values row(2 * mWide);
      for (int64_t half = 0; half < 2; ++half)
        for (auto [j, t] : llvm::enumerate(emitDag(k, conv.transform.across.output, middle[half][i])))
          row[2 * j + half] = k.add(t, b[half]);
      Value rowAt = k.mul(rowStride, i), to = k.at(place, rowAt);
      for (int64_t j = 0; added && j < mWide; ++j)
        addResidual(k, *conv.residual, k.at(k.at(added, rowAt), k.mul(step, j)), row[2 * j], row[2 * j + 1]);
      for (auto [j, bytes] : llvm::enumerate(narrow(k, row, conv.narrowing)))
        k.store(bytes, k.at(to, k.mul(step, int64_t(j))), 16);
    }
    if (ragged)
      k.ifThen(cut, [&] {
        copyPixels([&](Value inMap, Value inPatch) { return std::pair(k.at(patch, inPatch), k.at(target, inMap)); });
      });
  }

  int64_t tileCount() const { return conv.output.batch() * block.tileRows * block.tileColumns; }
  /// How many tiles there are from `first` on, in its block.
  Value tilesFrom(Value first) { return k.smin(k.index(block.tiles), k.sub(k.index(tileCount()), first)); }

  /// U of tiles [lo, hi) of the block that starts at tile `first`.
  void inputs(Value first, Value lo, Value hi) {
    k.loop(lo, hi, k.index(1), [&](Value t) {
      TilePosition at = locate(k.add(first, t));
      auto equal = [&](Value v, Value w) {
        return k.b.create<arith::CmpIOp>(arith::CmpIPredicate::eq, v, w).getResult();
      };
      Value startsRow = equal(at.column, k.index(0)), isFirst = equal(t, lo);
      k.ifThen(k.b.create<arith::OrIOp>(startsRow, isFirst), [&] { fillBand(at); });
      inputTile(at.column, t);
    });
  }

  /// Products and output of `count` tiles from `first` on, all blocks of sixteen channels or a part of them.
  void outputs(Value first, Value count, const Part &part) {
    int64_t vBlock = taps * block.depth * columns * (block.byteFilters ? 1 : 2);
    // Rows of the last register block beyond `count` hold stale bytes; their products are never read.
    int64_t rows = block.registerRows;
    Value padded = k.mul(k.b.create<arith::DivUIOp>(k.add(count, rows - 1), k.index(rows)), rows);
    k.loop(part, block.outputChannels / columns, 1, [&](Value number) {
      productsOf(padded, k.at(filters, k.mul(number, vBlock)), k.at(multipliers, k.mul(number, taps * columns * 4)));
      k.loop(k.index(0), count, k.index(1),
             [&](Value t) { outputTile(locate(k.add(first, t)), t, k.mul(number, columns)); });
    });
  }

  void run(const Part &part) {
    k.loop(part, tileCount(), block.tiles, [&](Value first) {
      Value count = tilesFrom(first);
      inputs(first, k.index(0), count);
      outputs(first, count, {});
    });
  }
};

} // namespace

OwnLayer winogradLayer(const WinogradConvolution &conv, const WinogradTaps &taps) {
  WinogradBlocks block = winogradBlocks(conv.transform.spec, conv.input, conv.output, conv.blocking.split.workers,
                                        conv.residual.has_value());
  int64_t count = conv.transform.spec.taps();
  std::vector<char> filters;
  std::vector<int32_t> scales;
  auto append = [&](const auto &values) {
    auto bytes = reinterpret_cast<const char *>(values.data());
    filters.insert(filters.end(), bytes, bytes + values.size() * sizeof(values[0]));
  };
  for (int64_t first = 0; first < block.outputChannels; first += columns)
    for (int64_t tap = 0; tap < count; ++tap) {
      auto at = [&](int64_t f, int64_t step, int64_t half) -> int16_t {
        int64_t c = 2 * step + half;
        return c < taps.inputs ? taps.filters[(tap * taps.outputs + first + f) * taps.inputs + c] : 0;
      };
      int64_t valid = std::min(columns, taps.outputs - first);
      if (block.byteFilters)
        append(packFilters<int8_t>(valid, block.depth / 2, [&](auto... i) { return int8_t(at(i...)); }));
      else
        append(packFilters<int16_t>(valid, block.depth / 2, at));
      llvm::append_range(scales, inBlocks(taps.multipliers.slice(tap * taps.outputs + first, valid)));
    }
  OwnLayer layer;
  layer.addConstant(filters);
  layer.addConstant(inBlocks(taps.bias));
  layer.addConstant(scales);
  layer.split = block.split;
  // `scratch`: which operand; U and the first tile of a block lie before it where the two stages are apart.
  auto emitter = [conv, block](Kernel &k, ValueRange a) {
    alignSpills(k);
    Value residual = conv.residual ? a[5] : Value();
    return Emitter{k, conv, block, a[0], a[1], a[2], a[3], a[4], residual, {}, {}, {}, {}, {}, {}};
  };
  size_t behind = conv.residual ? 6 : 5; // the constants and the residual
  layer.emit = [emitter, behind](Kernel &k, ValueRange a, const Part &part) {
    Emitter e = emitter(k, a);
    e.bindScratch(a[behind]);
    e.run(part);
  };
  if (!block.split.byChannels)
    return layer;
  layer.tileCount = conv.output.batch() * block.tileRows * block.tileColumns;
  layer.blockTiles = block.tiles;
  layer.emitInput = [emitter, behind](Kernel &k, ValueRange a, const Part &part) {
    Emitter e = emitter(k, a);
    e.bindScratch(a[behind + 2], a[behind]);
    e.inputs(a[behind + 1], part.first, part.end);
  };
  layer.emitOutput = [emitter, behind](Kernel &k, ValueRange a, const Part &part) {
    Emitter e = emitter(k, a);
    e.bindScratch(a[behind + 2], a[behind]);
    e.outputs(a[behind + 1], e.tilesFrom(a[behind + 1]), part);
  };
  return layer;
}

} // namespace wino::avx2
