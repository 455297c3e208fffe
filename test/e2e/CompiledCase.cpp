// From the text of a float network to reference results, host results and object code of an Arm core.
#include "CompiledCase.h"
#include "FloatPlans.h"
#include "GuardedBuffer.h"
#include "SharedRun.h"

#include "common/Network.h"
#include "common/PipelineOptions.h"
#include "host/DeviceEmulator.h"
#include "host/HostCode.h"
#include "wino-opt/Pipeline.h"
#include "wino/Dialect/ResidualSum.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Emit/ObjectCode.h"
#include "wino/Numerics/TapStats.h"
#include "wino/Passes/Passes.h"
#include "wino/Reference/Interpreter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace mlir;

namespace wino {

namespace {

class Compiling {
public:
  Compiling(const RandomCase &source, uint64_t seed, const std::string &prefix, Runs runs, const TargetData &device)
      : source(source), device(device), seed(seed), random(~seed), runs(runs),
        chip(std::vector<std::string>{"sm_75", "sm_80", "sm_87", "sm_90"}[seed / 10 % 4]) {
    result.prefix = prefix;
    result.description = "seed " + std::to_string(seed) + ": " + source.description;
    if (runs == Runs::OnKernels)
      result.description += " (" + chip + ")";
    if (runs == Runs::Shared) {
      result.maxWorkers = std::vector<uint32_t>{2, 3, 8}[seed / 10 % 3];
      for (uint32_t workers : {2, 3, 8})
        if (workers <= result.maxWorkers)
          result.workers.push_back(workers);
      result.description += " (" + std::to_string(result.maxWorkers) + " workers)";
    }
    context.disableMultithreading();
    context.loadDialect<WinogradDialect, func::FuncDialect, arith::ArithDialect, quant::QuantizationDialect>();
  }

  CompiledCase run() {
    // Errors are collected; warnings (a tile that is coarse) are no matter here.
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        errors += (errors.empty() ? "" : "; ") + diagnostic.str();
      return success();
    });
    module = parseSourceString<ModuleOp>(source.text, &context);
    if (!module)
      return fail("expected valid text, got: " + errors);
    main = module->lookupSymbol<func::FuncOp>("main");
    bool inFloats = runs == Runs::InFloats;
    if (runs == Runs::OnKernels)
      takeFloatTaps();
    bool inHalves = inFloats && seed % 2 == 0, isCalibrated = !inFloats || (inHalves && random.chance(0.5));
    if (isCalibrated)
      if (llvm::Error error = attachStatistics())
        return fail("float interpreter: " + llvm::toString(std::move(error)));
    if (inFloats)
      result.description += inHalves ? " (fp16)" : " (fp32)";
    if (inFloats && failed(planFloats(main, inHalves, random, device))) {
      result.refusal = errors.empty() ? "no reason given" : errors;
      return std::move(result);
    }
    if (runs == Runs::Alone || runs == Runs::Shared)
      keepSomeInFloats(main, random);
    if (inFloats && failed(makeFloatTiles(main, inHalves, device)))
      return fail("expected a plan whose certificates hold, got an error");
    if (!inFloats && failed(runPasses([this](PassManager &pm) {
          addQuantizePasses(pm, /*ownForms=*/true, /*fuseResiduals=*/runs != Runs::OnKernels);
          addWinogradPasses(pm, PipelineOptions(), nullptr);
        }))) {
      result.refusal = errors.empty() ? "no reason given" : errors;
      return std::move(result);
    }
    main.walk([&](Operation *op) { result.residuals += bool(residualOf(op)); });
    if (llvm::Error error = interpret())
      return fail("interpreter: " + llvm::toString(std::move(error)));
    if (runs == Runs::OnKernels) {
      if (llvm::Error error = runOnKernels())
        return fail(chip + ": " + llvm::toString(std::move(error)));
      return std::move(result);
    }
    if (llvm::Error error = runOnHost())
      return fail("host: " + llvm::toString(std::move(error)));
    if (llvm::Error error = compileForDevice())
      return fail(device.name.str() + ": " + llvm::toString(std::move(error)));
    return std::move(result);
  }

private:
  const RandomCase &source;
  const TargetData &device;
  uint64_t seed;
  Random random;
  Runs runs;
  std::string chip;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp main;
  std::string errors;
  CompiledCase result;

  CompiledCase fail(const std::string &why) {
    result.failure = why + (errors.empty() ? "" : " (" + errors + ")");
    return std::move(result);
  }

  /// GPUs have no kernels for taps in floats: bytes instead.
  void takeFloatTaps() {
    main.walk([&](Conv2DOp conv) {
      if (!conv.getPlan() || !conv.getPlan()->getSpec().hasFloatTaps())
        return;
      std::string bytes = conv.getPlan()->getSpec().withoutFormats().str();
      conv.setPlanAttr(PlanAttr::get(&context, StringAttr::get(&context, bytes)));
    });
  }

  template <typename Add> LogicalResult runPasses(Add add, ModuleOp on = nullptr) {
    PassManager pm(&context);
    add(pm);
    return pm.run(on ? on : *module);
  }

  /// What calibration would have found on one random input, with clips now and then inside the data.
  Attribute statistics(const std::vector<float> &values, bool isUnsigned) {
    double min = 0, max = 0, squares = 0;
    for (float x : values) {
      min = std::min<double>(min, x);
      max = std::max<double>(max, x);
      squares += double(x) * x;
    }
    Builder b(&context);
    double clip = std::max(std::max(-min, max), 1e-3) * random.uniform(0.6, 1.1);
    return b.getDictionaryAttr(
        {b.getNamedAttr("min", b.getF64FloatAttr(isUnsigned ? 0 : min)), b.getNamedAttr("max", b.getF64FloatAttr(max)),
         b.getNamedAttr("rms", b.getF64FloatAttr(std::sqrt(squares / double(values.size())))),
         b.getNamedAttr("clip_s8", b.getF64FloatAttr(clip)), b.getNamedAttr("clip_u8", b.getF64FloatAttr(clip))});
  }

  llvm::Error attachStatistics() {
    llvm::Expected<Interpreter> interpreter = Interpreter::create(main);
    if (!interpreter)
      return interpreter.takeError();
    std::vector<Tensor> arguments;
    for (BlockArgument arg : main.getArguments()) {
      bool isUnsigned = source.unsignedArguments[arg.getArgNumber()];
      Tensor tensor(cast<RankedTensorType>(arg.getType()));
      double scale = random.uniform(0.2, 3);
      for (float &x : tensor.f)
        x = float(random.uniform(isUnsigned ? 0 : -scale, scale));
      if (!isUnsigned) // a tensor whose minimum is not below zero counts as unsigned
        tensor.f[0] = float(-scale);
      arguments.push_back(std::move(tensor));
    }
    std::vector<std::pair<Operation *, Attribute>> found;
    auto observe = [&](Operation *op, const Tensor &tensor) { found.push_back({op, statistics(tensor.f, false)}); };
    llvm::Expected<std::vector<Tensor>> results = interpreter->run(arguments, observe);
    if (!results)
      return results.takeError();
    for (auto &[op, attribute] : found) {
      op->setAttr("winograd.stats", attribute);
      if (auto conv = dyn_cast<Conv2DOp>(op); conv && random.chance(0.5))
        attachTapStatistics(conv);
    }
    for (BlockArgument arg : main.getArguments())
      main.setArgAttr(arg.getArgNumber(), "winograd.stats",
                      statistics(arguments[arg.getArgNumber()].f, source.unsignedArguments[arg.getArgNumber()]));
    return llvm::Error::success();
  }

  /// Clips of taps as small as calibration may find them: far inside what the input allows, so that taps saturate.
  void attachTapStatistics(Conv2DOp conv) {
    if (!conv.getPlan() || conv.getPlan()->isDirect())
      return;
    TileSpec spec = conv.getPlan()->getSpec().withoutFormats();
    std::vector<double> values;
    for (int tap = 0; tap < spec.taps(); ++tap) {
      double clip = random.uniform(0.5, 4);
      llvm::append_range(values, TapStats{clip * 1.2, clip / 3, clip, {clip, clip, clip, clip, clip}}.row());
    }
    Builder b(&context);
    auto type = RankedTensorType::get({spec.down().K, spec.across().K, int64_t(TapStats::numbers)}, b.getF64Type());
    conv->setAttr("winograd.tap_stats", b.getDictionaryAttr(b.getNamedAttr(
                                            spec.str(), DenseElementsAttr::get(type, llvm::ArrayRef(values)))));
  }

  /// Full-range inputs: uniform bytes first, then only the two extremes.
  Tensor randomInput(BlockArgument arg, bool extremes) {
    Tensor tensor(cast<RankedTensorType>(arg.getType()));
    if (tensor.isFloat()) { // ordinary numbers; then zeros of both signs among numbers of many sizes
      for (float &x : tensor.f)
        x = float(random.uniform(-2, 2) *
                  (extremes ? std::ldexp(random.chance(0.3) ? 0 : 1, int(random.in(-30, 3))) : 1));
      return tensor;
    }
    StorageRange range = storageRange(quantizedType(arg));
    for (int32_t &x : tensor.i)
      x = extremes ? (random.chance(0.5) ? range.lo : range.hi) : int32_t(random.in(range.lo, range.hi));
    return tensor;
  }

  static Bytes memoryBytes(const Tensor &tensor) {
    if (tensor.isFloat()) {
      std::vector<float> ordered = toMemoryOrder(llvm::ArrayRef<float>(tensor.f), tensor.shape);
      auto bytes = reinterpret_cast<const uint8_t *>(ordered.data());
      return Bytes(bytes, bytes + ordered.size() * sizeof(float));
    }
    std::vector<int32_t> ordered = toMemoryOrder(llvm::ArrayRef<int32_t>(tensor.i), tensor.shape);
    auto type = dyn_cast<quant::UniformQuantizedType>(tensor.elementType);
    unsigned width = type ? type.getStorageTypeIntegralWidth() / 8 : 1;
    Bytes bytes;
    for (int32_t x : ordered)
      for (unsigned b = 0; b < width; ++b)
        bytes.push_back(uint8_t(x >> (8 * b)));
    return bytes;
  }

  llvm::Error interpret() {
    llvm::Expected<Interpreter> interpreter = Interpreter::create(main);
    if (!interpreter)
      return interpreter.takeError();
    for (bool extremes : {false, true}) {
      Trial trial;
      std::vector<Tensor> arguments;
      for (BlockArgument arg : main.getArguments()) {
        arguments.push_back(randomInput(arg, extremes));
        trial.inputs.push_back(memoryBytes(arguments.back()));
      }
      std::string beyond;
      auto observe = [&](Operation *op, const Tensor &tensor) {
        if (beyond.empty())
          beyond = beyondInterval(op, tensor);
      };
      llvm::Expected<std::vector<Tensor>> outputs = interpreter->run(arguments, observe);
      if (!outputs)
        return outputs.takeError();
      if (!beyond.empty())
        return llvm::createStringError(beyond);
      result.outputShapes.clear();
      result.isFloat.clear();
      for (const Tensor &output : *outputs) {
        result.isFloat.push_back(output.isFloat());
        trial.outputs.push_back(memoryBytes(output));
        Shape shape = output.shape;
        if (shape.size() == 4)
          std::rotate(shape.begin() + 1, shape.begin() + 2, shape.end());
        if (size_t width = trial.outputs.back().size() / size_t(output.elements()); width > 1)
          shape.push_back(int64_t(width)); // bytes
        result.outputShapes.push_back(shape);
      }
      result.trials.push_back(std::move(trial));
    }
    return llvm::Error::success();
  }

  /// The integer graph lowered by `lowering`, a copy.
  llvm::Expected<OwningOpRef<ModuleOp>> lower(std::unique_ptr<Pass> lowering, llvm::StringRef target) {
    OwningOpRef<ModuleOp> copy = module->clone();
    if (failed(runPasses(
            [&](PassManager &pm) {
              PlanArenaOptions arena;
              arena.target = target.str();
              arena.workers = result.maxWorkers;
              arena.leastShared = 0;
              pm.addNestedPass<func::FuncOp>(createPlanArena(arena));
              pm.addPass(std::move(lowering));
            },
            *copy)))
      return llvm::createStringError("expected lowering to succeed");
    result.arenaBytes = size_t((*copy)->getAttrOfType<IntegerAttr>("wino.arena_bytes").getInt());
    return copy;
  }

  llvm::Error runOnKernels() {
    PipelineOptions options;
    options.name = result.prefix;
    options.target = chip;
    options.fuse = std::vector<std::string>{"auto", "always", "never"}[seed / 160 % 3];
    options.ranges = std::vector<int64_t>{0, 2, 5, 32}[seed / 40 % 4];
    llvm::Expected<DeviceNetwork> network = wino::compileForDevice(*module, options);
    if (!network)
      return network.takeError();
    llvm::Expected<std::unique_ptr<DeviceEmulator>> emulator = DeviceEmulator::load(*network);
    if (!emulator)
      return emulator.takeError();
    for (auto [number, trial] : llvm::enumerate(result.trials)) {
      std::vector<Bytes> outputs;
      Schedule schedule = Schedule::number(number == 0 ? seed % 2 : 2 + seed); // one of each sort
      if (llvm::Error error = (*emulator)->run(trial.inputs, outputs, arenaPaint(number, 1), schedule))
        return error;
      for (auto [n, output] : llvm::enumerate(trial.outputs)) {
        std::string difference = firstDifference(n, result.outputShapes[n], output, outputs[n].data());
        if (!difference.empty())
          return llvm::createStringError("trial " + llvm::Twine(number) + ": " + difference);
      }
    }
    return llvm::Error::success();
  }

  llvm::Error runOnHost() {
    LowerToX86Options options;
    options.prefix = result.prefix;
    llvm::Expected<OwningOpRef<ModuleOp>> lowered = lower(createLowerToX86(options), "x86-64");
    if (!lowered)
      return lowered.takeError();
    llvm::Expected<std::unique_ptr<HostCode>> code = HostCode::load(std::move(*lowered), result.prefix);
    if (!code)
      return code.takeError();
    for (uint32_t workers : result.workers)
      if (llvm::Error error = runTrials(**code, workers))
        return error;
    return llvm::Error::success();
  }

  llvm::Error runTrials(const HostCode &code, uint32_t workers) {
    SharedRun shared(workers);
    for (auto [number, trial] : llvm::enumerate(result.trials)) {
      GuardedBuffer arena(result.arenaBytes);
      for (size_t i = 0; i < arena.size(); ++i)
        arena.data()[i] = arenaPaint(number, i);
      std::vector<std::unique_ptr<GuardedBuffer>> buffers;
      std::vector<void *> pointers = {arena.data()};
      auto addBuffer = [&](const Bytes &bytes) {
        buffers.push_back(std::make_unique<GuardedBuffer>(bytes.size()));
        pointers.push_back(buffers.back()->data());
      };
      for (const Bytes &input : trial.inputs) {
        addBuffer(input);
        llvm::copy(input, buffers.back()->data());
      }
      llvm::for_each(trial.outputs, addBuffer);
      // Threads first; then, on the last input, pieces one by one from the last to the first, by changing workers.
      if (result.maxWorkers > 1)
        pointers.push_back(number + 1 < result.trials.size() ? shared.threads() : shared.backwards());
      code.run(pointers);
      bool intact = arena.isIntact();
      for (auto [n, input] : llvm::enumerate(trial.inputs))
        intact &= std::equal(input.begin(), input.end(), buffers[n]->data());
      for (const auto &buffer : buffers)
        intact &= buffer->isIntact();
      if (!intact)
        return llvm::createStringError("expected no write outside of arena and outputs, got one");
      for (auto [n, output] : llvm::enumerate(trial.outputs)) {
        std::string difference = firstDifference(n, result.outputShapes[n], output,
                                                 buffers[trial.inputs.size() + n]->data(), result.isFloat[n]);
        if (!difference.empty())
          return llvm::createStringError("trial " + llvm::Twine(number) + ", " + llvm::Twine(workers) +
                                         " workers: " + difference);
      }
    }
    return llvm::Error::success();
  }

  llvm::Error compileForDevice() {
    LowerToNeonOptions options;
    options.prefix = result.prefix;
    options.target = device.name.str();
    llvm::Expected<OwningOpRef<ModuleOp>> lowered = lower(createLowerToNeon(options), device.name);
    if (!lowered)
      return lowered.takeError();
    if (failed(runPasses([this](PassManager &pm) { addLLVMPasses(pm); }, **lowered)))
      return llvm::createStringError("expected conversion to LLVM to succeed");
    llvm::Expected<CodegenTarget> target = codegenTarget(device.name);
    if (!target)
      return target.takeError();
    auto object = compileModule(**lowered, *target, FileKind::Object);
    if (!object)
      return object.takeError();
    result.object = std::move(*object);
    return llvm::Error::success();
  }
};

} // namespace

CompiledCase compileCase(const RandomCase &source, uint64_t seed, const std::string &prefix, Runs runs,
                         const TargetData &device) {
  return Compiling(source, seed, prefix, runs, device).run();
}

} // namespace wino
