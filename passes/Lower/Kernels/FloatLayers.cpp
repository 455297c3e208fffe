// Direct convolutions in floats: a padded copy of the map where there is padding, then register blocks of pixels x
// output channels that walk kernel rows, columns and channels.
#include "Lower/Kernels/FloatLayers.h"
#include "Lower/Kernels/Pointwise.h"

using namespace mlir;

namespace wino {

FloatLayer FloatLayer::of(Conv2DOp op) {
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = shapeOf(op.getOutput()), filter = shapeOf(op.getFilter());
  FloatLayer layer{in[0],
                   in[1],
                   in[2],
                   in[3],
                   out[1],
                   out[2],
                   out[3],
                   filter[2],
                   filter[3],
                   int64_t(op.getGroups()),
                   llvm::to_vector(op.getStrides()),
                   llvm::to_vector(op.getPads()),
                   llvm::to_vector(op.getDilations()),
                   op.getActivation().value_or(ActivationAttr()),
                   isHalf(op.getInput()) ? 2 : 4,
                   isHalf(op.getFilter()) ? 2 : 4,
                   isHalf(op.getOutput()) ? 2 : 4};
  bool isPointwise = filter[2] == 1 && filter[3] == 1 && layer.strides[0] == 1 && layer.strides[1] == 1;
  if (isPointwise && !layer.isPadded()) { // pixels are independent: one long row
    layer.width = layer.outWidth = in[0] * in[2] * in[3];
    layer.batch = layer.height = layer.outHeight = 1;
    layer.dilations = {1, 1};
  }
  return layer;
}

FloatLayer FloatLayer::of(FullyConnectedOp op) {
  ArrayRef<int64_t> in = shapeOf(op.getInput());
  int64_t outputs = shapeOf(op.getOutput())[1];
  return {1,
          in[1],
          1,
          in[0],
          outputs,
          1,
          in[0],
          1,
          1,
          1,
          {1, 1},
          {0, 0, 0, 0},
          {1, 1},
          op.getActivation().value_or(ActivationAttr()),
          isHalf(op.getInput()) ? 2 : 4,
          isHalf(op.getFilter()) ? 2 : 4,
          isHalf(op.getOutput()) ? 2 : 4};
}

int64_t FloatLayer::scratchBytes() const {
  int64_t image = imageBytes(), filters = 0;
  if (image == std::numeric_limits<int64_t>::max())
    return image;
  for (FloatForm form : {FloatForm{4, true}, FloatForm{8, false}})
    filters = std::max(filters, filterBlockBytes(form));
  return roundUp(image, 64) + roundUp(filters, 64) + mostSums * 4;
}

int64_t FloatLayer::filterBlockBytes(const FloatForm &form) const {
  return widensFilter(form) ? kernelHeight * kernelWidth * inputsPerGroup() * floatBlocking(*this, form).columns() * 4
                            : 0;
}

bool FloatLayer::widensFilter(const FloatForm &form) const {
  bool hasOneBlock = outHeight == 1 && outWidth <= floatBlocking(*this, form).pixels;
  return filterBytes != 4 && !isDepthwise() && !hasOneBlock;
}

std::string FloatLayer::key() const {
  std::string text = "float";
  llvm::raw_string_ostream os(text);
  const int64_t extents[] = {batch,        channels,    height, width,      outputs,     outHeight,  outWidth,
                             kernelHeight, kernelWidth, groups, inputBytes, filterBytes, outputBytes};
  for (ArrayRef<int64_t> list : {ArrayRef(extents), ArrayRef(strides), ArrayRef(pads), ArrayRef(dilations)}) {
    os << " ";
    llvm::interleave(list, os, ",");
  }
  os << " " << Attribute(activation);
  return text;
}

FloatBlocking floatBlocking(const FloatLayer &layer, const FloatForm &form) {
  FloatBlocking b{form.lanes, 1, 1};
  // Equal blocks that cover a row; the last ones may be a pixel shorter.
  int64_t most = form.byLane ? 8 : 6, blocks = (layer.outWidth + most - 1) / most;
  b.pixels = (layer.outWidth + blocks - 1) / blocks;
  if (layer.isDepthwise())
    return b;
  // As many vectors as leave registers for the operands.
  static constexpr int64_t vectorsByLane[] = {8, 6, 5, 4, 3, 3, 2, 2}, vectorsOtherwise[] = {8, 4, 3, 3, 2, 2};
  b.vectors = form.byLane ? vectorsByLane[b.pixels - 1] : vectorsOtherwise[b.pixels - 1];
  b.vectors = std::min(b.vectors, (layer.outputsPerGroup() + b.lanes - 1) / b.lanes);
  return b;
}

/// Blocks of output channels of a group: whole ones, then one of what is left, in whole vectors.
struct ColumnBlocks {
  int64_t columns, whole, rest, restColumns;
  int64_t padded() const { return whole * columns + restColumns; }
};
static ColumnBlocks columnBlocks(const FloatLayer &layer, const FloatForm &form) {
  ColumnBlocks c{floatBlocking(layer, form).columns(), 0, 0, 0};
  c.whole = layer.outputsPerGroup() / c.columns;
  c.rest = layer.outputsPerGroup() % c.columns;
  c.restColumns = roundUp(c.rest, form.lanes);
  return c;
}

std::vector<float> packFloatFilter(const FloatLayer &layer, const FloatForm &form, ArrayRef<float> filter) {
  int64_t window = layer.kernelHeight * layer.kernelWidth, inputs = layer.inputsPerGroup();
  std::vector<float> packed;
  if (layer.isDepthwise()) {
    for (int64_t t = 0; t < window; ++t)
      for (int64_t c = 0; c < layer.channels; ++c)
        packed.push_back(filter[c * window + t]);
    return packed;
  }
  ColumnBlocks blocks = columnBlocks(layer, form);
  auto block = [&](int64_t first, int64_t count, int64_t columns) {
    for (int64_t t = 0; t < window; ++t)
      for (int64_t c = 0; c < inputs; ++c)
        for (int64_t f = 0; f < columns; ++f)
          packed.push_back(f < count ? filter[((first + f) * inputs + c) * window + t] : 0.0f);
  };
  for (int64_t g = 0; g < layer.groups; ++g) {
    int64_t first = g * layer.outputsPerGroup();
    for (int64_t n = 0; n < blocks.whole; ++n)
      block(first + n * blocks.columns, blocks.columns, blocks.columns);
    block(first + blocks.whole * blocks.columns, blocks.rest, blocks.restColumns);
  }
  return packed;
}

std::vector<float> packFloatBias(const FloatLayer &layer, const FloatForm &form, ArrayRef<float> bias) {
  if (layer.isDepthwise())
    return bias.vec();
  ColumnBlocks blocks = columnBlocks(layer, form);
  std::vector<float> packed;
  for (int64_t g = 0; g < layer.groups; ++g)
    for (int64_t f = 0; f < blocks.padded(); ++f)
      packed.push_back(f < layer.outputsPerGroup() ? bias[g * layer.outputsPerGroup() + f] : 0.0f);
  return packed;
}

namespace {

class LayerEmitter {
public:
  /// `scratch`: behind the image.
  LayerEmitter(Kernel &k, const FloatForm &form, const FloatLayer &layer, Value scratch)
      : k(k), form(form), layer(layer), widened(k.at(scratch, mostSums * 4)), sumsBuffer(scratch),
        blocking(floatBlocking(layer, form)), blocks(columnBlocks(layer, form)),
        weightBytes(layer.widensFilter(form) ? 4 : layer.filterBytes),
        rowBytes(layer.paddedWidth() * layer.channels * 4) {}

  /// image: one image, padded; out: one image.
  void run(Value image, Value out, Value filter, Value bias) {
    if (layer.isDepthwise())
      return rows([&](Value y, Value x, int64_t pixels) { depthwise(image, out, filter, bias, y, x, pixels); });
    int64_t depth = layer.kernelHeight * layer.kernelWidth * layer.inputsPerGroup();
    k.loop(0, layer.groups, 1, [&](Value g) {
      Value from = k.at(image, k.mul(g, layer.inputsPerGroup() * 4));
      Value to = k.at(out, k.mul(g, layer.outputsPerGroup() * layer.outputBytes));
      Value weights = k.at(filter, k.mul(g, depth * blocks.padded() * layer.filterBytes));
      Value biases = k.at(bias, k.mul(g, blocks.padded() * 4));
      auto columns = [&](auto body) {
        k.loop(0, blocks.whole, 1, [&](Value n) {
          Value block = k.at(weights, k.mul(n, depth * blocks.columns * layer.filterBytes));
          body(widen(block, depth * blocks.columns), k.at(biases, k.mul(n, blocks.columns * 4)),
               k.at(to, k.mul(n, blocks.columns * layer.outputBytes)), blocks.columns);
        });
        if (blocks.rest > 0) {
          int64_t first = blocks.whole * blocks.columns;
          body(widen(k.at(weights, first * depth * layer.filterBytes), depth * blocks.restColumns),
               k.at(biases, first * 4), k.at(to, first * layer.outputBytes), blocks.rest);
        }
      };
      auto block = [&](Value w, Value b, Value f, int64_t stored, Value y, Value x, int64_t pixels) {
        products(from, w, b, f, stored, y, x, pixels);
      };
      // Either all pixels pass per block of filters or all filters per row, whichever moves fewer bytes.
      int64_t filterSize = depth * blocks.padded(), mapSize = layer.height * layer.width * layer.inputsPerGroup();
      int64_t passes = blocks.whole + (blocks.rest > 0);
      if (layer.filterBytes != 4 || mapSize * (passes - 1) <= filterSize * (layer.outHeight - 1))
        return columns([&](Value w, Value b, Value f, int64_t stored) {
          rows([&](Value y, Value x, int64_t pixels) { block(w, b, f, stored, y, x, pixels); });
        });
      k.loop(0, layer.outHeight, 1, [&](Value y) {
        columns([&](Value w, Value b, Value f, int64_t stored) {
          row([&](Value x, int64_t pixels) { block(w, b, f, stored, y, x, pixels); });
        });
      });
    });
  }

private:
  Kernel &k;
  const FloatForm &form;
  const FloatLayer &layer;
  Value widened, sumsBuffer;
  FloatBlocking blocking;
  ColumnBlocks blocks;
  int64_t weightBytes; ///< as products read them
  int64_t rowBytes;

  /// Filters as f32, if many blocks of pixels read them.
  Value widen(Value filters, int64_t count) {
    if (!layer.widensFilter(form))
      return filters;
    forVectors(k, count, form.lanes, [&](Value i, int64_t lanes) {
      k.store(loadFloats(k, k.at(filters, k.mul(i, 2)), lanes, 2), k.at(widened, k.mul(i, 4)), 4);
    });
    return widened;
  }

  template <typename Body> void row(Body body) {
    int64_t count = (layer.outWidth + blocking.pixels - 1) / blocking.pixels;
    int64_t shorter = count * blocking.pixels - layer.outWidth, longEnd = (count - shorter) * blocking.pixels;
    k.loop(0, longEnd, blocking.pixels, [&](Value x) { body(x, blocking.pixels); });
    if (shorter > 0)
      k.loop(longEnd, layer.outWidth, blocking.pixels - 1, [&](Value x) { body(x, blocking.pixels - 1); });
  }
  template <typename Body> void rows(Body body) {
    k.loop(0, layer.outHeight, 1, [&](Value y) { row([&](Value x, int64_t pixels) { body(y, x, pixels); }); });
  }

  Value windowOrigin(Value image, Value y, Value x) {
    return k.at(image, k.add(k.mul(y, layer.strides[0] * rowBytes), k.mul(x, layer.strides[1] * layer.channels * 4)));
  }
  Value pixelAddress(Value out, Value y, Value x) {
    return k.at(out, k.mul(k.add(k.mul(y, layer.outWidth), x), layer.outputs * layer.outputBytes));
  }
  Value fma(Value x, Value w, Value acc) { return k.b.create<math::FmaOp>(x, w, acc); }

  /// body(sums, pointer to the first pixel's inputs, number of the first weight, run) for each run of inputs that lie
  /// together, in order.
  template <typename Body> Kernel::Values walkWindow(Value origin, Kernel::Values sums, Body body) {
    bool isRow = layer.dilations[1] == 1 && layer.groups == 1; // a kernel row is one run
    int64_t run = (isRow ? layer.kernelWidth : 1) * layer.inputsPerGroup();
    return k.loop(0, layer.kernelHeight, 1, sums, [&](Value u, Kernel::Values acc) {
      Value line = k.at(origin, k.mul(u, layer.dilations[0] * rowBytes));
      if (isRow)
        return body(acc, line, k.mul(u, run), run);
      return k.loop(0, layer.kernelWidth, 1, acc, [&](Value v, Kernel::Values inner) {
        Value first = k.mul(k.add(k.mul(u, layer.kernelWidth), v), run);
        return body(inner, k.at(line, k.mul(v, layer.dilations[1] * layer.channels * 4)), first, run);
      });
    });
  }

  /// `count` inputs from `i` on of every pixel of the block: one by one, or four at once in lanes.
  Kernel::Values step(Kernel::Values acc, Value pixels, Value weights, int64_t count, int64_t vectors,
                      int64_t pixelCount) {
    int64_t lanes = form.lanes, stride = layer.strides[1] * layer.channels * 4;
    bool isVector = form.byLane && count == lanes;
    Kernel::Values x;
    for (int64_t p = 0; isVector && p < pixelCount; ++p)
      x.push_back(k.load(k.vec(lanes, k.f32()), k.at(pixels, p * stride), 4));
    for (int64_t c = 0; c < count; ++c) {
      Kernel::Values w;
      for (int64_t v = 0; v < vectors; ++v)
        w.push_back(loadFloats(k, k.at(weights, (c * vectors + v) * lanes * weightBytes), lanes, weightBytes));
      for (int64_t p = 0; p < pixelCount; ++p) {
        Value one = isVector ? k.broadcastLane(x[p], c, lanes)
                             : k.splat(k.load(k.f32(), k.at(pixels, p * stride + c * 4), 4), lanes);
        for (int64_t v = 0; v < vectors; ++v)
          acc[p * vectors + v] = fma(one, w[v], acc[p * vectors + v]);
      }
    }
    return acc;
  }

  /// Code of the target's own for a block, whose sums go through memory.
  std::optional<Assembly> ownProducts(int64_t pixels, int64_t columns) const {
    bool isRow = layer.dilations[1] == 1 && layer.groups == 1;
    if (!form.isa || !isRow || weightBytes != 4 || pixels * columns > mostSums)
      return std::nullopt;
    return form.isa->floatProducts({pixels, columns, layer.kernelHeight, layer.kernelWidth * layer.channels,
                                    layer.strides[1] * layer.channels * 4, layer.dilations[0] * rowBytes, columns * 4,
                                    /*isHalf=*/false, /*hasStart=*/true});
  }

  void products(Value image, Value filter, Value bias, Value out, int64_t stored, Value y, Value x, int64_t pixels) {
    int64_t lanes = form.lanes, vectors = (stored + lanes - 1) / lanes, columns = vectors * lanes;
    Value to = pixelAddress(out, y, x);
    if (std::optional<Assembly> code = ownProducts(pixels, columns)) {
      k.assembly(*code, {windowOrigin(image, y, x), filter, bias, sumsBuffer, k.index(1)});
      for (int64_t p = 0; p < pixels; ++p)
        for (int64_t v = 0; v < vectors; ++v)
          store(k.load(k.vec(lanes, k.f32()), k.at(sumsBuffer, (p * columns + v * lanes) * 4), 4), to, p, v, stored);
      return;
    }
    Kernel::Values sums;
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t v = 0; v < vectors; ++v)
        sums.push_back(k.load(k.vec(lanes, k.f32()), k.at(bias, v * lanes * 4), 4));
    sums = walkWindow(windowOrigin(image, y, x), sums,
                      [&](Kernel::Values acc, Value from, Value first, int64_t run) -> Kernel::Values {
                        Value weights = k.at(filter, k.mul(first, columns * weightBytes));
                        int64_t unroll = 4, whole = run / unroll * unroll;
                        if (whole > 0)
                          acc = k.loop(0, whole, unroll, acc, [&](Value i, Kernel::Values inner) {
                            return step(inner, k.at(from, k.mul(i, 4)), k.at(weights, k.mul(i, columns * weightBytes)),
                                        unroll, vectors, pixels);
                          });
                        if (run > whole)
                          acc = step(acc, k.at(from, whole * 4), k.at(weights, whole * columns * weightBytes),
                                     run - whole, vectors, pixels);
                        return acc;
                      });
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t v = 0; v < vectors; ++v)
        store(sums[p * vectors + v], to, p, v, stored);
  }

  /// Vector v of pixel p of a block that lies at `to` and has `stored` channels.
  void store(Value sum, Value to, int64_t p, int64_t v, int64_t stored) {
    storeLanes(applyActivation(k, layer.activation, sum),
               k.at(to, (p * layer.outputs + v * form.lanes) * layer.outputBytes),
               std::min(form.lanes, stored - v * form.lanes));
  }

  void storeLanes(Value x, Value to, int64_t count) {
    if (count == form.lanes)
      return storeFloats(k, x, to, layer.outputBytes);
    for (int64_t i = 0; i < count; ++i)
      storeFloats(k, k.b.create<vector::ExtractOp>(x, i), k.at(to, i * layer.outputBytes), layer.outputBytes);
  }

  void depthwise(Value image, Value out, Value filter, Value bias, Value y, Value x, int64_t pixels) {
    Value origin = windowOrigin(image, y, x), to = pixelAddress(out, y, x);
    forLanes(k, layer.channels, form.lanes, [&](Value c, int64_t lanes) {
      Type type = floatType(k, lanes);
      Value offset = k.mul(c, 4);
      Kernel::Values sums(pixels, k.load(type, k.at(bias, offset), 4));
      sums = walkWindow(origin, sums, [&](Kernel::Values acc, Value from, Value first, int64_t) {
        Value w = loadFloats(k, k.at(filter, k.mul(k.add(k.mul(first, layer.channels), c), layer.filterBytes)), lanes,
                             layer.filterBytes);
        for (int64_t p = 0; p < pixels; ++p) {
          Value pixel = k.at(k.at(from, p * layer.strides[1] * layer.channels * 4), offset);
          acc[p] = fma(k.load(type, pixel, 4), w, acc[p]);
        }
        return acc;
      });
      for (int64_t p = 0; p < pixels; ++p)
        storeFloats(k, applyActivation(k, layer.activation, sums[p]),
                    k.at(to, k.mul(k.add(c, p * layer.outputs), layer.outputBytes)), layer.outputBytes);
    });
  }
};

} // namespace

/// One image with its padding, as f32.
static void copyPadded(Kernel &k, const FloatForm &form, const FloatLayer &layer, Value image, Value to) {
  int64_t pixel = layer.channels * 4, row = layer.paddedWidth() * pixel, count = layer.width * layer.channels;
  k.fill(to, layer.pads[0] * row, 0);
  k.fill(k.at(to, (layer.pads[0] + layer.height) * row), layer.pads[2] * row, 0);
  k.loop(0, layer.height, 1, [&](Value y) {
    Value line = k.at(to, k.add(k.mul(y, row), layer.pads[0] * row)), inside = k.at(line, layer.pads[1] * pixel);
    Value from = k.at(image, k.mul(y, count * layer.inputBytes));
    k.fill(line, layer.pads[1] * pixel, 0);
    if (layer.inputBytes == 4)
      k.copy(inside, from, count * 4);
    else
      forVectors(k, count, form.lanes, [&](Value i, int64_t lanes) {
        k.store(loadFloats(k, k.at(from, k.mul(i, 2)), lanes, 2), k.at(inside, k.mul(i, 4)), 4);
      });
    k.fill(k.at(line, (layer.pads[1] + layer.width) * pixel), layer.pads[3] * pixel, 0);
  });
}

void emitFloatLayer(Kernel &k, const FloatForm &form, const FloatLayer &layer, Value input, Value output, Value filter,
                    Value bias, Value scratch) {
  LayerEmitter emitter(k, form, layer, k.at(scratch, roundUp(layer.imageBytes(), 64)));
  k.loop(0, layer.batch, 1, [&](Value n) {
    Value image = k.at(input, k.mul(n, layer.height * layer.width * layer.channels * layer.inputBytes));
    Value out = k.at(output, k.mul(n, layer.outHeight * layer.outWidth * layer.outputs * layer.outputBytes));
    if (layer.copiesImage()) {
      copyPadded(k, form, layer, image, scratch);
      image = scratch;
    }
    emitter.run(image, out, filter, bias);
  });
}

} // namespace wino
