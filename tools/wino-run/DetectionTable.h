// Recall, precision and average precision of two networks, as a whole and by buckets of objects.
#ifndef WINO_TOOLS_WINO_RUN_DETECTIONTABLE_H
#define WINO_TOOLS_WINO_RUN_DETECTIONTABLE_H

#include "Output.h"
#include "wino/Metrics/DetectionColumns.h"
#include "wino/Metrics/PairedDrop.h"

namespace wino {

class DetectionTable {
public:
  /// Scenes of all images: the same truths, each network's detections. `scored` says whose numbers are of interest,
  /// `hasDrop` whether both have run: else nothing is lost or gained.
  DetectionTable(const DetectionSpec &spec, std::vector<std::string> categories, const Tags &tags, Ran scored,
                 bool hasDrop, const std::vector<ImageObjects> &floatScenes,
                 const std::vector<ImageObjects> &integerScenes)
      : spec(spec), categories(std::move(categories)), tags(tags), scored(scored), hasDrop(hasDrop),
        floatScenes(floatScenes), integerScenes(integerScenes) {}

  /// `isAgreement`: the truths are the float network's detections.
  void print(Output &output, bool isAgreement);

private:
  /// Objects of a column's value and detections that belong to it.
  struct Row {
    Bucket bucket;                           ///< objects that are found
    size_t floatShown = 0, floatCorrect = 0; ///< detections
    size_t integerShown = 0, integerCorrect = 0;
    Selection selection;
    MeanPrecision floats, integers;

    bool isEmpty() const { return bucket.drop.trials == 0 && floatShown == 0 && integerShown == 0; }
  };

  void addRows(const std::string &column, const std::vector<std::string> &values,
               std::function<size_t(size_t image, const Box &box, int32_t category)> valueOf,
               std::function<Selection(size_t value)> selectionOf);
  void printRow(Output &output, const Row &row) const;
  llvm::json::Object json(const Row &row) const;
  void printTotals(Output &output, const Row &all) const;

  const DetectionSpec &spec;
  std::vector<std::string> categories;
  const Tags &tags;
  Ran scored;
  bool hasDrop;
  const std::vector<ImageObjects> &floatScenes, &integerScenes;
  std::vector<Row> rows;
};

} // namespace wino

#endif
