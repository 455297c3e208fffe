// Direct convolution of one group on AVX2, without patches: the input that some rows of pixels see is widened to i16 in
// a band, padding included, and the register block reads every pixel's window there, a kernel row (or a kernel pixel,
// where channels are padded) at a time. Pixels are numbered through the band, so that rows need not divide by the
// block.
#include "Lower/LowerToX86/Avx2.h"
#include "Lower/LowerToX86/Blocking.h"
#include "Lower/LowerToX86/Layers.h"

using namespace mlir;

namespace wino::avx2 {

namespace {

/// How the window of a pixel is read: whole kernel rows at once if their pixels lie next to each other and that is no
/// longer.
struct Window {
  bool wholeRows;
  Depth depth;
};

Window windowOf(const DirectConvolution &conv, int64_t bandRowBytes) {
  int64_t pixel = conv.input.channelStride, kw = conv.kernelWidth, kh = conv.kernelHeight;
  int64_t perRow = (kw * pixel + 1) / 2, perPixel = (conv.input.channels() + 1) / 2;
  bool wholeRows = conv.dilations[1] == 1 && perRow <= kw * perPixel;
  Depth depth{wholeRows ? perRow : perPixel, wholeRows ? 1 : kw, 2 * pixel * conv.dilations[1], kh,
              bandRowBytes * conv.dilations[0]};
  return {wholeRows, depth};
}

struct Emitter {
  Kernel &k;
  const DirectConvolution &conv;
  const DirectBlocks &block;
  bool byteFilters;
  Value input, output, filters, bias, multipliers, offsets, residual, band; // residual: null for none
  int64_t pixel = conv.input.channelStride, outPixel = conv.output.channelStride;
  Window window = windowOf(conv, block.bandRowBytes);

  /// Zeros from byte `lo` to `hi` of a row of the band, and up to 31 beyond.
  void zero(Value row, Value lo, Value hi) {
    k.loop(lo, hi, k.index(32), [&](Value i) { k.store(k.constant(k.vec(16, k.i16()), 0), k.at(row, i)); });
  }

  /// `count` bytes to i16. Reads no byte beyond them, but may write 30 beyond where pixels are whole vectors.
  void widen(Value to, Value from, Value count) {
    auto part = [&](Value lo, Value hi, int64_t lanes) {
      k.loop(lo, hi, k.index(lanes), [&](Value i) {
        Type narrow = lanes == 1 ? k.i8() : Type(k.vec(lanes, k.i8())),
             wide = lanes == 1 ? k.i16() : Type(k.vec(lanes, k.i16()));
        k.store(k.extend(k.load(narrow, k.at(from, i)), wide, conv.inputUnsigned), k.at(to, k.mul(i, 2)));
      });
    };
    Value whole = k.mul(k.b.create<arith::DivUIOp>(count, k.index(16)), 16);
    part(k.index(0), whole, 16);
    if (pixel % 16 != 0)
      part(whole, count, 1);
  }

  /// The input of the output pixels from (y, x) on.
  void fillBand(Value image, Value y, Value x) {
    Value y0 = k.add(k.mul(y, conv.strides[0]), -conv.pads[0]), x0 = k.add(k.mul(x, conv.strides[1]), -conv.pads[1]);
    Value none = k.index(0), all = k.index(block.bandWidth);
    // Pixels of the band that lie in the map.
    Value lo = k.smin(k.smax(k.sub(none, x0), none), all);
    Value hi = k.smax(k.smin(k.sub(k.index(block.inWidth), x0), all), lo);
    k.loop(0, block.bandRows, 1, [&](Value i) {
      Value from = k.add(y0, i), row = k.at(band, k.mul(i, block.bandRowBytes));
      Value valid = k.b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, from, k.index(block.inHeight));
      Value first = k.select(valid, lo, all), end = k.select(valid, hi, all);
      Value source = k.at(image, k.mul(k.add(k.mul(from, block.inWidth), k.add(x0, first)), pixel));
      zero(row, none, k.mul(first, 2 * pixel));
      widen(k.at(row, k.mul(first, 2 * pixel)), source, k.mul(k.sub(end, first), pixel));
      zero(row, k.mul(end, 2 * pixel), k.index(block.bandWidth * 2 * pixel));
    });
  }

  /// Sixteen output channels of the band's first `count` pixels; `added`: their residual, or null.
  void channels(Value target, Value added, Value count, Value f, int64_t valid) {
    VectorType sums = k.vec(8, k.i32());
    Value v = k.at(filters, k.mul(f, window.depth.steps() * 2 * (byteFilters ? 1 : 2))), first = k.mul(f, 4);
    auto loadPair = [&](Value from) {
      return Kernel::Values{k.load(sums, from, 32), k.load(sums, k.at(from, 32), 32)};
    };
    Kernel::Values b = loadPair(k.at(bias, first)), scales = loadPair(k.at(multipliers, first));
    k.loop(k.index(0), count, k.index(block.registerRows), [&](Value p) {
      Kernel::Values rows, numbers, acc;
      for (int64_t r = 0; r < block.registerRows; ++r) {
        // Pixels past the end repeat the last one: its result is then stored again.
        numbers.push_back(r == 0 ? p : k.smin(k.add(p, r), k.add(count, -1)));
        rows.push_back(k.at(band, k.zext(k.load(k.i32(), k.at(offsets, k.mul(numbers[r], 4)), 4), k.i64())));
        acc.append(b);
      }
      acc = products(k, rows, v, byteFilters, window.depth, acc);
      for (auto [i, a] : llvm::enumerate(acc))
        a = mulhi32(k, k.shl(a, conv.pre), scales[i % 2]);
      for (int64_t r = 0; added && r < block.registerRows; ++r) {
        Value from = k.at(k.at(added, f), k.mul(numbers[r], outPixel));
        addResidual(k, *conv.residual, from, acc[2 * r], acc[2 * r + 1]);
      }
      for (auto [r, bytes] : llvm::enumerate(narrow(k, acc, conv.narrowing))) {
        Value to = k.at(k.at(target, f), k.mul(numbers[r], outPixel));
        if (valid == columns) {
          k.store(bytes, to);
          continue;
        }
        for (int64_t c = 0; c < valid; ++c)
          k.store(k.b.create<vector::ExtractOp>(bytes, c), k.at(to, c));
      }
    });
  }

  /// Sixteen channels at a time, all or a part of them, of the band from (y, x) on.
  void bandAt(Value image, Value out, Value added, Value y, Value x, const Part &part) {
    fillBand(image, y, x);
    // Either whole rows or a part of one.
    Value rows = k.smin(k.index(block.rows), k.sub(k.index(block.outHeight), y));
    Value width = k.smin(k.index(block.width), k.sub(k.index(block.outWidth), x));
    Value start = k.mul(k.add(k.mul(y, block.outWidth), x), outPixel);
    Value target = k.at(out, start), addedHere = added ? k.at(added, start) : Value();
    // Inside the network a pixel has room for whole vectors.
    int64_t whole = conv.exactStores ? conv.outputChannels / columns * columns : roundUp(conv.outputChannels, columns);
    auto sixteen = [&](Value f) { channels(target, addedHere, k.mul(rows, width), f, columns); };
    if (part) // the last piece may be no whole vector
      k.loop(k.mul(part.first, columns), k.smin(k.mul(part.end, columns), k.index(whole)), k.index(columns), sixteen);
    else
      k.loop(0, whole, columns, sixteen);
    if (whole < conv.outputChannels)
      k.ifLast(part, block.split.pieces,
               [&] { channels(target, addedHere, k.mul(rows, width), k.index(whole), conv.outputChannels - whole); });
  }

  void run(const Part &part) {
    k.loop(0, conv.output.batch(), 1, [&](Value number) {
      Value image = k.at(input, k.mul(number, conv.input.imageStride()));
      Value start = k.mul(number, conv.output.imageStride());
      Value out = k.at(output, start), added = residual ? k.at(residual, start) : Value();
      if (part && !block.split.byChannels) {
        int64_t perRow = (block.outWidth + block.width - 1) / block.width;
        k.loop(part.first, part.end, k.index(1), [&](Value band) {
          Value row = k.b.create<arith::DivUIOp>(band, k.index(perRow));
          Value column = k.sub(band, k.mul(row, perRow));
          bandAt(image, out, added, k.mul(row, block.rows), k.mul(column, block.width), {});
        });
        return;
      }
      k.loop(0, block.outHeight, block.rows, [&](Value y) {
        k.loop(0, block.outWidth, block.width, [&](Value x) { bandAt(image, out, added, y, x, part); });
      });
    });
  }
};

/// Filters above this size are kept in bytes and widened when loaded: memory is then slower than that.
constexpr int64_t maxWideFilterBytes = 256 << 10;

} // namespace

DirectShape shapeOf(const DirectConvolution &conv) {
  return {conv.input, conv.output, conv.kernelHeight, conv.kernelWidth, conv.strides, conv.pads, conv.dilations};
}

OwnLayer directLayer(const DirectConvolution &conv, ArrayRef<int8_t> filter, ArrayRef<int32_t> bias,
                     ArrayRef<int32_t> multipliers) {
  DirectBlocks block = directBlocks(shapeOf(conv), conv.workers);
  Window window = windowOf(conv, block.bandRowBytes);
  int64_t kh = conv.kernelHeight, kw = conv.kernelWidth, inputs = conv.input.channels(),
          pixel = conv.input.channelStride;
  auto at = [&](int64_t f, int64_t step, int64_t half) -> int8_t {
    int64_t element = 2 * (step % window.depth.pairs) + half, run = step / window.depth.pairs;
    int64_t ky = run / window.depth.inner, kx = run % window.depth.inner, c = element;
    if (window.wholeRows) {
      kx = element / pixel;
      c = element % pixel;
    }
    return kx < kw && c < inputs ? filter[((f * inputs + c) * kh + ky) * kw + kx] : 0;
  };
  int64_t steps = window.depth.steps();
  bool byteFilters = steps * 4 * roundUp(conv.outputChannels, columns) > maxWideFilterBytes;
  OwnLayer layer;
  if (byteFilters)
    layer.addConstant(packFilters<int8_t>(conv.outputChannels, steps, at));
  else
    layer.addConstant(packFilters<int16_t>(conv.outputChannels, steps, [&](auto... i) { return int16_t(at(i...)); }));
  layer.addConstant(inBlocks(bias));
  layer.addConstant(inBlocks(multipliers));
  std::vector<int32_t> offsets; // of the band's pixels
  for (int64_t y = 0; y < block.rows; ++y)
    for (int64_t x = 0; x < block.width; ++x)
      offsets.push_back(y * conv.strides[0] * block.bandRowBytes + x * conv.strides[1] * pixel * 2);
  layer.addConstant(offsets);
  layer.split = block.split;
  layer.emit = [conv, block, byteFilters](Kernel &k, ValueRange a, const Part &part) {
    alignSpills(k);
    Emitter{k, conv, block, byteFilters, a[0], a[1], a[2], a[3], a[4], a[5], conv.residual ? a[6] : Value(), a.back()}
        .run(part);
  };
  return layer;
}

} // namespace wino::avx2
