// Builds the module: arguments, one importer call per node in order, results, verification. Which operators there are
// and how each is imported stands in OpTable.cpp.
#include "wino/Import/ImportOps.h"

#include "Builder.h"
#include "ImportError.h"
#include "MoveShapes.h"
#include "OpTable.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

namespace wino {

void Builder::enter(llvm::StringRef name) { here = mlir::NameLoc::get(builder.getStringAttr(name)); }

mlir::Value Builder::constant(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<float> elements) {
  // One element stands for all equal ones: no memory for what a file can ask for with a few bytes.
  if (llvm::all_equal(llvm::map_range(elements, [](float v) { return llvm::bit_cast<uint32_t>(v); })))
    elements = elements.take_front(1);
  return emit<mlir::arith::ConstantOp>(mlir::DenseElementsAttr::get(type(dims), elements));
}

mlir::Value Builder::reshape(mlir::Value value, llvm::ArrayRef<int64_t> dims) {
  if (mlir::cast<mlir::RankedTensorType>(value.getType()).getShape() == dims)
    return value;
  return emit<ReshapeOp>(type(dims), value);
}

mlir::Location Builder::inputLocation(size_t k) {
  llvm::StringRef node = mlir::cast<mlir::NameLoc>(here).getName().getValue();
  return mlir::NameLoc::get(builder.getStringAttr(node + ".in" + llvm::Twine(k)));
}

mlir::Location Builder::stepLocation(const llvm::Twine &suffix) {
  llvm::StringRef node = mlir::cast<mlir::NameLoc>(here).getName().getValue();
  return mlir::NameLoc::get(builder.getStringAttr(node + "." + suffix));
}

mlir::Value Builder::expand(mlir::Value value, llvm::ArrayRef<int64_t> dims, size_t k) {
  Shape from(dimsOf(value)), factors;
  from.insert(from.begin(), dims.size() - from.size(), 1);
  value = reshapeInput(value, from, k);
  if (llvm::ArrayRef<int64_t>(from) == dims)
    return value;
  for (size_t d = 0; d < dims.size(); ++d)
    factors.push_back(dims[d] / from[d]);
  return emitStep<RepeatOp>("in" + llvm::Twine(k) + ".repeat", type(dims), value, ints(factors));
}

mlir::Value Builder::operand(NodeArgs &args, size_t k, llvm::ArrayRef<int64_t> dims) {
  const OnnxTensor *given = args.constant(k);
  Shape shape = operandShape(args, k);
  if (!given) {
    mlir::Value value = input(args, k);
    if (elementCount(shape) == elementCount(dims))
      return reshapeInput(value, dims, k);
    return expand(reshapeInput(value, shape, k), dims, k);
  }
  std::vector<float> numbers = given->numbers();
  if (numbers.size() == 1)
    return constant(dims, numbers);
  std::vector<float> full(*elementCount(dims));
  copyStrided(reinterpret_cast<const uint8_t *>(numbers.data()), reinterpret_cast<uint8_t *>(full.data()),
              sizeof(float), dims, 0, broadcastStrides(shape, dims));
  return constant(dims, full);
}

mlir::Value Builder::reshapeInput(mlir::Value value, llvm::ArrayRef<int64_t> dims, size_t k) {
  if (mlir::cast<mlir::RankedTensorType>(value.getType()).getShape() == dims)
    return value;
  return builder.create<ReshapeOp>(inputLocation(k), type(dims), value);
}

mlir::Value Builder::value(const std::string &name) {
  auto found = values.find(name);
  if (found != values.end())
    return found->second;
  const OnnxTensor &tensor = *graph.constant(name);
  return constant(tensor.dims, tensor.numbers());
}

mlir::Value Builder::input(NodeArgs &args, size_t k) { return value(args.node.inputs[k]); }

namespace {

/// Outputs that are constants must not be empty; problems with nodes are listed elsewhere.
llvm::Error checkOutputs(const StaticGraph &graph) {
  for (const OnnxValue &output : graph.graph->outputs)
    if (const OnnxTensor *tensor = graph.constant(output.name); tensor && tensor->bytes.empty())
      return importError(graph.graph->path + ": output " + quoted(output.name) +
                         ": expected data with elements, got a constant of shape " + shapeText(tensor->dims));
  return llvm::Error::success();
}

mlir::func::FuncOp createMain(mlir::OpBuilder &builder, Builder &values, const StaticGraph &graph) {
  llvm::SmallVector<mlir::Type> inputs, outputs;
  for (const auto &[name, shape] : graph.inputs)
    inputs.push_back(values.type(shape));
  for (const OnnxValue &output : graph.graph->outputs)
    outputs.push_back(values.type(graph.shapes.at(output.name)));
  auto main = builder.create<mlir::func::FuncOp>(mlir::NameLoc::get(builder.getStringAttr("main")), "main",
                                                 builder.getFunctionType(inputs, outputs));
  for (size_t k = 0; k < inputs.size(); ++k)
    main.setArgAttr(k, kNameAttr, builder.getStringAttr(graph.inputs[k].first));
  for (size_t k = 0; k < outputs.size(); ++k)
    main.setResultAttr(k, kNameAttr, builder.getStringAttr(graph.graph->outputs[k].name));
  if (!graph.floatsOnly.empty()) {
    const OnnxNode &node = *graph.floatsOnly.front();
    main->setAttr(kFloatsOnlyAttr, builder.getStringAttr(node.op + " '" + node.name + "'"));
  }
  mlir::Block *body = main.addEntryBlock();
  for (size_t k = 0; k < inputs.size(); ++k) {
    body->getArgument(k).setLoc(mlir::NameLoc::get(builder.getStringAttr(graph.inputs[k].first)));
    values.define(graph.inputs[k].first, body->getArgument(k));
  }
  builder.setInsertionPointToStart(body);
  return main;
}

/// Verifies with the diagnostics caught, so that they reach the caller as the error they are.
llvm::Error verifyModule(mlir::ModuleOp module, const std::string &path) {
  std::string text;
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &diagnostic) {
    llvm::raw_string_ostream(text) << "\n  " << diagnostic.getLocation() << ": " << diagnostic.str();
    return mlir::success();
  });
  if (mlir::succeeded(mlir::verify(module)))
    return llvm::Error::success();
  return importError(path + ": expected a module that verifies" + text);
}

/// Nodes of several steps have tensors between them, which calibration keeps as well.
llvm::Error checkSteps(mlir::ModuleOp module, const std::string &path) {
  int64_t elements = 0;
  module.walk([&](mlir::Operation *op) {
    for (mlir::Value result : op->getResults())
      if (auto type = llvm::dyn_cast<mlir::RankedTensorType>(result.getType());
          type && !op->hasTrait<mlir::OpTrait::ConstantLike>() && elements <= kMaxSteps)
        elements += type.getNumElements();
  });
  return elements <= kMaxSteps
             ? llvm::Error::success()
             : importError(path + ": expected steps of nodes of at most 2^29 elements together, got more");
}

} // namespace

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> importOnnx(mlir::MLIRContext &context, const OnnxGraph &graph,
                                                             const ImportOptions &options) {
  auto fixed = makeStatic(graph, options);
  if (!fixed)
    return fixed.takeError();
  if (llvm::Error failed = reportProblems(graph, fixed->problems))
    return std::move(failed);
  if (llvm::Error failed = checkOutputs(*fixed))
    return std::move(failed);

  context.loadDialect<WinogradDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect>();
  mlir::OpBuilder builder(&context);
  // The file's name without its folder: the same model gives the same IR wherever it lies.
  llvm::StringRef file = llvm::sys::path::filename(graph.path);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(mlir::NameLoc::get(builder.getStringAttr(file)));
  builder.setInsertionPointToStart(module->getBody());
  Builder values(builder, *fixed);
  createMain(builder, values, *fixed);
  int64_t budget = 0; // nothing is folded any more
  for (const OnnxNode *node : fixed->nodes) {
    NodeArgs args(*node, *fixed, budget);
    values.enter(node->name);
    findOp(node->op)->build(values, args);
  }
  llvm::SmallVector<mlir::Value> results;
  for (const OnnxValue &output : graph.outputs) {
    values.enter(output.name);
    results.push_back(values.value(output.name));
  }
  builder.create<mlir::func::ReturnOp>(mlir::NameLoc::get(builder.getStringAttr("main")), results);
  if (llvm::Error failed = verifyModule(*module, graph.path))
    return std::move(failed);
  if (llvm::Error failed = checkSteps(*module, graph.path))
    return std::move(failed);
  return std::move(module);
}

} // namespace wino
