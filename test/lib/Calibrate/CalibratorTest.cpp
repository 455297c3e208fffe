// Calibrator: a two-tensor network that is a few lines of C++, its profile, and every way in which it can go wrong.
#include "wino/Calibrate/Calibrator.h"
#include "TestFiles.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>

using namespace wino;
using namespace wino::test;

namespace {

/// input -> relu(input - 0.5), both 1x2x6x6.
class SmallNetwork : public Runner {
public:
  llvm::Error run(llvm::ArrayRef<float> input, Observe observe) override {
    ++runs;
    std::vector<float> relu(input.begin(), input.end());
    for (float &x : relu)
      x = std::max(x - 0.5f, 0.0f);
    if (fault == "nan")
      relu[3] = NAN;
    if (fault == "run")
      return llvm::createStringError("the network failed");
    std::vector<int64_t> shape = {1, 2, 6, fault == "shape" ? 7 : 6};
    observe("input", input, {1, 2, 6, 6});
    observe("relu", relu, shape);
    return llvm::Error::success();
  }

  std::string fault;
  size_t runs = 0;
};

class Calibration : public ::testing::Test {
protected:
  void SetUp() override {
    std::string path = writeBytes(folder.file("a.npy"), npy("|u1", "(8, 2, 6, 6)", ramp(8 * 72)));
    auto opened = ImageSource::open(path, {}, {2, 6, 6});
    ASSERT_TRUE(bool(opened));
    images = std::move(*opened);
    heldOut = *holdOut(*images);
  }

  TapRequest request(llvm::StringRef input = "relu", llvm::StringRef tile = "F(2,3)") {
    llvm::Expected<TileSpec> spec = TileSpec::parse(tile);
    EXPECT_TRUE(bool(spec));
    return {"conv1", input.str(), {1, 1, 1, 1}, *spec};
  }

  std::string run(const std::vector<TapRequest> &requests = {}, CalibrateOptions options = {}) {
    return message(calibrate(network, *images, heldOut, requests, options));
  }

  TempFolder folder;
  SmallNetwork network;
  std::unique_ptr<ImageSource> images;
  std::vector<bool> heldOut;
};

} // namespace

TEST_F(Calibration, makes_a_profile_that_reads_back) {
  std::vector<size_t> progress;
  llvm::Expected<Profile> profile =
      calibrate(network, *images, heldOut, {request(), request("relu", "F(4,3)"), request()}, {},
                [&](size_t done, size_t total) { progress.push_back(done * 100 + total); });
  ASSERT_TRUE(bool(profile)) << llvm::toString(profile.takeError());
  EXPECT_EQ(progress, (std::vector<size_t>{106, 206, 306, 406, 506, 606}));
  EXPECT_EQ(profile->images, 6u);
  EXPECT_EQ(profile->tensors["input"].count, 6u * 72);
  EXPECT_EQ(profile->tensors["relu"].min, 0);
  EXPECT_GT(profile->tensors["relu"].clipU8, 0);
  ASSERT_EQ(profile->taps["conv1"].size(), 2u);
  EXPECT_EQ(profile->taps["conv1"][request().tile.str()].size(), 16u);
  EXPECT_EQ(profile->taps["conv1"][request("relu", "F(4,3)").tile.str()].size(), 36u);
  std::string text = profile->toJson();
  llvm::Expected<Profile> read = Profile::fromJson(text, "a");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->toJson(), text);
  // The same again gives the same bytes.
  EXPECT_EQ(calibrate(network, *images, heldOut, {request(), request("relu", "F(4,3)")})->toJson(), text);
}

TEST_F(Calibration, tensor_with_negative_numbers_has_no_unsigned_clip) {
  Preprocess centred;
  centred.mean = {0.5};
  images = std::move(*ImageSource::open(folder.file("a.npy"), centred, {2, 6, 6}));
  llvm::Expected<Profile> profile = calibrate(network, *images, heldOut, {});
  ASSERT_TRUE(bool(profile));
  EXPECT_LT(profile->tensors["input"].min, 0);
  EXPECT_EQ(profile->tensors["input"].clipU8, 0);
  EXPECT_GT(profile->tensors["input"].clipS8, 0);
}

TEST_F(Calibration, taps_are_observed_on_the_first_images_only) {
  CalibrateOptions one;
  one.tapImages = 1;
  std::vector<bool> onlyFirst(8, true);
  size_t first = std::find(heldOut.begin(), heldOut.end(), false) - heldOut.begin();
  onlyFirst[first] = false;
  auto limited = calibrate(network, *images, heldOut, {request()}, one);
  auto single = calibrate(network, *images, onlyFirst, {request()});
  ASSERT_TRUE(limited && single);
  std::string tile = request().tile.str();
  for (size_t i = 0; i < 16; ++i)
    EXPECT_EQ(limited->taps["conv1"][tile][i].rms, single->taps["conv1"][tile][i].rms);
}

TEST_F(Calibration, faults_name_image_tensor_and_node) {
  EXPECT_NE(run({request("nosuch")}).find("node 'conv1', tile F(2,3) K=4"), std::string::npos);
  EXPECT_NE(run({request("nosuch")}).find("to have a tensor 'nosuch'"), std::string::npos);
  TapRequest badPads = request();
  badPads.pads[2] = -1;
  EXPECT_NE(run({badPads}).find("expected pads"), std::string::npos);
  TapRequest direct = request();
  direct.tile = TileSpec();
  EXPECT_NE(run({direct}).find("expected a Winograd tile"), std::string::npos);
  CalibrateOptions bins;
  bins.tapBins = 500;
  EXPECT_NE(run({}, bins).find("power of two"), std::string::npos);
  network.fault = "nan";
  EXPECT_NE(run().find("tensor 'relu': expected finite numbers"), std::string::npos);
  EXPECT_NE(run().find("a.npy: image "), std::string::npos);
  network.fault = "shape";
  EXPECT_NE(run().find("tensor 'relu': expected a shape of 72 elements"), std::string::npos);
  network.fault = "run";
  EXPECT_EQ(run(), "the network failed");
  network.fault = "";
  heldOut.assign(8, true);
  EXPECT_NE(run().find("at least one image"), std::string::npos);
  heldOut.resize(7);
  EXPECT_NE(run().find("expected 8 held-out flags, got 7"), std::string::npos);
}
