// Temporary folder, rename, clean-up.
#include "OutputFolder.h"

#include "wino/Calibrate/AtomicFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace wino {

static Error pathError(const Twine &path, std::error_code code) {
  return createStringError(path + ": " + code.message());
}

Error OutputFolder::writeInto(StringRef folder) {
  for (const File &file : files)
    if (Error error = writeFileAtomically((folder + "/" + file.name).str(), file.bytes))
      return error;
  return Error::success();
}

Error OutputFolder::commit() {
  SmallString<256> path(goal);
  while (path.size() > 1 && sys::path::is_separator(path.back()))
    path.pop_back();
  if (sys::fs::exists(path) && !sys::fs::is_directory(path))
    return createStringError("-o: expected a folder, got the file '" + path.str() + "'");
  StringRef parent = sys::path::parent_path(path);
  if (!parent.empty())
    if (std::error_code code = sys::fs::create_directories(parent, /*IgnoreExisting=*/true, sys::fs::perms::all_all))
      return pathError(parent, code);
  SmallString<256> temporary;
  sys::fs::createUniquePath(path + ".tmp-%%%%%%%%", temporary, /*MakeAbsolute=*/false);
  if (std::error_code code = sys::fs::create_directory(temporary, /*IgnoreExisting=*/false, sys::fs::perms::all_all))
    return pathError(temporary, code);
  auto finish = [&]() -> Error {
    if (Error error = writeInto(temporary))
      return error;
    if (!sys::fs::exists(path)) {
      std::error_code code = sys::fs::rename(temporary, path);
      return code ? pathError(path, code) : Error::success();
    }
    for (const std::string &name : dropped)
      if (std::error_code code = sys::fs::remove(path + "/" + name))
        return pathError(path + "/" + name, code);
    for (const File &file : files)
      if (std::error_code code = sys::fs::rename(temporary + "/" + file.name, path + "/" + file.name))
        return pathError(path + "/" + file.name, code);
    return Error::success();
  };
  Error error = finish();
  sys::fs::remove_directories(temporary); // gone already when it was renamed
  return error;
}

} // namespace wino
