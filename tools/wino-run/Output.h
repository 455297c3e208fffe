// What a run has found, as text for people and as JSON for programs.
#ifndef WINO_TOOLS_WINO_RUN_OUTPUT_H
#define WINO_TOOLS_WINO_RUN_OUTPUT_H

#include "../common/Comparison.h"
#include "wino/Metrics/PairedDrop.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace wino {

/// Every section prints itself and adds a member of the same content.
struct Output {
  llvm::raw_ostream &os;
  llvm::json::Object json;
};

/// A number that JSON can hold: null instead of infinity and NaN.
llvm::json::Value finite(double number);

/// NaN of nothing.
double percent(size_t part, size_t whole);

/// "[ -0.10,   5.20]"
std::string intervalText(const PairedDrop &drop);

/// The counts of a drop, its interval and its luck.
llvm::json::Object toJson(const PairedDrop &drop);

/// Which networks answered.
enum class Ran { Float, Integer, Both };

/// A table of buckets of images, the worst one last; does nothing without buckets. `isAgreement`: right is what the
/// float network said.
void printBuckets(Output &output, llvm::ArrayRef<Bucket> buckets, Ran ran, bool isAgreement);

/// SQNR of the outputs and, where asked for, of the layers and of groups of magnitude.
void printNoise(Output &output, const Comparison &comparison, bool perLayer, bool perMagnitude);

} // namespace wino

#endif
