// OutputFolder: what is in the folder afterwards, in the good case and after a failure of each rename.
#include "wino-opt/OutputFolder.h"
#include "../lib/Calibrate/TestFiles.h"
#include "gtest/gtest.h"

#include <map>
#include <sys/stat.h>

using namespace wino;
using namespace wino::test;
using llvm::Twine;

/// Name -> bytes of everything in a folder; folders end in a slash.
static std::map<std::string, std::string> contents(const std::string &folder) {
  std::map<std::string, std::string> result;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(folder, code), end; it != end; it.increment(code)) {
    bool isFolder = llvm::sys::fs::is_directory(it->path());
    std::string name = llvm::StringRef(it->path()).drop_front(folder.size() + 1).str();
    result[name + (isFolder ? "/" : "")] = isFolder ? "" : readBytes(it->path());
  }
  return result;
}
using Files = std::map<std::string, std::string>;

/// An older run's folder with a file and a folder of the user's.
static std::string olderRun(const TempFolder &temporary) {
  std::string out = temporary.file("out");
  (void)!llvm::sys::fs::create_directory(out);
  (void)!llvm::sys::fs::create_directory(out + "/notes");
  for (const char *name : {"net.h", "libnet.a", "net.plan.yaml"})
    writeBytes(out + "/" + name, "old");
  writeBytes(out + "/Makefile", "mine");
  return out;
}
static const Files older = {
    {"net.h", "old"}, {"libnet.a", "old"}, {"net.plan.yaml", "old"}, {"Makefile", "mine"}, {"notes/", ""}};

static OutputFolder newRun(const std::string &out, OutputFolder::Rename rename = nullptr) {
  OutputFolder folder(out, std::move(rename));
  folder.add("libnet.a", "new library");
  folder.add("net.h", "new header");
  folder.add("net.report.txt", "new report");
  folder.drop("net.plan.yaml");
  folder.drop("net.quant.mlirbc"); // not there
  return folder;
}

TEST(OutputFolder, makes_a_new_folder_and_its_parents) {
  TempFolder temporary;
  EXPECT_EQ(message(newRun(temporary.file("a/b/")).commit()), "");
  EXPECT_EQ(contents(temporary.file("a/b")),
            (Files{{"libnet.a", "new library"}, {"net.h", "new header"}, {"net.report.txt", "new report"}}));
  EXPECT_EQ(contents(temporary.file("a")), (Files{{"b/", ""}}));
}

TEST(OutputFolder, replaces_its_files_and_keeps_those_of_others) {
  TempFolder temporary;
  std::string out = olderRun(temporary);
  struct stat before, after;
  ASSERT_EQ(::stat(out.c_str(), &before), 0);
  EXPECT_EQ(message(newRun(out).commit()), "");
  EXPECT_EQ(contents(out), (Files{{"libnet.a", "new library"},
                                  {"net.h", "new header"},
                                  {"net.report.txt", "new report"},
                                  {"Makefile", "mine"},
                                  {"notes/", ""}}));
  ASSERT_EQ(::stat(out.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino) << "somebody may stand in the folder or have it mounted";
  EXPECT_EQ(contents(temporary.path.str().str()), (Files{{"out/", ""}})) << "nothing is left beside it";
}

TEST(OutputFolder, is_as_before_whichever_rename_fails) {
  // Three old files move out, three new ones in.
  for (int failing = 1; failing <= 6; ++failing) {
    TempFolder temporary;
    std::string out = olderRun(temporary);
    int count = 0;
    auto rename = [&](const Twine &from, const Twine &to) {
      return ++count == failing ? std::make_error_code(std::errc::io_error) : llvm::sys::fs::rename(from, to);
    };
    EXPECT_NE(message(newRun(out, rename).commit()).find("nput/output error"), std::string::npos) << failing;
    EXPECT_EQ(contents(out), older) << failing;
  }
}

TEST(OutputFolder, leaves_the_old_files_where_it_says_when_it_cannot_restore) {
  TempFolder temporary;
  std::string out = olderRun(temporary);
  int count = 0;
  auto rename = [&](const Twine &from, const Twine &to) {
    return ++count >= 3 ? std::make_error_code(std::errc::io_error) : llvm::sys::fs::rename(from, to);
  };
  std::string text = message(newRun(out, rename).commit());
  size_t start = text.find("cannot be moved back from "), end = text.find(": ", start);
  ASSERT_NE(start, std::string::npos) << text;
  start += std::string("cannot be moved back from ").size();
  EXPECT_EQ(readBytes(text.substr(start, end - start)), "old") << text;
}

TEST(OutputFolder, refuses_a_folder_of_the_name_of_a_file_and_touches_nothing) {
  for (const char *name : {"net.report.txt", "net.quant.mlirbc"}) {
    TempFolder temporary;
    std::string out = olderRun(temporary);
    (void)!llvm::sys::fs::create_directory(out + "/" + name);
    Files before = contents(out);
    EXPECT_NE(message(newRun(out).commit()).find(std::string(name) + ": expected a file to replace, got a folder"),
              std::string::npos);
    EXPECT_EQ(contents(out), before);
  }
}

TEST(OutputFolder, refuses_a_file_as_folder) {
  TempFolder temporary;
  std::string out = writeBytes(temporary.file("out"), "mine");
  EXPECT_NE(message(newRun(out).commit()).find("expected a folder, got the file"), std::string::npos);
  EXPECT_EQ(readBytes(out), "mine");
}
