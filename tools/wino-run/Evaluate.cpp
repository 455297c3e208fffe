// Images in chunks, so that memory stays flat: load and quantize, run, compare, count.
#include "Evaluate.h"
#include "DeviceCode.h"

#include "../common/Comparison.h"
#include "../common/Interpret.h"
#include "../common/Network.h"
#include "../common/Progress.h"
#include "../host/HostRunner.h"
#include "wino/Dialect/Winograd.h"

#include <chrono>
#include <optional>

using namespace llvm;

namespace wino {

using Clock = std::chrono::steady_clock;

static double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

Expected<Evaluation> evaluateFloat(mlir::func::FuncOp main, ImageSource &images, const EvaluateOptions &options) {
  Expected<std::unique_ptr<Runner>> runner = makeHostRunner(main);
  if (!runner)
    return runner.takeError();
  std::string name = tensorName(comparedResult(main));
  Evaluation result;
  std::vector<float> input(images.elements());
  for (size_t i = 0; i < options.count; ++i) {
    if (Error error = images.load(i, input.data()))
      return std::move(error);
    size_t best = 0;
    auto observe = [&](StringRef tensor, ArrayRef<float> values, ArrayRef<int64_t>) {
      if (tensor == name)
        best = argmax(values);
    };
    Clock::time_point begin = Clock::now();
    if (Error error = (*runner)->run(input, observe))
      return std::move(error);
    result.seconds += since(begin);
    result.correct += i < options.labels.size() && int64_t(best) == options.labels[i];
    ++result.images;
    showProgress("float", i + 1, options.count);
  }
  result.isTimed = true;
  return result;
}

namespace {

/// All outputs of one image, as integers in logical order.
using Outputs = std::vector<std::vector<int32_t>>;

class IntegerEvaluator {
public:
  IntegerEvaluator(mlir::func::FuncOp main, const IntegerNetwork &network, ImageSource &images,
                   const EvaluateOptions &options)
      : network(network), images(images), options(options), input(main.getArgument(0)),
        results(main.getBody().front().getTerminator()->getOperands()) {}

  Expected<Evaluation> run();

private:
  Error runChunk(size_t first, size_t count);
  Error interpret(const std::vector<std::vector<int32_t>> &inputs, std::vector<Outputs> &outputs);
  Error runDevice(const std::vector<std::vector<int32_t>> &inputs, std::vector<Outputs> &outputs);
  void compare(size_t image, const Outputs &expected, const Outputs &got);

  const IntegerNetwork &network;
  ImageSource &images;
  const EvaluateOptions &options;
  mlir::Value input;
  mlir::OperandRange results;
  std::optional<DeviceCode> device;
  Evaluation evaluation;
};

} // namespace

Error IntegerEvaluator::interpret(const std::vector<std::vector<int32_t>> &inputs, std::vector<Outputs> &outputs) {
  outputs.resize(inputs.size());
  return parallelFor(inputs.size(), options.threads, [&](unsigned, size_t i) -> Error {
    Expected<Outputs> result = network.run(inputs[i]);
    if (!result)
      return result.takeError();
    outputs[i] = std::move(*result);
    return Error::success();
  });
}

Error IntegerEvaluator::runDevice(const std::vector<std::vector<int32_t>> &inputs, std::vector<Outputs> &outputs) {
  std::vector<uint8_t> bytes;
  for (const std::vector<int32_t> &values : inputs)
    for (int32_t q : toMemoryOrder<int32_t>(values, shapeOf(input)))
      bytes.push_back(uint8_t(q));
  Expected<std::vector<uint8_t>> raw = device->run(bytes, inputs.size());
  if (!raw)
    return raw.takeError();
  size_t perImage = 0;
  for (mlir::Value result : results)
    perImage += size_t(cast<mlir::ShapedType>(result.getType()).getNumElements());
  if (raw->size() != perImage * inputs.size())
    return createStringError("expected " + Twine(perImage * inputs.size()) + " bytes from the device code, got " +
                             Twine(raw->size()));
  const uint8_t *next = raw->data();
  for (size_t i = 0; i < inputs.size(); ++i) {
    outputs.emplace_back();
    for (mlir::Value result : results) {
      bool isSigned = quantizedType(result).isSigned();
      std::vector<int32_t> values(size_t(cast<mlir::ShapedType>(result.getType()).getNumElements()));
      for (int32_t &value : values) {
        value = isSigned ? int8_t(*next) : *next;
        ++next;
      }
      outputs.back().push_back(toMemoryOrder<int32_t>(values, shapeOf(result), /*isBack=*/true));
    }
  }
  return Error::success();
}

void IntegerEvaluator::compare(size_t image, const Outputs &expected, const Outputs &got) {
  for (size_t r = 0; r < expected.size(); ++r)
    for (size_t i = 0; i < expected[r].size(); ++i) {
      if (expected[r][i] == got[r][i])
        continue;
      if (evaluation.firstDifference.empty())
        evaluation.firstDifference = "image " + std::to_string(image) + ", output '" + tensorName(results[r]) +
                                     "', element " + std::to_string(i) + ": expected " +
                                     std::to_string(expected[r][i]) + ", got " + std::to_string(got[r][i]);
      return;
    }
  ++evaluation.verified;
}

Error IntegerEvaluator::runChunk(size_t first, size_t count) {
  std::vector<std::vector<int32_t>> inputs;
  std::vector<float> pixels(images.elements());
  for (size_t i = first; i < first + count; ++i) {
    if (Error error = images.load(i, pixels.data()))
      return error;
    inputs.push_back(quantize(pixels, input));
  }
  std::vector<Outputs> interpreted, computed;
  if (!device || options.verify) {
    Clock::time_point begin = Clock::now();
    if (Error error = interpret(inputs, interpreted))
      return error;
    if (!device)
      evaluation.seconds += since(begin);
  }
  if (device) {
    if (Error error = runDevice(inputs, computed))
      return error;
    if (options.verify)
      for (size_t i = 0; i < count; ++i)
        compare(first + i, interpreted[i], computed[i]);
  }
  const std::vector<Outputs> &outputs = device ? computed : interpreted;
  for (size_t i = 0; i < count; ++i)
    evaluation.correct +=
        first + i < options.labels.size() && int64_t(argmax<int32_t>(outputs[i].front())) == options.labels[first + i];
  evaluation.images += count;
  return Error::success();
}

Expected<Evaluation> IntegerEvaluator::run() {
  if (options.where != Where::Interpreter) {
    Expected<DeviceCode> built = DeviceCode::build(options.folder, options.name, results.size(),
                                                   options.where == Where::Qemu ? Machine::Qemu : Machine::Host);
    if (!built)
      return built.takeError();
    device.emplace(std::move(*built));
  }
  constexpr size_t kChunk = 64;
  for (size_t first = 0; first < options.count; first += kChunk) {
    size_t count = std::min(kChunk, options.count - first);
    if (Error error = runChunk(first, count))
      return std::move(error);
    showProgress("integer", first + count, options.count);
  }
  if (device)
    evaluation.seconds = device->seconds();
  evaluation.isTimed = options.where != Where::Qemu;
  return std::move(evaluation);
}

Expected<Evaluation> evaluateInteger(mlir::func::FuncOp main, ImageSource &images, const EvaluateOptions &options) {
  Expected<IntegerNetwork> network = IntegerNetwork::create(main);
  if (!network)
    return network.takeError();
  return IntegerEvaluator(main, *network, images, options).run();
}

} // namespace wino
