// Tile by tile: U of all channels, products channel after channel, output.
#include "wino/Reference/FloatTiles.h"
#include "wino/Reference/FloatOps.h"

#include "Loops.h"
#include "wino/Numerics/ElementaryFunctions.h"
#include "wino/Numerics/FloatTransform.h"
#include "wino/Numerics/HalfFloat.h"

#include <cmath>

using namespace mlir;

namespace wino {

namespace {

class FloatTiles {
public:
  FloatTiles(FloatTilesOp op, const FloatTransform &transform, const Tensor &input, const Tensor &filter)
      : op(op), transform(transform), input(input), filter(filter), out(resultType(op)), tile(op.getPlan().getSpec()),
        channels(input.shape[1]), outputs(out.shape[1]), u(size_t(tile.taps() * channels)),
        sums(size_t(tile.taps() * outputs)) {}

  Tensor run() {
    for (int64_t n = 0; n < out.shape[0]; ++n)
      for (int64_t top = 0; top < out.shape[2]; top += tile.down().m)
        for (int64_t left = 0; left < out.shape[3]; left += tile.across().m) {
          for (int64_t c = 0; c < channels; ++c)
            transformInput(n, c, top * tile.down().stride - op.getPads()[0],
                           left * tile.across().stride - op.getPads()[1]);
          multiply();
          for (int64_t f = 0; f < outputs; ++f)
            transformOutput(n, f, top, left);
        }
    return std::move(out);
  }

private:
  FloatTilesOp op;
  const FloatTransform &transform;
  const Tensor &input, &filter;
  Tensor out;
  TileSpec tile;
  int64_t channels, outputs;
  NumberMachine machine;
  std::vector<float> u, sums; ///< [tap][channel]

  void transformInput(int64_t n, int64_t c, int64_t top, int64_t left) {
    int64_t height = input.shape[2], width = input.shape[3], across = tile.across().n();
    int64_t plane = (n * channels + c) * height * width;
    auto at = [&](int64_t index) { return input.isFloat() ? input.f[size_t(index)] : float(input.i[size_t(index)]); };
    std::vector<float> patch(size_t(tile.down().n() * across));
    for (int64_t k = 0; k < int64_t(patch.size()); ++k) {
      int64_t y = top + k / across, x = left + k % across;
      bool isInside = y >= 0 && y < height && x >= 0 && x < width;
      patch[size_t(k)] = isInside ? at(plane + y * width + x) : 0.0f;
    }
    auto made =
        FloatTransform::apply(machine, transform.inputDown, transform.inputAcross, llvm::ArrayRef<float>(patch));
    for (int64_t t = 0; t < int64_t(made.size()); ++t)
      u[size_t(t * channels + c)] = transform.taps == TapType::F16 ? roundToHalf(made[size_t(t)]) : made[size_t(t)];
  }

  void multiply() {
    for (int64_t t = 0; t < tile.taps(); ++t)
      for (int64_t f = 0; f < outputs; ++f) {
        const float *a = u.data() + t * channels, *v = filter.f.data() + (t * outputs + f) * channels;
        float sum = 0;
        if (transform.sumsHalves)
          for (int64_t first = 0; first < channels; first += halfRun) {
            float run = 0;
            for (int64_t c = first; c < std::min(first + halfRun, channels); ++c)
              run = fmaHalf(a[c], v[c], run);
            sum += run;
          }
        else
          for (int64_t c = 0; c < channels; ++c)
            sum = std::fma(a[c], v[c], sum);
        sums[size_t(t * outputs + f)] = sum;
      }
  }

  void transformOutput(int64_t n, int64_t f, int64_t top, int64_t left) {
    std::vector<float> products;
    for (int64_t t = 0; t < tile.taps(); ++t)
      products.push_back(sums[size_t(t * outputs + f)]);
    auto made =
        FloatTransform::apply(machine, transform.outputDown, transform.outputAcross, llvm::ArrayRef<float>(products));
    int64_t height = out.shape[2], width = out.shape[3], across = tile.across().m;
    auto lo = float(int64_t(op.getLo().value_or(0))), hi = float(int64_t(op.getHi().value_or(0)));
    for (int64_t k = 0; k < int64_t(made.size()); ++k) {
      int64_t y = top + k / across, x = left + k % across;
      if (y >= height || x >= width)
        continue;
      float value = std::fma(made[size_t(k)], op.getScales()[size_t(f)], op.getOffsets()[size_t(f)]);
      auto index = size_t(((n * outputs + f) * height + y) * width + x);
      if (out.isFloat())
        out.f[index] = op.getActivation() ? activate(*op.getActivation(), value) : value;
      else
        out.i[index] = int32_t(std::floor(std::min(std::max(value, lo), hi)));
    }
  }
};

} // namespace

llvm::Expected<Tensor> evaluateFloatTiles(FloatTilesOp op, const Tensor &input, const Tensor &filter) {
  llvm::Expected<FloatTransform> transform = FloatTransform::make(op.getPlan().getSpec());
  if (!transform)
    return llvm::createStringError("layer '" + nodeName(op) + "': " + llvm::toString(transform.takeError()));
  return FloatTiles(op, *transform, input, filter).run();
}

} // namespace wino
