// The features of level x86-64-v3 that code generation may use, against those of this processor.
#include "HostCpu.h"

#include "llvm/TargetParser/Host.h"

using namespace llvm;

namespace wino {

std::string missingFeatures(const StringMap<bool> &features) {
  std::string missing;
  for (StringRef feature : {"avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"})
    if (!features.lookup(feature))
      missing += (missing.empty() ? "" : ", ") + feature.str();
  return missing;
}

Error checkHostCpu() {
  static const std::string missing = [] {
    StringMap<bool> features; // empty on another kind of processor
    for (const auto &feature : sys::getHostCPUFeatures())
      features[feature.getKey()] = feature.getValue();
    return missingFeatures(features);
  }();
  if (missing.empty())
    return Error::success();
  return createStringError("expected a processor of level x86-64-v3 to run host code on, got one without " + missing);
}

} // namespace wino
