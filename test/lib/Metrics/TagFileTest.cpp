// TagFile: values as written, and every way in which a file can be wrong.
#include "wino/Metrics/TagFile.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <unistd.h>

using namespace wino;

namespace {

std::string errorOf(llvm::StringRef text) {
  auto table = parseCsv(text, "tags.csv");
  return table ? "none" : llvm::toString(table.takeError());
}

TEST(TagFile, values_are_those_between_the_commas) {
  auto table =
      parseCsv("\xef\xbb\xbfweather, \"where, exactly\" ,n\r\nsunny,\"a \"\"hill\"\"\",1\n\n rain ,,-2\n", "t");
  ASSERT_TRUE(bool(table)) << llvm::toString(table.takeError());
  EXPECT_EQ(table->columns, (std::vector<std::string>{"weather", "where, exactly", "n"}));
  ASSERT_EQ(table->rows.size(), 2u);
  EXPECT_EQ(table->rows[0], (std::vector<std::string>{"sunny", "a \"hill\"", "1"}));
  EXPECT_EQ(table->rows[1], (std::vector<std::string>{"rain", "", "-2"}));
  EXPECT_EQ(table->find("n"), 2u);
  EXPECT_EQ(table->find("m"), 3u);
}

TEST(TagFile, what_is_wrong_is_said_with_its_line) {
  EXPECT_EQ(errorOf(""), "tags.csv: expected a line with the names of columns, got an empty file");
  EXPECT_EQ(errorOf("a,b\n1,2\n3\n"), "tags.csv:3: expected 2 values, got 1");
  EXPECT_EQ(errorOf("a,a\n"), "tags.csv:1: expected a different name for every column, got an empty or a second one");
  EXPECT_EQ(errorOf("a\n\"x\n"), "tags.csv:2: expected a quote at the end of a quoted value, got the end of the line");
  EXPECT_EQ(errorOf("a\n\"x\"y\n"), "tags.csv:2: expected a comma after a quoted value, got 'y'");
  EXPECT_EQ(errorOf(llvm::StringRef("a\n\x1b[31m\n")), "tags.csv:2: expected text, got a control character");
  EXPECT_EQ(errorOf(llvm::StringRef("a\n\0\n", 4)), "tags.csv:2: expected text, got a control character");
  EXPECT_EQ(errorOf("a\n" + std::string(257, 'x')), "tags.csv:2: expected values of at most 256 bytes, got 257");
  std::string many = "0";
  for (int i = 1; i < 64; ++i)
    many += "," + std::to_string(i);
  many += "\n";
  for (int i = 0; i < 1 << 16; ++i)
    many += std::string(63, ',') + "\n";
  EXPECT_EQ(errorOf(many), "none");
  EXPECT_EQ(errorOf(many + std::string(63, ',')), "tags.csv:65538: expected at most 4194304 values, got more");
  EXPECT_EQ(errorOf(std::string(100, ',')), "tags.csv:1: expected at most 64 columns, got more");
}

TEST(TagFile, random_bytes_are_read_or_refused) {
  std::mt19937 random(1);
  const char signs[] = "a,\"\n\r 1;\xff\t";
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (unsigned i = random() % 40; i-- > 0;)
      text += signs[random() % (sizeof(signs) - 1)];
    auto table = parseCsv(text, "t");
    if (!table) {
      llvm::consumeError(table.takeError());
      continue;
    }
    for (const auto &row : table->rows)
      ASSERT_EQ(row.size(), table->columns.size());
  }
}

TEST(TagFile, tags_are_one_row_per_image_and_file_names_are_no_buckets) {
  char path[] = "tagsXXXXXX";
  int file = mkstemp(path);
  ASSERT_GE(file, 0);
  std::string text = "file,light\n";
  for (int i = 0; i < 300; ++i)
    text += "img" + std::to_string(i) + ".png," + (i % 3 ? "day" : "night") + "\n";
  ASSERT_EQ(write(file, text.data(), text.size()), ssize_t(text.size()));
  close(file);
  auto tags = readTags(path, 300);
  ASSERT_TRUE(bool(tags)) << llvm::toString(tags.takeError());
  ASSERT_EQ(tags->columns.size(), 1u);
  EXPECT_EQ(tags->columns[0].name, "light");
  EXPECT_EQ(tags->columns[0].values[3], "night");
  EXPECT_EQ(tags->skipped, std::vector<std::string>{"file"});
  auto wrong = readTags(path, 299);
  ASSERT_FALSE(bool(wrong));
  EXPECT_NE(llvm::toString(wrong.takeError()).find("expected 299 rows, one per image"), std::string::npos);
  unlink(path);
  char second[] = "tagsXXXXXX";
  file = mkstemp(second);
  ASSERT_EQ(write(file, "light,class\nday,1\n", 18), 18);
  close(file);
  auto labels = readTags(second, 1); // would stand in for the buckets of labels
  unlink(second);
  ASSERT_FALSE(bool(labels));
  EXPECT_NE(llvm::toString(labels.takeError()).find("expected another name of a column than 'class'"),
            std::string::npos);
  auto missing = readTags("no-such-file.csv", 1);
  ASSERT_FALSE(bool(missing));
  llvm::consumeError(missing.takeError());
}

} // namespace
