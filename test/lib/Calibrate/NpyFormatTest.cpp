// The bytes that are written are those of NumPy's format, and what is written can be read.
#include "wino/Calibrate/NpyFormat.h"
#include "gtest/gtest.h"

using namespace wino;

TEST(NpyFormat, WritesTheBytesThatNumpyWrites) {
  // numpy.save of numpy.array([1, -2, 258], numpy.int32): magic, version 1.0, header padded to a multiple of 64 bytes.
  std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }";
  std::string expected = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + std::string(60, ' ') + "\n" +
                         std::string("\x01\x00\x00\x00\xfe\xff\xff\xff\x02\x01\x00\x00", 12);
  EXPECT_EQ(npyFile({1, -2, 258}), expected);
}

TEST(NpyFormat, ReadsWhatItWrites) {
  // Lengths around the point where one more digit in the shape moves the elements by 64 bytes would show here.
  for (size_t count : {size_t(0), size_t(1), size_t(9), size_t(10), size_t(10000)}) {
    std::string bytes = npyFile(std::vector<int32_t>(count, 7));
    auto header = parseNpyHeader(bytes, bytes.size(), "predictions.npy");
    ASSERT_TRUE(bool(header)) << llvm::toString(header.takeError());
    EXPECT_EQ(header->type, NpyType::I32);
    EXPECT_EQ(header->shape, std::vector<int64_t>{int64_t(count)});
    EXPECT_EQ(header->dataOffset % 64, 0u);
    EXPECT_EQ(header->dataBytes, 4 * count);
  }
}
