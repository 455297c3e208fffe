// Launches of a lowered module as data.
#include "wino/Emit/DeviceLibrary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

using namespace wino;

namespace {

class DeviceProgramTest : public ::testing::Test {
protected:
  DeviceProgramTest() {
    context.loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect, mlir::gpu::GPUDialect,
                        mlir::LLVM::LLVMDialect>();
    model.prefix = "net";
    model.arenaBytes = 256;
    for (auto *ports : {&model.inputs, &model.outputs})
      ports->resize(2);
    model.inputs[1].elements = 5;
  }

  /// An entry with this body on %arena, %weights, two inputs, two outputs.
  mlir::OwningOpRef<mlir::ModuleOp> parse(const std::string &body, const std::string &grid = "7") {
    return mlir::parseSourceString<mlir::ModuleOp>(R"(
      module attributes {gpu.container_module} {
        llvm.mlir.global internal constant @net_weights(dense<[1, 2, 3]> : tensor<3xi8>) : !llvm.array<3 x i8>
        gpu.module @net_kernels {
          llvm.func @net_k(%a: !llvm.ptr, %b: !llvm.ptr) attributes {gpu.kernel} { llvm.return }
        }
        func.func @net_run_impl(%arena: !llvm.ptr, %weights: !llvm.ptr, %in0: !llvm.ptr, %in1: !llvm.ptr, %out0: !llvm.ptr,
                                %out1: !llvm.ptr) {
          %one = arith.constant 1 : index
          %grid = arith.constant )" + grid + R"( : index
          %block = arith.constant 64 : index
          %c64 = arith.constant 64 : i64
          %c8 = arith.constant 8 : i64
          )" + body + R"(
          return
        }
      })",
                                                   &context);
  }

  mlir::MLIRContext context;
  ModelInterface model;
  const std::string launch =
      "gpu.launch_func @net_kernels::@net_k blocks in (%grid, %one, %one) threads in (%block, %one, %one) args";
};

} // namespace

TEST_F(DeviceProgramTest, launches_are_read_in_order_and_taken_out) {
  auto module =
      parse("%p = llvm.getelementptr %weights[%c64] : (!llvm.ptr, i64) -> !llvm.ptr, i8\n"
            "%q = llvm.getelementptr %p[%c8] : (!llvm.ptr, i64) -> !llvm.ptr, i8\n" +
            launch + "(%in1 : !llvm.ptr, %q : !llvm.ptr)\n" + launch + "(%arena : !llvm.ptr, %out1 : !llvm.ptr)");
  ASSERT_TRUE(module);
  DeviceProgram program = llvm::cantFail(takeDeviceProgram(*module, model));
  EXPECT_EQ(program.weights, std::string("\1\2\3"));
  ASSERT_EQ(program.launches.size(), 2u);
  const LaunchInfo &first = program.launches[0];
  EXPECT_EQ(first.kernel, "net_k");
  EXPECT_EQ(first.grid[0], 7);
  EXPECT_EQ(first.block[0], 64);
  EXPECT_EQ(first.block[1], 1);
  ASSERT_EQ(first.arguments.size(), 2u);
  EXPECT_EQ(int(first.arguments[0].base), int(LaunchArgument::Base::Input));
  EXPECT_EQ(first.arguments[0].index, 1);
  EXPECT_EQ(int(first.arguments[1].base), int(LaunchArgument::Base::Weights));
  EXPECT_EQ(first.arguments[1].offset, 72);
  EXPECT_EQ(int(program.launches[1].arguments[0].base), int(LaunchArgument::Base::Arena));
  EXPECT_EQ(int(program.launches[1].arguments[1].base), int(LaunchArgument::Base::Output));
  EXPECT_EQ(program.launches[1].arguments[1].index, 1);
  EXPECT_NE(program.toJson(model).find("\"weights+72\""), std::string::npos);
  EXPECT_FALSE(module->lookupSymbol("net_run_impl"));
  EXPECT_TRUE(module->lookupSymbol("net_kernels"));
}

TEST_F(DeviceProgramTest, computed_addresses_and_sizes_are_errors) {
  auto error = [&](const std::string &body, const std::string &grid = "7") {
    auto module = parse(body, grid);
    auto program = takeDeviceProgram(*module, model);
    return program ? std::string("none") : llvm::toString(program.takeError());
  };
  EXPECT_EQ(error("%x = llvm.load %arena : !llvm.ptr -> i64\n"
                  "%p = llvm.getelementptr %arena[%x] : (!llvm.ptr, i64) -> !llvm.ptr, i8\n" +
                  launch + "(%p : !llvm.ptr, %p : !llvm.ptr)"),
            "expected launches on constant addresses, got one that is computed");
  EXPECT_EQ(error("%p = llvm.load %arena : !llvm.ptr -> !llvm.ptr\n" + launch + "(%p : !llvm.ptr, %p : !llvm.ptr)"),
            "expected launches on addresses in arena, weights, inputs or outputs, got another");
  EXPECT_EQ(error(launch + "(%in0 : !llvm.ptr, %in1 : !llvm.ptr)", "0"),
            "kernel 'net_k': expected constant positive extents of grid and block");
  EXPECT_EQ(
      error(launch + "(%in0 : !llvm.ptr, %in1 : !llvm.ptr)", "67108865"),
      "kernel 'net_k': expected at most 2^32 threads, got 67108865 blocks of 64; a smaller map or batch would do");
  EXPECT_EQ(error(launch + "(%in0 : !llvm.ptr, %in1 : !llvm.ptr)", "67108864"), "none");
}

TEST_F(DeviceProgramTest, a_library_is_the_same_bytes_again) {
  DeviceProgram program;
  program.weights = std::string("\0\"\\x", 4);
  program.launches.push_back({"net_k", {7, 1, 1}, {64, 1, 1}, {{LaunchArgument::Base::Input, 1, 16}}});
  auto make = [&](llvm::StringRef target) {
    return llvm::cantFail(buildDeviceLibrary(program, model, ".version 7.0\n", 80, hostBeside(target)));
  };
  EXPECT_EQ(make("sm_80"), make("sm_90"));
  EXPECT_NE(make("sm_80"), make("sm_87")); // a Jetson's processor
  EXPECT_NE(make("sm_80").find(".version 7.0"), std::string::npos);
  EXPECT_NE(make("sm_80").find(program.weights), std::string::npos);
  program.launches[0].arguments.resize(17);
  EXPECT_EQ(llvm::toString(buildDeviceLibrary(program, model, "", 80, hostBeside("sm_80")).takeError()),
            "kernel 'net_k': expected at most 16 arguments, got 17");
}
