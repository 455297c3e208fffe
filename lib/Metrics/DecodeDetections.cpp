// DecodeDetections: outputs of a network -> boxes with classes and scores.
#include "wino/Metrics/DetectionSpec.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace llvm;

namespace wino {

Expected<size_t> findOutput(const OutputPart &part, ArrayRef<OutputView> outputs) {
  std::string names;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].name == part.output)
      return i;
    names += (names.empty() ? "'" : ", '") + outputs[i].name.str() + "'";
  }
  size_t index = 0;
  if (!StringRef(part.output).getAsInteger(10, index) && index < outputs.size())
    return index;
  return createStringError("--detections: expected an output of the network (" + names + "), got '" + part.output +
                           "'");
}

namespace {

/// Numbers of candidates: at(candidate, k).
struct Columns {
  ArrayRef<float> values;
  size_t candidates = 0, width = 0; ///< width: numbers that are used of each
  size_t begin = 0, candidateStride = 0, stride = 0;

  double at(size_t candidate, size_t k) const { return values[candidate * candidateStride + (begin + k) * stride]; }
};

/// One candidate after the other.
class Decoder {
public:
  Decoder(const DetectionSpec &spec, ArrayRef<float> priors, double width, double height)
      : spec(spec), priors(priors), width(width), height(height) {}

  Error open(ArrayRef<OutputView> outputs);
  std::vector<Detection> read() const;

private:
  Expected<Columns> columns(const OutputPart &part, ArrayRef<OutputView> outputs) const;
  Box box(size_t candidate) const;
  void addScores(size_t candidate, std::vector<Detection> &found) const;

  const DetectionSpec &spec;
  ArrayRef<float> priors;
  double width, height;
  Columns boxes, scores, objectness;
};

} // namespace

Expected<Columns> Decoder::columns(const OutputPart &part, ArrayRef<OutputView> outputs) const {
  Expected<size_t> index = findOutput(part, outputs);
  if (!index)
    return index.takeError();
  ArrayRef<int64_t> shape = outputs[*index].shape;
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  if (shape.size() > 1 && shape[0] == 1)
    shape = shape.drop_front();
  if (shape.empty() || shape.size() > 2)
    return createStringError("--detections: output '" + outputs[*index].name + "': expected the shape 1 x N x K or 1 " +
                             "x K x N of N candidates, got " + text);
  size_t rows = size_t(shape[0]), columns = shape.size() == 2 ? size_t(shape[1]) : 1;
  if (outputs[*index].values.size() != rows * columns)
    return createStringError("--detections: output '" + outputs[*index].name + "': expected the " +
                             Twine(rows * columns) + " numbers of shape " + text + ", got " +
                             Twine(outputs[*index].values.size()) +
                             (outputs[*index].values.empty() ? ": it was never computed" : ""));
  bool isTransposed = spec.areCandidatesLast && shape.size() == 2;
  size_t each = isTransposed ? rows : columns;
  Columns result;
  result.values = outputs[*index].values;
  result.candidates = isTransposed ? columns : rows;
  result.candidateStride = isTransposed ? 1 : columns;
  result.stride = isTransposed ? columns : 1;
  result.begin = size_t(part.begin);
  size_t end = part.end < 0 ? each : size_t(part.end);
  if (result.begin >= end || end > each)
    return createStringError("--detections: output '" + outputs[*index].name + "' of shape " + text +
                             ": expected a part of the " + Twine(each) + " numbers of each candidate, got [" +
                             Twine(part.begin) + ":" + Twine(end) + "]");
  result.width = end - result.begin;
  return result;
}

Error Decoder::open(ArrayRef<OutputView> outputs) {
  OutputPart none;
  for (auto [part, target] : {std::pair(&spec.boxes, &boxes), std::pair(&spec.scores, &scores),
                              std::pair(spec.objectness ? &*spec.objectness : &none, &objectness)}) {
    if (part == &none)
      continue;
    Expected<Columns> found = columns(*part, outputs);
    if (!found)
      return found.takeError();
    *target = *found;
  }
  if (boxes.width != 4)
    return createStringError("--detections: boxes: expected 4 numbers of each candidate, got " + Twine(boxes.width));
  if (spec.objectness && objectness.width != 1)
    return createStringError("--detections: objectness: expected 1 number of each candidate, got " +
                             Twine(objectness.width));
  if (scores.candidates != boxes.candidates || (spec.objectness && objectness.candidates != boxes.candidates))
    return createStringError("--detections: expected as many scores as boxes (" + Twine(boxes.candidates) + "), got " +
                             Twine(scores.candidates) +
                             "; try candidates=" + (spec.areCandidatesLast ? "first" : "last"));
  if (spec.format == BoxFormat::Priors && priors.size() != 4 * boxes.candidates)
    return createStringError("--detections: priors: expected shape (" + Twine(boxes.candidates) + ", 4), got " +
                             Twine(priors.size()) + " numbers");
  if (spec.background && size_t(*spec.background) >= scores.width)
    return createStringError("--detections: background: expected a position below " + Twine(scores.width) + ", got " +
                             Twine(*spec.background));
  return Error::success();
}

Box Decoder::box(size_t candidate) const {
  double a = boxes.at(candidate, 0), b = boxes.at(candidate, 1), c = boxes.at(candidate, 2), d = boxes.at(candidate, 3);
  if (spec.format == BoxFormat::Priors) { // normalized already
    const float *prior = &priors[4 * candidate];
    double x = prior[0] + a * spec.variances[0] * prior[2], y = prior[1] + b * spec.variances[0] * prior[3];
    double w = prior[2] * std::exp(c * spec.variances[1]), h = prior[3] * std::exp(d * spec.variances[1]);
    return {x - w / 2, y - h / 2, x + w / 2, y + h / 2};
  }
  Box box{a, b, c, d};
  if (spec.format == BoxFormat::CornersYX)
    box = {b, a, d, c};
  else if (spec.format == BoxFormat::CornerSize)
    box = {a, b, a + c, b + d};
  else if (spec.format == BoxFormat::CentreSize)
    box = {a - c / 2, b - d / 2, a + c / 2, b + d / 2};
  double w = spec.isNormalized ? 1 : width, h = spec.isNormalized ? 1 : height;
  return {box.x0 / w, box.y0 / h, box.x1 / w, box.y1 / h};
}

/// One detection per class whose score is high enough.
void Decoder::addScores(size_t candidate, std::vector<Detection> &found) const {
  auto activated = [&](double x) { return spec.function == ScoreFunction::Sigmoid ? 1 / (1 + std::exp(-x)) : x; };
  double factor = spec.objectness ? activated(objectness.at(candidate, 0)) : 1, largest = 0, sum = 1;
  if (spec.function == ScoreFunction::Softmax) {
    largest = scores.at(candidate, 0);
    for (size_t k = 1; k < scores.width; ++k)
      largest = std::max(largest, scores.at(candidate, k));
    sum = 0;
    for (size_t k = 0; k < scores.width; ++k)
      sum += std::exp(scores.at(candidate, k) - largest);
  }
  for (size_t k = 0; k < scores.width; ++k) {
    if (spec.background && k == size_t(*spec.background))
      continue;
    double x = scores.at(candidate, k);
    double score = factor * (spec.function == ScoreFunction::Softmax ? std::exp(x - largest) / sum : activated(x));
    bool isBehind = spec.background && k > size_t(*spec.background);
    if (!(score >= spec.floor) || !std::isfinite(score))
      continue;
    Box place = box(candidate);
    if (llvm::all_of(ArrayRef<double>{place.x0, place.y0, place.x1, place.y1},
                     [](double v) { return std::isfinite(v); }))
      found.push_back({place, int32_t(k - isBehind), score});
  }
}

std::vector<Detection> Decoder::read() const {
  std::vector<Detection> found;
  for (size_t candidate = 0; candidate < boxes.candidates; ++candidate)
    addScores(candidate, found);
  if (found.size() > maxCandidates) {
    std::stable_sort(found.begin(), found.end(),
                     [](const Detection &a, const Detection &b) { return a.score > b.score; });
    found.resize(maxCandidates);
  }
  return suppress(std::move(found), spec.suppression, size_t(spec.most));
}

Expected<std::vector<Detection>> decodeDetections(const DetectionSpec &spec, ArrayRef<OutputView> outputs,
                                                  ArrayRef<float> priors, double width, double height) {
  Decoder decoder(spec, priors, width, height);
  if (Error error = decoder.open(outputs))
    return std::move(error);
  return decoder.read();
}

} // namespace wino
