// Sensitivity of linear networks, where it is known exactly: noise of random signs has the same power whatever the
// signs when channels are only scaled.
#include "common/Sensitivity.h"
#include "common/Network.h"
#include "host/HostRunner.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cstring>

using namespace wino;

namespace {

/// One float image of 2 x 4 x 4, fixed numbers.
class OneImage : public ImageSource {
public:
  OneImage() : ImageSource(plain(), {2, 4, 4}, /*isFloat=*/true, /*isNhwc=*/false) {
    for (int i = 0; i < 32; ++i)
      pixels.push_back(float((i * 7 + 3) % 11) - 4.5f);
  }
  size_t size() const override { return 1; }
  std::string name(size_t) const override { return "image"; }
  std::vector<float> pixels;

private:
  static Preprocess plain() {
    Preprocess preprocess;
    preprocess.scale = 1;
    return preprocess;
  }
  llvm::Error readRaw(size_t, std::vector<uint8_t> &raw) override {
    raw.resize(pixels.size() * sizeof(float));
    std::memcpy(raw.data(), pixels.data(), raw.size());
    return llvm::Error::success();
  }
};

const char twoLayers[] = R"(
func.func @main(%x: tensor<1x2x4x4xf32> {wino.name = "image"}) -> tensor<1x2x4x4xf32> {
  %v = arith.constant dense<[[[[2.0]], [[0.0]]], [[[0.0]], [[-1.0]]]]> : tensor<2x2x1x1xf32>
  %w = arith.constant dense<[[[[3.0]], [[0.0]]], [[[0.0]], [[0.5]]]]> : tensor<2x2x1x1xf32>
  %b = arith.constant dense<0.0> : tensor<2xf32>
  %a = winograd.conv_2d %x, %v, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64 ACTIVATION}
    : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32> loc("first")
  %y = winograd.conv_2d %a, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32> loc("second")
  return %y : tensor<1x2x4x4xf32>
})";

std::map<std::string, double> measure(const std::string &text, const SensitivityOptions &options) {
  mlir::DialectRegistry registry;
  registry.insert<WinogradDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect, mlir::LLVM::LLVMDialect,
                  mlir::math::MathDialect, mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return {};
  auto main = llvm::cantFail(mainFunction(*module));
  auto runner = llvm::cantFail(makeHostRunner(main));
  OneImage images;
  return llvm::cantFail(measureSensitivity(main, *runner, images, {0}, options));
}

std::string with(const char *activation) {
  std::string text = twoLayers;
  return text.replace(text.find("ACTIVATION"), 10, activation);
}

TEST(Sensitivity, agrees_with_two_linear_layers) {
  std::map<std::string, double> found = measure(with(""), {});
  double powers[2] = {0, 0}; // of the two channels of the image
  std::vector<float> pixels = OneImage().pixels;
  for (int i = 0; i < 32; ++i)
    powers[i / 16] += double(pixels[size_t(i)]) * double(pixels[size_t(i)]);
  auto sensitivity = [&](double v0, double v1, double w0, double w1) { // v before the noise, w behind it
    double here = v0 * v0 * powers[0] + v1 * v1 * powers[1];
    double outputs = v0 * v0 * w0 * w0 * powers[0] + v1 * v1 * w1 * w1 * powers[1];
    return (w0 * w0 + w1 * w1) / 2 * here / outputs;
  };
  ASSERT_EQ(found.size(), 3u);
  EXPECT_NEAR(found["image"], sensitivity(1, 1, 6, -0.5), 1e-3);
  EXPECT_NEAR(found["first"], sensitivity(2, -1, 3, 0.5), 1e-3);
  EXPECT_NEAR(found["second"], 1, 1e-3);
}

TEST(Sensitivity, relu_keeps_noise_away_from_zeros) {
  std::map<std::string, double> found =
      measure(with(", activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>"), {});
  // Noise on positive numbers only: first's channels pass on 9 and 1/4 of the power that they got.
  double here = 0, outputs = 0, arrived = 0, added = 0;
  std::vector<float> pixels = OneImage().pixels;
  for (int i = 0; i < 32; ++i) {
    double a = std::max(0.0, (i < 16 ? 2.0 : -1.0) * double(pixels[size_t(i)])), gain = i < 16 ? 9 : 0.25;
    here += a * a;
    outputs += gain * a * a;
    arrived += a > 0 ? gain : 0;
    added += a > 0;
  }
  EXPECT_NEAR(found["first"], arrived / outputs / (added / here), 1e-3);
}

TEST(Sensitivity, tensors_left_out_lie_between_their_neighbours) {
  SensitivityOptions few;
  few.macs = 100; // two layers take 64 each
  std::map<std::string, double> all = measure(with(""), {}), some = measure(with(""), few);
  ASSERT_EQ(some.size(), all.size());
  EXPECT_NEAR(some["second"], all["second"], 1e-3);
  EXPECT_GT(some["first"], 0);
}

} // namespace
