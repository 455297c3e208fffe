// Checks of wino-run's flags.
#include "Options.h"

#include "wino/Target/Workers.h"

#include "llvm/Support/FileSystem.h"

#include <cmath>

using namespace llvm;

namespace wino {

Error checkFlags(const RunFlags &flags) {
  bool isFolder = sys::fs::is_directory(flags.network);
  if (flags.network.empty())
    return createStringError(
        "expected a network, as in wino-run out --images=images.npy --labels=labels.npy; see --help");
  if (flags.images.empty())
    return createStringError("expected --images=PATH, got none");
  if (flags.count.getNumOccurrences() && flags.count < 1)
    return createStringError("--count: expected at least 1, got " + Twine(flags.count));
  if (flags.threads != 1 && flags.threads != 2)
    return createStringError("--threads: expected 1 or 2, got " + Twine(flags.threads));
  if (flags.workers < 1 || flags.workers > maxWorkers)
    return createStringError("--workers: expected 1 to " + Twine(maxWorkers) + ", got " + Twine(flags.workers));
  if (flags.workers > 1 && (flags.where == Where::Interpreter || flags.where == Where::PtxEmulated))
    return createStringError("--workers: expected --target=host or --target=qemu as well, got neither");
  if (!isFolder && flags.where != Where::Interpreter)
    return createStringError("--target: expected a folder that wino-opt wrote, got '" + flags.network + "'");
  if (!isFolder && !flags.reference.empty())
    return createStringError("--float: expected a folder to compare with, got '" + flags.network + "'");
  if (flags.perLayer && flags.reference.empty())
    return createStringError("--per-layer: expected --float=model.onnx as well, got none");
  if (flags.perMagnitude && flags.reference.empty())
    return createStringError("--per-magnitude: expected --float=model.onnx as well, got none");
  if (flags.peak.getNumOccurrences() && (flags.reference.empty() || !(flags.peak > 0) || !std::isfinite(flags.peak)))
    return createStringError(
        "--peak: expected a value above 0 and --float=model.onnx, got another value or no --float");
  bool hasClasses = !flags.labels.empty() || !flags.reference.empty();
  if (flags.perClass && !hasClasses)
    return createStringError("--per-class: expected --labels=FILE, or a folder with --float=model.onnx, got neither");
  if (!flags.tags.empty() && !hasClasses && flags.detections.empty())
    return createStringError("--tags: expected --labels=FILE, --detections=SPEC, or a folder with --float=model.onnx, "
                             "got none of them");
  if (!flags.truth.empty() && flags.detections.empty())
    return createStringError("--truth: expected --detections=SPEC as well, got none");
  if (!flags.detections.empty() && isFolder && flags.reference.empty() && flags.truth.empty())
    return createStringError("--detections: expected --float=model.onnx or --truth=FILE to compare with, got neither");
  if (!flags.detections.empty() && (!flags.labels.empty() || flags.perClass))
    return createStringError("--detections: expected no --labels and no --per-class, got one; --truth has the classes");
  return Error::success();
}

} // namespace wino
