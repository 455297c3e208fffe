// Activations of float kernels, and kernels that look at windows, axes or single elements.
#include "Lower/Kernels/FloatLayers.h"
#include "Lower/Kernels/Pointwise.h"
#include "wino/Dialect/FloatActivation.h"

using namespace mlir;

namespace wino {

Value applyActivation(Kernel &k, ActivationAttr activation, Value x) {
  if (!activation)
    return x;
  FloatMachine machine(k, x);
  return FloatActivation<FloatMachine>(machine).apply(activation, x);
}

Value loadFloats(Kernel &k, Value from, int64_t lanes, int64_t bytes) {
  if (bytes == 4)
    return k.load(floatType(k, lanes), from, 4);
  Type half = k.b.getF16Type();
  Value x = k.load(lanes ? Type(k.vec(lanes, half)) : half, from, 2);
  return k.b.create<arith::ExtFOp>(floatType(k, lanes), x);
}

void storeFloats(Kernel &k, Value x, Value to, int64_t bytes) {
  if (bytes == 4)
    return k.store(x, to, 4);
  Type half = k.b.getF16Type();
  int64_t lanes = FloatMachine::lanesOf(x);
  k.store(k.b.create<arith::TruncFOp>(lanes ? Type(k.vec(lanes, half)) : half, x), to, 2);
}

void forLanes(Kernel &k, int64_t count, int64_t lanes, llvm::function_ref<void(Value, int64_t)> body) {
  int64_t whole = count / lanes * lanes;
  k.loop(0, whole, lanes, [&](Value i) { body(i, lanes); });
  k.loop(whole, count, 1, [&](Value i) { body(i, 0); });
}

void forVectors(Kernel &k, int64_t count, int64_t lanes, llvm::function_ref<void(Value, int64_t)> body) {
  int64_t wide = count / (4 * lanes) * (4 * lanes), whole = count / lanes * lanes;
  k.loop(0, wide, 4 * lanes, [&](Value i) { body(i, 4 * lanes); });
  k.loop(wide, whole, lanes, [&](Value i) { body(i, lanes); });
  k.loop(whole, count, 1, [&](Value i) { body(i, 0); });
}

/// body(addresses of both sides, elements) for each run of elements that lies dense on the side of the integers.
static void forRuns(Kernel &k, const Layout &integers, const Layout &floats, Value integerBase, Value floatBase,
                    llvm::function_ref<void(Value, Value, int64_t)> body) {
  llvm::SmallVector<int64_t> extents = integers.shape, stored = integers.strides, dense = floats.strides;
  if (integers.isImage()) // the order of memory
    for (auto *list : {&extents, &stored, &dense})
      std::rotate(list->begin() + 1, list->begin() + 2, list->end());
  int64_t run = 1;
  while (!extents.empty() && (extents.back() == 1 || stored.back() == run * integers.elementBytes)) {
    run *= extents.back();
    extents.pop_back();
    stored.pop_back();
    dense.pop_back();
  }
  loopNest(k, extents, [&](ArrayRef<Value> at) {
    body(k.at(integerBase, offsetOf(k, at, stored)), k.at(floatBase, offsetOf(k, at, dense)), run);
  });
}

void emitDequantize(Kernel &k, const FloatForm &form, const Layout &from, const Layout &to, bool isUnsigned,
                    float scale, Value input, Value output) {
  Type stored = from.elementBytes == 2 ? k.i16() : k.i8();
  forRuns(k, from, to, input, output, [&](Value in, Value out, int64_t run) {
    forLanes(k, run, form.lanes, [&](Value i, int64_t lanes) {
      auto like = [&](Type element) { return lanes ? Type(k.vec(lanes, element)) : element; };
      Value q = k.load(like(stored), k.at(in, k.mul(i, from.elementBytes)));
      Value x = k.b.create<arith::SIToFPOp>(floatType(k, lanes), k.extend(q, like(k.i32()), isUnsigned));
      FloatMachine m(k, lanes);
      k.store(m.mul(x, m.f32(scale)), k.at(out, k.mul(i, 4)), 4);
    });
  });
}

void emitQuantize(Kernel &k, const FloatForm &form, const Layout &from, const Layout &to, float inverse, int64_t lo,
                  int64_t hi, Value input, Value output) {
  forRuns(k, to, from, output, input, [&](Value out, Value in, int64_t run) {
    forLanes(k, run, form.lanes, [&](Value i, int64_t lanes) {
      auto like = [&](Type element) { return lanes ? Type(k.vec(lanes, element)) : element; };
      FloatMachine m(k, lanes);
      Value x = k.load(floatType(k, lanes), k.at(in, k.mul(i, 4)), 4);
      Value q = m.floor(m.add(m.mul(x, m.f32(inverse)), m.f32(0.5)));
      Value least = m.f32(double(lo)), most = m.f32(double(hi));
      q = m.select(m.less(least, q), q, least);
      q = m.select(m.less(q, most), q, most);
      Value wide = k.b.create<arith::FPToSIOp>(like(k.i32()), q);
      k.store(k.trunc(wide, like(k.i8())), k.at(out, i));
    });
  });
}

void emitFloatWindow(Kernel &k, const FloatForm &form, const FloatWindow &window, Value input, Value output) {
  int64_t channels = window.input[1], height = window.input[2], width = window.input[3];
  loopNest(k, {window.output[0], window.output[2], window.output[3]}, [&](ArrayRef<Value> at) {
    Value top, bottom, left, right;
    std::tie(top, bottom) = windowRange(k, at[1], window.strides[0], window.pads[0], window.kernel[0], height);
    std::tie(left, right) = windowRange(k, at[2], window.strides[1], window.pads[1], window.kernel[1], width);
    Value image = k.at(input, k.mul(at[0], height * width * channels * window.inputBytes));
    Value pixel = k.add(k.mul(k.add(k.mul(at[0], window.output[2]), at[1]), window.output[3]), at[2]);
    Value to = k.at(output, k.mul(pixel, channels * window.outputBytes));
    Value count = window.countPadding ? k.index(window.kernel[0] * window.kernel[1])
                                      : k.mul(k.sub(bottom, top), k.sub(right, left));
    forLanes(k, channels, form.lanes, [&](Value c, int64_t lanes) {
      FloatMachine m(k, lanes);
      auto value = [&](Value y, Value x) {
        Value offset = k.add(k.mul(k.add(k.mul(y, width), x), channels), c);
        return loadFloats(k, k.at(image, k.mul(offset, window.inputBytes)), lanes, window.inputBytes);
      };
      Value start = window.average ? m.f32(0) : value(top, left);
      Value result = k.loop(top, bottom, k.index(1), {start}, [&](Value y, Kernel::Values acc) {
        return k.loop(left, right, k.index(1), acc, [&](Value x, Kernel::Values inner) {
          Value v = value(y, x);
          return Kernel::Values{window.average ? m.add(inner[0], v) : m.select(m.less(inner[0], v), v, inner[0])};
        });
      })[0];
      if (window.average) {
        Value divisor = k.b.create<arith::SIToFPOp>(k.f32(), count);
        result = m.div(result, lanes ? k.splat(divisor, lanes) : divisor);
      }
      storeFloats(k, result, k.at(to, k.mul(c, window.outputBytes)), window.outputBytes);
    });
  });
}

/// The dimension whose elements lie together, if vectors of `lanes` fit it and it is not excluded; else -1.
static int64_t vectorDimension(ArrayRef<int64_t> extents, ArrayRef<int64_t> strides, int64_t bytes, int64_t lanes,
                               llvm::function_ref<bool(size_t)> isExcluded) {
  for (size_t d = 0; d < extents.size(); ++d)
    if (strides[d] == bytes && extents[d] >= lanes && !isExcluded(d))
      return int64_t(d);
  return -1;
}

/// body(byte offset of each list of strides, lanes) over all dimensions, one of them in vectors where it can be.
static void forElements(Kernel &k, ArrayRef<int64_t> extents, ArrayRef<llvm::SmallVector<int64_t>> strides,
                        int64_t vectorDim, int64_t lanes, llvm::function_ref<void(ArrayRef<Value>, int64_t)> body) {
  llvm::SmallVector<int64_t> outer = llvm::to_vector(extents);
  if (vectorDim >= 0)
    outer[vectorDim] = 1;
  loopNest(k, outer, [&](ArrayRef<Value> at) {
    llvm::SmallVector<Value> offsets;
    for (ArrayRef<int64_t> list : strides) {
      Value offset = k.index(0);
      for (auto [i, stride] : llvm::zip(at, list))
        offset = k.add(offset, k.mul(i, stride));
      offsets.push_back(offset);
    }
    if (vectorDim < 0)
      return body(offsets, 0);
    forLanes(k, extents[vectorDim], lanes, [&](Value i, int64_t width) {
      llvm::SmallVector<Value> moved;
      for (auto [offset, list] : llvm::zip(offsets, strides))
        moved.push_back(k.add(offset, k.mul(i, list[vectorDim])));
      body(moved, width);
    });
  });
}

void emitFloatReduction(Kernel &k, const FloatForm &form, const FloatReduction &r, Value input, Value output) {
  llvm::SmallVector<int64_t> outer, from, to, inner, innerFrom;
  int64_t elements = 1;
  for (size_t d = 0; d < r.extents.size(); ++d) {
    (r.isReduced[d] ? inner : outer).push_back(r.extents[d]);
    (r.isReduced[d] ? innerFrom : from).push_back(r.from[d]);
    if (r.isReduced[d])
      elements *= r.extents[d];
    else
      to.push_back(r.to[d]);
  }
  int64_t dim =
      vectorDimension(outer, from, r.inputBytes, form.lanes, [&](size_t d) { return to[d] != r.outputBytes; });
  forElements(k, outer, {from, to}, dim, form.lanes, [&](ArrayRef<Value> offsets, int64_t lanes) {
    FloatMachine m(k, lanes);
    Value first = k.at(input, offsets[0]);
    std::function<Value(size_t, Value, Value)> walk = [&](size_t d, Value pointer, Value acc) -> Value {
      if (d == inner.size()) {
        Value x = loadFloats(k, pointer, lanes, r.inputBytes);
        return r.isMean ? m.add(acc, x) : m.select(m.less(acc, x), x, acc);
      }
      return k.loop(0, inner[d], 1, {acc}, [&](Value i, Kernel::Values carried) {
        return Kernel::Values{walk(d + 1, k.at(pointer, k.mul(i, innerFrom[d])), carried[0])};
      })[0];
    };
    Value result = walk(0, first, r.isMean ? m.f32(0) : loadFloats(k, first, lanes, r.inputBytes));
    if (r.isMean)
      result = m.div(result, m.f32(double(elements)));
    storeFloats(k, result, k.at(output, offsets[1]), r.outputBytes);
  });
}

void emitFloatSoftmax(Kernel &k, const FloatForm &form, const Layout &input, const Layout &output, int64_t axis,
                      Value from, Value to) {
  llvm::SmallVector<int64_t> outer = input.shape;
  int64_t extent = outer[axis], inputStep = input.strides[axis], outputStep = output.strides[axis];
  outer[axis] = 1;
  int64_t dim = vectorDimension(outer, input.strides, input.elementBytes, form.lanes,
                                [&](size_t d) { return int64_t(d) == axis || output.strides[d] != 4; });
  forElements(k, outer, {input.strides, output.strides}, dim, form.lanes, [&](ArrayRef<Value> offsets, int64_t lanes) {
    FloatMachine m(k, lanes);
    FloatActivation<FloatMachine> functions(m);
    Value source = k.at(from, offsets[0]), target = k.at(to, offsets[1]);
    auto load = [&](Value i) { return loadFloats(k, k.at(source, k.mul(i, inputStep)), lanes, input.elementBytes); };
    Value largest = k.loop(0, extent, 1, {load(k.index(0))}, [&](Value i, Kernel::Values c) {
      Value x = load(i);
      return Kernel::Values{m.select(m.less(c[0], x), x, c[0])};
    })[0];
    Value sum = k.loop(0, extent, 1, {m.f64(0)}, [&](Value i, Kernel::Values c) {
      Value e = functions.exp(m.sub(load(i), largest));
      k.store(e, k.at(target, k.mul(i, outputStep)), 4);
      return Kernel::Values{m.add(c[0], m.widen(e))};
    })[0];
    k.loop(0, extent, 1, [&](Value i) {
      Value at = k.at(target, k.mul(i, outputStep));
      k.store(m.narrow(m.div(m.widen(k.load(floatType(k, lanes), at, 4)), sum)), at, 4);
    });
  });
}

} // namespace wino
