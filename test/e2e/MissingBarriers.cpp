// Kernels of GPUs with one barrier, one wait or one commit of copies taken away: the emulator must notice every time.
//
// usage: wino-test-barriers GRAPH.quant.mlirbc RANGES, the ranges of the depth of products (0: blocks that
// transform their own tiles), for sm_75 (no cp.async) and sm_80. Noticed means: a race, a wrong
// result or an operation that never ends. Both ways of looking are counted alone: by the search for races, in one
// order, and by results in several orders. Both must notice all but calls that do nothing where they are.
#include "common/Network.h"
#include "common/PipelineOptions.h"
#include "host/DeviceEmulator.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

#include <random>

using namespace llvm;
using namespace wino;

using Buffers = std::vector<std::vector<uint8_t>>;

struct Mutant {
  std::string what; ///< kernel, call and number
  std::string ir;
  /// The call may do nothing, without loops: a barrier before anything happens to shared memory, a commit behind which
  /// nobody waits.
  bool isNeedless;
};

/// The text without one call, as often as there are such calls.
static std::vector<Mutant> mutantsOf(const std::string &ir) {
  constexpr StringLiteral barrier = "@llvm.nvvm.barrier0(", wait = "@llvm.nvvm.cp.async.wait.group(",
                          commit = "@llvm.nvvm.cp.async.commit.group(";
  std::vector<Mutant> mutants;
  SmallVector<StringRef> functions;
  StringRef(ir).split(functions, "\ndefine ");
  for (StringRef function : ArrayRef(functions).drop_front()) {
    function = function.take_front(function.find("\n}"));
    StringRef kernel = function.split('@').second.take_until([](char c) { return c == '('; });
    bool isTouched = false; // shared memory
    SmallVector<StringRef> lines;
    function.split(lines, '\n');
    for (StringRef line : lines) {
      isTouched |= (line.contains("store ") && line.contains("ptr addrspace(3)")) || line.contains("cp.async");
      bool isBarrier = line.contains(barrier), isCommit = line.contains(commit);
      if (!isBarrier && !isCommit && !line.contains(wait))
        continue;
      size_t first = size_t(line.data() - ir.data());
      StringRef behind = function.drop_front(size_t(line.data() - function.data()) + line.size());
      mutants.push_back(
          {(kernel + " without " + line.trim().split(" #").first + " number ").str() + std::to_string(mutants.size()),
           ir.substr(0, first) + ir.substr(first + line.size()),
           (isBarrier && !isTouched) || (isCommit && !behind.contains(wait))});
    }
  }
  return mutants;
}

static Expected<Buffers> run(DeviceEmulator &emulator, const Buffers &inputs, const Schedule &schedule) {
  Buffers outputs;
  if (Error error = emulator.run(inputs, outputs, 0xA5, schedule))
    return std::move(error);
  return std::move(outputs);
}

/// What is wrong with a run; an empty text if nothing is.
static std::string problem(DeviceEmulator &emulator, const Buffers &inputs, const Buffers &expected,
                           const Schedule &schedule) {
  Expected<Buffers> outputs = run(emulator, inputs, schedule);
  if (!outputs)
    return toString(outputs.takeError());
  return *outputs == expected ? "" : "wrong result";
}

static int check(const char *chip, int64_t ranges, mlir::ModuleOp graph) {
  mlir::OwningOpRef<mlir::ModuleOp> copy = graph.clone();
  PipelineOptions options;
  options.name = "net";
  options.target = chip;
  options.ranges = ranges > 0 ? ranges : 1;
  options.fuse = ranges > 0 ? "never" : "always";
  Expected<DeviceNetwork> network = compileForDevice(*copy, options);
  auto failure = [&](Error error) {
    outs() << "FAIL " << chip << ": " << toString(std::move(error)) << "\n";
    return 1;
  };
  if (!network)
    return failure(network.takeError());
  std::mt19937 random(1);
  Buffers inputs;
  for (const PortInfo &port : network->model.inputs) {
    inputs.emplace_back(port.elements);
    for (uint8_t &byte : inputs.back())
      byte = uint8_t(random());
  }
  Expected<std::unique_ptr<DeviceEmulator>> whole = DeviceEmulator::load(*network);
  if (!whole)
    return failure(whole.takeError());
  Expected<Buffers> expected = run(**whole, inputs, Schedule());
  if (!expected)
    return failure(expected.takeError());
  size_t count = 0, byRaces = 0, byResults = 0, needless = 0, missed = 0;
  for (Mutant &mutant : mutantsOf(network->code.ir)) {
    DeviceNetwork changed = *network;
    changed.code.ir = std::move(mutant.ir);
    Expected<std::unique_ptr<DeviceEmulator>> emulator = DeviceEmulator::load(changed);
    if (!emulator)
      return failure(emulator.takeError());
    std::string race = problem(**emulator, inputs, *expected, Schedule()), result;
    for (uint64_t n = 0; n < 4 && result.empty(); ++n) {
      Schedule schedule = Schedule::number(n);
      schedule.findsRaces = false;
      result = problem(**emulator, inputs, *expected, schedule);
    }
    bool idle = mutant.isNeedless && race.empty() && result.empty();
    outs() << "  " << chip << " " << mutant.what << ": " << (race.empty() ? "no race" : race) << "; "
           << (result.empty() ? "right results" : result) << (idle ? " (needless here)" : "") << "\n";
    count += !idle;
    needless += idle;
    byRaces += !race.empty();
    byResults += !result.empty();
    missed += !idle && (race.empty() || result.empty());
  }
  outs() << chip << ": " << count << " calls taken away one by one: " << byRaces << " noticed as races, " << byResults
         << " by results in 4 orders; " << needless << " more that do nothing\n";
  return missed > 0 || count == 0;
}

int main(int argc, char **argv) {
  int64_t ranges = 0;
  if (argc != 3 || StringRef(argv[2]).getAsInteger(10, ranges)) {
    errs() << "usage: wino-test-barriers GRAPH.quant.mlirbc RANGES\n";
    return 2;
  }
  mlir::MLIRContext context;
  context.loadDialect<WinogradDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect,
                      mlir::quant::QuantizationDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> graph = mlir::parseSourceFile<mlir::ModuleOp>(argv[1], &context);
  if (!graph)
    return 1;
  int failed = 0;
  for (const char *chip : {"sm_75", "sm_80"})
    failed |= check(chip, ranges, *graph);
  return failed;
}
