// All files of a compilation, or none: they are written into a temporary folder and moved when all are on disk.
#ifndef WINO_TOOLS_WINO_OPT_OUTPUTFOLDER_H
#define WINO_TOOLS_WINO_OPT_OUTPUTFOLDER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <string>
#include <vector>

namespace wino {

class OutputFolder {
public:
  using Rename = std::function<std::error_code(const llvm::Twine &from, const llvm::Twine &to)>;

  /// Nothing is touched before commit(). Tests pass a `rename` that fails.
  explicit OutputFolder(llvm::StringRef path, Rename rename = nullptr);

  void add(llvm::StringRef name, std::string bytes) { files.push_back({name.str(), std::move(bytes)}); }

  /// Removes an older run's file of this name, so that it is not taken for this run's.
  void drop(llvm::StringRef name) { dropped.push_back(name.str()); }

  /// Makes the folder with all files. If it exists already, its files of the same names are replaced, dropped ones go,
  /// others stay; after an error everything is as it was.
  ///
  /// POSIX has no rename of several files at once. The old files move into a hidden temporary folder inside the goal
  /// (always the same file system, and the folder keeps its owner and mode), then the new ones take their places; what
  /// fails is undone in reverse. A process killed in between leaves a folder that lacks files, never one that mixes two
  /// runs, and the old files are in `.wino-opt-*`.
  llvm::Error commit();

private:
  struct File {
    std::string name, bytes;
  };
  llvm::Error writeInto(llvm::StringRef folder);
  llvm::Error makeFolder(llvm::StringRef path);
  llvm::Error fillFolder(llvm::StringRef path);
  llvm::Error replaceFiles(llvm::StringRef path, llvm::StringRef temporary);

  std::string goal;
  Rename rename;
  std::vector<File> files;
  std::vector<std::string> dropped;
};

} // namespace wino

#endif
