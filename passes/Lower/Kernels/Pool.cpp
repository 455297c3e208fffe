// Max and average pools over images, sixteen or eight channels at a time.
#include "Lower/Kernels/Pointwise.h"

using namespace mlir;

namespace wino {

namespace {

struct Emitter {
  Kernel &k;
  const Isa &isa;
  const Pool &pool;

  struct Window {
    Value top, bottom, left, right; // valid rows and columns of the input, half open
  };

  Window window(Value y, Value x) {
    auto range = [&](Value o, int64_t axis, int64_t extent) {
      Value first = k.add(k.mul(o, pool.strides[axis]), -pool.pads[axis]);
      Value last = k.smin(k.add(first, pool.kernel[axis]), k.index(extent));
      return std::make_pair(k.smax(first, k.index(0)), last);
    };
    auto [top, bottom] = range(y, 0, pool.input.height());
    auto [left, right] = range(x, 1, pool.input.width());
    return {top, bottom, left, right};
  }

  Kernel::Values over(const Window &w, Value image, Kernel::Values init,
                      llvm::function_ref<Kernel::Values(Value, Kernel::Values)> step) {
    return k.loop(w.top, w.bottom, k.index(1), init, [&](Value y, Kernel::Values acc) {
      return k.loop(w.left, w.right, k.index(1), acc, [&](Value x, Kernel::Values inner) {
        Value pixel = k.at(image, k.add(k.mul(y, pool.input.rowStride()), k.mul(x, pool.input.channelStride)));
        return step(pixel, inner);
      });
    });
  }

  void maximum(const Window &w, Value image, Value out, Value c) {
    VectorType type = k.vec(16, k.i8());
    Value smallest = k.constant(type, pool.isUnsigned ? 0 : -128);
    Value best = over(w, image, {smallest}, [&](Value pixel, Kernel::Values acc) {
      Value x = k.load(type, k.at(pixel, c));
      Value larger = pool.isUnsigned ? k.b.create<arith::MaxUIOp>(acc[0], x).getResult() : k.smax(acc[0], x);
      return Kernel::Values{larger};
    })[0];
    k.store(best, k.at(out, c));
  }

  void average(const Window &w, Value image, Value out, Value c, Value multiplier) {
    VectorType wide = k.vec(4, k.i32());
    Value zero = k.constant(wide, 0);
    Kernel::Values sums = over(w, image, {zero, zero}, [&](Value pixel, Kernel::Values acc) {
      Value x = k.extend(k.load(k.vec(8, k.i8()), k.at(pixel, c)), k.vec(8, k.i16()), pool.isUnsigned);
      return Kernel::Values{k.add(acc[0], k.sext(k.lanes(x, 0, 4), wide)),
                            k.add(acc[1], k.sext(k.lanes(x, 4, 4), wide))};
    });
    for (Value &sum : sums)
      sum = isa.mulhi32(k, k.shl(sum, pool.pre), multiplier);
    const Narrowing &n = pool.narrowing;
    k.store(isa.narrow8(k, sums[0], sums[1], n.shift, n.lo, n.hi, n.isUnsigned), k.at(out, c));
  }
};

} // namespace

void emitPool(Kernel &k, const Isa &isa, const Pool &pool, Value input, Value output, Value multipliers) {
  Emitter emitter{k, isa, pool};
  loopNest(k, {pool.output.batch(), pool.output.height(), pool.output.width()}, [&](ArrayRef<Value> at) {
    Value image = k.at(input, k.mul(at[0], pool.input.imageStride()));
    Value out =
        k.at(output, k.add(k.mul(at[0], pool.output.imageStride()),
                           k.add(k.mul(at[1], pool.output.rowStride()), k.mul(at[2], pool.output.channelStride))));
    Emitter::Window window = emitter.window(at[1], at[2]);
    Value multiplier;
    if (pool.average) {
      Value position = k.mul(k.add(k.mul(at[1], pool.output.width()), at[2]), pool.multiplierCount > 1 ? 4 : 0);
      multiplier = k.splat(k.load(k.i32(), k.at(multipliers, position), 4), 4);
    }
    int64_t step = pool.average ? 8 : 16;
    k.loop(0, pool.input.channelStride, step, [&](Value c) {
      if (pool.average)
        emitter.average(window, image, out, c, multiplier);
      else
        emitter.maximum(window, image, out, c);
    });
  });
}

} // namespace wino
