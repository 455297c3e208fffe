// AtomicFile: what is in the folder afterwards, in the good case and in each bad one.
#include "wino/Calibrate/AtomicFile.h"
#include "TestFiles.h"
#include "gtest/gtest.h"
#include <sys/stat.h>
#include <unistd.h>

using namespace wino;
using namespace wino::test;

static size_t filesIn(const TempFolder &folder) {
  size_t count = 0;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(folder.path, code), end; it != end; it.increment(code))
    ++count;
  return count;
}

TEST(AtomicFile, replaces_the_file_and_leaves_nothing_beside_it) {
  TempFolder folder;
  std::string path = folder.file("100%X.txt");
  EXPECT_EQ(message(writeFileAtomically(path, "first, longer")), "");
  EXPECT_EQ(message(writeFileAtomically(path, llvm::StringRef("a\0b", 3))), "");
  EXPECT_EQ(readBytes(path), std::string("a\0b", 3));
  EXPECT_EQ(filesIn(folder), 1u);
  struct stat status;
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  mode_t mask = ::umask(0);
  ::umask(mask);
  EXPECT_EQ(status.st_mode & 0777, mode_t(0666 & ~mask));
}

TEST(AtomicFile, refuses_a_folder_and_a_missing_folder) {
  TempFolder folder;
  EXPECT_NE(message(writeFileAtomically(folder.path, "x")).find("expected a file, got a folder"), std::string::npos);
  EXPECT_NE(message(writeFileAtomically(folder.file("no/such/file"), "x")).find("cannot create"), std::string::npos);
  EXPECT_NE(message(writeFileAtomically("", "x")), "");
  EXPECT_EQ(filesIn(folder), 0u);
}

TEST(AtomicFile, does_not_replace_a_device) {
  EXPECT_EQ(message(writeFileAtomically("/dev/null", "x")), "");
  struct stat status;
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}
