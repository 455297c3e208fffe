// One row per bucket. Objects of a row count once for each network; a detection belongs to the row of the object that
// it has found, else to that of its own size, class and image.
#include "DetectionTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace llvm;

namespace wino {

void DetectionTable::addRows(const std::string &column, const std::vector<std::string> &values,
                             std::function<size_t(size_t, const Box &, int32_t)> valueOf,
                             std::function<Selection(size_t)> selectionOf) {
  size_t first = rows.size();
  for (size_t v = 0; v < values.size(); ++v) {
    rows.emplace_back();
    rows.back().bucket = {column, values[v], values.size(), {}};
    rows.back().selection = selectionOf(v);
  }
  auto addDetections = [&](size_t image, const ImageObjects &scene, const Found &found, size_t Row::*shown,
                           size_t Row::*correct) {
    for (size_t d = 0; d < scene.detections.size(); ++d) {
      int truth = found.detections[d];
      if (truth >= 0 && scene.truths[size_t(truth)].isCrowd)
        continue;
      const Box &box = truth >= 0 ? scene.truths[size_t(truth)].box : scene.detections[d].box;
      Row &row = rows[first + valueOf(image, box, scene.detections[d].category)];
      ++(row.*shown);
      row.*correct += truth >= 0;
    }
  };
  for (size_t i = 0; i < floatScenes.size(); ++i) {
    ImageObjects floats = strongOnes(floatScenes[i], spec.score), integers = strongOnes(integerScenes[i], spec.score);
    Found byFloats = matchObjects(floats, 0.5), byIntegers = matchObjects(integers, 0.5);
    for (size_t t = 0; t < floats.truths.size(); ++t)
      if (const Truth &truth = floats.truths[t]; !truth.isCrowd)
        rows[first + valueOf(i, truth.box, truth.category)].bucket.drop.add(byFloats.truths[t], byIntegers.truths[t]);
    addDetections(i, floats, byFloats, &Row::floatShown, &Row::floatCorrect);
    addDetections(i, integers, byIntegers, &Row::integerShown, &Row::integerCorrect);
  }
  if (first > 0) // the row of everything stays
    rows.erase(std::remove_if(rows.begin() + long(first), rows.end(), [](const Row &row) { return row.isEmpty(); }),
               rows.end());
  for (size_t r = first; r < rows.size(); ++r) {
    rows[r].bucket.family = rows.size() - first;
    if (scored != Ran::Integer)
      rows[r].floats = meanPrecision(floatScenes, rows[r].selection);
    if (scored != Ran::Float)
      rows[r].integers = meanPrecision(integerScenes, rows[r].selection);
  }
}

json::Object DetectionTable::json(const Row &row) const {
  const PairedDrop &drop = row.bucket.drop;
  json::Object object;
  if (hasDrop)
    object = toJson(drop);
  else
    object = json::Object{{"count", int64_t(drop.trials)},
                          {scored == Ran::Float ? "float_right" : "integer_right",
                           int64_t(scored == Ran::Float ? drop.floatRight : drop.integerRight)}};
  auto add = [&](const char *name, size_t shown, size_t correct, const MeanPrecision &mean) {
    object[name] = json::Object{{"detections", int64_t(shown)},
                                {"correct", int64_t(correct)},
                                {"precision", finite(percent(correct, shown))},
                                {"ap50", finite(100 * mean.at50)},
                                {"ap", finite(100 * mean.at50to95)}};
  };
  if (scored != Ran::Integer)
    add("float", row.floatShown, row.floatCorrect, row.floats);
  if (scored != Ran::Float)
    add("integer", row.integerShown, row.integerCorrect, row.integers);
  return object;
}

/// "  93.10" or blanks and a line.
static void cell(raw_ostream &os, bool isThere, double number) {
  if (isThere && !std::isnan(number))
    os << format("  %6.2f", number);
  else
    os << "       -";
}

void DetectionTable::printRow(Output &output, const Row &row) const {
  raw_ostream &os = output.os;
  const PairedDrop &drop = row.bucket.drop;
  bool hasFloats = scored != Ran::Integer, hasIntegers = scored != Ran::Float;
  os << format("  %7zu", drop.trials);
  cell(os, hasFloats, percent(drop.floatRight, drop.trials));
  cell(os, hasIntegers, percent(drop.integerRight, drop.trials));
  if (hasDrop && drop.trials)
    os << format("  %+6.2f ", drop.points()) << intervalText(drop);
  else
    os << "       - -               ";
  cell(os, hasFloats, percent(row.floatCorrect, row.floatShown));
  cell(os, hasIntegers, percent(row.integerCorrect, row.integerShown));
  cell(os, hasFloats, 100 * row.floats.at50);
  cell(os, hasIntegers, 100 * row.integers.at50);
  os << "  " << row.bucket.column << (row.bucket.value.empty() ? "" : "=") << row.bucket.value << "\n";
}

void DetectionTable::printTotals(Output &output, const Row &all) const {
  auto line = [&](StringRef name, size_t found, size_t shown, size_t correct, const MeanPrecision &mean) {
    output.os << name
              << format(": recall %.2f %%, precision %.2f %%, mAP@0.5 %.2f, mAP@[.5:.95] %.2f\n",
                        percent(found, all.bucket.drop.trials), percent(correct, shown), 100 * mean.at50,
                        100 * mean.at50to95);
  };
  const PairedDrop &drop = all.bucket.drop;
  if (scored != Ran::Integer)
    line("float", drop.floatRight, all.floatShown, all.floatCorrect, all.floats);
  if (scored != Ran::Float)
    line("integer", drop.integerRight, all.integerShown, all.integerCorrect, all.integers);
  if (!hasDrop)
    return;
  std::vector<Bucket> buckets;
  for (const Row &row : rows)
    buckets.push_back(row.bucket);
  if (const Bucket *worst = worstBucket(ArrayRef(buckets).drop_front()))
    output.os << "worst bucket: " << worst->column << "=" << worst->value
              << format(", recall drops by %.2f points ", worst->drop.points()) << intervalText(worst->drop)
              << format("; of %zu objects %zu lost, %zu gained\n", worst->drop.trials, worst->drop.lost,
                        worst->drop.gained);
  else
    output.os << "worst bucket: none loses\n";
}

void DetectionTable::print(Output &output, bool isAgreement) {
  addRows("all", {""}, [](size_t, const Box &, int32_t) { return size_t(0); }, [](size_t) { return Selection(); });
  for (const DetectionColumn &column : detectionColumns(spec, categories, tags, floatScenes, integerScenes))
    addRows(column.name, column.values, column.valueOf, column.selectionOf);
  bool isNothing = rows.front().isEmpty();
  if (isNothing)
    output.os << "nothing is there and nothing is found\n";
  else
    output.os << "                  recall, %                           precision, %         AP@0.5\n"
              << "  objects   float integer    drop 95 % interval      float integer   float integer  bucket\n";
  json::Array list;
  for (const Row &row : rows) {
    if (!isNothing)
      printRow(output, row);
    json::Object object = json(row);
    object["column"] = json::fixUTF8(row.bucket.column);
    object["value"] = json::fixUTF8(row.bucket.value);
    list.push_back(std::move(object));
  }
  if (!isNothing)
    printTotals(output, rows.front());
  output.json["detections"] =
      json::Object{{"reference", isAgreement ? "float" : "truth"}, {"score", spec.score}, {"buckets", std::move(list)}};
}

} // namespace wino
