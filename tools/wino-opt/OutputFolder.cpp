// Temporary folder, renames, their undoing, clean-up.
#include "OutputFolder.h"

#include "wino/Calibrate/AtomicFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <unistd.h>

using namespace llvm;

namespace wino {

static Error pathError(const Twine &path, std::error_code code) {
  return createStringError(path + ": " + code.message());
}

/// Renames are on disk when the folder is. A folder that may be written but not read, or whose file system cannot sync
/// folders, is left to the system.
static Error syncFolder(const Twine &path) {
  int fd = ::open(path.str().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return Error::success();
  int failed = ::fsync(fd) != 0 ? errno : 0;
  ::close(fd);
  if (failed == EIO || failed == ENOSPC || failed == EDQUOT)
    return pathError(path, std::error_code(failed, std::generic_category()));
  return Error::success();
}

static Expected<std::string> makeTemporary(const Twine &model) {
  SmallString<256> path;
  sys::fs::createUniquePath(model, path, /*MakeAbsolute=*/false);
  if (std::error_code code = sys::fs::create_directory(path, /*IgnoreExisting=*/false, sys::fs::perms::all_all))
    return pathError(path, code);
  return path.str().str();
}

OutputFolder::OutputFolder(StringRef path, Rename rename)
    : goal(path), rename(rename ? std::move(rename)
                                : [](const Twine &from, const Twine &to) { return sys::fs::rename(from, to); }) {}

Error OutputFolder::writeInto(StringRef folder) {
  for (const File &file : files)
    if (Error error = writeFileAtomically((folder + "/" + file.name).str(), file.bytes)) // synced when it returns
      return error;
  return syncFolder(folder);
}

Error OutputFolder::makeFolder(StringRef path) {
  Expected<std::string> temporary = makeTemporary(path + ".tmp-%%%%%%%%");
  if (!temporary)
    return temporary.takeError();
  Error error = writeInto(*temporary);
  if (!error)
    if (std::error_code code = rename(*temporary, path))
      error = pathError(path, code);
  if (error) {
    sys::fs::remove_directories(*temporary);
    return error;
  }
  StringRef parent = sys::path::parent_path(path);
  return syncFolder(parent.empty() ? "." : parent);
}

Error OutputFolder::replaceFiles(StringRef path, StringRef temporary) {
  std::vector<std::pair<std::string, std::string>> moves; // done so far: from, to
  auto move = [&](const std::string &from, const std::string &to) {
    std::error_code code = rename(from, to);
    if (!code)
      moves.emplace_back(from, to);
    return code ? pathError(to, code) : Error::success();
  };
  auto moveAll = [&]() -> Error {
    std::vector<std::string> names = dropped;
    for (const File &file : files)
      names.push_back(file.name);
    for (const std::string &name : names) {
      std::string old = (path + "/" + name).str();
      sys::fs::file_status status;
      if (sys::fs::status(old, status, /*follow=*/false) == std::errc::no_such_file_or_directory)
        continue;
      if (Error error = move(old, (temporary + "/old/" + name).str()))
        return error;
    }
    for (const File &file : files)
      if (Error error = move((temporary + "/" + file.name).str(), (path + "/" + file.name).str()))
        return error;
    return syncFolder(path);
  };
  Error error = moveAll();
  if (!error)
    return error;
  bool restored = true;
  for (const auto &[from, to] : reverse(moves))
    if (std::error_code code = rename(to, from)) {
      restored = false;
      error = joinErrors(std::move(error), createStringError(Twine(from) + ": cannot be moved back from " + to + ": " +
                                                             code.message() + "; it is left there"));
    }
  if (restored)
    sys::fs::remove_directories(temporary);
  return error;
}

Error OutputFolder::fillFolder(StringRef path) {
  // What a rename would put aside must be a file: a folder of this name is the user's.
  auto check = [&](const std::string &name) -> Error {
    std::string old = (path + "/" + name).str();
    if (sys::fs::is_directory(old))
      return createStringError(old + ": expected a file to replace, got a folder");
    return Error::success();
  };
  for (const std::string &name : dropped)
    if (Error error = check(name))
      return error;
  for (const File &file : files)
    if (Error error = check(file.name))
      return error;
  Expected<std::string> temporary = makeTemporary(path + "/.wino-opt-%%%%%%%%");
  if (!temporary)
    return temporary.takeError();
  Error error = writeInto(*temporary);
  if (!error)
    if (std::error_code code = sys::fs::create_directory(*temporary + "/old", /*IgnoreExisting=*/false))
      error = pathError(*temporary + "/old", code);
  if (error) {
    sys::fs::remove_directories(*temporary);
    return error;
  }
  if (Error error = replaceFiles(path, *temporary))
    return error;
  sys::fs::remove_directories(*temporary);
  return Error::success();
}

Error OutputFolder::commit() {
  SmallString<256> path(goal);
  while (path.size() > 1 && sys::path::is_separator(path.back()))
    path.pop_back();
  if (sys::fs::is_directory(path))
    return fillFolder(path);
  if (sys::fs::exists(path))
    return createStringError("-o: expected a folder, got the file '" + path.str() + "'");
  StringRef parent = sys::path::parent_path(path);
  if (!parent.empty())
    if (std::error_code code = sys::fs::create_directories(parent, /*IgnoreExisting=*/true, sys::fs::perms::all_all))
      return pathError(parent, code);
  return makeFolder(path);
}

} // namespace wino
