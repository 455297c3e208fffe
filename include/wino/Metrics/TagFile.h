// TagFile: what a user knows about each image, as columns of text.
#ifndef WINO_METRICS_TAGFILE_H
#define WINO_METRICS_TAGFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace wino {

/// A file of comma separated values (RFC 4180): the first line names the columns, every other one has as many values.
struct CsvTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  /// Position of a column, or columns.size().
  size_t find(llvm::StringRef name) const;
};

/// Bounds on what is read: a file of tags describes images, it is no data base.
constexpr size_t maxCsvBytes = size_t(16) << 20, maxCsvColumns = 64, maxCsvValue = 256, maxCsvCells = size_t(1) << 22;

/// Values stand between commas, with blanks around them taken off; "quoted" ones may hold commas, line feeds are not
/// allowed in them. Empty lines are skipped, a byte order mark too. Errors name file, line and what was expected:
/// no columns, columns of one name, a line with more or fewer values, control characters, anything beyond the bounds.
llvm::Expected<CsvTable> parseCsv(llvm::StringRef text, llvm::StringRef fileName);

/// Most different values of a column: more are no buckets (file names, measured numbers).
constexpr size_t maxTagValues = 256;

struct TagColumn {
  std::string name;
  std::vector<std::string> values; ///< one per image
};

struct Tags {
  std::vector<TagColumn> columns;
  std::vector<std::string> skipped; ///< names of columns with more than maxTagValues values
};

/// Reads a CSV file of one row per image, in the order of the images. A column may not be called `class`: buckets of
/// labels are.
llvm::Expected<Tags> readTags(llvm::StringRef path, size_t images);

} // namespace wino

#endif // WINO_METRICS_TAGFILE_H
