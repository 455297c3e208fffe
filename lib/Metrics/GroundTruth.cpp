// GroundTruth: which of the two formats a file has, and the CSV one.
#include "wino/Metrics/GroundTruth.h"

#include "CocoFile.h"
#include "wino/Metrics/TagFile.h"
#include "wino/Numerics/ReadSmallFile.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <map>

using namespace llvm;

namespace wino {

Error checkTruth(const Truth &truth, const Twine &place) {
  const Box &box = truth.box;
  for (double x : {box.x0, box.y0, box.x1, box.y1})
    if (!(std::fabs(x) < 1e9))
      return createStringError(place + ": expected numbers below 1e9, got others");
  if (box.x1 < box.x0 || box.y1 < box.y0)
    return createStringError(place + ": expected a box with x0 <= x1 and y0 <= y1, got another");
  return Error::success();
}

namespace {

/// Rows of a CSV file -> truths.
class CsvReader {
public:
  CsvReader(const CsvTable &table, StringRef path, ArrayRef<std::string> names) : table(table), path(path) {
    truth.images.resize(names.size());
    for (size_t i = 0; i < names.size(); ++i)
      if (!names[i].empty())
        positions[names[i]] = i;
  }

  Expected<GroundTruth> read();

private:
  Error addRow(const std::vector<std::string> &row, const Twine &place);
  Expected<size_t> image(StringRef text, const Twine &place) const;
  Expected<double> number(const std::vector<std::string> &row, StringRef name, const Twine &place) const;

  const CsvTable &table;
  StringRef path;
  std::map<std::string, size_t> positions; ///< by file name
  GroundTruth truth;
};

} // namespace

Expected<double> CsvReader::number(const std::vector<std::string> &row, StringRef name, const Twine &place) const {
  size_t column = table.find(name);
  if (column == table.columns.size())
    return 0;
  double value = 0;
  if (StringRef(row[column]).getAsDouble(value) || !std::isfinite(value))
    return createStringError(place + ": " + name + ": expected a number, got '" + row[column] + "'");
  return value;
}

Expected<size_t> CsvReader::image(StringRef text, const Twine &place) const {
  auto known = positions.find(text.str());
  size_t index = 0;
  if (known != positions.end())
    return known->second;
  if (text.getAsInteger(10, index) || index >= truth.images.size())
    return createStringError(place + ": expected the file name of an image or a number below " +
                             Twine(truth.images.size()) + ", got '" + text + "'");
  return index;
}

Error CsvReader::addRow(const std::vector<std::string> &row, const Twine &place) {
  Expected<size_t> index = image(row[table.find("image")], place);
  if (!index)
    return index.takeError();
  std::map<StringRef, double> values;
  for (StringRef name : {"x0", "y0", "x1", "y1", "category", "crowd", "width", "height"}) {
    Expected<double> value = number(row, name, place);
    if (!value)
      return value.takeError();
    values[name] = *value;
  }
  double category = values["category"];
  if (!(category >= 0 && category < double(maxCategories)) || category != std::floor(category))
    return createStringError(place + ": category: expected an index from 0 to " + Twine(maxCategories - 1) + ", got '" +
                             row[table.find("category")] + "'");
  Truth object{{values["x0"], values["y0"], values["x1"], values["y1"]}, int32_t(category), values["crowd"] != 0};
  if (Error error = checkTruth(object, place))
    return error;
  ImageTruth &image = truth.images[*index];
  bool hasSize = values["width"] > 0 && values["height"] > 0;
  if ((image.width > 0 && (image.width != values["width"] || image.height != values["height"])) ||
      (!hasSize && table.find("width") != table.columns.size()))
    return createStringError(place + ": expected one positive width and height per image, got others");
  image.width = values["width"];
  image.height = values["height"];
  image.truths.push_back(object);
  return Error::success();
}

Expected<GroundTruth> CsvReader::read() {
  for (StringRef name : {"image", "category", "x0", "y0", "x1", "y1"})
    if (table.find(name) == table.columns.size())
      return createStringError(path +
                               ": expected the columns image, category, x0, y0, x1 and y1, got none of the name "
                               "'" +
                               name + "'");
  if ((table.find("width") == table.columns.size()) != (table.find("height") == table.columns.size()))
    return createStringError(path + ": expected columns for both width and height, got one");
  for (size_t r = 0; r < table.rows.size(); ++r)
    if (Error error = addRow(table.rows[r], path + ": row " + Twine(r + 1)))
      return std::move(error);
  return std::move(truth);
}

Expected<GroundTruth> readGroundTruth(StringRef path, ArrayRef<std::string> names) {
  Expected<std::unique_ptr<MemoryBuffer>> file = readSmallFile(path, maxTruthBytes);
  if (!file)
    return file.takeError();
  StringRef text = (*file)->getBuffer();
  if (text.ltrim("\xef\xbb\xbf \t\r\n").starts_with("{"))
    return parseCoco(text, path, names);
  Expected<CsvTable> table = parseCsv(text, path);
  if (!table)
    return table.takeError();
  return CsvReader(*table, path, names).read();
}

} // namespace wino
