// From the entry function of a lowered module to a list of launches.
#include "wino/Emit/DeviceProgram.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace wino {

static std::optional<int64_t> integerOf(mlir::Value value) {
  auto constant = value.getDefiningOp<mlir::arith::ConstantOp>();
  auto attribute = constant ? dyn_cast<mlir::IntegerAttr>(constant.getValue()) : nullptr;
  return attribute ? std::make_optional(attribute.getInt()) : std::nullopt;
}

/// Entry arguments are arena, weights, inputs, outputs; operands are these plus constants.
static Expected<LaunchArgument> argumentOf(mlir::Value value, const ModelInterface &model) {
  LaunchArgument argument;
  while (auto address = value.getDefiningOp<mlir::LLVM::GEPOp>()) {
    std::optional<int64_t> offset;
    if (address.getIndices().size() == 1) {
      auto index = address.getIndices()[0];
      if (auto attribute = dyn_cast<mlir::IntegerAttr>(index))
        offset = attribute.getInt();
      else
        offset = integerOf(cast<mlir::Value>(index));
    }
    if (!offset)
      return createStringError("expected launches on constant addresses, got one that is computed");
    argument.offset += *offset;
    value = address.getBase();
  }
  auto base = dyn_cast<mlir::BlockArgument>(value);
  if (!base)
    return createStringError("expected launches on addresses in arena, weights, inputs or outputs, got another");
  int64_t number = base.getArgNumber(), inputs = int64_t(model.inputs.size());
  argument.base = number == 0           ? LaunchArgument::Base::Arena
                  : number == 1         ? LaunchArgument::Base::Weights
                  : number < 2 + inputs ? LaunchArgument::Base::Input
                                        : LaunchArgument::Base::Output;
  argument.index = number < 2 ? 0 : number < 2 + inputs ? number - 2 : number - 2 - inputs;
  return argument;
}

Expected<DeviceProgram> takeDeviceProgram(mlir::ModuleOp module, const ModelInterface &model) {
  auto entry = module.lookupSymbol<mlir::func::FuncOp>(model.prefix + "_run_impl");
  auto weights = module.lookupSymbol<mlir::LLVM::GlobalOp>(model.prefix + "_weights");
  if (!entry || !weights)
    return createStringError("expected a module lowered for a GPU, got one without '" + model.prefix +
                             "_run_impl' or '" + model.prefix + "_weights'");
  DeviceProgram program;
  auto bytes = cast<mlir::DenseElementsAttr>(*weights.getValue()).getRawData();
  program.weights.assign(bytes.begin(), bytes.end());
  program.weights.resize(size_t(cast<mlir::LLVM::LLVMArrayType>(weights.getType()).getNumElements()),
                         bytes.empty() ? 0 : bytes.back()); // raw data of equal bytes is one byte
  for (auto launch : entry.getOps<mlir::gpu::LaunchFuncOp>()) {
    LaunchInfo info;
    info.kernel = launch.getKernelName().str();
    auto read = [&](mlir::gpu::KernelDim3 size, int64_t(&extents)[3]) {
      mlir::Value values[] = {size.x, size.y, size.z};
      for (int d = 0; d < 3; ++d) {
        std::optional<int64_t> extent = integerOf(values[d]);
        if (!extent || *extent < 1)
          return false;
        extents[d] = *extent;
      }
      return true;
    };
    if (!read(launch.getGridSizeOperandValues(), info.grid) || !read(launch.getBlockSizeOperandValues(), info.block))
      return createStringError("kernel '" + info.kernel + "': expected constant positive extents of grid and block");
    // What the driver takes: 2^31 - 1 blocks in x, 65,535 in y and z.
    if (info.grid[0] > 2147483647 || info.grid[1] > 65535 || info.grid[2] > 65535)
      return createStringError("kernel '" + info.kernel +
                               "': expected a grid of at most 2147483647 x 65535 x 65535, got " + Twine(info.grid[0]) +
                               " x " + Twine(info.grid[1]) + " x " + Twine(info.grid[2]));
    if (info.grid[0] > (int64_t(1) << 32) / info.block[0]) // numbers of threads are 32 bits wide
      return createStringError("kernel '" + info.kernel + "': expected at most 2^32 threads, got " +
                               Twine(info.grid[0]) + " blocks of " + Twine(info.block[0]) +
                               "; a smaller map or batch would do");
    for (mlir::Value operand : launch.getKernelOperands()) {
      Expected<LaunchArgument> argument = argumentOf(operand, model);
      if (!argument)
        return argument.takeError();
      info.arguments.push_back(*argument);
    }
    program.launches.push_back(std::move(info));
  }
  entry.erase();
  weights.erase();
  return program;
}

std::string DeviceProgram::toJson(const ModelInterface &model) const {
  std::string text;
  raw_string_ostream os(text);
  json::OStream json(os, 1);
  json.object([&] {
    json.attribute("arena_bytes", model.arenaBytes);
    json.attribute("arena_align", model.arenaAlign);
    json.attribute("weights_bytes", int64_t(weights.size()));
    json.attributeArray("launches", [&] {
      for (const LaunchInfo &launch : launches)
        json.object([&] {
          json.attribute("kernel", launch.kernel);
          auto extents = [&](StringRef name, const int64_t(&values)[3]) {
            json.attributeArray(name, [&] {
              for (int64_t value : values)
                json.value(value);
            });
          };
          extents("grid", launch.grid);
          extents("block", launch.block);
          json.attributeArray("arguments", [&] {
            for (const LaunchArgument &argument : launch.arguments) {
              static const char *const names[] = {"arena", "weights", "input", "output"};
              std::string base = names[int(argument.base)];
              if (argument.base >= LaunchArgument::Base::Input)
                base += std::to_string(argument.index);
              json.value(base + "+" + std::to_string(argument.offset));
            }
          });
        });
    });
  });
  os << "\n";
  return text;
}

} // namespace wino
