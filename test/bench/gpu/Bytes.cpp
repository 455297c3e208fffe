// wino-bench-bytes: bytes into an integer network, bytes out: by the interpreter, by its GPU kernels on the host
// (emulate), or by its code for x86-64 (host), which is exact too and hundreds of times faster than the interpreter.
// What the bench compares a GPU's results with.
//
// usage: wino-bench-bytes NAME.quant.mlirbc IN OUT [emulate|host]. IN holds one input after the other as a library
// takes them (N, H, W, C); OUT gets all outputs of the first inference, then of the second.
#include "common/Interpret.h"
#include "common/Network.h"
#include "common/PipelineOptions.h"
#include "host/DeviceEmulator.h"
#include "host/HostCode.h"
#include "wino/Calibrate/AtomicFile.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <mutex>
#include <thread>

using namespace llvm;
using namespace wino;

using Bytes = std::vector<uint8_t>;

static unsigned elementBytes(mlir::Value value) { return quantizedType(value).getStorageTypeIntegralWidth() / 8; }

/// All outputs of one inference behind each other.
using Run = std::function<Expected<Bytes>(size_t number, const Bytes &input)>;

static Expected<Run> interpreter(mlir::func::FuncOp main) {
  Expected<IntegerNetwork> network = IntegerNetwork::create(main);
  if (!network)
    return network.takeError();
  auto shared = std::make_shared<IntegerNetwork>(std::move(*network));
  return Run([shared, main](size_t, const Bytes &input) mutable -> Expected<Bytes> {
    mlir::Value argument = main.getArgument(0);
    bool isSigned = quantizedType(argument).isSigned();
    std::vector<int32_t> values;
    for (uint8_t byte : input)
      values.push_back(isSigned ? int8_t(byte) : byte);
    auto outputs = shared->run(toMemoryOrder<int32_t>(values, shapeOf(argument), /*isBack=*/true));
    if (!outputs)
      return outputs.takeError();
    Bytes bytes;
    for (auto [result, output] : zip(main.getBody().front().getTerminator()->getOperands(), *outputs))
      for (int32_t value : toMemoryOrder<int32_t>(output, shapeOf(result)))
        for (unsigned b = 0; b < elementBytes(result); ++b)
          bytes.push_back(uint8_t(value >> (8 * b)));
    return bytes;
  });
}

static Expected<Run> emulator(mlir::ModuleOp module) {
  mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
  auto target = module->getAttrOfType<mlir::StringAttr>("wino.target");
  PipelineOptions options;
  options.name = "net";
  options.target = target ? target.getValue().str() : "";
  if (!StringRef(options.target).starts_with("sm_"))
    return createStringError("expected a network compiled for a GPU, got one for '" + options.target + "'");
  Expected<DeviceNetwork> network = compileForDevice(*copy, options);
  if (!network)
    return network.takeError();
  Expected<std::unique_ptr<DeviceEmulator>> loaded = DeviceEmulator::load(*network);
  if (!loaded)
    return loaded.takeError();
  std::shared_ptr<DeviceEmulator> shared = std::move(*loaded);
  auto mutex = std::make_shared<std::mutex>();
  return Run([shared, mutex](size_t number, const Bytes &input) -> Expected<Bytes> {
    std::lock_guard<std::mutex> lock(*mutex);
    std::vector<Bytes> outputs;
    if (Error error = shared->run({input}, outputs, uint8_t(0xA5 + 37 * number), Schedule::number(number)))
      return std::move(error);
    Bytes bytes;
    for (const Bytes &output : outputs)
      bytes.insert(bytes.end(), output.begin(), output.end());
    return bytes;
  });
}

/// One at a time: there is one arena.
static Expected<Run> hostCode(mlir::ModuleOp module) {
  mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
  auto results = cantFail(mainFunction(module)).getBody().front().getTerminator()->getOperands();
  if (results.size() != 1)
    return createStringError("expected a network of one output, got " + Twine(results.size()));
  size_t outputs = size_t(cast<mlir::ShapedType>(results[0].getType()).getNumElements()) * elementBytes(results[0]);
  mlir::PassManager pm(module.getContext());
  PlanArenaOptions arena;
  arena.target = "x86-64";
  pm.addNestedPass<mlir::func::FuncOp>(createPlanArena(arena));
  LowerToX86Options lower;
  lower.prefix = "net";
  pm.addPass(createLowerToX86(lower));
  if (failed(pm.run(*copy)))
    return createStringError("expected lowering for this machine to succeed");
  auto bytes =
      std::make_shared<Bytes>(size_t((*copy)->getAttrOfType<mlir::IntegerAttr>("wino.arena_bytes").getInt()) + 64);
  Expected<std::unique_ptr<HostCode>> loaded = HostCode::load(std::move(copy), "net");
  if (!loaded)
    return loaded.takeError();
  std::shared_ptr<HostCode> code = std::move(*loaded);
  auto mutex = std::make_shared<std::mutex>();
  return Run([code, bytes, outputs, mutex](size_t, const Bytes &input) -> Expected<Bytes> {
    std::lock_guard<std::mutex> lock(*mutex);
    Bytes output(outputs), copy = input;
    uint8_t *first = bytes->data() + (64 - reinterpret_cast<uintptr_t>(bytes->data()) % 64) % 64;
    code->run({first, copy.data(), output.data()});
    return output;
  });
}

static Error work(int argc, char **argv) {
  StringRef how = argc == 5 ? argv[4] : "interpreter";
  if (argc < 4 || argc > 5 || (argc == 5 && how != "emulate" && how != "host"))
    return createStringError("usage: wino-bench-bytes NAME.quant.mlirbc IN OUT [emulate|host]");
  mlir::MLIRContext context;
  context.loadDialect<WinogradDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect,
                      mlir::quant::QuantizationDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceFile<mlir::ModuleOp>(argv[1], &context);
  if (!module)
    return createStringError(Twine(argv[1]) + ": expected the integer graph of wino-opt");
  Expected<mlir::func::FuncOp> main = mainFunction(*module);
  if (!main)
    return main.takeError();
  if (main->getNumArguments() != 1 || !quantizedType(main->getArgument(0)))
    return createStringError(Twine(argv[1]) + ": expected one quantized input, got others");
  auto file = MemoryBuffer::getFile(argv[2], /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError(Twine(argv[2]) + ": " + file.getError().message());
  StringRef all = (*file)->getBuffer();
  size_t each = 1;
  for (int64_t extent : shapeOf(main->getArgument(0)))
    each *= size_t(extent);
  if (all.empty() || all.size() % each != 0)
    return createStringError(Twine(argv[2]) + ": expected a multiple of " + Twine(each) + " bytes, got " +
                             Twine(all.size()));
  Expected<Run> run = how == "emulate" ? emulator(*module) : how == "host" ? hostCode(*module) : interpreter(*main);
  if (!run)
    return run.takeError();
  std::vector<Bytes> results(all.size() / each);
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Error failure = Error::success();
  auto worker = [&] {
    for (size_t i; (i = next++) < results.size();) {
      StringRef part = all.substr(i * each, each);
      Expected<Bytes> output = (*run)(i, Bytes(part.bytes_begin(), part.bytes_end()));
      std::lock_guard<std::mutex> lock(mutex);
      if (output)
        results[i] = std::move(*output);
      else
        failure = joinErrors(std::move(failure), output.takeError());
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::max(1u, std::thread::hardware_concurrency()); ++t)
    threads.emplace_back(worker);
  for (std::thread &thread : threads)
    thread.join();
  if (failure)
    return failure;
  std::string bytes;
  for (const Bytes &result : results)
    bytes.append(result.begin(), result.end());
  return writeFileAtomically(argv[3], bytes);
}

int main(int argc, char **argv) {
  if (Error error = work(argc, argv)) {
    errs() << "wino-bench-bytes: " << toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
