// All files of a compilation, or none: they are written into a temporary folder beside the goal and moved when all are
// complete.
#ifndef WINO_TOOLS_WINO_OPT_OUTPUTFOLDER_H
#define WINO_TOOLS_WINO_OPT_OUTPUTFOLDER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace wino {

class OutputFolder {
public:
  /// Nothing is touched before commit().
  explicit OutputFolder(llvm::StringRef path) : goal(path) {}

  void add(llvm::StringRef name, std::string bytes) { files.push_back({name.str(), std::move(bytes)}); }

  /// Removes an older run's file of this name, so that it is not taken for this run's.
  void drop(llvm::StringRef name) { dropped.push_back(name.str()); }

  /// Makes the folder with all files. If it exists already, its files of the same names are replaced, dropped ones go,
  /// others stay.
  llvm::Error commit();

private:
  struct File {
    std::string name, bytes;
  };
  llvm::Error writeInto(llvm::StringRef folder);

  std::string goal;
  std::vector<File> files;
  std::vector<std::string> dropped;
};

} // namespace wino

#endif
