// Float graph to host functions; every tensor keeps its own memory.
#include "Lower/Kernels/ModuleBuilder.h"
#include "Lower/Kernels/Pointwise.h"
#include "Lower/LowerFloat/FloatKernels.h"
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/FloatActivation.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace wino {

#define GEN_PASS_DEF_LOWERFLOAT
#include "wino/Passes/Passes.h.inc"

namespace {

class FloatLowering {
public:
  FloatLowering(ModuleOp module, func::FuncOp main, llvm::StringRef prefix, bool canRestart)
      : module(module), main(main), prefix(prefix), canRestart(canRestart), builder(module, prefix) {}
  LogicalResult run();

private:
  ModuleOp module;
  func::FuncOp main;
  std::string prefix;
  bool canRestart;
  ModuleBuilder builder;
  Value arena, firstStep;
  llvm::DenseMap<Value, Value> pointers;
  llvm::SmallVector<Attribute> tensors;
  int64_t arenaBytes = 0;

  int64_t count(Value value) { return cast<ShapedType>(value.getType()).getNumElements(); }
  Value pointer(Value value) {
    Value &known = pointers[value];
    if (!known)
      known = builder.constant(value.getLoc(), constantFloats(value).value_or(std::vector<float>()));
    return known;
  }
  Value result(Operation *op);
  /// A kernel of its own for `op`: only convolutions, which are large, are shared between layers.
  void emit(Operation *op, ValueRange operands, llvm::function_ref<void(Kernel &, ValueRange)> body) {
    call(op, "layer", "layer" + std::to_string(tensors.size()) + "." + std::to_string(serial++), operands, body);
  }
  /// Runs the kernel unless the caller starts later.
  void call(Operation *op, llvm::StringRef name, const std::string &key, ValueRange operands,
            llvm::function_ref<void(Kernel &, ValueRange)> body) {
    Value isDue;
    if (canRestart && !isa<func::ReturnOp>(op)) {
      Kernel k = builder.entry(op->getLoc());
      Value step = k.b.create<arith::ConstantIntOp>(int64_t(tensors.size()) - 1, 64);
      isDue = k.b.create<arith::CmpIOp>(arith::CmpIPredicate::sle, firstStep, step);
    }
    builder.call(op->getLoc(), name, key, operands, body, isDue);
  }
  int serial = 0;

  LogicalResult lower(Operation &op);
  void convolution(Conv2DOp op);
  void fullyConnected(FullyConnectedOp op);
  void binary(Operation *op, ActivationAttr activation);
  void reduce(Operation *op, ArrayRef<int64_t> axes);
  void softmax(SoftmaxOp op);
  void move(Operation *op, Value from, Value to, ArrayRef<int64_t> extents, ArrayRef<int64_t> fromStrides,
            int64_t fromOffset, ArrayRef<int64_t> toStrides, int64_t toOffset);
};

Value FloatLowering::result(Operation *op) {
  Value value = op->getResult(0);
  Builder b(module.getContext());
  tensors.push_back(b.getDictionaryAttr({b.getNamedAttr("name", b.getStringAttr(nodeName(op))),
                                         b.getNamedAttr("offset", b.getI64IntegerAttr(arenaBytes)),
                                         b.getNamedAttr("dims", b.getI64ArrayAttr(shapeOf(value)))}));
  pointers[value] = builder.entry(op->getLoc()).at(arena, arenaBytes);
  arenaBytes += (count(value) * 4 + 127) / 64 * 64;
  return pointers[value];
}

void FloatLowering::convolution(Conv2DOp op) {
  FloatConvolution conv{llvm::to_vector(shapeOf(op.getInput())),
                        llvm::to_vector(shapeOf(op.getOutput())),
                        llvm::to_vector(shapeOf(op.getFilter())),
                        llvm::to_vector(op.getStrides()),
                        llvm::to_vector(op.getPads()),
                        llvm::to_vector(op.getDilations()),
                        int64_t(op.getGroups()),
                        op.getActivation().value_or(ActivationAttr())};
  Value scratch = builder.entry(op.getLoc()).at(arena, arenaBytes);
  arenaBytes += (conv.scratchBytes() + 63) / 64 * 64;
  Value operands[] = {pointer(op.getInput()), result(op), pointer(op.getFilter()), pointer(op.getBias()), scratch};
  // Making machine code for every layer would take longer than a few hundred images.
  call(op, "conv", conv.key(), operands,
       [&](Kernel &k, ValueRange a) { emitFloatConvolution(k, conv, a[0], a[1], a[2], a[3], a[4]); });
}

void FloatLowering::fullyConnected(FullyConnectedOp op) {
  int64_t rows = shapeOf(op.getInput())[0], inputs = shapeOf(op.getInput())[1], outputs = shapeOf(op.getOutput())[1];
  std::vector<float> filter = constantFloats(op.getFilter()).value_or(std::vector<float>()), transposed(filter.size());
  for (int64_t f = 0; f < outputs; ++f)
    for (int64_t c = 0; c < inputs; ++c)
      transposed[c * outputs + f] = filter[f * inputs + c];
  ActivationAttr activation = op.getActivation().value_or(ActivationAttr());
  Value operands[] = {pointer(op.getInput()), result(op), builder.constant(op.getLoc(), transposed),
                      pointer(op.getBias())};
  emit(op, operands, [&](Kernel &k, ValueRange a) {
    emitFloatFullyConnected(k, rows, inputs, outputs, activation, a[0], a[1], a[2], a[3]);
  });
}

static Value combine(Kernel &k, Operation *op, Value x, Value y) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<AddOp>([&](auto) { return k.b.create<arith::AddFOp>(x, y); })
      .Case<SubOp>([&](auto) { return k.b.create<arith::SubFOp>(x, y); })
      .Case<MulOp>([&](auto) { return k.b.create<arith::MulFOp>(x, y); })
      .Case<MaximumOp>([&](auto) { return k.b.create<arith::MaximumFOp>(x, y); })
      .Case<MinimumOp>([&](auto) { return k.b.create<arith::MinimumFOp>(x, y); });
}

void FloatLowering::binary(Operation *op, ActivationAttr activation) {
  llvm::SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(pointer(operand));
  operands.push_back(result(op));
  int64_t total = count(op->getResult(0));
  emit(op, operands, [&](Kernel &k, ValueRange a) {
    k.loop(0, total, 1, [&](Value i) {
      Value at = k.mul(i, 4), x = k.load(k.f32(), k.at(a[0], at), 4);
      if (op->getNumOperands() == 2) {
        Value y = k.load(k.f32(), k.at(a[1], at), 4);
        x = combine(k, op, x, y);
      }
      k.store(applyActivation(k, activation, x), k.at(a.back(), at), 4);
    });
  });
}

void FloatLowering::reduce(Operation *op, ArrayRef<int64_t> axes) {
  ArrayRef<int64_t> shape = shapeOf(op->getOperand(0));
  bool isMean = isa<ReduceMeanOp>(op);
  auto strides = denseStrides(shape);
  llvm::SmallVector<int64_t> outer, outerStrides, inner, innerStrides;
  int64_t elements = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    bool reduced = llvm::is_contained(axes, int64_t(d));
    (reduced ? inner : outer).push_back(shape[d]);
    (reduced ? innerStrides : outerStrides).push_back(strides[d]);
    elements *= reduced ? shape[d] : 1;
  }
  auto outStrides = denseStrides(outer);
  Value input = pointer(op->getOperand(0));
  emit(op, {input, result(op)}, [&](Kernel &k, ValueRange a) {
    loopNest(k, outer, [&](ArrayRef<Value> at) {
      Value from = k.index(0), to = k.index(0);
      for (size_t d = 0; d < at.size(); ++d) {
        from = k.add(from, k.mul(at[d], outerStrides[d] * 4));
        to = k.add(to, k.mul(at[d], outStrides[d] * 4));
      }
      std::function<Value(size_t, Value, Value)> sum = [&](size_t d, Value pointer, Value acc) -> Value {
        if (d == inner.size()) {
          Value x = k.load(k.f32(), pointer, 4);
          return isMean ? k.b.create<arith::AddFOp>(acc, x).getResult() : k.b.create<arith::MaximumFOp>(acc, x);
        }
        return k.loop(0, inner[d], 1, {acc}, [&](Value i, Kernel::Values carried) {
          return Kernel::Values{sum(d + 1, k.at(pointer, k.mul(i, innerStrides[d] * 4)), carried[0])};
        })[0];
      };
      Value total = sum(0, k.at(a[0], from), k.constantF32(isMean ? 0 : -std::numeric_limits<float>::infinity()));
      if (isMean)
        total = k.b.create<arith::DivFOp>(total, k.constantF32(float(elements)));
      k.store(total, k.at(a[1], to), 4);
    });
  });
}

void FloatLowering::softmax(SoftmaxOp op) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  int64_t axis = op.getAxis(), extent = shape[axis];
  auto strides = denseStrides(shape);
  llvm::SmallVector<int64_t> outer = llvm::to_vector(shape);
  outer[axis] = 1;
  emit(op, {pointer(op.getInput()), result(op)}, [&](Kernel &k, ValueRange a) {
    loopNest(k, outer, [&](ArrayRef<Value> at) {
      Value base = k.index(0);
      for (size_t d = 0; d < at.size(); ++d)
        base = k.add(base, k.mul(at[d], strides[d] * 4));
      Value from = k.at(a[0], base), to = k.at(a[1], base);
      auto element = [&](Value p, Value i) { return k.at(p, k.mul(i, strides[axis] * 4)); };
      Value lowest = k.constantF32(-std::numeric_limits<float>::infinity());
      Value largest = k.loop(0, extent, 1, {lowest}, [&](Value i, Kernel::Values c) {
        return Kernel::Values{k.b.create<arith::MaximumFOp>(c[0], k.load(k.f32(), element(from, i), 4))};
      })[0];
      FloatMachine m(k, 0);
      FloatActivation<FloatMachine> functions(m);
      Value sum = k.loop(0, extent, 1, {m.f64(0)}, [&](Value i, Kernel::Values c) {
        Value e = functions.exp(m.sub(k.load(k.f32(), element(from, i), 4), largest));
        k.store(e, element(to, i), 4);
        return Kernel::Values{m.add(c[0], m.widen(e))};
      })[0];
      k.loop(0, extent, 1, [&](Value i) {
        Value e = m.widen(k.load(k.f32(), element(to, i), 4));
        k.store(m.narrow(m.div(e, sum)), element(to, i), 4);
      });
    });
  });
}

void FloatLowering::move(Operation *op, Value from, Value to, ArrayRef<int64_t> extents, ArrayRef<int64_t> fromStrides,
                         int64_t fromOffset, ArrayRef<int64_t> toStrides, int64_t toOffset) {
  emit(op, {from, to}, [&](Kernel &k, ValueRange a) {
    loopNest(k, extents, [&](ArrayRef<Value> at) {
      Value source = k.index(fromOffset * 4), target = k.index(toOffset * 4);
      for (size_t d = 0; d < at.size(); ++d) {
        source = k.add(source, k.mul(at[d], fromStrides[d] * 4));
        target = k.add(target, k.mul(at[d], toStrides[d] * 4));
      }
      k.store(k.load(k.f32(), k.at(a[0], source), 4), k.at(a[1], target), 4);
    });
  });
}

LogicalResult FloatLowering::lower(Operation &op) {
  auto strides = [&](Value v) { return denseStrides(shapeOf(v)); };
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<arith::ConstantOp>([](auto) { return success(); })
      .Case<Conv2DOp>([&](auto o) { return convolution(o), success(); })
      .Case<FullyConnectedOp>([&](auto o) { return fullyConnected(o), success(); })
      .Case<AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(
          [&](auto o) { return binary(o, o.getActivation().value_or(ActivationAttr())), success(); })
      .Case<ActivateOp>([&](auto o) { return binary(o, o.getActivation()), success(); })
      .Case<MaxPool2DOp, AvgPool2DOp>([&](auto o) {
        FloatPool pool{llvm::to_vector(shapeOf(o.getInput())),
                       llvm::to_vector(shapeOf(o.getOutput())),
                       llvm::to_vector(o.getKernel()),
                       llvm::to_vector(o.getStrides()),
                       llvm::to_vector(o.getPads()),
                       isa<AvgPool2DOp>(o),
                       false};
        if constexpr (std::is_same_v<decltype(o), AvgPool2DOp>)
          pool.countPadding = o.getCountIncludePad();
        emit(o, {pointer(o.getInput()), result(o)},
             [&](Kernel &k, ValueRange a) { emitFloatPool(k, pool, a[0], a[1]); });
        return success();
      })
      .Case<ReduceMeanOp, ReduceMaxOp>([&](auto o) { return reduce(o, o.getAxes()), success(); })
      .Case<SoftmaxOp>([&](auto o) { return softmax(o), success(); })
      .Case<ReshapeOp>([&](auto o) {
        Value from = pointer(o.getInput());
        return move(o, from, result(o), {count(o.getInput())}, {1}, 0, {1}, 0), success();
      })
      .Case<TransposeOp>([&](auto o) {
        auto in = strides(o.getInput());
        llvm::SmallVector<int64_t> permuted;
        for (int64_t d : o.getPerm())
          permuted.push_back(in[d]);
        Value from = pointer(o.getInput());
        return move(o, from, result(o), shapeOf(o.getOutput()), permuted, 0, strides(o.getOutput()), 0), success();
      })
      .Case<SliceOp>([&](auto o) {
        auto in = strides(o.getInput());
        int64_t first = 0;
        for (size_t d = 0; d < in.size(); ++d) {
          first += o.getStarts()[d] * in[d];
          in[d] *= o.getSteps()[d];
        }
        Value from = pointer(o.getInput());
        return move(o, from, result(o), shapeOf(o.getOutput()), in, first, strides(o.getOutput()), 0), success();
      })
      .Case<PadOp>([&](auto o) {
        auto out = strides(o.getOutput());
        int64_t first = 0, total = count(o.getOutput());
        for (size_t d = 0; d < out.size(); ++d)
          first += o.getLow()[d] * out[d];
        Value from = pointer(o.getInput()), to = result(o);
        emit(o, {to}, [&](Kernel &k, ValueRange a) {
          Value v = k.constantF32(o.getValue().convertToFloat());
          k.loop(0, total, 1, [&](Value i) { k.store(v, k.at(a[0], k.mul(i, 4)), 4); });
        });
        return move(o, from, to, shapeOf(o.getInput()), strides(o.getInput()), 0, out, first), success();
      })
      .Case<RepeatOp, DepthToSpaceOp, SpaceToDepthOp>([&](auto o) {
        auto in = strides(o.getInput()), out = strides(o.getOutput());
        StridedCopy c = blockCopy(o, in, out);
        Value from = pointer(o.getInput());
        return move(o, from, result(o), c.extents, c.fromStrides, 0, c.toStrides, 0), success();
      })
      .Case<ConcatOp>([&](auto o) {
        auto out = strides(o.getOutput());
        Value to = result(o);
        int64_t at = 0;
        for (Value input : o.getInputs()) {
          move(o, pointer(input), to, shapeOf(input), strides(input), 0, out, at * out[o.getAxis()]);
          at += shapeOf(input)[o.getAxis()];
        }
        return success();
      })
      .Default([](Operation *o) {
        return o->emitError("expected an op with a float kernel, got '") << o->getName() << "'";
      });
}

LogicalResult FloatLowering::run() {
  auto ret = cast<func::ReturnOp>(main.getBody().front().getTerminator());
  int64_t inputs = main.getNumArguments();
  func::FuncOp entry = builder.beginEntry(main.getLoc(), 1 + inputs + ret.getNumOperands() + canRestart);
  arena = entry.getArgument(0);
  if (canRestart) {
    Kernel k = builder.entry(main.getLoc());
    firstStep = k.load(k.b.getI64Type(), entry.getArguments().back(), 8);
  }
  for (BlockArgument arg : main.getArguments())
    pointers[arg] = entry.getArgument(1 + arg.getArgNumber());
  for (Operation &op : main.getBody().front().without_terminator())
    if (failed(lower(op)))
      return failure();
  for (auto [n, value] : llvm::enumerate(ret.getOperands()))
    move(ret, pointer(value), entry.getArgument(1 + inputs + n), {count(value)}, {1}, 0, {1}, 0);
  builder.endEntry();
  Builder b(module.getContext());
  module->setAttr("wino.tensors", b.getArrayAttr(tensors));
  module->setAttr("wino.arena_bytes", b.getI64IntegerAttr(arenaBytes));
  main.erase();
  return success();
}

struct LowerFloat : impl::LowerFloatBase<LowerFloat> {
  using LowerFloatBase::LowerFloatBase;
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main) {
      getOperation().emitError("expected a function '@main', got none");
      return signalPassFailure();
    }
    if (failed(FloatLowering(getOperation(), main, prefix, restart).run()))
      signalPassFailure();
  }
};

} // namespace
} // namespace wino
