// Direct convolution: patches are gathered into rows of K order (kernel row, column, channel), then multiplied by
// assembly of the target, or by gemm8.
#include "Lower/Kernels/Convolution.h"
#include "Lower/Kernels/Gemm.h"

using namespace mlir;

namespace wino {

/// Blocks of pixels. In assembly, pixels at the end that fill no block of four are done with the block before them.
static int64_t regularBlocks(const DirectConvolution &conv, const DirectBlocking &blocking) {
  int64_t total = conv.outputPixels(), whole = conv.isAssembly() && total >= 4 ? total / 4 * 4 : total;
  return (whole + blocking.pixels - 1) / blocking.pixels;
}

namespace {

struct Emitter {
  Kernel &k;
  const Isa &isa;
  const DirectConvolution &conv;
  DirectBlocking blocking;
  int64_t perPixel; // bytes gathered per input pixel
  Part part = {};   // blocks of pixels, or of channels

  /// Flips the top bit where the input is unsigned: x - 128 in two's complement.
  Value signedBytes(Value x) {
    return conv.shiftsInput() ? k.b.create<arith::XOrIOp>(x, k.constant(x.getType(), -128)).getResult() : x;
  }

  /// Copies `bytes` bytes (a compile-time count) through vectors of 16, 8 and single bytes, never reading past the end;
  /// long runs in a loop.
  void copySigned(Value to, Value from, int64_t bytes) {
    constexpr int64_t unrolled = 512, step = 64;
    auto move = [&](Type type, Value target, Value source) { k.store(signedBytes(k.load(type, source)), target); };
    int64_t done = bytes > unrolled ? bytes / step * step : 0;
    k.loop(0, done, step, [&](Value i) {
      for (int64_t j = 0; j < step; j += 16)
        move(k.vec(16, k.i8()), k.at(to, k.add(i, j)), k.at(from, k.add(i, j)));
    });
    for (int64_t size : {16, 8, 1})
      for (; done + size <= bytes; done += size)
        move(size == 1 ? k.i8() : Type(k.vec(size, k.i8())), k.at(to, done), k.at(from, done));
  }

  /// One patch row: the pixel's window, with the padding value (zero, shifted like the input) outside the map.
  void gather(Value image, Value patch, Value y, Value x) {
    int64_t kh = conv.kernelHeight, kw = conv.kernelWidth;
    Value y0 = k.add(k.mul(y, conv.strides[0]), -conv.pads[0]), x0 = k.add(k.mul(x, conv.strides[1]), -conv.pads[1]);
    Value zero = k.index(0);
    auto inside = [&](Value v, int64_t extent) {
      return k.b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, v, k.index(extent)).getResult();
    };
    auto pixel = [&](Value py, Value px) {
      return k.at(image, k.add(k.mul(py, conv.input.rowStride()), k.mul(px, conv.input.channelStride)));
    };
    bool run = conv.dilations[1] == 1 && perPixel == conv.input.channelStride;
    auto slow = [&] {
      for (int64_t u = 0; u < kh; ++u)
        for (int64_t v = 0; v < kw; ++v) {
          Value py = k.add(y0, u * conv.dilations[0]), px = k.add(x0, v * conv.dilations[1]);
          Value to = k.at(patch, (u * kw + v) * perPixel);
          Value valid = k.both(inside(py, conv.input.height()), inside(px, conv.input.width()));
          auto branch = k.b.create<scf::IfOp>(valid, /*withElseRegion=*/true);
          OpBuilder::InsertionGuard guard(k.b);
          k.b.setInsertionPoint(branch.thenBlock()->getTerminator());
          copySigned(to, pixel(py, px), perPixel);
          k.b.setInsertionPoint(branch.elseBlock()->getTerminator());
          k.fill(to, perPixel, conv.shiftsInput() ? 0x80 : 0);
        }
    };
    if (!run) {
      slow();
      return;
    }
    Value last = k.index(conv.input.height() - (kh - 1) * conv.dilations[0]);
    Value lastX = k.index(conv.input.width() - (kw - 1));
    Value interior = k.both(k.both(k.b.create<arith::CmpIOp>(arith::CmpIPredicate::sge, y0, zero), k.less(y0, last)),
                            k.both(k.b.create<arith::CmpIOp>(arith::CmpIPredicate::sge, x0, zero), k.less(x0, lastX)));
    auto branch = k.b.create<scf::IfOp>(interior, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(k.b);
    k.b.setInsertionPoint(branch.thenBlock()->getTerminator());
    for (int64_t u = 0; u < kh; ++u)
      copySigned(k.at(patch, u * kw * perPixel), pixel(k.add(y0, u * conv.dilations[0]), x0), kw * perPixel);
    k.b.setInsertionPoint(branch.elseBlock()->getTerminator());
    slow();
  }

  /// Four pixels x four output channels: products, bias, requantization, stores of `valid` channels each. `residuals`:
  /// those of the outputs, none where the layer has none.
  void block(Value patches, Value filters, Value constants, ArrayRef<Value> outputs, ArrayRef<Value> residuals,
             int64_t valid) {
    Kernel::Values acc = gemm8(k, isa, {patches, blocking.depth}, filters, blocking.depth);
    Type quad = k.vec(4, k.i32());
    Value b = k.load(quad, constants, 16), m = k.load(quad, k.at(constants, 16), 16);
    for (Value &a : acc)
      a = isa.mulhi32(k, k.shl(k.add(a, b), conv.pre), m);
    for (auto [a, from] : llvm::zip(acc, residuals))
      a = addResidual(k, *conv.residual, a, k.load(k.vec(4, k.i8()), from, 4));
    for (int64_t p = 0; p < 4; p += 2) {
      const Narrowing &n = conv.narrowing;
      Value bytes = isa.narrow8(k, acc[p], acc[p + 1], n.shift, n.lo, n.hi, n.isUnsigned);
      for (int64_t half = 0; half < 2; ++half) {
        if (valid == 4) {
          Value words = k.b.create<vector::BitCastOp>(k.vec(2, k.i32()), bytes);
          k.store(k.b.create<vector::ExtractOp>(words, half), outputs[p + half]);
          continue;
        }
        for (int64_t c = 0; c < valid; ++c)
          k.store(k.b.create<vector::ExtractOp>(bytes, half * 4 + c), k.at(outputs[p + half], c));
      }
    }
  }

  /// Where the pixels of a block start, and how many there are: a multiple of four.
  struct Block {
    Value first, count;
  };

  void blocks(llvm::function_ref<void(Block)> body) {
    int64_t total = conv.outputPixels(), whole = total / 4 * 4;
    Part pixels = blocking.pieceChannels > 0 ? Part() : part;
    if (!conv.isAssembly()) { // pixels past the end repeat the last one: its result is then stored again
      k.loop(pixels, total, blocking.pixels, [&](Value first) {
        body({first, k.smin(k.index(blocking.pixels), k.sub(k.index(roundUp(total, 4)), first))});
      });
      return;
    }
    if (total < 4) {
      body({k.index(0), k.index(total)});
      return;
    }
    // The last pixels that fill no block of four are done with some before them, once more.
    int64_t regular = regularBlocks(conv, blocking);
    if (pixels && whole < total) // by the worker that has those
      pixels.end = k.add(pixels.end, k.zext(equal(pixels.end, regular), k.i64()));
    k.loop(pixels, regular + (whole < total), 1, [&](Value number) {
      Value first = k.mul(number, blocking.pixels);
      Value isRegular = k.less(number, k.index(regular));
      body({k.select(isRegular, first, k.index(total - 4)),
            k.select(isRegular, k.smin(k.index(blocking.pixels), k.sub(k.index(whole), first)), k.index(4))});
    });
  }

  Value equal(Value x, int64_t y) {
    return k.b.create<arith::CmpIOp>(arith::CmpIPredicate::eq, x, k.index(y)).getResult();
  }

  /// Whether the input is a left operand as it lies in memory.
  bool readsInPlace() const {
    return conv.isAssembly() && !conv.shiftsInput() && conv.groups == 1 && conv.kernelHeight * conv.kernelWidth == 1 &&
           llvm::all_of(conv.strides, [](int64_t s) { return s == 1; }) &&
           llvm::all_of(conv.pads, [](int64_t p) { return p == 0; }) && perPixel == blocking.depth;
  }

  /// `added`: the residual, or null.
  void group(Value g, Value image, Value out, Value filters, Value constants, Value added, Value scratch) {
    int64_t perGroup = conv.outputChannels / conv.groups, inPerGroup = conv.input.channels() / conv.groups;
    int64_t width = conv.output.width(), total = conv.outputPixels(), padded = roundUp(perGroup, 16);
    int64_t pixelBytes = conv.output.channelStride, whole = conv.wholeChannels();
    filters = k.at(filters, k.mul(g, padded * blocking.depth));
    constants = k.at(constants, k.mul(g, padded * 8));
    Value source = k.at(image, k.mul(g, inPerGroup)), target = k.at(out, k.mul(g, perGroup));
    blocks([&](Block pixels) {
      auto clamped = [&](Value p) {
        Value pixel = k.add(pixels.first, p);
        return conv.isAssembly() ? pixel : k.smin(pixel, k.index(total - 1));
      };
      Value patches = scratch;
      if (readsInPlace())
        patches = k.at(source, k.mul(pixels.first, perPixel));
      else
        k.loop(k.index(0), pixels.count, k.index(1), [&](Value p) {
          Value pixel = clamped(p);
          Value y = k.b.create<arith::DivUIOp>(pixel, k.index(width));
          gather(source, k.at(scratch, k.mul(p, blocking.depth)), y, k.sub(pixel, k.mul(y, width)));
        });
      auto columns = [&](Value f, int64_t valid) {
        Value w = k.at(filters, k.mul(f, blocking.depth)), quad = k.at(constants, k.mul(f, 8));
        k.loop(k.index(0), pixels.count, k.index(4), [&](Value p) {
          Kernel::Values outputs, residuals;
          for (int64_t r = 0; r < 4; ++r) {
            Value place = k.add(k.mul(clamped(k.add(p, r)), pixelBytes), f);
            outputs.push_back(k.at(target, place));
            if (added)
              residuals.push_back(k.at(added, place));
          }
          block(k.at(patches, k.mul(p, blocking.depth)), w, quad, outputs, residuals, valid);
        });
      };
      Part channels = blocking.pieceChannels > 0 ? part : Part();
      int64_t step = blocking.pieceChannels > 0 ? blocking.pieceChannels : whole;
      if (conv.isAssembly()) {
        Value groups = k.b.create<arith::DivUIOp>(pixels.count, k.index(conv.rows()));
        Value to = k.at(target, k.mul(pixels.first, pixelBytes));
        auto call = [&](const Assembly &code, Kernel::Values operands) {
          if (added)
            operands.push_back(k.distance(out, added));
          k.assembly(code, operands);
        };
        auto from = [&](const Assembly &code, Value f) {
          call(code,
               {patches, k.at(filters, k.mul(f, blocking.depth)), k.at(constants, k.mul(f, 8)), k.at(to, f), groups});
        };
        if (channels)
          k.loop(channels, whole, step, [&](Value f) { from(*conv.products, f); });
        else if (conv.products)
          call(*conv.products, {patches, filters, constants, to, groups});
        if (conv.rest)
          k.ifLast(channels, channels ? whole / step : 1, [&] { from(*conv.rest, k.index(whole)); });
      } else if (channels) {
        k.loop(k.mul(channels.first, step), k.mul(channels.end, step), k.index(4), [&](Value f) { columns(f, 4); });
      } else {
        k.loop(0, whole, 4, [&](Value f) { columns(f, 4); });
      }
      if (whole < perGroup && !conv.rest)
        k.ifLast(channels, channels ? whole / step : 1, [&] { columns(k.index(whole), perGroup - whole); });
    });
  }
};

} // namespace

static DirectBlocking blockingOf(const DirectConvolution &conv) {
  return directBlocking(conv.input, conv.kernelHeight, conv.kernelWidth, conv.groups, conv.outputPixels(),
                        conv.outputChannels, wholeChannels(conv.outputChannels, conv.groups, conv.exactStores),
                        conv.workers);
}

Split directSplit(const DirectConvolution &conv) {
  Split split;
  DirectBlocking blocking = blockingOf(conv);
  split.workers = conv.workers;
  split.ownBytes = blocking.scratchBytes;
  split.byChannels = blocking.pieceChannels > 0;
  split.pieces = split.byChannels ? conv.wholeChannels() / blocking.pieceChannels : regularBlocks(conv, blocking);
  return split;
}

void selectAssembly(DirectConvolution &conv, const Isa &isa) {
  DirectBlocking blocking = blockingOf(conv);
  FilterForm form = isa.filterForm();
  int64_t perGroup = conv.outputChannels / conv.groups, columns = form.columns;
  int64_t whole = wholeChannels(conv.outputChannels, conv.groups, conv.exactStores, columns);
  bool isUnsigned = conv.inputUnsigned && isa.multipliesUnsigned();
  auto products = [&](int64_t channels, int64_t stored) {
    return isa.directProducts({channels, stored, conv.rows(), blocking.depth, conv.pre, conv.output.channelStride,
                               conv.narrowing, isUnsigned, conv.residual});
  };
  if (columns > 4) {
    if (blocking.pieceChannels % columns != 0)
      return;
    if (whole > 0)
      conv.products = products(blocking.pieceChannels > 0 ? blocking.pieceChannels : whole, columns);
    if (whole < perGroup)
      conv.rest = products(columns, perGroup - whole);
    if (bool(conv.products) == (whole > 0) && bool(conv.rest) == (whole < perGroup)) {
      conv.form = form;
      conv.keepsInput = isUnsigned;
      return;
    }
    conv.products = conv.rest = std::nullopt;
    return;
  }
  // Channels left over are computed for four pixels.
  if (whole > 0 && (conv.rows() == 4 || whole >= perGroup))
    conv.products = products(blocking.pieceChannels > 0 ? blocking.pieceChannels : whole, columns);
}

Value addResidual(Kernel &k, const Residual &residual, Value x, Value bytes) {
  Value r = k.extend(bytes, x.getType(), residual.isUnsigned);
  return k.add(x, k.mul(r, residual.multiplier));
}

void emitDirectConvolution(Kernel &k, const Isa &isa, const DirectConvolution &conv, Value input, Value output,
                           Value filters, Value constants, Value residual, Value scratch, const Part &part) {
  int64_t perPixel = conv.groups == 1 ? conv.input.channelStride : conv.input.channels() / conv.groups;
  Emitter emitter{k, isa, conv, blockingOf(conv), perPixel, part};
  k.loop(0, conv.output.batch(), 1, [&](Value n) {
    Value image = k.at(input, k.mul(n, conv.input.imageStride())), at = k.mul(n, conv.output.imageStride());
    Value out = k.at(output, at), added = residual ? k.at(residual, at) : Value();
    k.loop(0, conv.groups, 1, [&](Value g) { emitter.group(g, image, out, filters, constants, added, scratch); });
  });
}

} // namespace wino
