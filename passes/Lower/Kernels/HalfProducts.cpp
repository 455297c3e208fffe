// The code is in one piece: eight inputs of all rows in registers, filters loaded as they are used.
#include "Lower/Kernels/HalfProducts.h"
#include "Lower/Kernels/FloatMachine.h"

using namespace mlir;

namespace wino {

namespace {

class BlockEmitter {
public:
  BlockEmitter(Kernel &k, const FloatForm &form, const FloatWinograd &conv, int64_t rows, const HalfBlock &block)
      : k(k), form(form), conv(conv), rows(rows), left(block.left), right(block.right), to(block.to) {}

  void emit() {
    int64_t lanes = form.multipliesHalves ? 8 : form.lanes, columns = conv.columns(form), rest = conv.depth % halfRun;
    FloatMachine m(k, lanes);
    auto forSums = [&](auto body) {
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t n = 0; n < columns / lanes; ++n)
          body(size_t(r * (columns / lanes) + n), k.at(to, (r * conv.outputs + n * lanes) * 4));
    };
    forSums([&](size_t, Value place) { k.store(m.f32(0), place, 4); });
    auto run = [&](Value first, int64_t count) {
      Kernel::Values sums(size_t(rows * columns / lanes), form.multipliesHalves ? halfZeros() : m.f32(0));
      sums = k.loop(0, count, 8, sums,
                    [&](Value c, Kernel::Values acc) { return eightProducts(k.add(first, c), lanes, std::move(acc)); });
      forSums([&](size_t i, Value place) {
        Value h = form.multipliesHalves ? m.widen32(sums[i]) : sums[i];
        k.store(m.add(k.load(k.vec(lanes, k.f32()), place, 4), h), place, 4);
      });
    };
    k.loop(0, conv.depth - rest, halfRun, [&](Value first) { run(first, halfRun); });
    if (rest > 0)
      run(k.index(conv.depth - rest), rest);
  }

private:
  Kernel &k;
  const FloatForm &form;
  const FloatWinograd &conv;
  int64_t rows;
  Value left, right, to;

  VectorType floatsOf(Type element) { return k.vec(form.lanes, element); }
  Value halfZeros() {
    VectorType type = k.vec(8, k.b.getF16Type());
    return k.b.create<arith::ConstantOp>(DenseElementsAttr::get(type, k.b.getF16FloatAttr(0).getValue()));
  }

  /// Eight inputs more to each sum of a block.
  Kernel::Values eightProducts(Value c, int64_t lanes, Kernel::Values acc) {
    int64_t columns = conv.columns(form), count = columns / lanes;
    auto halves = [&](Value from, int64_t number) { return k.load(k.vec(number, k.b.getF16Type()), from, 2); };
    FloatMachine m(k, lanes);
    Kernel::Values x;
    for (int64_t r = 0; r < rows; ++r)
      x.push_back(halves(k.at(left, k.add(k.mul(c, 2), r * conv.depth * 2)), 8));
    for (int64_t i = 0; i < 8; ++i) {
      Kernel::Values v;
      for (int64_t n = 0; n < count; ++n) {
        Value tap = halves(k.at(right, k.add(k.mul(c, columns * 2), (i * columns + n * lanes) * 2)), lanes);
        v.push_back(form.multipliesHalves ? tap : m.widen32(tap));
      }
      for (int64_t r = 0; r < rows; ++r) {
        Value one = k.broadcastLane(x[size_t(r)], i, lanes);
        for (int64_t n = 0; n < count; ++n) {
          Value &sum = acc[size_t(r * count + n)];
          sum = form.multipliesHalves ? m.fma(one, v[size_t(n)], sum) : fmaHalf(m, m.widen32(one), v[size_t(n)], sum);
        }
      }
    }
    return acc;
  }

  /// (E62) Binary16 fma of numbers of binary32 that are halves: their product is exact, and a sum whose last bit says
  /// whether anything was cut off (rounded to odd) becomes the right half.
  Value fmaHalf(FloatMachine &m, Value a, Value b, Value c) {
    VectorType words = k.vec(form.lanes, k.i32()), floats = floatsOf(k.f32());
    Value product = m.mul(a, b), sum = m.add(product, c), part = m.sub(sum, product);
    Value error = m.add(m.sub(product, m.sub(sum, part)), m.sub(c, part)), zero = m.f32(0);
    Value bits = k.b.create<arith::BitcastOp>(words, sum);
    Value isEven = k.b.create<arith::CmpIOp>(
        arith::CmpIPredicate::eq, k.b.create<arith::AndIOp>(bits, k.constant(words, 1)), k.constant(words, 0));
    Value isAway = k.b.create<arith::CmpIOp>(arith::CmpIPredicate::eq, m.less(zero, error), m.less(zero, sum));
    Value odd = k.add(bits, k.select(isAway, k.constant(words, 1), k.constant(words, -1)));
    Value isCut = k.b.create<arith::CmpFOp>(arith::CmpFPredicate::ONE, error, zero);
    Value exact = k.select(k.b.create<arith::AndIOp>(isCut, isEven), odd, bits);
    Value half = k.b.create<arith::TruncFOp>(floatsOf(k.b.getF16Type()), k.b.create<arith::BitcastOp>(floats, exact));
    return m.widen32(half);
  }
};

} // namespace

void emitHalfBlock(Kernel &k, const FloatForm &form, const FloatWinograd &conv, int64_t rows, const HalfBlock &block) {
  BlockEmitter(k, form, conv, rows, block).emit();
}

} // namespace wino
