// Float evaluation through host code.
#include "HostRunner.h"

#include "wino/Dialect/Winograd.h"
#include "wino/Passes/Passes.h"

#include "mlir/Pass/PassManager.h"

#include <algorithm>

using namespace mlir;

namespace wino {

namespace {

struct Tensor {
  std::string name;
  int64_t offset;
  llvm::SmallVector<int64_t> shape;
  int64_t elements() const {
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    return count;
  }
};

class HostRunner : public Runner {
public:
  std::unique_ptr<HostCode> code;
  Tensor input;
  std::vector<Tensor> tensors;
  std::vector<int64_t> outputElements;
  std::vector<char> arena;
  std::vector<std::vector<float>> outputs;

  llvm::Error run(llvm::ArrayRef<float> values, Observe observe) override {
    if (int64_t(values.size()) != input.elements())
      return llvm::createStringError("expected an input of %lld values, got %zu", (long long)input.elements(),
                                     values.size());
    lastInput = values.vec();
    runFrom(0);
    observe(input.name, values, input.shape);
    showTensors(observe);
    return llvm::Error::success();
  }

  llvm::Error rerunAfter(llvm::StringRef name, llvm::ArrayRef<float> values, Observe observe) override {
    for (size_t i = tensors.size(); i-- > 0;) { // of several ops of one node the last one counts
      if (tensors[i].name != name)
        continue;
      if (int64_t(values.size()) != tensors[i].elements() || lastInput.empty())
        return llvm::createStringError("tensor '" + name + "': expected " + llvm::Twine(tensors[i].elements()) +
                                       " values after a run, got " + llvm::Twine(values.size()));
      std::copy(values.begin(), values.end(), data(tensors[i]));
      runFrom(int64_t(i) + 1);
      showTensors(observe);
      return llvm::Error::success();
    }
    return llvm::createStringError("expected the name of a tensor, got '" + name + "'");
  }

private:
  char *base() { return reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(arena.data()) + 63) / 64 * 64); }
  float *data(const Tensor &tensor) { return reinterpret_cast<float *>(base() + tensor.offset); }

  void runFrom(int64_t step) {
    llvm::SmallVector<void *> pointers = {base(), lastInput.data()};
    for (std::vector<float> &output : outputs)
      pointers.push_back(output.data());
    pointers.push_back(&step);
    code->run(pointers);
  }

  void showTensors(Observe observe) {
    for (const Tensor &tensor : tensors)
      observe(tensor.name, llvm::ArrayRef(data(tensor), tensor.elements()), tensor.shape);
  }

  std::vector<float> lastInput;
};

} // namespace

llvm::Expected<std::unique_ptr<Runner>> makeHostRunner(func::FuncOp main) {
  if (main.getNumArguments() != 1)
    return llvm::createStringError("expected a network with one input, got %u", main.getNumArguments());
  auto runner = std::make_unique<HostRunner>();
  BlockArgument arg = main.getArgument(0);
  auto name = main.getArgAttrOfType<StringAttr>(0, "wino.name");
  runner->input = {name ? name.str() : "", 0, llvm::to_vector(shapeOf(arg))};
  for (Type type : main.getResultTypes())
    runner->outputs.emplace_back(cast<ShapedType>(type).getNumElements());

  OwningOpRef<ModuleOp> module = ModuleOp::create(main.getLoc());
  OpBuilder::atBlockEnd(module->getBody()).clone(*main);
  PassManager pm(main.getContext());
  LowerFloatOptions lower;
  lower.restart = true;
  pm.addPass(createLowerFloat(lower));
  if (failed(pm.run(*module)))
    return llvm::createStringError("expected a float network that runs on the host, got an error above");
  for (Attribute attr : (*module)->getAttrOfType<ArrayAttr>("wino.tensors")) {
    auto entry = cast<DictionaryAttr>(attr);
    Tensor tensor{cast<StringAttr>(entry.get("name")).str(), cast<IntegerAttr>(entry.get("offset")).getInt(), {}};
    for (Attribute extent : cast<ArrayAttr>(entry.get("dims")))
      tensor.shape.push_back(cast<IntegerAttr>(extent).getInt());
    runner->tensors.push_back(std::move(tensor));
  }
  // Vector loads past the last element of a tensor stay inside the arena.
  runner->arena.resize((*module)->getAttrOfType<IntegerAttr>("wino.arena_bytes").getInt() + 256);
  auto code = HostCode::load(std::move(module), "float");
  if (!code)
    return code.takeError();
  runner->code = std::move(*code);
  return std::unique_ptr<Runner>(std::move(runner));
}

} // namespace wino
