// Winograd convolution by blocks of tiles, so that U and O of a block stay near: transform the block's tiles, multiply
// tap by tap, transform back. Tiles that leave the map go through a small patch buffer; all others read and write the
// map directly.
#include "Lower/Kernels/Convolution.h"
#include "Lower/Kernels/EdgeTiles.h"
#include "Lower/Kernels/Gemm.h"

using namespace mlir;

namespace wino {

namespace {

struct Emitter {
  Kernel &k;
  const Isa &isa;
  const WinogradConvolution &conv;
  const WinogradConstants &constants;
  const WinogradBlocking &block = conv.blocking;
  const TileLine &down = conv.transform.spec.down(), &across = conv.transform.spec.across();
  int64_t high = down.n(), wide = across.n(), mHigh = down.m, mWide = across.m, kRows = down.K, kColumns = across.K;
  int64_t taps = kRows * kColumns;
  int64_t rows = down.tilesOver(conv.output.height()), columns = across.tilesOver(conv.output.width());
  bool narrowTaps = conv.transform.spec.hasByteTaps();
  int64_t unit = narrowTaps ? 1 : 2;
  Value inputPatch, outputPatch, residualPatch, columnBuffer, u, o;

  /// With `sharedU`, U lies there and not between the rest.
  void bindScratch(Value scratch, Value sharedU = {}) {
    inputPatch = scratch;
    outputPatch = k.at(inputPatch, block.inputPatchBytes);
    residualPatch = k.at(outputPatch, block.outputPatchBytes);
    columnBuffer = k.at(residualPatch, block.residualPatchBytes);
    u = k.at(columnBuffer, block.columnBytes);
    o = sharedU ? u : k.at(u, block.uBytes);
    if (sharedU)
      u = sharedU;
  }

  int64_t tileCount() const { return conv.output.batch() * rows * columns; }
  /// How many tiles there are from `first` on, in its block.
  Value tilesFrom(Value first) { return k.smin(k.index(block.tiles), k.sub(k.index(tileCount()), first)); }

  struct Tile {
    Value image, y, x; // image number; top row and left column of its outputs, or of what the first of them reads
  };
  Tile locate(Value tile, int64_t stepDown, int64_t stepAcross) {
    TilePosition at = locateTile(k, tile, rows, columns);
    return {at.image, k.mul(at.row, stepDown), k.mul(at.column, stepAcross)};
  }

  Kernel::Values dagOf(const TransformDag &dag, const Kernel::Values &inputs) {
    return emitDag(
        k, dag, inputs, [&](Value a, Value b) { return isa.mulhi16(k, a, b); },
        [&](Value a, Value b) { return isa.mulhi32(k, a, b); });
  }

  /// A 2-D transform: `in(i, j)` gives the vectors, `out(i, j, v)` takes them; pass 1 down the columns, pass 2 along
  /// the rows. Small tiles stay in registers, large ones go through the column buffer so that the code of pass 1 exists
  /// once.
  void transform(const TransformDag &first, const TransformDag &second, VectorType type,
                 llvm::function_ref<Value(int64_t, Value)> in, llvm::function_ref<void(int64_t, int64_t, Value)> out) {
    int64_t from = second.inputs, to = int64_t(first.outputs.size());
    auto column = [&](Value j) {
      Kernel::Values inputs;
      for (int64_t i = 0; i < first.inputs; ++i)
        inputs.push_back(in(i, j));
      return dagOf(first, inputs);
    };
    std::vector<Kernel::Values> middle(to, Kernel::Values(from));
    bool inRegisters = taps <= 49;
    if (inRegisters) {
      for (int64_t j = 0; j < from; ++j) {
        Kernel::Values outputs = column(k.index(j));
        for (int64_t i = 0; i < to; ++i)
          middle[i][j] = outputs[i];
      }
    } else {
      k.loop(0, from, 1, [&](Value j) {
        Kernel::Values outputs = column(j);
        for (int64_t i = 0; i < to; ++i)
          k.store(outputs[i], k.at(columnBuffer, k.add(k.mul(j, 16), i * from * 16)), 16);
      });
    }
    for (int64_t i = 0; i < to; ++i) {
      for (int64_t j = 0; j < from && !inRegisters; ++j)
        middle[i][j] = k.load(type, k.at(columnBuffer, (i * from + j) * 16), 16);
      Kernel::Values outputs = dagOf(second, middle[i]);
      for (int64_t j = 0; j < int64_t(outputs.size()); ++j)
        out(i, j, outputs[j]);
    }
  }

  /// U of one tile, all channels, to position `slot` of the block.
  void inputTile(Value input, Value tile, Value slot) {
    Tile at = locate(tile, down.step(), across.step());
    Value y = k.add(at.y, -conv.padTop), x = k.add(at.x, -conv.padLeft), zero = k.index(0);
    int64_t height = conv.input.height(), width = conv.input.width(), pixel = conv.input.channelStride;
    Value image = k.at(input, k.mul(at.image, conv.input.imageStride()));
    auto notLess = [&](Value a, Value b) {
      return k.b.create<arith::CmpIOp>(arith::CmpIPredicate::sge, a, b).getResult();
    };
    Value inside = k.both(k.both(notLess(y, zero), notLess(k.index(height - high), y)),
                          k.both(notLess(x, zero), notLess(k.index(width - wide), x)));
    auto pixelAt = [&](Value py, Value px) {
      return k.at(image, k.add(k.mul(py, conv.input.rowStride()), k.mul(px, pixel)));
    };
    Value outside = k.b.create<arith::XOrIOp>(inside, k.b.create<arith::ConstantOp>(k.b.getBoolAttr(true)));
    k.ifThen(outside, [&] {
      EdgeWindow window{high, wide, safePixels(high, down.step(), conv.padTop, height, rows),
                        safePixels(wide, across.step(), conv.padLeft, width, columns)};
      emitEdgeWindow(k, conv.input, window, image, y, x, inputPatch);
    });
    Value source = k.b.create<arith::SelectOp>(inside, pixelAt(y, x), inputPatch);
    Value rowStride = k.select(inside, k.index(conv.input.rowStride()), k.index(wide * pixel));
    if (conv.inputTile) {
      Value to = k.at(u, k.mul(slot, block.inputDepth * unit));
      k.assembly(*conv.inputTile, {constants.inputTable, columnBuffer, rowStride, source, to});
      return;
    }
    k.loop(0, block.inputDepth, 8, [&](Value c) {
      VectorType type = k.vec(8, k.i16());
      Value from = k.at(source, c);
      auto in = [&](int64_t i, Value j) {
        Value address = k.at(from, k.add(k.mul(rowStride, k.index(i)), k.mul(j, pixel)));
        Value x8 = k.load(k.vec(8, k.i8()), address); // may be the caller's buffer: any alignment
        return k.shl(k.extend(x8, type, conv.inputUnsigned), conv.transform.prescale);
      };
      Value to = k.at(u, k.add(k.mul(slot, block.inputDepth * unit), k.mul(c, unit)));
      auto out = [&](int64_t i, int64_t j, Value t) {
        int64_t tap = i * kColumns + j;
        if (narrowTaps) {
          Value scaled = isa.mulhi16(k, t, k.constant(type, conv.tapMultipliers[tap]));
          t = isa.narrowTap(k, scaled, conv.tapShifts[tap]);
          if (int64_t hi = tapLimit(conv.transform.spec.inputTap); hi < 127)
            t = k.smax(k.smin(t, k.constant(t.getType(), hi)), k.constant(t.getType(), -hi - 1));
        }
        k.store(t, k.at(to, tap * block.inputTap), 8 * unit);
      };
      transform(conv.transform.down.input, conv.transform.across.input, type, in, out);
    });
  }

  /// Where the constants of a block of channels start.
  struct ChannelBlock {
    Value first, filters, multipliers;
  };
  ChannelBlock channelBlock(Value number) {
    return {k.mul(number, block.channels),
            k.at(constants.filters, k.mul(number, taps * block.channels * block.inputDepth * unit)),
            k.at(constants.multipliers, k.mul(number, taps * block.channels * 4))};
  }

  /// O = U * V for every tap of the block, `tiles` of them (a multiple of the register block's rows).
  void products(Value tiles, const ChannelBlock &of) {
    if (conv.products) {
      Value blocks = k.b.create<arith::DivUIOp>(tiles, k.index(block.rows));
      k.assembly(*conv.products, {u, of.filters, of.multipliers, o, blocks});
      return;
    }
    int64_t oUnit = block.productBytes, oRow = block.channels * oUnit;
    int64_t vTap = block.channels * block.inputDepth * unit, quads = block.columns / 4;
    k.loop(0, taps, 1, [&](Value tap) {
      Value uT = k.at(u, k.mul(tap, block.inputTap)), oT = k.at(o, k.mul(tap, block.outputTap));
      Value vT = k.at(of.filters, k.mul(tap, vTap));
      Value mT = k.at(of.multipliers, k.mul(tap, block.channels * 4));
      k.loop(0, block.channels, block.columns, [&](Value f) {
        Value v = k.at(vT, k.mul(f, block.inputDepth * unit));
        k.loop(k.index(0), tiles, k.index(block.rows), [&](Value t) {
          GemmRows left{k.at(uT, k.mul(t, block.inputDepth * unit)), block.inputDepth * unit};
          Kernel::Values acc = narrowTaps ? gemm8(k, isa, left, v, block.inputDepth)
                                          : gemm16(k, left, block.rows, block.columns, v, block.inputDepth);
          Value to = k.at(oT, k.add(k.mul(t, oRow), k.mul(f, oUnit)));
          Kernel::Values scales;
          for (int64_t q = 0; q < quads; ++q)
            scales.push_back(k.load(k.vec(4, k.i32()), k.at(mT, k.add(k.mul(f, 4), q * 16)), 16));
          for (int64_t r = 0; r < block.rows; ++r)
            for (int64_t q = 0; q < quads; ++q)
              acc[r * quads + q] = isa.mulhi32(k, k.shl(acc[r * quads + q], conv.pre), scales[q]);
          storeProducts(acc, quads, to, oRow);
        });
      });
    });
  }

  /// A register block of O, row by row; pairs of vectors where they are narrowed: neighbours of a row, or of two rows
  /// where a row has only one.
  void storeProducts(llvm::ArrayRef<Value> o, int64_t quads, Value to, int64_t rowBytes) {
    auto place = [&](int64_t i) { return k.at(to, i / quads * rowBytes + i % quads * 4 * block.productBytes); };
    for (int64_t i = 0; i < int64_t(o.size()); i += block.productBytes == 4 ? 1 : 2) {
      if (block.productBytes == 4) {
        k.store(o[i], place(i), 16);
        continue;
      }
      Value pair = block.productBytes == 2
                       ? isa.narrow16(k, o[i], o[i + 1], conv.productShift)
                       : isa.narrow8(k, o[i], o[i + 1], conv.productShift, -128, 127, /*isUnsigned=*/false);
      if (quads > 1) {
        k.store(pair, place(i), 8 * block.productBytes);
        continue;
      }
      Type half = block.productBytes == 2 ? k.i64() : k.i32();
      Value halves = k.b.create<vector::BitCastOp>(k.vec(2, half), pair);
      for (int64_t h = 0; h < 2; ++h)
        k.store(k.b.create<vector::ExtractOp>(halves, h), place(i + h), 4 * block.productBytes);
    }
  }

  /// O of tap (i, j) at `from` in the common 32-bit unit; `scales` hold N of the taps (0, j), (1, j), ...
  Value loadProduct(Value from, int64_t i, const Kernel::Values &scales) {
    VectorType type = k.vec(4, k.i32());
    if (block.productBytes == 4)
      return k.load(type, from, 16);
    int64_t bits = 8 * block.productBytes;
    Value narrow = k.load(k.vec(4, k.b.getIntegerType(bits)), from, 4 * block.productBytes);
    Value full = k.shl(k.sext(narrow, type), 32 - bits);
    return isa.mulhi32(k, full, k.broadcastLane(scales[i / 4], i % 4, 4));
  }

  /// Products and output of `count` tiles from `first` on, one block of channels.
  void outputs(Value output, Value first, Value count, Value number) {
    // Rows of the last register block beyond `count` hold stale bytes; their products are never read.
    Value blocks = k.b.create<arith::DivUIOp>(k.add(count, block.rows - 1), k.index(block.rows));
    Value padded = k.mul(blocks, block.rows);
    ChannelBlock of = channelBlock(number);
    products(padded, of);
    k.loop(k.index(0), count, k.index(1), [&](Value t) { outputTile(output, k.add(first, t), t, of); });
  }

  /// Y of one tile, a block of channels.
  void outputTile(Value output, Value tile, Value slot, const ChannelBlock &of) {
    Tile at = locate(tile, mHigh, mWide);
    int64_t height = conv.output.height(), width = conv.output.width(), pixel = conv.output.channelStride;
    Value start = k.add(k.add(k.mul(at.image, conv.output.imageStride()),
                              k.add(k.mul(at.y, conv.output.rowStride()), k.mul(at.x, pixel))),
                        of.first);
    Value target = k.at(output, start), rowStride = k.index(conv.output.rowStride()), cut;
    Value place = target, residual = constants.residual ? k.at(constants.residual, start) : Value();
    bool ragged = height % mHigh != 0 || width % mWide != 0;
    // Every pixel of a tile that leaves the map: where it is there, and in a patch.
    auto eachPixel = [&](llvm::function_ref<void(Value, Value)> body) {
      Value lastRow = k.smin(k.index(mHigh), k.sub(k.index(height), at.y));
      Value lastColumn = k.smin(k.index(mWide), k.sub(k.index(width), at.x));
      k.loop(k.index(0), lastRow, k.index(1), [&](Value i) {
        k.loop(k.index(0), lastColumn, k.index(1), [&](Value j) {
          body(k.add(k.mul(i, conv.output.rowStride()), k.mul(j, pixel)), k.mul(k.add(k.mul(i, mWide), j), pixel));
        });
      });
    };
    if (ragged) {
      cut = k.b.create<arith::OrIOp>(k.less(k.index(height - mHigh), at.y), k.less(k.index(width - mWide), at.x));
      place = k.b.create<arith::SelectOp>(cut, outputPatch, target);
      rowStride = k.select(cut, k.index(mWide * pixel), rowStride);
      if (residual) {
        k.ifThen(cut, [&] {
          eachPixel([&](Value inMap, Value inPatch) {
            emitCopyPixel(k, k.at(residualPatch, inPatch), k.at(residual, inMap), block.channels);
          });
        });
        residual = k.b.create<arith::SelectOp>(cut, residualPatch, residual);
      }
    }
    if (conv.outputTile) {
      Value from = k.at(o, k.mul(slot, block.channels * block.productBytes));
      Value bias = k.at(constants.bias, k.mul(of.first, 4));
      Kernel::Values operands = {constants.outputTable, columnBuffer, rowStride, from, place, bias};
      if (residual)
        operands.push_back(k.distance(place, residual));
      k.assembly(*conv.outputTile, operands);
    } else {
      outputChannels(slot, place, residual, rowStride, of.first);
    }
    if (ragged)
      k.ifThen(cut, [&] {
        eachPixel([&](Value inMap, Value inPatch) {
          emitCopyPixel(k, k.at(target, inMap), k.at(outputPatch, inPatch), block.channels);
        });
      });
  }

  /// Y of one tile at `place`, its rows `rowStride` apart, those of `residual`, or null, too, by groups of four
  /// channels.
  void outputChannels(Value slot, Value place, Value residual, Value rowStride, Value firstChannel) {
    int64_t pixel = conv.output.channelStride;
    const Narrowing &narrow = conv.narrowing;
    k.loop(0, block.channels, 4, [&](Value f) {
      VectorType type = k.vec(4, k.i32());
      Value from = k.at(o, k.mul(k.add(k.mul(slot, block.channels), f), block.productBytes));
      Value channel = k.mul(k.add(firstChannel, f), 4);
      Value b = k.load(type, k.at(constants.bias, channel), 16), perChannel;
      if (constants.channelMultipliers)
        perChannel = k.load(type, k.at(constants.channelMultipliers, channel), 16);
      int64_t tapBytes = block.outputTap;
      Kernel::Values scales;
      auto in = [&](int64_t i, Value j) {
        if (i == 0 && constants.tapMultipliers) {
          scales.clear();
          for (int64_t first = 0; first < kRows; first += 4)
            scales.push_back(
                k.load(type, k.at(constants.tapMultipliers, k.add(k.mul(j, roundUp(kRows, 4) * 4), first * 4)), 16));
        }
        return loadProduct(k.at(from, k.add(k.mul(j, tapBytes), i * kColumns * tapBytes)), i, scales);
      };
      Value to = k.at(place, f), previous;
      auto out = [&](int64_t i, int64_t j, Value t) {
        t = k.add(t, b);
        if (perChannel)
          t = isa.mulhi32(k, t, perChannel);
        if (residual) {
          Value from = k.at(k.at(residual, f), k.add(k.mul(rowStride, k.index(i)), j * pixel));
          t = addResidual(k, *conv.residual, t, k.load(k.vec(4, k.i8()), from, 4));
        }
        if (j % 2 == 0 && j + 1 < mWide) {
          previous = t;
          return;
        }
        Value first = j % 2 == 1 ? previous : t;
        Value bytes = isa.narrow8(k, first, t, narrow.shift, narrow.lo, narrow.hi, narrow.isUnsigned);
        Value words = k.b.create<vector::BitCastOp>(k.vec(2, k.i32()), bytes);
        Value row = k.at(to, k.mul(rowStride, k.index(i)));
        if (j % 2 == 1)
          k.store(k.b.create<vector::ExtractOp>(words, int64_t(0)), k.at(row, (j - 1) * pixel), 4);
        k.store(k.b.create<vector::ExtractOp>(words, int64_t(j % 2)), k.at(row, j * pixel), 4);
      };
      transform(conv.transform.down.output, conv.transform.across.output, type, in, out);
    });
  }
};

} // namespace

void selectAssembly(WinogradConvolution &conv, const Isa &isa) {
  const WinogradBlocking &block = conv.blocking;
  const TileSpec &spec = conv.transform.spec;
  bool bytes = spec.hasByteTaps();
  int64_t oRow = block.channels * block.productBytes;
  int64_t limit = bytes ? tapLimit(spec.inputTap) : 0;
  conv.inputTile = isa.inputTile({conv.transform.down.input, conv.transform.across.input, conv.inputUnsigned,
                                  conv.transform.prescale, conv.input.channelStride, block.inputDepth / 8,
                                  block.inputTap, conv.tapMultipliers, conv.tapShifts, limit});
  if (block.productBytes != 4) // narrowed products: the operations of Isa
    return;
  int64_t inLane = bytes && 4 * 128 * tapLimit(spec.filterTap) <= 32767 ? 4 : 2; // certainly fit 16 bits
  FilterForm form = bytes ? isa.filterForm() : FilterForm();
  conv.products = isa.tapProducts({bytes, spec.taps(), block.channels, block.rows, bytes ? form.columns : block.columns,
                                   block.inputDepth, inLane, conv.pre, oRow, block.inputTap, block.outputTap});
  if (conv.products)
    conv.form = form;
  conv.outputTile = isa.outputTile({conv.transform.down.output, conv.transform.across.output, conv.output.channelStride,
                                    block.channels / 4, block.outputTap, conv.narrowing, conv.residual});
}

void emitWinogradConvolution(Kernel &k, const Isa &isa, const WinogradConvolution &conv, Value input, Value output,
                             const WinogradConstants &constants, Value scratch, const Part &part) {
  Emitter emitter{k, isa, conv, constants};
  emitter.bindScratch(scratch);
  k.loop(part, emitter.tileCount(), conv.blocking.tiles, [&](Value first) {
    Value count = emitter.tilesFrom(first);
    k.loop(k.index(0), count, k.index(1), [&](Value t) { emitter.inputTile(input, k.add(first, t), t); });
    k.loop(0, conv.blocking.outputChannels / conv.blocking.channels, 1,
           [&](Value number) { emitter.outputs(output, first, count, number); });
  });
}

void emitWinogradInput(Kernel &k, const Isa &isa, const WinogradConvolution &conv, Value input, Value inputTable,
                       Value u, Value first, Value own, const Part &part) {
  WinogradConstants constants;
  constants.inputTable = inputTable;
  Emitter emitter{k, isa, conv, constants};
  emitter.bindScratch(own, u);
  k.loop(part.first, part.end, k.index(1), [&](Value t) { emitter.inputTile(input, k.add(first, t), t); });
}

void emitWinogradOutput(Kernel &k, const Isa &isa, const WinogradConvolution &conv, Value output,
                        const WinogradConstants &constants, Value u, Value first, Value own, const Part &part) {
  Emitter emitter{k, isa, conv, constants};
  emitter.bindScratch(own, u);
  const WinogradBlocking &block = conv.blocking;
  Value count = emitter.tilesFrom(first);
  int64_t parts = (block.tiles + block.pieceTiles - 1) / block.pieceTiles;
  k.loop(part.first, part.end, k.index(1), [&](Value piece) {
    Value number = k.b.create<arith::DivUIOp>(piece, k.index(parts));
    Value lo = k.mul(k.sub(piece, k.mul(number, parts)), block.pieceTiles);
    Value tiles = k.smin(k.index(block.pieceTiles), k.sub(count, lo));
    emitter.u = k.at(u, k.mul(lo, block.inputDepth * emitter.unit));
    // The last block may have fewer tiles than parts would need.
    k.ifThen(k.less(lo, count), [&] { emitter.outputs(output, k.add(first, lo), tiles, number); });
  });
}

} // namespace wino
