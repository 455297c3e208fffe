// Runs cases of the ONNX backend suite: folders, one a line on standard input, each with model.onnx and
// test_data_set_0. One line per case on standard output: folder, tab, passed | failed | refused, tab, why. What kills
// this program is the case whose line is missing.
//
// --bound=B before other arguments: outputs within B times the largest number of each (at least 1/256), not the suite's
// tolerances.
//
// Without arguments networks are run by the interpreter and by calibration's host code; with --emitted=host as code of
// --precision=fp32, which must have the interpreter's bits. --emitted=cortex-a53 FOLDER compiles: FOLDER/N.o, and
// FOLDER/N.case for conformance.py; the line then says compiled, tab, N.
#include "SuiteCase.h"

#include "common/Diagnostics.h"
#include "common/Network.h"
#include "common/PipelineOptions.h"
#include "host/HostCode.h"
#include "wino-opt/Pipeline.h"
#include "wino/Calibrate/AtomicFile.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Emit/ObjectCode.h"
#include "wino/Import/ImportOps.h"
#include "wino/Import/OnnxReader.h"
#include "wino/Passes/Passes.h"
#include "wino/Reference/Interpreter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <functional>
#include <iostream>

using namespace llvm;
using namespace wino;

namespace {

double bound = 0; // --bound=B: B times the largest number of an output, in place of the suite's tolerances

/// The case cannot be run, for a reason that is not a wrong number.
Error refuse(const Twine &why) { return createStringError(why); }

using Outputs = std::vector<std::vector<float>>;

Expected<Outputs> interpret(mlir::func::FuncOp main, const std::vector<std::vector<float>> &values) {
  auto interpreter = Interpreter::create(main);
  if (!interpreter)
    return interpreter.takeError();
  std::vector<Tensor> args;
  for (mlir::BlockArgument arg : main.getArguments()) {
    args.emplace_back(cast<mlir::RankedTensorType>(arg.getType()));
    args.back().f = values[arg.getArgNumber()];
  }
  auto results = interpreter->run(args, {});
  if (!results)
    return results.takeError();
  Outputs outputs;
  for (Tensor &tensor : *results)
    outputs.push_back(std::move(tensor.f));
  return outputs;
}

Expected<Outputs> runOnHost(mlir::func::FuncOp main, std::vector<std::vector<float>> values) {
  Outputs outputs;
  for (mlir::Type type : main.getResultTypes())
    outputs.emplace_back(cast<mlir::ShapedType>(type).getNumElements());
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(main.getLoc());
  mlir::OpBuilder::atBlockEnd(module->getBody()).clone(*main);
  mlir::PassManager pm(main.getContext());
  pm.addPass(createLowerFloat());
  if (failed(pm.run(*module)))
    return createStringError("no host code");
  std::vector<char> arena((*module)->getAttrOfType<mlir::IntegerAttr>("wino.arena_bytes").getInt() + 320);
  auto code = HostCode::load(std::move(module), "float");
  if (!code)
    return code.takeError();
  SmallVector<void *> pointers = {reinterpret_cast<void *>((reinterpret_cast<uintptr_t>(arena.data()) + 63) / 64 * 64)};
  for (std::vector<float> &input : values) {
    input.resize(input.size() + 64); // vector loads may pass the end
    pointers.push_back(input.data());
  }
  for (std::vector<float> &output : outputs)
    pointers.push_back(output.data());
  (*code)->run(pointers);
  return outputs;
}

/// The library's code: --precision=fp32 as wino-opt lowers it.
Expected<mlir::OwningOpRef<mlir::ModuleOp>> lowerForLibrary(mlir::func::FuncOp main, StringRef target,
                                                            StringRef prefix) {
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(main.getLoc());
  mlir::OpBuilder::atBlockEnd(module->getBody()).clone(*main);
  PipelineOptions options;
  options.target = target.str();
  options.name = prefix.str();
  mlir::PassManager pm(main.getContext());
  addLowerPasses(pm, options);
  if (failed(pm.run(*module)))
    return createStringError("lowering failed");
  return module;
}

int64_t arenaBytes(mlir::ModuleOp module) {
  return module->getAttrOfType<mlir::IntegerAttr>("wino.arena_bytes").getInt();
}

Expected<Outputs> runEmitted(mlir::func::FuncOp main, const std::vector<std::vector<float>> &values) {
  auto module = lowerForLibrary(main, "x86-64", "case");
  if (!module)
    return module.takeError();
  std::vector<char> arena(arenaBytes(**module) + 64);
  auto code = HostCode::load(std::move(*module), "case");
  if (!code)
    return code.takeError();
  SmallVector<void *> pointers = {reinterpret_cast<void *>((reinterpret_cast<uintptr_t>(arena.data()) + 63) / 64 * 64)};
  Outputs inputs, outputs;
  for (mlir::BlockArgument arg : main.getArguments())
    inputs.push_back(toMemoryOrder(ArrayRef<float>(values[arg.getArgNumber()]), shapeOf(arg)));
  for (mlir::Type type : main.getResultTypes())
    outputs.emplace_back(cast<mlir::ShapedType>(type).getNumElements());
  for (Outputs *list : {&inputs, &outputs})
    for (std::vector<float> &tensor : *list)
      pointers.push_back(tensor.data());
  (*code)->run(pointers);
  for (auto [type, output] : zip(main.getResultTypes(), outputs))
    output = toMemoryOrder(ArrayRef<float>(output), cast<mlir::ShapedType>(type).getShape(), /*isBack=*/true);
  return outputs;
}

/// "" when all bits are equal, NaNs for one.
std::string compareBits(const Outputs &wanted, const Outputs &got) {
  for (size_t n = 0; n < wanted.size(); ++n)
    for (size_t k = 0; k < wanted[n].size(); ++k)
      if (std::memcmp(&wanted[n][k], &got[n][k], sizeof(float)) != 0 &&
          !(std::isnan(wanted[n][k]) && std::isnan(got[n][k])))
        return ("output " + Twine(n) + ", element " + Twine(k) + ": interpreter " +
                Twine(std::to_string(wanted[n][k])) + ", emitted code " + Twine(std::to_string(got[n][k])))
            .str();
  return "";
}

struct Verdict {
  const char *status;
  std::string why;
};

enum class Mode { FloatPath, Host, CortexA53 } mode = Mode::FloatPath;
std::string workFolder;
int compiledCases = 0;

/// FOLDER/N.o and FOLDER/N.case: i64 arena bytes, number of inputs, number of outputs, elements of each; then the
/// inputs, then the suite's outputs, floats in memory order.
Error compileForA53(const Case &given, mlir::func::FuncOp main, const std::vector<std::vector<float>> &values) {
  std::string prefix = "case" + std::to_string(compiledCases);
  auto module = lowerForLibrary(main, "cortex-a53", prefix);
  if (!module)
    return module.takeError();
  std::vector<int64_t> numbers = {arenaBytes(**module), main.getNumArguments(), main.getNumResults()};
  std::string data;
  auto add = [&](const std::vector<float> &tensor, ArrayRef<int64_t> shape) {
    std::vector<float> ordered = toMemoryOrder(ArrayRef<float>(tensor), shape);
    numbers.push_back(int64_t(ordered.size()));
    data.append(reinterpret_cast<const char *>(ordered.data()), ordered.size() * sizeof(float));
  };
  for (mlir::BlockArgument arg : main.getArguments())
    add(values[arg.getArgNumber()], shapeOf(arg));
  for (auto [type, output] : zip(main.getResultTypes(), given.outputs)) {
    auto shape = cast<mlir::ShapedType>(type).getShape();
    if (ArrayRef<int64_t>(output.dims().data(), size_t(output.dims_size())) != shape)
      return createStringError("another shape");
    add(*numbersOf(output), shape);
  }
  mlir::PassManager pm(main.getContext());
  addLLVMPasses(pm);
  if (failed(pm.run(**module)))
    return createStringError("conversion to LLVM failed");
  auto object = compileModule(**module, cantFail(codegenTarget("cortex-a53")), FileKind::Object);
  if (!object)
    return object.takeError();
  std::string path = workFolder + "/" + std::to_string(compiledCases);
  if (Error error = writeFileAtomically(path + ".o", StringRef(object->data(), object->size())))
    return error;
  StringRef head(reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(int64_t));
  return writeFileAtomically(path + ".case", (head + data).str());
}

/// Whether nothing is left to compute: all outputs are constants after import.
bool isFolded(mlir::func::FuncOp main) {
  return all_of(main.getBody().front().getTerminator()->getOperands(),
                [](mlir::Value value) { return value.getDefiningOp<mlir::arith::ConstantOp>() != nullptr; });
}

/// One way to bind the inputs. An error says why the compiler refuses the model.
Expected<Verdict> tryCase(const Case &given, bool isImportOnly, function_ref<bool(size_t)> isFree) {
  std::vector<std::vector<float>> values;
  auto graph = readOnnxBytes(bindInputs(given, isFree, values), "model");
  if (!graph)
    return graph.takeError();
  mlir::DialectRegistry registry;
  registry.insert<WinogradDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect, mlir::func::FuncDialect,
                  mlir::LLVM::LLVMDialect, mlir::math::MathDialect, mlir::quant::QuantizationDialect,
                  mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  Diagnostics diagnostics(context, "model", false);
  auto module = importOnnx(context, *graph, {});
  if (!module)
    return module.takeError();
  mlir::PassManager pm(&context);
  addImportPasses(pm);
  if (failed(pm.run(**module)))
    return diagnostics.take("the passes after import failed");
  if (isImportOnly)
    return Verdict{"imported", ""};
  for (const onnx::TensorProto &output : given.outputs)
    if (!numbersOf(output))
      return refuse("an output that is no number");
  auto main = (*module)->lookupSymbol<mlir::func::FuncOp>("main");
  for (mlir::BlockArgument arg : main.getArguments())
    if (cast<mlir::ShapedType>(arg.getType()).getNumElements() != int64_t(values[arg.getArgNumber()].size()))
      return refuse("data of another shape than the model's input");
  if (mode == Mode::CortexA53) {
    if (Error error = compileForA53(given, main, values))
      return Verdict{"failed", toString(std::move(error))};
    return Verdict{"compiled", std::to_string(compiledCases++)};
  }
  bool isEmitted = mode == Mode::Host;
  std::pair<const char *, Expected<Outputs>> runs[] = {
      {"interpreter", interpret(main, values)},
      {isEmitted ? "emitted code" : "host code", isEmitted ? runEmitted(main, values) : runOnHost(main, values)}};
  Verdict verdict{"passed", isFolded(main) ? "folded" : ""};
  for (auto &[what, outputs] : runs) {
    if (!outputs) {
      verdict = {"failed", std::string(what) + ": " + toString(outputs.takeError())};
      continue;
    }
    for (size_t k = 0; k < outputs->size(); ++k) {
      auto shape = cast<mlir::ShapedType>(main.getResultTypes()[k]).getShape();
      if (std::string worst = compare(given.outputs[k], (*outputs)[k], shape, bound); !worst.empty())
        verdict = {"failed", std::string(what) + ": output " + std::to_string(k) + ", " + worst};
    }
  }
  if (isEmitted && runs[0].second && runs[1].second && StringRef(verdict.status) == "passed")
    if (std::string difference = compareBits(*runs[0].second, *runs[1].second); !difference.empty())
      verdict = {"failed", difference};
  return verdict;
}

/// All inputs as inputs; if the compiler refuses that, those that are f32; then only the first one: shapes, filters and
/// biases, which the suite feeds as inputs, are constants in a network.
Verdict runCase(const std::string &folder, bool isImportOnly) {
  auto given = readCase(folder);
  if (!given)
    return {"refused", toString(given.takeError())};
  auto isFloat = [&](size_t k) { return given->inputs[k].data_type() == onnx::TensorProto::FLOAT; };
  std::pair<const char *, std::function<bool(size_t)>> ways[] = {
      {"", [](size_t) { return true; }}, {"", isFloat}, {"all inputs but the first as constants", [](size_t k) {
                                                           return k == 0;
                                                         }}};
  std::string why;
  for (auto &[how, isFree] : ways) {
    auto verdict = tryCase(*given, isImportOnly, isFree);
    if (!verdict) {
      why = toString(verdict.takeError());
      continue;
    }
    if (StringRef(verdict->status) == "passed" && *how)
      verdict->why = how + (verdict->why.empty() ? "" : ", " + verdict->why);
    return *verdict;
  }
  return {"refused", why};
}

} // namespace

int main(int argc, char **argv) {
  if (argc > 1 && StringRef(argv[1]).starts_with("--bound=")) {
    if (StringRef(argv[1]).drop_front(8).getAsDouble(bound) || !(bound > 0)) {
      errs() << "--bound: expected a number above 0\n";
      return 2;
    }
    ++argv;
    --argc;
  }
  StringRef flag = argc > 1 ? argv[1] : "";
  if (flag == "--emitted=host" && argc == 2) {
    mode = Mode::Host;
  } else if (flag == "--emitted=cortex-a53" && argc == 3) {
    mode = Mode::CortexA53;
    workFolder = argv[2];
  } else if (argc > 1) {
    errs() << "expected no argument, --emitted=host or --emitted=cortex-a53 FOLDER\n";
    return 2;
  }
  for (std::string line; std::getline(std::cin, line);) {
    StringRef folder(line);
    bool isImportOnly = folder.consume_front("import ");
    Verdict verdict = runCase(folder.str(), isImportOnly);
    for (char &c : verdict.why)
      c = c == '\n' || c == '\t' ? ' ' : c;
    outs() << folder << "\t" << verdict.status << "\t" << verdict.why << "\n";
    outs().flush();
  }
}
