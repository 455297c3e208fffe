// LayerInputs: what is kept, in which order, how much fits, and every refusal.
#include "wino/Calibrate/LayerInputs.h"
#include "TestFiles.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace wino;
using namespace wino::test;

namespace {

/// input -> twice the input, both 1x1x2x2.
class Doubler : public Runner {
public:
  llvm::Error run(llvm::ArrayRef<float> input, Observe observe) override {
    ++runs;
    std::vector<float> twice(input.begin(), input.end());
    for (float &x : twice)
      x *= 2;
    if (runs == badRun)
      twice[1] = NAN;
    observe("input", input, {1, 1, 2, 2});
    observe("twice", runs == narrowRun ? llvm::ArrayRef(twice).take_front(2) : llvm::ArrayRef(twice),
            {1, 1, 2, runs == narrowRun ? 1 : 2});
    if (repeats)
      observe("twice", twice, {1, 1, 2, 2});
    return llvm::Error::success();
  }
  bool repeats = false;
  int runs = 0, badRun = 0, narrowRun = 0;
};

class Collecting : public ::testing::Test {
protected:
  void SetUp() override {
    std::string path = writeBytes(folder.file("a.npy"), npy("|u1", "(5, 1, 2, 2)", ramp(20)));
    Preprocess asIs;
    asIs.scale = 1;
    auto opened = ImageSource::open(path, asIs, {1, 2, 2});
    ASSERT_TRUE(bool(opened));
    images = std::move(*opened);
  }

  std::string errorOf(llvm::ArrayRef<size_t> indices, llvm::ArrayRef<std::string> tensors, size_t limit = 1 << 20) {
    auto got = collectLayerInputs(network, *images, indices, tensors, limit);
    return got ? "collected" : llvm::toString(got.takeError());
  }

  TempFolder folder;
  std::unique_ptr<ImageSource> images;
  Doubler network;
};

TEST_F(Collecting, keeps_the_named_tensor_in_the_order_of_the_indices) {
  auto got = collectLayerInputs(network, *images, {3, 0}, {"twice"}, 1 << 20);
  ASSERT_TRUE(bool(got)) << llvm::toString(got.takeError());
  const FeatureMaps *maps = got->find("twice");
  ASSERT_TRUE(maps);
  EXPECT_EQ(maps->images, 2);
  EXPECT_EQ(maps->image(0)[1], 2.0f * uint8_t(ramp(20)[13]));
  EXPECT_EQ(maps->image(1)[1], 2.0f * uint8_t(ramp(20)[1]));
  EXPECT_FALSE(got->find("input"));
}

TEST_F(Collecting, takes_as_many_images_as_fit) {
  auto got = collectLayerInputs(network, *images, {0, 1, 2, 3, 4}, {"twice", "input"}, 3 * 2 * 16 + 5);
  ASSERT_TRUE(bool(got));
  EXPECT_EQ(got->find("twice")->images, 3);
  EXPECT_EQ(network.runs, 3);
  EXPECT_EQ(errorOf({0}, {"twice"}, 15), "expected the feature maps of one image to fit 15 bytes, got 16");
}

TEST_F(Collecting, says_what_is_wrong) {
  EXPECT_EQ(errorOf({}, {"twice"}), "expected at least one image to collect feature maps from, got none");
  EXPECT_EQ(errorOf({0}, {"thrice"}), "expected the network to have a tensor 'thrice'");
  network.runs = 0;
  network.badRun = 2;
  EXPECT_NE(errorOf({0, 1}, {"twice"}).find("image 1: tensor 'twice': expected finite numbers"), std::string::npos);
  network.runs = network.badRun = 0;
  EXPECT_EQ(errorOf({0, 1}, {"twice"}), "collected");
  network.repeats = true;
  EXPECT_NE(errorOf({0, 1}, {"twice"}).find("expected one tensor of this name"), std::string::npos);
  network.repeats = false;
  network.runs = 0;
  network.narrowRun = 2;
  EXPECT_NE(errorOf({0, 1}, {"twice"}).find("expected the same shape for every image"), std::string::npos);
}

} // namespace
