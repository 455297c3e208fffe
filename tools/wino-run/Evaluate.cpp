// Images in chunks, so that memory stays flat: load and quantize, run, compare. Chunks are spread over threads; what
// they found is put together in the order of the images.
#include "Evaluate.h"
#include "DeviceCode.h"

#include "../common/Comparison.h"
#include "../common/Interpret.h"
#include "../common/Network.h"
#include "../common/Progress.h"
#include "../host/HostRunner.h"
#include "Emulated.h"
#include "wino/Dialect/Winograd.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

using namespace llvm;

namespace wino {

using Clock = std::chrono::steady_clock;

static double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

Expected<Evaluation> evaluateFloat(mlir::func::FuncOp main, ImageSource &images, const EvaluateOptions &options) {
  std::vector<std::unique_ptr<Runner>> runners; // each has an arena of its own
  for (size_t thread = 0; thread < std::min<size_t>(options.threads, options.count); ++thread) {
    Expected<std::unique_ptr<Runner>> runner = makeHostRunner(main);
    if (!runner)
      return runner.takeError();
    runners.push_back(std::move(*runner));
  }
  std::string name = tensorName(comparedResult(main));
  std::vector<std::string> names; // of the outputs
  for (mlir::Value value : main.getBody().front().getTerminator()->getOperands())
    names.push_back(tensorName(value));
  Evaluation result;
  result.isTimed = true;
  result.predictions.resize(options.count);
  std::mutex mutex; // of images and result.seconds
  std::atomic<size_t> done{0};
  auto work = [&](unsigned thread, size_t i) -> Error {
    std::vector<float> input(images.elements());
    {
      std::lock_guard<std::mutex> lock(mutex);
      if (Error error = images.load(i, input.data()))
        return error;
    }
    std::vector<std::vector<float>> outputs(names.size());
    auto observe = [&](StringRef tensor, ArrayRef<float> values, ArrayRef<int64_t>) {
      if (tensor == name)
        result.predictions[i] = int32_t(argmax(values));
      for (size_t r = 0; r < names.size() && options.onOutputs; ++r)
        if (tensor == names[r])
          outputs[r] = values.vec();
    };
    Clock::time_point begin = Clock::now();
    if (Error error = runners[thread]->run(input, observe))
      return error;
    double seconds = since(begin);
    if (options.onOutputs)
      if (Error error = options.onOutputs(i, outputs))
        return error;
    std::lock_guard<std::mutex> lock(mutex);
    result.seconds += seconds;
    showProgress("float", ++done, options.count);
    return Error::success();
  };
  if (Error error = parallelFor(options.count, options.threads, work))
    return std::move(error);
  return std::move(result);
}

namespace {

/// All outputs of one image, as integers in logical order.
using Outputs = std::vector<std::vector<int32_t>>;

class IntegerEvaluator {
public:
  IntegerEvaluator(mlir::func::FuncOp main, const IntegerNetwork &network, ImageSource &images,
                   const EvaluateOptions &options)
      : main(main), network(network), images(images), options(options), input(main.getArgument(0)),
        results(main.getBody().front().getTerminator()->getOperands()) {}

  Expected<Evaluation> run();

private:
  Expected<Evaluation> runChunk(size_t first, size_t count, unsigned thread);
  Expected<std::vector<std::vector<int32_t>>> load(size_t first, size_t count);
  Expected<std::vector<Outputs>> interpret(const std::vector<std::vector<int32_t>> &inputs, double &seconds);
  Expected<std::vector<Outputs>> runDevice(const std::vector<std::vector<int32_t>> &inputs, size_t first,
                                           unsigned thread, double &seconds);
  void compare(size_t image, const Outputs &expected, const Outputs &got, Evaluation &evaluation);

  mlir::func::FuncOp main;
  const IntegerNetwork &network;
  ImageSource &images;
  std::mutex mutex; ///< of images
  const EvaluateOptions &options;
  mlir::Value input;
  mlir::OperandRange results;
  std::optional<DeviceCode> device;
  std::vector<std::unique_ptr<DeviceEmulator>> emulators; ///< one per thread
  bool isInterpreted() const { return !device && emulators.empty(); }
};

} // namespace

Expected<std::vector<std::vector<int32_t>>> IntegerEvaluator::load(size_t first, size_t count) {
  std::vector<std::vector<int32_t>> inputs;
  std::vector<float> pixels(images.elements());
  for (size_t i = first; i < first + count; ++i) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      if (Error error = images.load(i, pixels.data()))
        return std::move(error);
    }
    inputs.push_back(quantize(pixels, input));
  }
  return std::move(inputs);
}

Expected<std::vector<Outputs>> IntegerEvaluator::interpret(const std::vector<std::vector<int32_t>> &inputs,
                                                           double &seconds) {
  std::vector<Outputs> outputs;
  Clock::time_point begin = Clock::now();
  for (const std::vector<int32_t> &values : inputs) {
    Expected<Outputs> result = network.run(values);
    if (!result)
      return result.takeError();
    outputs.push_back(std::move(*result));
  }
  seconds = since(begin);
  return std::move(outputs);
}

Expected<std::vector<Outputs>> IntegerEvaluator::runDevice(const std::vector<std::vector<int32_t>> &inputs,
                                                           size_t first, unsigned thread, double &seconds) {
  std::vector<uint8_t> bytes;
  for (const std::vector<int32_t> &values : inputs)
    for (int32_t q : toMemoryOrder<int32_t>(values, shapeOf(input)))
      bytes.push_back(uint8_t(q));
  Expected<DeviceCode::Result> raw =
      device ? device->run(bytes, inputs.size(), thread) : runEmulated(*emulators[thread], bytes, inputs.size(), first);
  if (!raw)
    return raw.takeError();
  seconds = raw->seconds;
  auto widthOf = [](mlir::Value result) {
    mlir::quant::UniformQuantizedType type = quantizedType(result);
    return type ? type.getStorageTypeIntegralWidth() / 8 : 4; // bits of a float
  };
  size_t perImage = 0;
  for (mlir::Value result : results)
    perImage += size_t(cast<mlir::ShapedType>(result.getType()).getNumElements()) * widthOf(result);
  if (raw->outputs.size() != perImage * inputs.size())
    return createStringError("expected " + Twine(perImage * inputs.size()) + " bytes from the device code, got " +
                             Twine(raw->outputs.size()));
  std::vector<Outputs> outputs;
  const uint8_t *next = raw->outputs.data();
  for (size_t i = 0; i < inputs.size(); ++i) {
    outputs.emplace_back();
    for (mlir::Value result : results) {
      unsigned width = widthOf(result);
      bool isSigned = width < 4 && quantizedType(result).isSigned();
      std::vector<int32_t> values(size_t(cast<mlir::ShapedType>(result.getType()).getNumElements()));
      for (int32_t &value : values) {
        uint32_t bits = width == 4   ? support::endian::read32le(next)
                        : width == 2 ? support::endian::read16le(next)
                                     : *next;
        value = isSigned ? SignExtend32(bits, 8 * width) : int32_t(bits);
        next += width;
      }
      outputs.back().push_back(toMemoryOrder<int32_t>(values, shapeOf(result), /*isBack=*/true));
    }
  }
  return std::move(outputs);
}

void IntegerEvaluator::compare(size_t image, const Outputs &expected, const Outputs &got, Evaluation &evaluation) {
  for (size_t r = 0; r < expected.size(); ++r)
    for (size_t i = 0; i < expected[r].size(); ++i) {
      bool isNan = !quantizedType(results[r]) && std::isnan(bit_cast<float>(expected[r][i])) &&
                   std::isnan(bit_cast<float>(got[r][i])); // whichever
      if (expected[r][i] == got[r][i] || isNan)
        continue;
      if (evaluation.firstDifference.empty())
        evaluation.firstDifference = "image " + std::to_string(image) + ", output '" + tensorName(results[r]) +
                                     "', element " + std::to_string(i) + ": expected " +
                                     std::to_string(expected[r][i]) + ", got " + std::to_string(got[r][i]);
      return;
    }
  ++evaluation.verified;
}

Expected<Evaluation> IntegerEvaluator::runChunk(size_t first, size_t count, unsigned thread) {
  Expected<std::vector<std::vector<int32_t>>> inputs = load(first, count);
  if (!inputs)
    return inputs.takeError();
  Evaluation evaluation;
  std::vector<Outputs> interpreted, computed;
  double seconds = 0;
  if (isInterpreted() || options.verify) {
    Expected<std::vector<Outputs>> outputs = interpret(*inputs, seconds);
    if (!outputs)
      return outputs.takeError();
    interpreted = std::move(*outputs);
  }
  if (!isInterpreted()) {
    Expected<std::vector<Outputs>> outputs = runDevice(*inputs, first, thread, seconds);
    if (!outputs)
      return outputs.takeError();
    computed = std::move(*outputs);
    for (size_t i = 0; i < count && options.verify; ++i)
      compare(first + i, interpreted[i], computed[i], evaluation);
  }
  evaluation.seconds = seconds;
  for (const Outputs &outputs : isInterpreted() ? interpreted : computed) {
    std::vector<std::vector<float>> floats;
    for (size_t r = 0; r < outputs.size() && options.onOutputs; ++r)
      floats.push_back(dequantize(outputs[r], results[r]));
    if (options.onOutputs)
      if (Error error = options.onOutputs(first + evaluation.predictions.size(), floats))
        return std::move(error);
    evaluation.predictions.push_back(int32_t(argmax<float>(dequantize(outputs.front(), results.front()))));
  }
  return std::move(evaluation);
}

Expected<Evaluation> IntegerEvaluator::run() {
  if (options.where == Where::PtxEmulated) {
    Expected<std::vector<std::unique_ptr<DeviceEmulator>>> made = makeEmulators(main, options);
    if (!made)
      return made.takeError();
    emulators = std::move(*made);
  } else if (options.where != Where::Interpreter) {
    Expected<DeviceCode> built =
        DeviceCode::build(options.folder, options.name, results.size(),
                          options.where == Where::Qemu ? options.qemuCpu : "", options.workers);
    if (!built)
      return built.takeError();
    device.emplace(std::move(*built));
  }
  size_t chunk = std::clamp<size_t>(divideCeil(options.count, options.threads), 1, 64); // work for every thread
  std::vector<Evaluation> parts(divideCeil(options.count, chunk));
  std::atomic<size_t> done{0};
  auto work = [&](unsigned thread, size_t part) -> Error {
    size_t first = part * chunk, count = std::min(chunk, options.count - first);
    Expected<Evaluation> evaluation = runChunk(first, count, thread);
    if (!evaluation)
      return evaluation.takeError();
    parts[part] = std::move(*evaluation);
    size_t now = done += count;
    if (thread == 0)
      showProgress("integer", now, options.count);
    return Error::success();
  };
  if (Error error = parallelFor(parts.size(), options.threads, work))
    return std::move(error);
  Evaluation whole;
  whole.isTimed = options.where != Where::Qemu && options.where != Where::PtxEmulated;
  for (const Evaluation &part : parts) {
    whole.predictions.insert(whole.predictions.end(), part.predictions.begin(), part.predictions.end());
    whole.seconds += part.seconds;
    whole.verified += part.verified;
    if (whole.firstDifference.empty())
      whole.firstDifference = part.firstDifference;
  }
  return std::move(whole);
}

Expected<Evaluation> evaluateInteger(mlir::func::FuncOp main, ImageSource &images, const EvaluateOptions &options) {
  Expected<IntegerNetwork> network = IntegerNetwork::create(main);
  if (!network)
    return network.takeError();
  return IntegerEvaluator(main, *network, images, options).run();
}

} // namespace wino
