// DetectionSpec: how the outputs of a network mean boxes, classes and scores.
#ifndef WINO_METRICS_DETECTIONSPEC_H
#define WINO_METRICS_DETECTIONSPEC_H

#include "wino/Metrics/Boxes.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace wino {

/// Some numbers of each candidate: those from `begin` on before `end` of one output.
struct OutputPart {
  std::string output;          ///< a name, or an index
  int64_t begin = 0, end = -1; ///< -1: to the last
};

enum class BoxFormat {
  Corners,    ///< x0, y0, x1, y1
  CornersYX,  ///< y0, x0, y1, x1
  CornerSize, ///< x0, y0, width, height
  CentreSize, ///< x, y of the centre, width, height
  Priors      ///< (E8) offsets from priors
};

enum class ScoreFunction { None, Sigmoid, Softmax };

struct DetectionSpec {
  OutputPart boxes, scores;
  std::optional<OutputPart> objectness; ///< a factor of all scores of a candidate
  BoxFormat format = BoxFormat::Corners;
  bool isNormalized = true;       ///< boxes in fractions of width and height, else in pixels of the network's input
  bool areCandidatesLast = false; ///< outputs are 1 x K x N, else 1 x N x K, of N candidates
  ScoreFunction function = ScoreFunction::None;
  std::optional<int64_t> background; ///< position among the scores that is no class
  std::string priorsFile;            ///< .npy, float32, (N, 4): x, y of the centre, width, height, normalized
  std::array<double, 2> variances = {0.1, 0.2};
  double score = 0.5;                               ///< detections from here on count as found
  double floor = 0.01;                              ///< and for curves of precision from here on
  double suppression = 0.5;                         ///< overlap beyond which the lower score is dropped
  int64_t most = 300;                               ///< detections per image
  std::array<double, 2> sizes = {32 * 32, 96 * 96}; ///< areas in pixels from which on objects are medium, large
};

/// Reads `key=value,key=value`, see detectionSpecHelp().
llvm::Expected<DetectionSpec> parseDetectionSpec(llvm::StringRef text);

/// The keys, one line each.
llvm::StringRef detectionSpecHelp();

/// An output of the network: its numbers and its shape.
struct OutputView {
  llvm::StringRef name;
  llvm::ArrayRef<float> values;
  llvm::ArrayRef<int64_t> shape;
};

/// Position of the output that a part names; an error with the names that there are.
llvm::Expected<size_t> findOutput(const OutputPart &part, llvm::ArrayRef<OutputView> outputs);

/// Detections of one image in fractions of its width and height, after suppression. `priors` has four numbers for each
/// candidate where the format wants them; `width` and `height` are those of the network's input. Candidates beyond
/// `maxCandidates` with the highest scores of an image, and boxes that are not finite, are dropped. Errors: outputs
/// that are not there or do not fit together.
llvm::Expected<std::vector<Detection>> decodeDetections(const DetectionSpec &spec, llvm::ArrayRef<OutputView> outputs,
                                                        llvm::ArrayRef<float> priors, double width, double height);

constexpr size_t maxCandidates = 10000;

} // namespace wino

#endif // WINO_METRICS_DETECTIONSPEC_H
