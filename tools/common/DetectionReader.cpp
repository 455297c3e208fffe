// Decoding, and the objects of each image from a file or from the float network.
#include "DetectionReader.h"

#include "wino/Calibrate/ArrayFile.h"
#include "wino/Dialect/TensorName.h"
#include "wino/Dialect/Winograd.h"

#include "llvm/Support/Endian.h"
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

Expected<DetectionReader> DetectionReader::create(StringRef spec, StringRef truthFile, const ImageSource &images) {
  DetectionReader reader;
  Expected<DetectionSpec> parsed = parseDetectionSpec(spec);
  if (!parsed)
    return parsed.takeError();
  reader.parsed = std::move(*parsed);
  if (!reader.parsed.priorsFile.empty()) {
    Expected<std::vector<float>> priors = loadPriors(reader.parsed.priorsFile);
    if (!priors)
      return priors.takeError();
    reader.priors = std::move(*priors);
  }
  reader.inputSize = {double(images.chw()[2]), double(images.chw()[1])};
  if (truthFile.empty())
    return std::move(reader);
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
  reader.truth = std::move(*truth);
  return std::move(reader);
}

Expected<std::vector<Detection>> DetectionReader::read(mlir::func::FuncOp main,
                                                       ArrayRef<std::vector<float>> outputs) const {
  std::vector<std::string> names;
  std::vector<OutputView> views;
  mlir::OperandRange results = main.getBody().front().getTerminator()->getOperands();
  for (mlir::Value value : results)
    names.push_back(tensorName(value));
  for (size_t r = 0; r < outputs.size(); ++r)
    views.push_back({names[r], outputs[r], shapeOf(results[r])});
  return decodeDetections(parsed, views, priors, inputSize[0], inputSize[1]);
}

std::vector<Truth> DetectionReader::reference(size_t image, ArrayRef<Detection> byFloats) const {
  if (truth)
    return truth->images[image].truths;
  std::vector<Truth> truths;
  for (const Detection &detection : byFloats) {
    const Box &box = detection.box;
    if (detection.score >= parsed.score)
      truths.push_back({{box.x0 * inputSize[0], box.y0 * inputSize[1], box.x1 * inputSize[0], box.y1 * inputSize[1]},
                        detection.category});
  }
  return truths;
}

ImageObjects DetectionReader::scene(size_t image, ArrayRef<Detection> byFloats, ArrayRef<Detection> found) const {
  bool hasSize = truth && truth->images[image].width > 0;
  double width = hasSize ? truth->images[image].width : inputSize[0];
  double height = hasSize ? truth->images[image].height : inputSize[1];
  ImageObjects scene{reference(image, byFloats), found.vec()};
  for (Detection &detection : scene.detections) {
    Box &box = detection.box;
    box = {box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height};
  }
  return scene;
}

} // namespace wino
