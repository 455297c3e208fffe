// wino-bench-bytes: bytes into an integer network, bytes out: by the interpreter, or by its GPU kernels on the host.
// What the bench compares a GPU's results with.
//
// usage: wino-bench-bytes NAME.quant.mlirbc IN OUT [emulate]. IN holds one input after the other as a library takes
// them (N, H, W, C); OUT gets all outputs of the first inference, then of the second.
#include "common/Interpret.h"
#include "common/Network.h"
#include "common/PipelineOptions.h"
#include "host/DeviceEmulator.h"
#include "wino/Calibrate/AtomicFile.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <mutex>
#include <thread>

using namespace llvm;
using namespace wino;

using Bytes = std::vector<uint8_t>;
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
        bytes.push_back(uint8_t(value));
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

static Error work(int argc, char **argv) {
  if (argc < 4 || argc > 5 || (argc == 5 && StringRef(argv[4]) != "emulate"))
    return createStringError("usage: wino-bench-bytes NAME.quant.mlirbc IN OUT [emulate]");
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
  Expected<Run> run = argc == 5 ? emulator(*module) : interpreter(*main);
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
