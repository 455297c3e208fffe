// Decoding while images run, and the comparison of both networks behind it.
#include "Detect.h"

#include "DetectionTable.h"
#include "wino/Calibrate/ArrayFile.h"
#include "wino/Dialect/TensorName.h"
#include "wino/Dialect/Winograd.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

#include <map>

using namespace llvm;

namespace wino {

static constexpr uint64_t mostPriorBytes = uint64_t(1) << 26;

static Expected<std::vector<float>> loadPriors(StringRef path) {
  Expected<std::unique_ptr<ArrayFile>> file = ArrayFile::open(path, "priors");
  if (!file)
    return file.takeError();
  const NpyHeader &header = (*file)->header();
  if (header.type != NpyType::F32 || header.shape.size() != 2 || header.shape[1] != 4 ||
      header.dataBytes > mostPriorBytes)
    return createStringError(path + ": expected priors of type float32 and shape (N, 4), got " +
                             npyTypeName(header.type) + " " + header.shapeText());
  std::vector<uint8_t> bytes(header.dataBytes);
  if (Error error = (*file)->read(0, bytes))
    return std::move(error);
  std::vector<float> priors(bytes.size() / 4);
  for (size_t i = 0; i < priors.size(); ++i)
    priors[i] = bit_cast<float>(support::endian::read32le(&bytes[4 * i]));
  return priors;
}

Expected<DetectionCheck> DetectionCheck::create(StringRef spec, StringRef truthFile, ImageSource &images,
                                                size_t count) {
  DetectionCheck check;
  Expected<DetectionSpec> parsed = parseDetectionSpec(spec);
  if (!parsed)
    return parsed.takeError();
  check.spec = std::move(*parsed);
  if (!check.spec.priorsFile.empty()) {
    Expected<std::vector<float>> priors = loadPriors(check.spec.priorsFile);
    if (!priors)
      return priors.takeError();
    check.priors = std::move(*priors);
  }
  check.inputSize = {double(images.chw()[2]), double(images.chw()[1])};
  check.floatFound.resize(count);
  check.integerFound.resize(count);
  if (truthFile.empty())
    return std::move(check);
  std::vector<std::string> names;
  std::map<std::string, size_t> positions; // of names without folder
  for (size_t i = 0; i < images.size(); ++i) {
    StringRef extension = sys::path::extension(images.name(i));
    bool isFile = extension.equals_insensitive(".png") || extension.equals_insensitive(".jpg") ||
                  extension.equals_insensitive(".jpeg");
    names.push_back(isFile ? sys::path::filename(images.name(i)).str() : "");
    if (auto [known, isNew] = positions.emplace(names.back(), i); isFile && !isNew)
      return createStringError("--truth: expected images of different names, whatever their folders, got '" +
                               images.name(known->second) + "' and '" + images.name(i) + "'");
  }
  Expected<GroundTruth> truth = readGroundTruth(truthFile, names);
  if (!truth)
    return truth.takeError();
  check.truth = std::move(*truth);
  return std::move(check);
}

Error DetectionCheck::add(Ran network, mlir::func::FuncOp main, size_t image, ArrayRef<std::vector<float>> outputs) {
  std::vector<std::string> names;
  std::vector<OutputView> views;
  mlir::OperandRange results = main.getBody().front().getTerminator()->getOperands();
  for (mlir::Value value : results)
    names.push_back(tensorName(value));
  for (size_t r = 0; r < outputs.size(); ++r)
    views.push_back({names[r], outputs[r], shapeOf(results[r])});
  Expected<std::vector<Detection>> found = decodeDetections(spec, views, priors, inputSize[0], inputSize[1]);
  if (!found)
    return found.takeError();
  (network == Ran::Float ? floatFound : integerFound)[image] = std::move(*found);
  return Error::success();
}

/// What is there, in the picture's pixels.
std::vector<Truth> DetectionCheck::reference(size_t image) const {
  if (truth)
    return truth->images[image].truths;
  std::vector<Truth> truths;
  for (const Detection &detection : floatFound[image]) {
    const Box &box = detection.box;
    if (detection.score >= spec.score)
      truths.push_back({{box.x0 * inputSize[0], box.y0 * inputSize[1], box.x1 * inputSize[0], box.y1 * inputSize[1]},
                        detection.category});
  }
  return truths;
}

void DetectionCheck::makeScenes() {
  for (size_t i = 0; i < floatFound.size(); ++i) {
    bool hasSize = truth && truth->images[i].width > 0;
    double width = hasSize ? truth->images[i].width : inputSize[0];
    double height = hasSize ? truth->images[i].height : inputSize[1];
    for (auto [found, scenes] : {std::pair(&floatFound, &floatScenes), std::pair(&integerFound, &integerScenes)}) {
      ImageObjects scene{reference(i), (*found)[i]};
      for (Detection &detection : scene.detections) {
        Box &box = detection.box;
        box = {box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height};
      }
      scenes->push_back(std::move(scene));
    }
  }
}

/// How many are found in each image: the first thing to look at when a specification is new.
void DetectionCheck::printNumbers(Output &output, Ran ran) const {
  constexpr size_t mostImages = 64; // as text
  for (auto [network, found] : {std::pair(Ran::Float, &floatFound), std::pair(Ran::Integer, &integerFound)}) {
    if (ran != Ran::Both && ran != network)
      continue;
    StringRef name = network == Ran::Float ? "float" : "integer";
    json::Array list;
    std::string text;
    size_t sum = 0;
    for (const std::vector<Detection> &image : *found) {
      int64_t count = count_if(image, [&](const Detection &d) { return d.score >= spec.score; });
      sum += size_t(count);
      list.push_back(count);
      text += (text.empty() ? "" : ",") + std::to_string(count);
    }
    output.os << name << " detections: " << sum;
    if (found->size() <= mostImages)
      output.os << "  (by image: " << text << ")";
    output.os << "\n";
    output.json[(name + "_detections").str()] = std::move(list);
  }
}

void DetectionCheck::report(Output &output, Ran ran, const Tags &tags) {
  output.os << format("\ndetections with a score of at least %.2f, at most %.2f overlap within a class\n", spec.score,
                      spec.suppression);
  printNumbers(output, ran);
  if (!truth && ran != Ran::Both)
    return;
  makeScenes();
  DetectionTable table(spec, truth ? truth->categories : std::vector<std::string>(), tags, truth ? ran : Ran::Integer,
                       /*hasDrop=*/ran == Ran::Both, floatScenes, integerScenes);
  output.os << (truth ? "against the objects that are there" : "against the float network's detections")
            << ", overlap at least 0.50\n";
  table.print(output, /*isAgreement=*/!truth);
}

} // namespace wino
