// Images and DecodeImage: the same picture through every format, refusals with advice, damage, memory, the held-out
// split.
#include "wino/Calibrate/Images.h"
#include "TestFiles.h"
#include "wino/Calibrate/DecodeImage.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <fstream>
#include <unistd.h>

using namespace wino;
using namespace wino::test;

static std::vector<float> loadImage(const std::string &path, Preprocess preprocess, std::array<int64_t, 3> chw,
                                    size_t index = 0) {
  auto images = ImageSource::open(path, preprocess, chw);
  EXPECT_TRUE(bool(images));
  if (!images) {
    ADD_FAILURE() << llvm::toString(images.takeError());
    return {};
  }
  std::vector<float> out((*images)->elements());
  EXPECT_EQ(message((*images)->load(index, out.data())), "");
  return out;
}

static std::string openMessage(const std::string &path, Preprocess preprocess, std::array<int64_t, 3> chw) {
  return message(ImageSource::open(path, preprocess, chw));
}

static std::string loadMessage(const std::string &path, std::array<int64_t, 3> chw) {
  auto images = ImageSource::open(path, {}, chw);
  if (!images)
    return llvm::toString(images.takeError());
  std::vector<float> out((*images)->elements());
  return message((*images)->load(0, out.data()));
}

static std::string toNhwc(const std::string &nchw, size_t channels, size_t plane) {
  std::string out = nchw;
  for (size_t c = 0; c < channels; ++c)
    for (size_t i = 0; i < plane; ++i)
      out[i * channels + c] = nchw[c * plane + i];
  return out;
}

TEST(Images, one_picture_is_the_same_in_every_format) {
  TempFolder folder;
  std::string planes = ramp(3 * 4 * 5), pixels = toNhwc(planes, 3, 20);
  std::vector<float> floats(planes.begin(), planes.end());
  for (size_t i = 0; i < floats.size(); ++i)
    floats[i] = uint8_t(planes[i]);
  Preprocess nchw, nhwc;
  nchw.mean = {0.4914, 0.4822, 0.4465};
  nchw.stddev = {0.2470, 0.2435, 0.2616};
  nhwc = nchw;
  nhwc.layout = Preprocess::NHWC;
  std::array<int64_t, 3> chw = {3, 4, 5};
  std::vector<float> expected(60);
  for (size_t i = 0; i < 60; ++i) {
    float p = float(uint8_t(planes[i])) * float(1 / 255.0), d = p - float(nchw.mean[i / 20]);
    expected[i] = d / float(nchw.stddev[i / 20]);
  }
  PngOptions interlaced;
  interlaced.interlaced = true;
  writeNpz(folder.file("a.npz"), {{"images.npy", npy("|u1", "(1, 3, 4, 5)", planes)}}, true);
  EXPECT_EQ(loadImage(writeBytes(folder.file("a.npy"), npy("|u1", "(1, 3, 4, 5)", planes)), nchw, chw), expected);
  EXPECT_EQ(loadImage(writeBytes(folder.file("b.npy"), npy("|u1", "(3, 4, 5)", planes)), nchw, chw), expected);
  EXPECT_EQ(loadImage(writeBytes(folder.file("c.npy"), npy("|u1", "(4, 5, 3)", pixels)), nhwc, chw), expected);
  EXPECT_EQ(loadImage(writeBytes(folder.file("d.npy"), npy("<f4", "(1, 3, 4, 5)", bytesOf(floats))), nchw, chw),
            expected);
  EXPECT_EQ(loadImage(folder.file("a.npz"), nchw, chw), expected);
  EXPECT_EQ(loadImage(writeBytes(folder.file("a.png"), png(5, 4, pixels)), nchw, chw), expected);
  EXPECT_EQ(loadImage(writeBytes(folder.file("b.png"), png(5, 4, pixels, interlaced)), nchw, chw), expected);

  // Content hashes agree as well.
  auto fromArray = ImageSource::open(folder.file("c.npy"), nhwc, chw);
  auto fromPng = ImageSource::open(folder.file("a.png"), nchw, chw);
  ASSERT_TRUE(fromArray && fromPng);
  EXPECT_EQ(*(*fromArray)->contentHash(0), *(*fromPng)->contentHash(0));
}

TEST(Images, bgr_exchanges_channels_before_mean_and_std) {
  TempFolder folder;
  Preprocess preprocess;
  preprocess.scale = 1;
  preprocess.mean = {104, 117, 123};
  preprocess.bgr = true;
  std::string path = writeBytes(folder.file("a.npy"), npy("|u1", "(3, 1, 1)", std::string("\x01\x02\x03", 3)));
  EXPECT_EQ(loadImage(path, preprocess, {3, 1, 1}), (std::vector<float>{3 - 104, 2 - 117, 1 - 123}));
}

TEST(Images, gray_images_and_rank_3) {
  TempFolder folder;
  Preprocess raw;
  raw.scale = 1;
  std::string path = writeBytes(folder.file("a.npy"), npy("|u1", "(2, 1, 2)", std::string("\x01\x02\x03\x04", 4)));
  EXPECT_EQ(loadImage(path, raw, {1, 1, 2}, 1), (std::vector<float>{3, 4}));
  PngOptions gray;
  gray.colorType = PNG_COLOR_TYPE_GRAY;
  std::string grayPng = writeBytes(folder.file("g.png"), png(2, 1, std::string("\x05\x06", 2), gray));
  EXPECT_EQ(loadImage(grayPng, raw, {1, 1, 2}), (std::vector<float>{5, 6}));
  EXPECT_EQ(loadImage(grayPng, raw, {3, 1, 2}), (std::vector<float>{5, 6, 5, 6, 5, 6}));
  gray.depth = 1; // two pixels, black and white
  EXPECT_EQ(loadImage(writeBytes(folder.file("h.png"), png(2, 1, std::string("\x40", 1), gray)), raw, {1, 1, 2}),
            (std::vector<float>{0, 255}));
  std::string grayJpeg = writeBytes(folder.file("g.jpg"), jpeg(8, 8, std::string(64, '\x80'), JCS_GRAYSCALE));
  EXPECT_EQ(loadImage(grayJpeg, raw, {1, 8, 8}), std::vector<float>(64, 128));
}

TEST(Images, palette_becomes_rgb_and_what_has_no_single_meaning_is_refused) {
  TempFolder folder;
  Preprocess raw;
  raw.scale = 1;
  PngOptions options;
  options.colorType = PNG_COLOR_TYPE_PALETTE;
  std::string indices("\x05\x06", 2);
  EXPECT_EQ(loadImage(writeBytes(folder.file("p.png"), png(2, 1, indices, options)), raw, {3, 1, 2}),
            (std::vector<float>{5, 6, 10, 12, 15, 18}));
  EXPECT_NE(loadMessage(folder.file("p.png"), {1, 1, 2}).find("p.png: expected a grayscale image, got colour"),
            std::string::npos);
  options.transparent = true;
  EXPECT_NE(loadMessage(writeBytes(folder.file("t.png"), png(2, 1, indices, options)), {3, 1, 2}).find("without alpha"),
            std::string::npos);
  options = {};
  options.colorType = PNG_COLOR_TYPE_RGB_ALPHA;
  EXPECT_NE(loadMessage(writeBytes(folder.file("a.png"), png(2, 1, ramp(8), options)), {3, 1, 2}).find("without alpha"),
            std::string::npos);
  options.colorType = PNG_COLOR_TYPE_RGB;
  options.depth = 16;
  EXPECT_NE(loadMessage(writeBytes(folder.file("d.png"), png(2, 1, ramp(12), options)), {3, 1, 2}).find("got 16"),
            std::string::npos);
  EXPECT_NE(loadMessage(writeBytes(folder.file("c.jpg"), jpeg(8, 8, ramp(256), JCS_CMYK)), {3, 8, 8}).find("CMYK"),
            std::string::npos);
  EXPECT_NE(loadMessage(writeBytes(folder.file("s.png"), png(2, 1, ramp(6))), {3, 4, 4})
                .find("s.png: expected an image of 4x4 (width x height), got 2x1"),
            std::string::npos);
  EXPECT_NE(loadMessage(writeBytes(folder.file("s.jpg"), jpeg(8, 8, ramp(192), JCS_RGB)), {3, 4, 4}).find("got 8x8"),
            std::string::npos);
}

TEST(Images, folder_is_read_in_the_order_of_names) {
  TempFolder folder;
  Preprocess raw;
  raw.scale = 1;
  for (const char *name : {"b.PNG", "a.png", "c.png"})
    writeBytes(folder.file(name), png(1, 1, std::string(3, name[0])));
  writeBytes(folder.file("labels.npy"), "");
  writeBytes(folder.file(".hidden.bmp"), "");
  auto images = ImageSource::open(folder.path, raw, {3, 1, 1});
  ASSERT_TRUE(bool(images)) << llvm::toString(images.takeError());
  ASSERT_EQ((*images)->size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    float out[3];
    ASSERT_EQ(message((*images)->load(i, out)), "");
    EXPECT_EQ(out[0], "abc"[i]);
  }
  writeBytes(folder.file("d.webp"), "");
  EXPECT_NE(openMessage(folder.path.str().str(), raw, {3, 1, 1}).find("d.webp: expected PNG or JPEG"),
            std::string::npos);
  TempFolder empty;
  EXPECT_NE(openMessage(empty.path.str().str(), raw, {3, 1, 1}).find("got none"), std::string::npos);
}

TEST(Images, refuses_wrong_shapes_types_and_options) {
  TempFolder folder;
  std::string path = writeBytes(folder.file("a.npy"), npy("|u1", "(1, 3, 4, 5)", ramp(60)));
  EXPECT_NE(
      openMessage(path, {}, {3, 5, 4}).find("expected images of shape (N, 3, 5, 4) in layout nchw, got (1, 3, 4, 5)"),
      std::string::npos);
  EXPECT_NE(
      openMessage(writeBytes(folder.file("z.npy"), npy("|u1", "(0, 3, 4, 5)", "")), {}, {3, 4, 5}).find("at least one"),
      std::string::npos);
  EXPECT_NE(openMessage(writeBytes(folder.file("i.npy"), npy("<i4", "(1,1,1,1)", "abcd")), {}, {1, 1, 1})
                .find("uint8 or float32"),
            std::string::npos);
  Preprocess bad;
  bad.mean = {1, 2};
  EXPECT_NE(openMessage(path, bad, {3, 4, 5}).find("expected one mean or 3, got 2"), std::string::npos);
  bad = {};
  bad.stddev = {0};
  EXPECT_NE(openMessage(path, bad, {3, 4, 5}).find("positive std"), std::string::npos);
  bad = {};
  bad.bgr = true;
  EXPECT_NE(openMessage(path, bad, {1, 4, 5}).find("expected 3 channels"), std::string::npos);
  EXPECT_NE(openMessage(path, {}, {1 << 20, 1 << 20, 1 << 30}).find("network input"), std::string::npos);
  EXPECT_NE(openMessage(path, {}, {0, 4, 5}).find("network input"), std::string::npos);
  std::vector<float> nan = {0, NAN};
  EXPECT_NE(loadMessage(writeBytes(folder.file("n.npy"), npy("<f4", "(1,1,1,2)", bytesOf(nan))), {1, 1, 2})
                .find("image 0: expected finite"),
            std::string::npos);
}

TEST(Images, every_truncation_and_byte_flip_of_a_picture_is_survived) {
  std::string pixels = ramp(8 * 8 * 3);
  PngOptions palette;
  palette.colorType = PNG_COLOR_TYPE_PALETTE;
  std::string indices(64, 0);
  for (size_t i = 0; i < 64; ++i)
    indices[i] = char(i);
  for (const std::string &good : {png(8, 8, pixels), png(8, 8, indices, palette), jpeg(8, 8, pixels, JCS_RGB),
                                  jpeg(8, 8, pixels, JCS_RGB, true)}) {
    std::vector<uint8_t> out(8 * 8 * 3);
    ASSERT_EQ(message(decodeImage(good, {3, 8, 8}, out, "a")), "");
    forEachDamage(good, [&](const std::string &bad, bool isCut) {
      std::string text = message(decodeImage(bad, {3, 8, 8}, out, "a"));
      if (isCut) {
        EXPECT_NE(text, "") << bad.size();
      }
    });
  }
}

/// A file that repeats its last scan costs time for each of them.
TEST(Images, progressive_jpeg_with_many_scans_is_refused) {
  std::string good = jpeg(8, 8, ramp(64), JCS_GRAYSCALE, true);
  size_t scan = good.rfind("\xff\xda");
  std::string bad = good.substr(0, good.size() - 2);
  for (int i = 0; i < 2000; ++i)
    bad += good.substr(scan, good.size() - 2 - scan);
  bad += good.substr(good.size() - 2);
  std::vector<uint8_t> out(64);
  EXPECT_NE(message(decodeImage(bad, {1, 8, 8}, out, "a")), "");
}

static size_t residentKiB() {
  std::ifstream status("/proc/self/statm");
  size_t total = 0, resident = 0;
  status >> total >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

TEST(Images, memory_is_flat_in_the_number_of_images) {
  TempFolder folder;
  constexpr size_t count = 4000, one = 3 * 32 * 32; // 12 MB, 48 MB as float
  std::string array = npy("|u1", "(4000, 3, 32, 32)", ramp(count * one));
  writeBytes(folder.file("a.npy"), array);
  writeNpz(folder.file("a.npz"), {{"images.npy", array}}, true);
  array = {};
  size_t before = residentKiB();
  for (const char *name : {"a.npy", "a.npz"}) {
    auto images = ImageSource::open(folder.file(name), {}, {3, 32, 32});
    ASSERT_TRUE(bool(images)) << llvm::toString(images.takeError());
    std::vector<float> out((*images)->elements());
    for (size_t i = 0; i < (*images)->size(); ++i)
      ASSERT_EQ(message((*images)->load(i, out.data())), "");
    EXPECT_LT(residentKiB(), before + 4096) << name;
  }
}

TEST(Images, labels) {
  TempFolder folder;
  std::string path = folder.file("l.npy");
  EXPECT_EQ(*loadLabels(writeBytes(path, npy("|u1", "(2,)", std::string("\x03\xff", 2)))),
            (std::vector<int64_t>{3, 255}));
  EXPECT_EQ(*loadLabels(writeBytes(path, npy("<i4", "(2,)", bytesOf(std::vector<int32_t>{7, 0})))),
            (std::vector<int64_t>{7, 0}));
  EXPECT_EQ(*loadLabels(writeBytes(path, npy("<i8", "(1,)", bytesOf(std::vector<int64_t>{999})))),
            (std::vector<int64_t>{999}));
  EXPECT_NE(message(loadLabels(writeBytes(path, npy("<i4", "(1,)", bytesOf(std::vector<int32_t>{-1})))))
                .find("got -1 for image 0"),
            std::string::npos);
  EXPECT_NE(message(loadLabels(writeBytes(path, npy("<f4", "(1,)", "abcd")))).find("expected labels"),
            std::string::npos);
  EXPECT_NE(message(loadLabels(writeBytes(path, npy("|u1", "(1, 1)", "a")))).find("expected labels"),
            std::string::npos);
}

static std::vector<bool> split(const TempFolder &folder, const std::string &bytes) {
  std::string path =
      writeBytes(folder.file("h.npy"), npy("|u1", "(" + std::to_string(bytes.size()) + ", 1, 1, 1)", bytes));
  auto images = ImageSource::open(path, {}, {1, 1, 1});
  auto heldOut = holdOut(**images);
  EXPECT_TRUE(bool(heldOut));
  return *heldOut;
}

TEST(Images, a_quarter_is_held_out_by_content) {
  TempFolder folder;
  auto count = [](const std::vector<bool> &flags) { return std::count(flags.begin(), flags.end(), true); };
  EXPECT_EQ(count(split(folder, ramp(1))), 0);
  EXPECT_EQ(count(split(folder, ramp(2))), 1);
  EXPECT_EQ(count(split(folder, ramp(5))), 1);
  EXPECT_EQ(count(split(folder, ramp(6))), 2); // 1.5 rounds up
  EXPECT_EQ(count(split(folder, ramp(200))), 50);
  // The order of the images does not matter, only what they show.
  std::string bytes = ramp(40), reversed(bytes.rbegin(), bytes.rend());
  std::vector<bool> forward = split(folder, bytes), backward = split(folder, reversed);
  EXPECT_EQ(forward, std::vector<bool>(backward.rbegin(), backward.rend()));
  // Copies of a picture are on one side...
  std::vector<bool> copies = split(folder, "aabbccdd");
  for (size_t i = 0; i < copies.size(); i += 2)
    EXPECT_EQ(copies[i], copies[i + 1]);
  // ... unless nothing would be left.
  EXPECT_EQ(count(split(folder, std::string(8, 'a'))), 2);
}
