// TagFile: a strict reader of CSV.
#include "wino/Metrics/TagFile.h"
#include "wino/Numerics/ReadSmallFile.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace llvm;

namespace wino {

size_t CsvTable::find(StringRef name) const { return size_t(llvm::find(columns, name) - columns.begin()); }

/// The values of one line.
static Expected<std::vector<std::string>> splitLine(StringRef line, const Twine &place) {
  std::vector<std::string> values;
  while (true) {
    StringRef rest = line.ltrim(" \t");
    std::string value;
    if (rest.consume_front("\"")) {
      size_t i = 0;
      while (i < rest.size() && (rest[i] != '"' || rest.substr(i).starts_with("\"\""))) {
        value += rest[i];
        i += rest[i] == '"' ? 2 : 1;
      }
      if (i == rest.size())
        return createStringError(place + ": expected a quote at the end of a quoted value, got the end of the line");
      line = rest.drop_front(i + 1).ltrim(" \t");
      if (!line.empty() && line[0] != ',')
        return createStringError(place + ": expected a comma after a quoted value, got '" + line.take_front(20) + "'");
    } else {
      size_t comma = rest.find(',');
      value = rest.take_front(comma).rtrim(" \t").str();
      line = rest.drop_front(std::min(comma, rest.size()));
    }
    if (value.size() > maxCsvValue)
      return createStringError(place + ": expected values of at most " + Twine(maxCsvValue) + " bytes, got " +
                               Twine(value.size()));
    values.push_back(std::move(value));
    if (values.size() > maxCsvColumns)
      return createStringError(place + ": expected at most " + Twine(maxCsvColumns) + " columns, got more");
    if (!line.consume_front(","))
      return values;
  }
}

Expected<CsvTable> parseCsv(StringRef text, StringRef fileName) {
  if (text.size() > maxCsvBytes)
    return createStringError(fileName + ": expected at most " + Twine(maxCsvBytes) + " bytes, got " +
                             Twine(text.size()));
  text.consume_front("\xef\xbb\xbf");
  CsvTable table;
  for (size_t number = 1; !text.empty(); ++number) {
    StringRef line;
    std::tie(line, text) = text.split('\n');
    line.consume_back("\r");
    std::string place = (fileName + ":" + Twine(number)).str();
    if (any_of(line, [](char c) { return (uint8_t(c) < 32 && c != '\t') || c == 127; }))
      return createStringError(place + ": expected text, got a control character");
    if (line.trim().empty())
      continue;
    Expected<std::vector<std::string>> values = splitLine(line, place);
    if (!values)
      return values.takeError();
    if (table.columns.empty()) {
      if (std::set<std::string>(values->begin(), values->end()).size() != values->size() ||
          is_contained(*values, std::string()))
        return createStringError(place + ": expected a different name for every column, got an empty or a second one");
      table.columns = std::move(*values);
    } else if (values->size() != table.columns.size()) {
      return createStringError(place + ": expected " + Twine(table.columns.size()) + " values, got " +
                               Twine(values->size()));
    } else if ((table.rows.size() + 1) * table.columns.size() > maxCsvCells) {
      return createStringError(place + ": expected at most " + Twine(maxCsvCells) + " values, got more");
    } else {
      table.rows.push_back(std::move(*values));
    }
  }
  if (table.columns.empty())
    return createStringError(fileName + ": expected a line with the names of columns, got an empty file");
  return table;
}

Expected<Tags> readTags(StringRef path, size_t images) {
  Expected<std::unique_ptr<MemoryBuffer>> text = readSmallFile(path, maxCsvBytes);
  if (!text)
    return text.takeError();
  Expected<CsvTable> table = parseCsv((*text)->getBuffer(), path);
  if (!table)
    return table.takeError();
  if (table->rows.size() != images)
    return createStringError(path + ": expected " + Twine(images) +
                             " rows, one per image, below the names of columns, "
                             "got " +
                             Twine(table->rows.size()));
  if (is_contained(table->columns, "class"))
    return createStringError(path + ": expected another name of a column than 'class', which buckets of labels have; " +
                             "rename it");
  Tags tags;
  for (size_t c = 0; c < table->columns.size(); ++c) {
    TagColumn column{table->columns[c], {}};
    for (std::vector<std::string> &row : table->rows)
      column.values.push_back(std::move(row[c]));
    if (std::set<StringRef>(column.values.begin(), column.values.end()).size() > maxTagValues)
      tags.skipped.push_back(column.name);
    else
      tags.columns.push_back(std::move(column));
  }
  if (tags.columns.empty())
    return createStringError(path + ": expected a column of at most " + Twine(maxTagValues) +
                             " different values, got none");
  return tags;
}

} // namespace wino
