// Max and average pools over images, sixteen channels or up to a cache line of them at a time.
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
    bool inside = false;            // known to be as large as the kernel
  };

  Window window(Value y, Value x) {
    auto [top, bottom] = windowRange(k, y, pool.strides[0], pool.pads[0], pool.kernel[0], pool.input.height());
    auto [left, right] = windowRange(k, x, pool.strides[1], pool.pads[1], pool.kernel[1], pool.input.width());
    return {top, bottom, left, right};
  }

  /// Runs `step` over the pixels of a window. A window that lies inside the map is written out.
  Kernel::Values over(const Window &w, Value image, Kernel::Values init,
                      llvm::function_ref<Kernel::Values(Value, Kernel::Values)> step) {
    if (w.inside) {
      Value first = k.at(image, k.add(k.mul(w.top, pool.input.rowStride()), k.mul(w.left, pool.input.channelStride)));
      for (int64_t y = 0; y < pool.kernel[0]; ++y)
        for (int64_t x = 0; x < pool.kernel[1]; ++x)
          init = step(k.at(first, y * pool.input.rowStride() + x * pool.input.channelStride), init);
      return init;
    }
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
      Value x = k.load(type, k.at(pixel, c), k.aligned(16));
      Value larger = pool.isUnsigned ? k.b.create<arith::MaxUIOp>(acc[0], x).getResult() : k.smax(acc[0], x);
      return Kernel::Values{larger};
    })[0];
    k.store(best, k.at(out, c), k.aligned(16));
  }

  void average(const Window &w, Value image, Value out, Value c, Value multiplier, int64_t channels) {
    VectorType wide = k.vec(4, k.i32());
    Kernel::Values zeros(channels / 4, k.constant(wide, 0));
    Kernel::Values sums = over(w, image, zeros, [&](Value pixel, Kernel::Values acc) {
      Value source = k.at(pixel, c);
      for (int64_t q = 0; q < channels / 4; q += 2) {
        Value x =
            k.extend(k.load(k.vec(8, k.i8()), k.at(source, q * 4), k.aligned(8)), k.vec(8, k.i16()), pool.isUnsigned);
        for (int64_t half = 0; half < 2; ++half)
          acc[q + half] = k.add(acc[q + half], k.sext(k.lanes(x, half * 4, 4), wide));
      }
      return acc;
    });
    for (Value &sum : sums)
      sum = isa.mulhi32(k, k.shl(sum, pool.pre), multiplier);
    const Narrowing &n = pool.narrowing;
    if (n.isWide) {
      Value pointer = k.at(out, k.mul(c, 2));
      for (auto [q, sum] : llvm::enumerate(sums))
        k.store(narrowWide(k, sum, n), k.at(pointer, int64_t(8 * q)), k.aligned(8));
      return;
    }
    for (int64_t q = 0; q < channels / 4; q += 2)
      k.store(isa.narrow8(k, sums[q], sums[q + 1], n.shift, n.lo, n.hi, n.isUnsigned), k.at(k.at(out, c), q * 4),
              k.aligned(8));
  }

  /// All channels of one output pixel. Averages take up to a cache line of channels at a time, so that a large window
  /// is read once.
  void pixel(const Window &w, Value image, Value out, Value multiplier) {
    int64_t step = !pool.average ? 16 : k.onDevice ? 8 : 64; // a device has threads enough for the rest
    while (pool.input.channelStride % step != 0)
      step /= 2;
    k.loop(0, pool.input.channelStride, step, [&](Value c) {
      if (pool.average)
        average(w, image, out, c, multiplier, step);
      else
        maximum(w, image, out, c);
    });
  }

  /// True if all of the kernel lies on the map.
  Value isInside(const Window &w) {
    auto equal = [&](Value first, Value end, int64_t extent) {
      return k.b.create<arith::CmpIOp>(arith::CmpIPredicate::eq, k.sub(end, first), k.index(extent)).getResult();
    };
    return k.both(equal(w.top, w.bottom, pool.kernel[0]), equal(w.left, w.right, pool.kernel[1]));
  }
};

} // namespace

void emitPool(Kernel &k, const Isa &isa, const Pool &pool, Value input, Value output, Value multipliers,
              const Part &part) {
  Emitter emitter{k, isa, pool};
  auto outputPixel = [&](ArrayRef<Value> at) {
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
    if (pool.kernel[0] * pool.kernel[1] > 16) {
      emitter.pixel(window, image, out, multiplier);
      return;
    }
    auto branch = k.b.create<scf::IfOp>(emitter.isInside(window), /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(k.b);
    k.b.setInsertionPoint(branch.elseBlock()->getTerminator());
    emitter.pixel(window, image, out, multiplier);
    k.b.setInsertionPoint(branch.thenBlock()->getTerminator());
    window.inside = true;
    emitter.pixel(window, image, out, multiplier);
  };
  k.loop(0, pool.output.batch(), 1, [&](Value n) {
    auto row = [&](Value y) { k.loop(0, pool.output.width(), 1, [&](Value x) { outputPixel({n, y, x}); }); };
    if (!part)
      return k.loop(0, pool.output.height(), 1, row);
    Value end = k.smin(k.mul(part.end, pool.stripRows), k.index(pool.output.height()));
    k.loop(k.mul(part.first, pool.stripRows), end, k.index(1), row);
  });
}

} // namespace wino
