// Damaged files: a small model cut at every offset and with every bit flipped, one at a time. Nothing may crash, hang
// or take much memory; what still imports must verify (importOnnx does that).
#include "ModelBuilder.h"

#include <sys/resource.h>

using namespace wino;
using namespace wino::test;

namespace {

Model small() {
  Model m(11);
  m.input("x", {1, 2, 4, 4}).output("y").floats("w", {2, 2, 3, 3}, std::vector<float>(36, 0.5f)).floats("b", {2});
  m.node("Conv", {"x", "w", "b"}, {"c"}, {attr("pads", Dims{1, 1, 1, 1})}).node("Relu", {"c"}, {"r"});
  m.node("MaxPool", {"r"}, {"p"}, {attr("kernel_shape", Dims{2, 2}), attr("strides", Dims{2, 2})})
      .node("Shape", {"p"}, {"s"});
  m.node("Constant", {}, {"z"}, {attr("value", intTensor("", {}, {0}))}).node("Gather", {"s", "z"}, {"n"});
  m.node("Unsqueeze", {"n"}, {"u"}, {attr("axes", Dims{0})})
      .ints("e", {-1})
      .node("Concat", {"u", "e"}, {"t"}, {attr("axis", 0)});
  m.node("Reshape", {"p", "t"}, {"f"}).floats("g", {3, 8}).node("Gemm", {"f", "g"}, {"y"}, {attr("transB", 1)});
  return m;
}

long residentMegabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

/// True when the bytes still import.
bool tryImport(const std::string &bytes) {
  auto graph = readOnnxBytes(bytes, "m.onnx");
  if (!graph) {
    EXPECT_NE(llvm::toString(graph.takeError()), "");
    return false;
  }
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  auto module = importOnnx(context, *graph);
  if (module)
    return true;
  std::string text = llvm::toString(module.takeError());
  EXPECT_EQ(text.find("expected a module that verifies"), std::string::npos) << text;
  return false;
}

TEST(HostileBytes, truncated_at_every_offset) {
  std::string bytes = small().bytes();
  ASSERT_TRUE(tryImport(bytes));
  for (size_t size = 0; size < bytes.size(); ++size)
    tryImport(bytes.substr(0, size));
  EXPECT_LT(residentMegabytes(), 1024);
}

TEST(HostileBytes, every_single_bit_flipped) {
  std::string bytes = small().bytes();
  size_t imported = 0;
  for (size_t at = 0; at < bytes.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] ^= char(1 << bit);
      imported += tryImport(damaged);
    }
  EXPECT_GT(imported, 0u); // flips inside weights and names are harmless
  EXPECT_LT(residentMegabytes(), 1024);
}

} // namespace
