// ArrayFile and NpyFormat: headers that NumPy writes, headers that an attacker writes, archives good and damaged.
#include "wino/Calibrate/ArrayFile.h"
#include "TestFiles.h"
#include "gtest/gtest.h"
#include <sys/stat.h>
#include <unistd.h>

using namespace wino;
using namespace wino::test;

static std::string parseMessage(const std::string &bytes) {
  return message(parseNpyHeader(bytes, bytes.size(), "a.npy"));
}

TEST(NpyFormat, reads_versions_1_to_3) {
  for (unsigned version : {1u, 2u, 3u}) {
    std::string bytes = npy("<f4", "(2, 3)", std::string(24, 0), version);
    llvm::Expected<NpyHeader> header = parseNpyHeader(bytes, bytes.size(), "a.npy");
    ASSERT_TRUE(bool(header)) << llvm::toString(header.takeError());
    EXPECT_EQ(header->type, NpyType::F32);
    EXPECT_EQ(header->shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(header->dataBytes, 24u);
    EXPECT_EQ(header->dataOffset, bytes.size() - 24);
  }
  EXPECT_EQ(parseMessage(npy("|u1", "()", "x")), "");
  EXPECT_EQ(parseMessage(npy("<i8", "(1,)", std::string(8, 0))), "");
}

TEST(NpyFormat, refuses_headers_that_numpy_does_not_write) {
  struct {
    std::string bytes;
    const char *expected;
  } cases[] = {
      {"", "something else"},
      {"\x93NUMPY\x01", "something else"},
      {npy("|u1", "(4,)", "abcd", 4), "version"},
      {npy(">f4", "(1,)", "abcd"), "little-endian"},
      {npy("|O", "(1,)", "abcd"), "expected elements of type"},
      {npyWithHeader("{'descr': '|u1', 'fortran_order': True, 'shape': (4,)}", "abcd"), "Fortran order"},
      {npyWithHeader("{'descr': '|u1', 'fortran_order': 0, 'shape': (4,)}", "abcd"), "False or True"},
      {npyWithHeader("{'descr': '|u1', 'shape': (4,)}", "abcd"), "expected the keys"},
      {npyWithHeader("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (4,)}", "abcd"),
       "'descr' once"},
      {npyWithHeader("{'descr': '|u1', 'fortran_order': False, 'shape': (4,), 'x': 1}", "abcd"), "got 'x'"},
      {npyWithHeader("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (4,)}", "abcd"), "expected a string"},
      {npyWithHeader("{'descr': '|u1', 'fortran_order': False, 'shape': (4,)} + x", "abcd"), "nothing after"},
      {npy("|u1", "(4)", "abcd"), "got a number"},
      {npy("|u1", "(-4,)", "abcd"), "integers"},
      {npy("|u1", "(2 2)", "abcd"), "integers"},
      {npy("|u1", "(4L,)", "abcd"), "integers"},
      {npy("|u1", "(1,1,1,1,1,1,1,1,4)", "abcd"), "at most 8 dimensions"},
      {npy("|u1", "(99999999999999999999,)", "abcd"), "integers below"},
      {npy("<f4", "(4611686018427387904, 4)", "abcd"), "below 2^63 bytes"},
      {npy("<f4", "(4294967296, 4294967296, 4)", "abcd"), "below 2^63 bytes"},
      {npy("|u1", "(1000000000000,)", "abcd"), "expected 1000000000000 bytes"},
      {npy("|u1", "(4,)", "abcde"), "expected 4 bytes of elements"},
      {npy("|u1", "(4,)", "abc"), "got 3"},
  };
  for (const auto &test : cases)
    EXPECT_NE(parseMessage(test.bytes).find(test.expected), std::string::npos)
        << parseMessage(test.bytes) << " / " << test.expected;
  std::string longHeader = std::string("\x93NUMPY\x02\0", 8) + std::string("\xff\xff\xff\x7f", 4) + "{}";
  EXPECT_NE(parseMessage(longHeader).find("at most 65536"), std::string::npos);
}

TEST(NpyFormat, every_truncation_and_byte_flip_is_survived) {
  std::string good = npy("<f4", "(2, 3)", std::string(24, 1));
  forEachDamage(good, [&](const std::string &bad, bool isCut) {
    std::string text = parseMessage(bad);
    if (isCut) {
      EXPECT_NE(text, "") << bad.size();
    }
  });
}

TEST(ArrayFile, reads_npy_and_both_kinds_of_npz_in_any_order) {
  TempFolder folder;
  std::string elements = ramp(100000), array = npy("|u1", "(100000,)", elements);
  std::vector<std::string> paths = {writeBytes(folder.file("a.npy"), array), folder.file("s.npz"),
                                    folder.file("d.npz")};
  writeNpz(paths[1], {{"images.npy", array}, {"labels.npy", npy("|u1", "(1,)", "x")}}, false);
  writeNpz(paths[2], {{"x.npy", array}}, true);
  for (const std::string &path : paths) {
    auto file = ArrayFile::open(path, "images");
    ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
    for (size_t offset : {0u, 500u, 90000u, 3u, 99990u, 0u}) {
      std::vector<uint8_t> out(10);
      ASSERT_EQ(message((*file)->read(offset, out)), "") << path;
      EXPECT_EQ(std::string(out.begin(), out.end()), elements.substr(offset, 10)) << path;
    }
    std::vector<uint8_t> tooFar(11);
    EXPECT_NE(message((*file)->read(99990, tooFar)), "");
    EXPECT_NE(message((*file)->read(UINT64_MAX, tooFar)), "");
  }
}

TEST(ArrayFile, refuses_archives_without_one_array) {
  TempFolder folder;
  std::string path = folder.file("a.npz"), array = npy("|u1", "(1,)", "x");
  writeNpz(path, {{"a.npy", array}, {"b.npy", array}}, true);
  EXPECT_NE(message(ArrayFile::open(path, "images")).find("expected one array, or one called 'images', got 2 arrays"),
            std::string::npos);
  writeNpz(path, {{"readme.txt", "x"}}, true);
  EXPECT_NE(message(ArrayFile::open(path, "images")).find("got 0 arrays"), std::string::npos);
  EXPECT_NE(message(ArrayFile::open(folder.file("none.npy"), "images")).find("cannot open"), std::string::npos);
  EXPECT_NE(message(ArrayFile::open(folder.path, "images")).find("regular file"), std::string::npos);
  std::string pipe = folder.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(message(ArrayFile::open(pipe, "images")).find("regular file"), std::string::npos);
}

TEST(ArrayFile, many_steps_back_do_not_unpack_the_archive_each_time) {
  TempFolder folder;
  std::string path = folder.file("a.npz"), elements = ramp(100000);
  writeNpz(path, {{"images.npy", npy("|u1", "(100000,)", elements)}}, true);
  auto file = ArrayFile::open(path, "images");
  ASSERT_TRUE(bool(file));
  auto read = [&](size_t offset) {
    std::vector<uint8_t> out(10);
    EXPECT_EQ(message((*file)->read(offset, out)), "") << offset;
    return std::string(out.begin(), out.end());
  };
  for (size_t offset = 99990; offset > 99990 - 7 * (ArrayFile::maxStepsBack + 3); offset -= 7)
    EXPECT_EQ(read(offset), elements.substr(offset, 10));
  // From now on the archive is not touched any more.
  ASSERT_EQ(::truncate(path.c_str(), 0), 0);
  for (size_t offset : {0u, 99990u, 500u, 0u})
    EXPECT_EQ(read(offset), elements.substr(offset, 10));
}

TEST(ArrayFile, damage_is_found_when_the_archive_is_unpacked) {
  TempFolder folder;
  std::string path = folder.file("a.npz"), elements = ramp(100000);
  writeNpz(path, {{"images.npy", npy("|u1", "(100000,)", elements)}}, false); // stored: a flip changes one element
  std::string bytes = readBytes(path);
  bytes[90000] ^= 1;
  auto file = ArrayFile::open(writeBytes(path, bytes), "images");
  ASSERT_TRUE(bool(file)); // nothing near the end has been read yet
  std::string last;
  for (unsigned i = 0; i <= ArrayFile::maxStepsBack + 1; ++i) {
    std::vector<uint8_t> out(10);
    last = message((*file)->read(i % 2 ? 0 : 100, out));
    if (!last.empty())
      break;
    last = message((*file)->read(0, out));
    if (!last.empty())
      break;
  }
  EXPECT_NE(last.find("damaged archive"), std::string::npos) << last;
}

static uint64_t le(const std::string &bytes, size_t at, unsigned size) {
  uint64_t value = 0;
  memcpy(&value, bytes.data() + at, size);
  return value;
}

/// A bomb says a small size in its directory and unpacks to more, or says a huge one.
TEST(ArrayFile, size_in_the_directory_is_not_trusted) {
  TempFolder folder;
  std::string path = folder.file("a.npz");
  writeNpz(path, {{"images.npy", npy("|u1", "(1000000,)", std::string(1000000, 0))}}, true);
  std::string good = readBytes(path);
  size_t central = good.rfind("PK\x01\x02");
  ASSERT_NE(central, std::string::npos);
  ASSERT_EQ(le(good, central + 24, 4), le(good, 22, 4));
  for (uint32_t size : {128u, 1000u, 4000000u, 0xfffffff0u}) {
    std::string bad = good;
    for (size_t at : {central + 24, size_t(22)})
      memcpy(&bad[at], &size, 4);
    EXPECT_NE(message(ArrayFile::open(writeBytes(path, bad), "images")), "") << size;
  }
}

TEST(ArrayFile, every_truncation_and_byte_flip_of_an_archive_is_survived) {
  TempFolder folder;
  std::string path = folder.file("a.npz"), elements = ramp(40);
  writeNpz(path, {{"images.npy", npy("|u1", "(40,)", elements)}}, true);
  std::string good = readBytes(path);
  size_t wrong = 0;
  forEachDamage(good, [&](const std::string &bad, bool isCut) {
    auto file = ArrayFile::open(writeBytes(path, bad), "images");
    if (!file) {
      llvm::consumeError(file.takeError());
      return;
    }
    EXPECT_FALSE(isCut);
    std::vector<uint8_t> out((*file)->header().dataBytes);
    if (llvm::Error error = (*file)->read(0, out))
      llvm::consumeError(std::move(error));
    else
      wrong += std::string(out.begin(), out.end()) != elements;
  });
  EXPECT_EQ(wrong, 0u); // the archive has a checksum: damage is found or harmless
}
