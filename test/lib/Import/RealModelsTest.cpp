// The real networks that lie beside the source tree, or where WINO_SHARED says; skipped where there are none.
#include "ModelBuilder.h"

#include "llvm/Support/Path.h"

#include <cstdlib>

using namespace wino;
using namespace wino::test;

namespace {

std::string sharedFolder() {
  if (const char *set = std::getenv("WINO_SHARED"))
    return set;
  llvm::StringRef tests = llvm::sys::path::parent_path(WINO_TEST_DATA), source = llvm::sys::path::parent_path(tests);
  return (llvm::sys::path::parent_path(source) + "/shared").str();
}

/// Imports a model from the shared folder and counts its ops by name; the message goes to `message`.
std::map<std::string, int> countOps(const std::string &name, std::string &message, const ImportOptions &options = {}) {
  std::map<std::string, int> counts;
  auto graph = readOnnx(sharedFolder() + "/models/" + name);
  if (!graph) {
    message = llvm::toString(graph.takeError());
    return counts;
  }
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  auto module = importOnnx(context, *graph, options);
  if (!module) {
    message = llvm::toString(module.takeError());
    return counts;
  }
  (*module)->walk([&](mlir::Operation *op) {
    ++counts[op->getName().getStringRef().str()];
    EXPECT_TRUE(mlir::isa<mlir::NameLoc>(op->getLoc()));
  });
  return counts;
}

bool present(const std::string &name) { return llvm::sys::fs::exists(sharedFolder() + "/models/" + name); }

std::string absent(const std::string &name) {
  return "no " + name + " in " + sharedFolder() + "/models (set WINO_SHARED)";
}

struct Expected {
  const char *file;
  int convs, norms, adds, concats;
};

class RealModel : public testing::TestWithParam<Expected> {};

TEST_P(RealModel, imports) {
  if (!present(GetParam().file))
    GTEST_SKIP() << absent(GetParam().file);
  std::string message;
  auto counts = countOps(GetParam().file, message);
  EXPECT_EQ(message, "");
  EXPECT_EQ(counts["winograd.conv_2d"], GetParam().convs);
  EXPECT_EQ(counts["winograd.batch_norm"], GetParam().norms);
  EXPECT_EQ(counts["winograd.add"], GetParam().adds);
  EXPECT_EQ(counts["winograd.concat"], GetParam().concats);
}

INSTANTIATE_TEST_SUITE_P(Shared, RealModel,
                         testing::Values(Expected{"resnet20_bn_b1.onnx", 19, 19, 9, 0},
                                         Expected{"resnet20_bn_b1_simplified.onnx", 19, 19, 9, 0},
                                         Expected{"resnet20_folded_b1.onnx", 19, 0, 9, 0},
                                         Expected{"resnet32_bn_b1.onnx", 31, 31, 15, 0},
                                         Expected{"resnet32_bn_b1_simplified.onnx", 31, 31, 15, 0},
                                         Expected{"resnet32_folded_b1_simplified.onnx", 31, 0, 15, 0},
                                         Expected{"resnet8_bn_b1.onnx", 9, 7, 3, 0},
                                         Expected{"squeezenet_v1.0_deepcompression_b1.onnx", 26, 0, 0, 8},
                                         Expected{"version-RFB-320_simplified.onnx", 52, 0, 1, 3},
                                         Expected{"version-RFB-320.onnx", 52, 35, 3, 5},
                                         Expected{"esrgan_slim_x2_128.onnx", 12, 0, 3, 3}));

TEST(RealModels, batch_is_given_by_name) {
  const char *file = "resnet20_bn_dyn.onnx";
  if (!present(file))
    GTEST_SKIP() << absent(file);
  std::string message;
  countOps(file, message);
  EXPECT_TRUE(contains(message, "got symbol 'N'; give it with --input-dim N=N"));
  ImportOptions options;
  options.inputDims["N"] = 4;
  message.clear();
  EXPECT_EQ(countOps(file, message, options)["winograd.conv_2d"], 19);
  EXPECT_EQ(message, "");
}

} // namespace
