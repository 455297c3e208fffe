// Quantize all but one on two scaling layers, against the same integers and floats written as loops.
#include "common/AllButOne.h"
#include "common/Network.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/FixedPoint.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

using namespace wino;

namespace {

constexpr int pixelsPerImage = 32, images = 3;

float pixel(int image, int i) { return float((i * 7 + 3 * image + 3) % 11) - 4.5f; }

/// Float images of 2 x 4 x 4, fixed numbers.
class FewImages : public ImageSource {
public:
  FewImages() : ImageSource(plain(), {2, 4, 4}, /*isFloat=*/true, /*isNhwc=*/false) {}
  size_t size() const override { return images; }
  std::string name(size_t) const override { return "image"; }

private:
  static Preprocess plain() {
    Preprocess preprocess;
    preprocess.scale = 1;
    return preprocess;
  }
  llvm::Error readRaw(size_t index, std::vector<uint8_t> &raw) override {
    std::vector<float> pixels;
    for (int i = 0; i < pixelsPerImage; ++i)
      pixels.push_back(pixel(int(index), i));
    raw.resize(pixels.size() * sizeof(float));
    std::memcpy(raw.data(), pixels.data(), raw.size());
    return llvm::Error::success();
  }
};

const double first[] = {2, -1}, second[] = {3, 0.5}; ///< what the channels are multiplied with
/// The same among integers, in 1/32, and rather wrong.
const int firstTaps[] = {60, -35}, secondTaps[] = {98, 13};
constexpr double inputScale = 1.0 / 16, innerScale = 1.0 / 8, outputScale = 1.0 / 4;
constexpr int32_t half = 1 << 30; ///< the factor 1/2 of mulhi32

/// Only the tensor that is compared.
class Floats : public Runner {
public:
  llvm::Error run(llvm::ArrayRef<float> input, Observe observe) override {
    std::vector<float> outputs;
    for (int i = 0; i < pixelsPerImage; ++i)
      outputs.push_back(float(second[i / 16] * first[i / 16]) * input[size_t(i)]);
    observe("second", outputs, {1, 2, 4, 4});
    return llvm::Error::success();
  }
};

const char floatText[] = R"(
func.func @main(%x: tensor<1x2x4x4xf32> {wino.name = "image"}) -> tensor<1x2x4x4xf32> {
  %v = arith.constant dense<[[[[2.0]], [[0.0]]], [[[0.0]], [[-1.0]]]]> : tensor<2x2x1x1xf32>
  %w = arith.constant dense<[[[[3.0]], [[0.0]]], [[[0.0]], [[0.5]]]]> : tensor<2x2x1x1xf32>
  %b = arith.constant dense<0.0> : tensor<2xf32>
  %a = winograd.conv_2d %x, %v, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32> loc("first")
  %y = winograd.conv_2d %a, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32> loc("second")
  return %y : tensor<1x2x4x4xf32>
})";

// Factors s_x s_w / s_y are 1/64: 2^-1 2^-5.
const char integerText[] = R"(
!x = !quant.uniform<i8:f32, 0.0625>
!a = !quant.uniform<i8:f32, 0.125>
!y = !quant.uniform<i8:f32, 0.25>
func.func @main(%x: tensor<1x2x4x4x!x> {wino.name = "image"}) -> tensor<1x2x4x4x!y> {
  %v = arith.constant dense<[[[[60]], [[0]]], [[[0]], [[-35]]]]> : tensor<2x2x1x1xi8>
  %w = arith.constant dense<[[[[98]], [[0]]], [[[0]], [[13]]]]> : tensor<2x2x1x1xi8>
  %b = arith.constant dense<0> : tensor<2xi32>
  %a = winograd.conv_2d %x, %v, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    requant = #winograd.requant<pre = 0, shift = 5, lo = -128, hi = 127, multipliers = [1073741824, 1073741824]>}
    : (tensor<1x2x4x4x!x>, tensor<2x2x1x1xi8>, tensor<2xi32>) -> tensor<1x2x4x4x!a> loc("first")
  %y = winograd.conv_2d %a, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    requant = #winograd.requant<pre = 0, shift = 5, lo = -128, hi = 127, multipliers = [1073741824, 1073741824]>}
    : (tensor<1x2x4x4x!a>, tensor<2x2x1x1xi8>, tensor<2xi32>) -> tensor<1x2x4x4x!y> loc("second")
  return %y : tensor<1x2x4x4x!y>
})";

int clamped(double q) { return int(std::clamp(roundHalfUp(q), -128.0, 127.0)); }
int integers(int q, int tap) { return std::clamp<int>(int(rshr(mulhi32(q * tap, half), 5)), -128, 127); }
int floats(int q, double scale, double tap, double outScale) { return clamped(float(q * scale * tap) / outScale); }

/// Noise and signal with the layer `left` in floats, 2 for none.
Energy reference(int left) {
  Energy sum;
  for (int image = 0; image < images; ++image)
    for (int i = 0; i < pixelsPerImage; ++i) {
      int c = i / 16, x = clamped(pixel(image, i) / inputScale);
      int a = left == 0 ? floats(x, inputScale, first[c], innerScale) : integers(x, firstTaps[c]);
      int y = left == 1 ? floats(a, innerScale, second[c], outputScale) : integers(a, secondTaps[c]);
      double wanted = float(second[c] * first[c]) * pixel(image, i);
      sum.signal += wanted * wanted;
      sum.noise += (wanted - y * outputScale) * (wanted - y * outputScale);
    }
  return sum;
}

/// Position of the largest output of an image, the first of equal ones.
size_t largest(int left, int image) {
  std::vector<int> outputs;
  for (int i = 0; i < pixelsPerImage; ++i) {
    int c = i / 16, x = clamped(pixel(image, i) / inputScale);
    int a = left == 0 ? floats(x, inputScale, first[c], innerScale) : integers(x, firstTaps[c]);
    outputs.push_back(left == 1 ? floats(a, innerScale, second[c], outputScale) : integers(a, secondTaps[c]));
  }
  return size_t(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
}

TEST(AllButOne, agrees_with_loops_on_any_number_of_threads) {
  mlir::DialectRegistry registry;
  registry
      .insert<WinogradDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect, mlir::quant::QuantizationDialect>();
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  auto floatModule = mlir::parseSourceString<mlir::ModuleOp>(floatText, &context);
  auto integerModule = mlir::parseSourceString<mlir::ModuleOp>(integerText, &context);
  ASSERT_TRUE(floatModule && integerModule);
  auto floatMain = llvm::cantFail(mainFunction(*floatModule)),
       integerMain = llvm::cantFail(mainFunction(*integerModule));
  for (unsigned threads : {1u, 2u}) {
    Floats runner;
    FewImages source;
    std::vector<std::array<std::vector<float>, images>> shown(2); // outputs of each layer left out and image
    std::mutex mutex;
    auto onOutputs = [&](size_t layer, size_t position, llvm::ArrayRef<std::vector<float>> outputs) {
      std::lock_guard<std::mutex> lock(mutex);
      EXPECT_EQ(outputs.size(), 1u);
      shown[layer][position] = outputs[0];
      return llvm::Error::success();
    };
    AllButOne found = llvm::cantFail(
        measureAllButOne(floatMain, runner, integerMain, source, {0, 1, 2}, threads, nullptr, onOutputs));
    EXPECT_NEAR(found.all.signal, reference(2).signal, 1e-9);
    EXPECT_NEAR(found.all.noise, reference(2).noise, 1e-9);
    ASSERT_EQ(found.without.size(), 2u);
    EXPECT_EQ(found.without[0].first, "first");
    EXPECT_EQ(found.without[1].first, "second");
    for (int left : {0, 1}) {
      EXPECT_NEAR(found.without[size_t(left)].second.noise, reference(left).noise, 1e-9);
      ASSERT_EQ(found.classes[size_t(left)].size(), size_t(images));
      for (int image = 0; image < images; ++image)
        EXPECT_EQ(found.classes[size_t(left)][size_t(image)], largest(left, image));
      Energy again;
      for (int image = 0; image < images; ++image)
        for (int i = 0; i < pixelsPerImage; ++i) {
          double wanted = float(second[i / 16] * first[i / 16]) * pixel(image, i);
          again.add(llvm::ArrayRef<float>{float(wanted)},
                    llvm::ArrayRef<float>{shown[size_t(left)][size_t(image)].at(size_t(i))});
        }
      EXPECT_NEAR(again.noise, reference(left).noise, 1e-9);
    }
  }
  // Leaving out either layer matters, and not equally.
  EXPECT_LT(reference(0).noise, reference(2).noise);
  EXPECT_NE(reference(0).noise, reference(1).noise);
}

} // namespace
