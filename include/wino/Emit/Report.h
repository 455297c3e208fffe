// What a compilation decided and measured, as plain data with a text, a JSON and an HTML form. Whoever fills it in
// (tools) knows the passes; this room only prints.
#ifndef WINO_EMIT_REPORT_H
#define WINO_EMIT_REPORT_H

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wino {

struct LayerReport {
  std::string node;
  std::string tensor;    ///< that it makes: the node's, or that of a sum it takes in
  std::string shape;     ///< "64x32x32 -> 64x32x32"
  std::string tile;      ///< canonical tile text, "direct" included
  std::string algorithm; ///< its short form: "F(4,3)", "F(4,3) i16", "direct"
  std::string points;    ///< "[0,1,-1,inf]", empty when direct
  std::string formats;   ///< "i8 x i8 -> i32"
  double cycles = 0;     ///< predicted
  std::string runnerUp;  ///< tile text, empty when there was no choice
  double runnerUpCycles = 0, runnerUpError = 0;
  uint64_t weightBytes = 0;
  double error = 0;                    ///< predicted, noise over signal, of this layer alone
  double directError = 0;              ///< predicted, of the direct algorithm
  double tapSensitivity = 1;           ///< of the outputs to the noise of 8-bit taps here
  double outputNoise = 0;              ///< predicted at the outputs, from this layer
  double sensitivity = 1;              ///< relative noise at the outputs per relative noise here
  double noiseSoFar = 0;               ///< predicted at the outputs, from this layer and all before it
  std::optional<double> measuredError; ///< of this layer alone, on held-out images
  std::optional<double> sqnrWithoutDb; ///< measured, of the outputs, all layers as integers but this one
  std::string worstTap;                ///< "(1, 4), 12 % of the noise of the taps"; empty when not known
  std::optional<double> sqnrDb;        ///< measured on the held-out images, noise of earlier layers included
  std::optional<double> headroomBits;  ///< least over the integer stages
  std::vector<double> magnitudesDb;    ///< SQNR of each group of magnitude, faintest first; as sqnrDb otherwise
  std::string safer;                   ///< the next plan of less noise, empty where there is none
  double saferCycles = 0;              ///< what it adds, predicted
  std::string saferText() const;       ///< "F(2,3) instead adds 1234 cycles"; "no safer plan"
  std::optional<uint64_t> recovered;   ///< of Report::blamedTrials, those right with this layer in floats
  std::string why;
};

/// Held-out images that share a class or a tag; or of a detector, objects and what is shown, that share a size too.
struct BucketReport {
  std::string column, value;
  uint64_t trials = 0, lost = 0, gained = 0; ///< lost: right by floats only; gained: by integers only
  double floatRight = 0, integerRight = 0;   ///< percent
  double drop = 0, low = 0, high = 0;        ///< points, and their 95 % interval
  bool isMissed = false;    ///< the drop is beyond the budget, and neither chance nor its interval explains it
  bool hasTooFew = false;   ///< it is beyond the budget, and one of them does
  std::string measure = {}; ///< "recall" or "precision" of a detector; empty: top-1
  std::optional<double> floatAp = {}, integerAp = {}; ///< of a detector: average precision at overlap 0.5, percent

  /// "class=3", "recall of size=small".
  std::string name() const { return (measure.empty() ? "" : measure + " of ") + column + "=" + value; }
  /// What the trials are: "images", "objects", "detections".
  std::string unit() const { return measure.empty() ? "images" : measure == "recall" ? "objects" : "detections"; }
  /// "9 of 50 images lost, 0 gained".
  std::string lossText() const;
};

/// Numbers of the float outputs of about one size.
struct MagnitudeReport {
  double largest, sqnrDb, roundingDb; ///< roundingDb: if they were only rounded to 8 bits
};

/// A plan that another budget would give.
struct FrontEntry {
  double cycles, sqnrDb; ///< both predicted
};

struct Report {
  std::string name, target, version;
  std::string needs; ///< what the library asks of a processor, in words
  std::string modelFile, modelSha256, calibrationSha256, optionsSha256;
  std::string preprocessing;
  std::vector<LayerReport> layers;
  uint64_t calibrationImages = 0, heldOutImages = 0;
  int64_t arenaBytes = 0, weightsBytes = 0;
  int64_t liveBytes = 0; ///< largest sum of buffers that live at the same time: arenaBytes cannot be less
  uint64_t codeBytes = 0, stackBytes = 0;
  std::optional<double> sqnrDb;          ///< of the outputs before softmax, held-out images
  std::optional<double> predictedSqnrDb; ///< likewise, from summed errors
  std::optional<double> sqnrOfAllDb;     ///< of the outputs on the images that sqnrWithoutDb is measured on
  double minSqnrDb = 0;
  std::optional<double> maxDrop, drop;     ///< points, asked for and measured; they replace the SQNR's budget
  std::string metric = "top-1";            ///< what loses them: top-1 or mAP@0.5
  std::vector<BucketReport> buckets;       ///< with maxDrop, on the images that judge
  std::optional<size_t> worstBucket;       ///< among them, of those that lose anything
  std::string blamedBucket;                ///< whose lost images (objects, detections) layers answer for; empty: none
  std::string blamedUnit = "images";       ///< which of them
  uint64_t blamedTrials = 0;               ///< how many these are
  std::vector<MagnitudeReport> magnitudes; ///< of the outputs, faintest first
  std::vector<FrontEntry> front;           ///< from quiet to fast
  std::vector<std::string> notes;          ///< anything a reader must know, one sentence each

  double totalCycles() const;
  /// Number of layers per algorithm, in order of the names.
  std::vector<std::pair<std::string, unsigned>> algorithms() const;
  bool meetsBudget() const {
    return maxDrop ? drop && *drop <= *maxDrop && !missesBucket() : !sqnrDb || *sqnrDb >= minSqnrDb;
  }
  bool missesBucket() const;
  /// Layers that were left in floats one at a time, from the one that costs most to the one that costs least.
  std::vector<const LayerReport *> byBlame() const;

  /// All that is known about one layer, as in toText(); empty when there is no such layer.
  std::string explain(const std::string &node) const;

  std::string toText() const;
  std::string toJson() const;
  /// One page without scripts, fonts or images from elsewhere.
  std::string toHtml() const;
};

} // namespace wino

#endif
