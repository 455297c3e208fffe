// Detections of each image while images run, and the comparison of both networks behind it.
#include "Detect.h"

#include "DetectionTable.h"

#include "llvm/Support/Format.h"

using namespace llvm;

namespace wino {

Expected<DetectionCheck> DetectionCheck::create(StringRef spec, StringRef truthFile, const ImageSource &images,
                                                size_t count) {
  Expected<DetectionReader> reader = DetectionReader::create(spec, truthFile, images);
  if (!reader)
    return reader.takeError();
  return DetectionCheck(std::move(*reader), count);
}

Error DetectionCheck::add(Ran network, mlir::func::FuncOp main, size_t image, ArrayRef<std::vector<float>> outputs) {
  Expected<std::vector<Detection>> found = reader.read(main, outputs);
  if (!found)
    return found.takeError();
  (network == Ran::Float ? floatFound : integerFound)[image] = std::move(*found);
  return Error::success();
}

void DetectionCheck::makeScenes() {
  for (size_t i = 0; i < floatFound.size(); ++i) {
    floatScenes.push_back(reader.scene(i, floatFound[i], floatFound[i]));
    integerScenes.push_back(reader.scene(i, floatFound[i], integerFound[i]));
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
      int64_t count = count_if(image, [&](const Detection &d) { return d.score >= reader.spec().score; });
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
  output.os << format("\ndetections with a score of at least %.2f, at most %.2f overlap within a class\n",
                      reader.spec().score, reader.spec().suppression);
  printNumbers(output, ran);
  if (!reader.hasTruth() && ran != Ran::Both)
    return;
  makeScenes();
  bool hasTruth = reader.hasTruth();
  DetectionTable table(reader.spec(), reader.categories(), tags, hasTruth ? ran : Ran::Integer,
                       /*hasDrop=*/ran == Ran::Both, floatScenes, integerScenes);
  output.os << (hasTruth ? "against the objects that are there" : "against the float network's detections")
            << ", overlap at least 0.50\n";
  table.print(output, /*isAgreement=*/!hasTruth);
}

} // namespace wino
