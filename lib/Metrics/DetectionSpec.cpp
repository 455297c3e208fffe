// DetectionSpec: the text form.
#include "wino/Metrics/DetectionSpec.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <set>

using namespace llvm;

namespace wino {

StringRef detectionSpecHelp() {
  return "boxes=OUTPUT, scores=OUTPUT   outputs by name or index; OUTPUT[4:84] for some of the numbers of each "
         "candidate\n"
         "objectness=OUTPUT             a factor of all scores (default none)\n"
         "format=xyxy                   boxes: xyxy, yxyx, xywh, cxcywh, or priors (offsets, as SSD has)\n"
         "units=normalized              or pixels (of the network's input)\n"
         "candidates=first              outputs are 1 x N x K (default); last: 1 x K x N\n"
         "activation=none               of scores and objectness: none, sigmoid, softmax\n"
         "background=0                  the score of this position is no class (default none)\n"
         "priors=FILE.npy               float32 (N, 4): centre x, y, width, height, normalized\n"
         "variances=0.1:0.2             factors of the offsets from priors, of position and size\n"
         "score=0.5                     what counts as found; curves go down to floor=0.01\n"
         "nms=0.5                       overlap beyond which the lower score of a class is dropped\n"
         "most=300                      detections per image\n"
         "sizes=32:96                   squares of these sides part small, medium and large objects\n";
}

/// "name", "3", "name[0:4]", "name[4:]", "name[4]".
static Expected<OutputPart> parsePart(StringRef key, StringRef text) {
  OutputPart part;
  auto wrong = [&] {
    return createStringError("--detections: " + key + ": expected an output as in boxes, 0 or out[0:4], got '" + text +
                             "'");
  };
  StringRef name = text, range;
  if (name.consume_back("]")) {
    std::tie(name, range) = name.rsplit('[');
    StringRef begin = range, end;
    bool hasEnd = range.contains(':');
    std::tie(begin, end) = range.split(':');
    if (begin.empty() ? !hasEnd : begin.getAsInteger(10, part.begin))
      return wrong();
    if (part.begin < 0 || part.begin >= (1 << 20))
      return wrong();
    if (!hasEnd)
      part.end = part.begin + 1;
    else if (!end.empty() && (end.getAsInteger(10, part.end) || part.end <= part.begin))
      return wrong();
    if (part.end > (1 << 20))
      return wrong();
  }
  if (name.empty() || name.contains('[') || name.contains(']'))
    return wrong();
  part.output = name.str();
  return part;
}

static Error readNumber(StringRef key, StringRef text, double least, double most, double &number) {
  if (text.getAsDouble(number) || !(number >= least && number <= most))
    return createStringError("--detections: " + key + ": expected a number from " + Twine(std::to_string(least)) +
                             " to " + Twine(std::to_string(most)) + ", got '" + text + "'");
  return Error::success();
}

/// "a:b".
static Error readPair(StringRef key, StringRef text, double most, std::array<double, 2> &pair) {
  auto [first, second] = text.split(':');
  if (Error error = readNumber(key, first, 0, most, pair[0]))
    return error;
  return readNumber(key, second, 0, most, pair[1]);
}

template <typename Kind>
static Error readChoice(StringRef key, StringRef text, ArrayRef<std::pair<StringRef, Kind>> choices, Kind &kind) {
  std::string names;
  for (const auto &[name, value] : choices) {
    if (name == text) {
      kind = value;
      return Error::success();
    }
    names += (names.empty() ? "" : ", ") + name.str();
  }
  return createStringError("--detections: " + key + ": expected one of " + names + ", got '" + text + "'");
}

static Error readOutput(DetectionSpec &spec, StringRef key, StringRef value) {
  Expected<OutputPart> part = parsePart(key, value);
  if (!part)
    return part.takeError();
  (key == "boxes" ? spec.boxes : key == "scores" ? spec.scores : spec.objectness.emplace()) = *part;
  return Error::success();
}

static Error readKey(DetectionSpec &spec, StringRef key, StringRef value) {
  double number = 0;
  if (is_contained({"boxes", "scores", "objectness"}, key))
    return readOutput(spec, key, value);
  if (key == "format")
    return readChoice<BoxFormat>(key, value,
                                 {{"xyxy", BoxFormat::Corners},
                                  {"yxyx", BoxFormat::CornersYX},
                                  {"xywh", BoxFormat::CornerSize},
                                  {"cxcywh", BoxFormat::CentreSize},
                                  {"priors", BoxFormat::Priors}},
                                 spec.format);
  if (key == "units")
    return readChoice<bool>(key, value, {{"normalized", true}, {"pixels", false}}, spec.isNormalized);
  if (key == "candidates")
    return readChoice<bool>(key, value, {{"first", false}, {"last", true}}, spec.areCandidatesLast);
  if (key == "activation")
    return readChoice<ScoreFunction>(
        key, value,
        {{"none", ScoreFunction::None}, {"sigmoid", ScoreFunction::Sigmoid}, {"softmax", ScoreFunction::Softmax}},
        spec.function);
  if (key == "priors") {
    spec.priorsFile = value.str();
    return Error::success();
  }
  if (key == "variances")
    return readPair(key, value, 100, spec.variances);
  if (key == "sizes") {
    if (Error error = readPair(key, value, 1e6, spec.sizes))
      return error;
    if (spec.sizes[0] > spec.sizes[1])
      return createStringError("--detections: sizes: expected rising sides, got '" + value + "'");
    for (double &side : spec.sizes)
      side *= side;
    return Error::success();
  }
  if (key == "score")
    return readNumber(key, value, 0, 1, spec.score);
  if (key == "floor")
    return readNumber(key, value, 0, 1, spec.floor);
  if (key == "nms")
    return readNumber(key, value, 0, 1, spec.suppression);
  if (key == "background" || key == "most") {
    if (Error error = readNumber(key, value, key == "most" ? 1 : 0, 10000, number))
      return error;
    if (number != std::floor(number))
      return createStringError("--detections: " + key + ": expected an integer, got '" + value + "'");
    if (key == "most")
      spec.most = int64_t(number);
    else
      spec.background = int64_t(number);
    return Error::success();
  }
  return createStringError("--detections: expected keys as below, got '" + key + "'\n" + detectionSpecHelp());
}

Expected<DetectionSpec> parseDetectionSpec(StringRef text) {
  DetectionSpec spec;
  SmallVector<StringRef> parts;
  std::set<std::string> seen;
  text.split(parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    auto [key, value] = part.trim().split('=');
    if (value.empty())
      return createStringError("--detections: expected key=value, got '" + part + "'\n" + detectionSpecHelp());
    if (!seen.insert(key.str()).second)
      return createStringError("--detections: expected each key once, got '" + key + "' twice");
    if (Error error = readKey(spec, key, value))
      return std::move(error);
  }
  if (spec.boxes.output.empty() || spec.scores.output.empty())
    return createStringError("--detections: expected at least boxes=OUTPUT,scores=OUTPUT, got '" + text + "'\n" +
                             detectionSpecHelp());
  if ((spec.format == BoxFormat::Priors) == spec.priorsFile.empty())
    return createStringError("--detections: expected format=priors and priors=FILE.npy together, got one of them");
  spec.floor = std::min(spec.floor, spec.score);
  return spec;
}

} // namespace wino
