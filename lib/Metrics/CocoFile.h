// CocoFile: the members of COCO's JSON that say where objects are.
#ifndef WINO_METRICS_COCOFILE_H
#define WINO_METRICS_COCOFILE_H

#include "wino/Metrics/GroundTruth.h"

namespace wino {

/// See readGroundTruth.
llvm::Expected<GroundTruth> parseCoco(llvm::StringRef text, llvm::StringRef path, llvm::ArrayRef<std::string> names);

/// A box must be a rectangle of bounded numbers; `place` starts the message.
llvm::Error checkTruth(const Truth &truth, const llvm::Twine &place);

} // namespace wino

#endif // WINO_METRICS_COCOFILE_H
