// Depthwise convolution: rows of the input are copied once into a ring of padded rows, where no window leaves the map;
// then sixteen channels of one pixel at a time, weights in registers.
#include "Lower/Kernels/DepthwiseConvolution.h"

#include <algorithm>

using namespace mlir;

namespace wino {

DepthwiseBlocking depthwiseBlocking(const Layout &input, const Layout &output, int64_t kernelHeight,
                                    int64_t kernelWidth, ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
                                    int64_t workers) {
  constexpr int64_t ringBytes = 24 << 10; // of a 32 KiB L1
  DepthwiseBlocking blocking;
  blocking.rows = (kernelHeight - 1) * dilations[0] + 1;
  blocking.width = (output.width() - 1) * strides[1] + (kernelWidth - 1) * dilations[1] + 1;
  // As many channels as keep the ring in L1: longer runs of memory for the prefetcher.
  for (blocking.channels = input.channelStride; blocking.channels > 16; blocking.channels -= 16)
    if (input.channelStride % blocking.channels == 0 && blocking.ringBytes() <= ringBytes)
      break;
  if (workers == 1)
    return blocking;
  // A strip of rows begins with all rows of a window: strips of few rows are worse than few channels.
  constexpr int64_t minRows = 4;
  int64_t vectors = input.channelStride / 16;
  Strips strips = stripsOf(output.height(), workers, 1);
  blocking.split.workers = workers;
  blocking.split.byChannels = output.height() < minRows * workers && vectors >= workers;
  if (blocking.split.byChannels) {
    int64_t perPiece = std::max(vectors / (2 * workers), int64_t(1));
    while (vectors % perPiece != 0)
      --perPiece;
    blocking.channels = std::min(blocking.channels, perPiece * 16);
    while (input.channelStride % blocking.channels != 0)
      blocking.channels -= 16;
    strips = {output.height(), input.channelStride / blocking.channels};
  }
  blocking.stripRows = strips.step;
  blocking.split.pieces = strips.pieces;
  blocking.split.ownBytes = roundUp(blocking.ringBytes(), 64);
  return blocking;
}

bool isDepthwise(Conv2DOp op) {
  constexpr int64_t maxRingBytes = 256 << 10;
  int64_t channels = shapeOf(op.getInput())[1];
  ArrayRef<int64_t> filter = shapeOf(op.getFilter()), strides = op.getStrides(), dilations = op.getDilations();
  if (channels <= 1 || int64_t(op.getGroups()) != channels || filter[0] != channels ||
      (isArgument(op.getInput()) && channels % 16 != 0))
    return false;
  // Every tap is written out, and the ring has all rows that a window reaches over, those between dilated ones too.
  // Doubles, since extents of a hostile model overflow integers.
  double rows = double(filter[2] - 1) * double(dilations[0]) + 1;
  double width =
      double(shapeOf(op.getOutput())[3] - 1) * double(strides[1]) + double(filter[3] - 1) * double(dilations[1]) + 1;
  return double(filter[2]) * double(filter[3]) <= maxDepthwiseTaps && rows * width * 16 <= maxRingBytes;
}

namespace {

struct Emitter {
  Kernel &k;
  const Isa &isa;
  const DepthwiseConvolution &conv;
  std::optional<Assembly> wholeRow = isa.depthwiseRow(conv);
  const DepthwiseBlocking &ring = conv.blocking;
  Part part = {};

  Value ringRow(Value scratch, Value row) {
    Value slot = k.b.create<arith::RemUIOp>(row, k.index(ring.rows));
    return k.at(scratch, k.mul(slot, ring.rowBytes()));
  }

  /// Row `row` of the padded map into its place in the ring, whose columns of padding are there already.
  void fetch(Value image, Value scratch, Value row) {
    int64_t left = std::min(conv.pads[1], ring.width);
    int64_t pixels = std::min(conv.input.width(), ring.width - left);
    Value to = k.at(ringRow(scratch, row), left * ring.channels), y = k.add(row, -conv.pads[0]);
    Value inside = k.b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, y, k.index(conv.input.height()));
    auto branch = k.b.create<scf::IfOp>(inside, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(k.b);
    k.b.setInsertionPoint(branch.thenBlock()->getTerminator());
    Value from = k.at(image, k.mul(y, conv.input.rowStride()));
    VectorType type = k.vec(16, k.i8());
    k.loop(0, pixels, 1, [&](Value x) {
      Value source = k.at(from, k.mul(x, conv.input.channelStride)), target = k.at(to, k.mul(x, ring.channels));
      for (int64_t c = 0; c < ring.channels; c += 16) {
        Value v = k.load(type, k.at(source, c));
        if (conv.inputUnsigned)
          v = k.b.create<arith::XOrIOp>(v, k.constant(type, -128));
        k.store(v, k.at(target, c));
      }
    });
    k.b.setInsertionPoint(branch.elseBlock()->getTerminator());
    k.fill(to, pixels * ring.channels, padding());
  }

  uint8_t padding() const { return conv.inputUnsigned ? 0x80 : 0; }

  struct Constants {
    Kernel::Values weights, bias, multipliers; // of 16 channels: per tap; per 4 channels
  };

  Constants constants(Value filters, Value bias, Value multipliers, Value channel) {
    Constants c;
    int64_t taps = conv.kernelHeight * conv.kernelWidth;
    Value first = k.at(filters, k.mul(channel, taps)), words = k.mul(channel, 4);
    for (int64_t t = 0; t < taps; ++t)
      c.weights.push_back(k.load(k.vec(16, k.i8()), k.at(first, t * 16), 16));
    for (int64_t q = 0; q < 64; q += 16) {
      c.bias.push_back(k.load(k.vec(4, k.i32()), k.at(k.at(bias, words), q), 16));
      c.multipliers.push_back(k.load(k.vec(4, k.i32()), k.at(k.at(multipliers, words), q), 16));
    }
    return c;
  }

  /// Sixteen channels of one output pixel; `rows`: where its window starts in each of its rows.
  Value pixel(const Constants &c, ArrayRef<Value> rows) {
    VectorType half = k.vec(8, k.i16()), wide = k.vec(4, k.i32());
    Kernel::Values total = c.bias;
    for (ArrayRef<int64_t> part : conv.parts) {
      Value sums[2];
      for (int64_t tap : part) {
        Value row = rows[tap / conv.kernelWidth];
        int64_t offset = tap % conv.kernelWidth * conv.dilations[1] * ring.channels;
        Value x = k.load(k.vec(16, k.i8()), k.at(row, offset));
        for (int64_t h = 0; h < 2; ++h) {
          auto widened = [&](Value v) { return k.sext(k.lanes(v, h * 8, 8), half); };
          Value product = k.mul(widened(x), widened(c.weights[tap]));
          sums[h] = sums[h] ? k.add(sums[h], product) : product;
        }
      }
      for (int64_t q = 0; q < 4; ++q)
        total[q] = k.add(total[q], k.sext(k.lanes(sums[q / 2], q % 2 * 4, 4), wide));
    }
    for (int64_t q = 0; q < 4; ++q)
      total[q] = isa.mulhi32(k, k.shl(total[q], conv.pre), c.multipliers[q]);
    const Narrowing &n = conv.narrowing;
    auto narrow = [&](int64_t q) { return isa.narrow8(k, total[q], total[q + 1], n.shift, n.lo, n.hi, n.isUnsigned); };
    Value low = narrow(0);
    return k.concat(low, narrow(2));
  }

  /// All rows of `ring.channels` channels, from those that `image` and `out` point to.
  void block(Value image, Value out, Value filters, Value bias, Value multipliers, Value scratch) {
    k.fill(scratch, ring.ringBytes(), padding());
    int64_t height = conv.output.height();
    Value firstRow = k.index(0), endRow = k.index(height);
    if (part && !ring.split.byChannels) {
      firstRow = k.mul(part.first, ring.stripRows);
      endRow = k.smin(k.mul(part.end, ring.stripRows), endRow);
    }
    k.loop(firstRow, endRow, k.index(1), [&](Value y) {
      Value top = k.mul(y, conv.strides[0]), end = k.add(top, ring.rows);
      Value known = k.select(k.less(firstRow, y), k.add(end, -conv.strides[0]), k.index(0));
      k.loop(k.smax(known, top), end, k.index(1), [&](Value row) { fetch(image, scratch, row); });
      Kernel::Values rows;
      for (int64_t u = 0; u < conv.kernelHeight; ++u)
        rows.push_back(ringRow(scratch, k.add(top, u * conv.dilations[0])));
      Value target = k.at(out, k.mul(y, conv.output.rowStride()));
      k.loop(0, ring.channels, 16, [&](Value channel) {
        if (wholeRow) {
          int64_t taps = conv.kernelHeight * conv.kernelWidth;
          Value words = k.mul(channel, 4);
          Kernel::Values operands = {k.at(filters, k.mul(channel, taps)), k.at(bias, words), k.at(multipliers, words),
                                     k.at(target, channel)};
          for (Value row : rows)
            operands.push_back(k.at(row, channel));
          k.assembly(*wholeRow, operands);
          return;
        }
        Constants c = constants(filters, bias, multipliers, channel);
        k.loop(0, conv.output.width(), 1, [&](Value x) {
          Value at = k.add(k.mul(x, conv.strides[1] * ring.channels), channel);
          Kernel::Values windows;
          for (Value row : rows)
            windows.push_back(k.at(row, at));
          k.store(pixel(c, windows), k.at(target, k.add(k.mul(x, conv.output.channelStride), channel)));
        });
      });
    });
  }
};

} // namespace

void emitDepthwiseConvolution(Kernel &k, const Isa &isa, const DepthwiseConvolution &conv, Value input, Value output,
                              Value filters, Value bias, Value multipliers, Value scratch, const Part &part) {
  Emitter emitter{k, isa, conv};
  emitter.part = part;
  int64_t taps = conv.kernelHeight * conv.kernelWidth;
  k.loop(0, conv.output.batch(), 1, [&](Value n) {
    Value image = k.at(input, k.mul(n, conv.input.imageStride())),
          out = k.at(output, k.mul(n, conv.output.imageStride()));
    Part channels = conv.blocking.split.byChannels ? part : Part();
    k.loop(channels, conv.input.channelStride, conv.blocking.channels, [&](Value c) {
      emitter.block(k.at(image, c), k.at(out, c), k.at(filters, k.mul(c, taps)), k.at(bias, k.mul(c, 4)),
                    k.at(multipliers, k.mul(c, 4)), scratch);
    });
  });
}

} // namespace wino
