// Profile: round trip to the byte, strict reading with the place of the fault, damage.
#include "wino/Calibrate/Profile.h"
#include "TestFiles.h"
#include "gtest/gtest.h"

using namespace wino;
using namespace wino::test;

static const std::string tileText = "F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8";

static Profile sample() {
  Profile profile;
  profile.modelSha256 = std::string(64, 'a');
  profile.images = 72;
  profile.tensors["conv1/\"out\"\n"] = {-1.0 / 3, 5e-324, 0.1, 1e35, 0, uint64_t(1) << 53};
  profile.tensors["b"] = {-0.0, 3, 1, 3, 3, 10};
  std::vector<TapStats> &taps = profile.taps["conv1"][tileText];
  for (int i = 0; i < 16; ++i)
    taps.push_back({i / 3.0, i / 7.0, i / 11.0, {i / 13.0, i / 17.0, i / 19.0, i / 23.0, i / 29.0}});
  return profile;
}

static std::string replaced(std::string text, const std::string &from, const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Profile, round_trip_is_byte_identical) {
  TempFolder folder;
  std::string text = sample().toJson();
  llvm::Expected<Profile> read = Profile::fromJson(text, "a.calib");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->toJson(), text);
  EXPECT_EQ(read->tensors["conv1/\"out\"\n"].min, -1.0 / 3);
  EXPECT_EQ(read->tensors["conv1/\"out\"\n"].max, 5e-324);
  EXPECT_EQ(read->tensors["conv1/\"out\"\n"].count, uint64_t(1) << 53);
  EXPECT_EQ(read->taps["conv1"][tileText][7].rms, 1.0);
  std::string path = folder.file("a.calib");
  EXPECT_EQ(message(sample().save(path)), "");
  llvm::Expected<Profile> loaded = Profile::load(path);
  ASSERT_TRUE(bool(loaded)) << llvm::toString(loaded.takeError());
  EXPECT_EQ(loaded->toJson(), text);
  EXPECT_EQ(Profile::fromJson(Profile().toJson(), "a")->toJson(), Profile().toJson());
}

TEST(Profile, faults_are_named_with_their_place) {
  std::string good = sample().toJson();
  struct {
    std::string text;
    const char *expected;
  } cases[] = {
      {replaced(good, "\"rms\": 1,", "\"rms\": -1,"), "a.calib: tensors.b.rms: expected a number of 0 or more"},
      {replaced(good, "\"rms\": 1,", "\"rms\": 1e999,"), "tensors.b.rms: expected a finite number"},
      {replaced(good, "\"rms\": 1,", "\"rms\": \"1\","), "tensors.b.rms: expected a finite number"},
      {replaced(good, "\"rms\": 1,", "\"rms\": NaN,"), "expected a JSON file"},
      {replaced(good, "\"rms\": 1,", ""), "tensors.b: expected the key 'rms'"},
      {replaced(good, "\"rms\": 1,", "\"rms\": 1, \"rms\": 1,"), "expected the key 'rms' once"},
      {replaced(good, "\"rms\": 1,", "\"rms\": 1, \"\\u0072ms\": 1,"), "expected the key 'rms' once"},
      {replaced(good, "\"rms\": 1,", "\"rms\": 1, \"zoom\": 1,"), "got 'zoom'"},
      {replaced(good, "\"count\": 10", "\"count\": -10"), "tensors.b.count: expected an integer of 0 or more"},
      {replaced(good, "\"count\": 10", "\"count\": 1.5"), "tensors.b.count"},
      {replaced(good, "\"max\": 3", "\"max\": -3"), "tensors.b: expected min <= max"},
      {replaced(good, "\"max\": 3", "\"max\": 1e300"), "tensors.b.max: expected a number of magnitude at most 1e36"},
      {replaced(good, "\"version\": 2", "\"version\": 1"), "version: expected 2"},
      {replaced(good, "\"version\": 2", "\"version\": 3"), "version: expected 2"},
      {replaced(good, "\"images\": 72", "\"images\": -1"), "images: expected an integer"},
      {replaced(good, "aaaa", "AAAA"), "model_sha256"},
      {replaced(good, "[0,0,0,0,0,0,0,0],", ""), "expected a list of 16 taps (K = 4), got 15"},
      {replaced(good, "[0,0,0,0,0,0,0,0],", "[0,0,0],"), "[0]: expected [max, rms, 99.9th percentile, clips"},
      {replaced(good, "[0,0,0,0,0,0,0,0],", "[0,-1,0,0,0,0,0,0],"), "[0][1]: expected a number of 0 or more"},
      {replaced(good, "F(2,3)", "F(2,3) "), "canonical text"},
      {replaced(good, "taps=i8xi8", "taps=i6xi4"), "canonical text"},
      {replaced(good, "F(2,3)", "G(2,3)"), "taps.conv1.G(2,3)"},
      {replaced(good, tileText, "direct"), "expected a Winograd tile"},
      {"[]", "profile: expected an object"},
      {"", "expected a JSON file"},
      {good + "x", "expected a JSON file"},
  };
  for (const auto &test : cases) {
    std::string text = message(Profile::fromJson(test.text, "a.calib"));
    EXPECT_NE(text.find(test.expected), std::string::npos) << text << " / " << test.expected;
  }
}

TEST(Profile, deep_nesting_is_refused_before_it_is_parsed) {
  for (const char *open : {"[", "{\"a\":", "{\"tensors\":[{\"b\":"}) {
    std::string text;
    for (int i = 0; i < 1000000; ++i)
      text += open;
    EXPECT_NE(message(Profile::fromJson(text, "a")).find("16 levels"), std::string::npos);
  }
  // Brackets in strings do not count.
  Profile profile;
  profile.tensors[std::string(1000, '[') + "\\\""] = {};
  EXPECT_EQ(message(Profile::fromJson(profile.toJson(), "a")), "");
}

TEST(Profile, every_truncation_and_byte_flip_is_survived) {
  std::string good = sample().toJson();
  size_t last = good.size() - 1; // the newline after the closing bracket may be missing
  forEachDamage(good, [&](const std::string &bad, bool isCut) {
    llvm::Expected<Profile> read = Profile::fromJson(bad, "a");
    if (!read)
      llvm::consumeError(read.takeError());
    else
      EXPECT_TRUE(!isCut || bad.size() == last);
  });
}

TEST(Profile, load_refuses_what_is_no_file) {
  EXPECT_NE(message(Profile::load("/dev/zero")).find("regular file"), std::string::npos);
  EXPECT_NE(message(Profile::load("/no/such/file")).find("cannot open"), std::string::npos);
}
