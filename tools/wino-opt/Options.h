// The command line of the compiler: what can be asked for, checked before any work is done. Opening files is left to
// those who read them.
#ifndef WINO_TOOLS_WINO_OPT_OPTIONS_H
#define WINO_TOOLS_WINO_OPT_OPTIONS_H

#include "../common/PipelineOptions.h"
#include "wino/Calibrate/Images.h"

#include <map>
#include <optional>
#include <string>

namespace wino {

/// How far the compiler goes. Library writes a folder, the others one file or standard output.
enum class Emit { Import, Errors, Plan, Quant, Qdq, Winograd, LLVMIR, Assembly, Object, Library };

struct Options : PipelineOptions {
  std::string model, output;
  std::string calibration, profile, saveProfile;
  Preprocess preprocess;
  std::map<std::string, int64_t> inputDims;
  double minSqnr = 25;
  bool asksForSqnr = false;       ///< --min-sqnr was given, above 0 dB: less is no demand
  bool acceptsUnverified = false; ///< --unverified
  std::string labels;             ///< of the calibration images
  std::string detections;         ///< how outputs mean boxes and scores
  std::string truth;              ///< the objects of the calibration images, with detections
  std::optional<double> maxDrop;  ///< in points of top-1 with labels, of mAP@0.5 with detections
  std::string tags;               ///< of the calibration images, with either
  unsigned blame = 0;             ///< lost images of the worst bucket on which each layer is left out for the report
  bool replan = true;             ///< the plan follows what plans were measured to do
  unsigned allButOne = 0;         ///< calibration images on which each layer is left out for the report
  std::string explain;            ///< node whose choice is printed instead of writing a library
  Emit emit = Emit::Library;
  bool fitsToData = false;     ///< some option fits integers to feature maps of calibration images
  bool correctsOutputs = true; ///< the last layer's bias takes out the mean error of each output
  bool fusesResiduals = true;  ///< sums are formed in the convolutions before them, where kernels can
  std::string fit = "float";   ///< quantized, network, or network,quantized
  unsigned fitImages = 256;
  bool listOps = false;

  bool hasInputRange = false; ///< --input-range was given; else it is what pixels become, or twice what was seen
  bool statesPixels = false;  ///< --scale, --mean or --std was given: without --input-range it is what pixels become

  /// The whole network in floats: no integers, no budget.
  bool isFloat() const { return precision == "fp32" || storesHalves(); }
  /// With maps and filters in 16 bits.
  bool storesHalves() const { return precision == "fp16"; }
  /// Filters fitted layer by layer to what integers feed them.
  bool fitsInOrder() const { return llvm::StringRef(fit).ends_with("quantized"); }
  /// Plans are measured and made anew, to use up a budget that was asked for. Not where a plan takes minutes.
  bool replans() const {
    return replan && plan.empty() && asksForSqnr && transforms == "exact" && fit == "float" && emit != Emit::Import &&
           emit != Emit::Errors && emit != Emit::Qdq;
  }
  /// All filters tuned at once, before that.
  bool tunesNetwork() const { return llvm::StringRef(fit).starts_with("network"); }
};

/// Parses and checks. An unknown flag, as everything wrong, is an error; --help and --version print and exit.
llvm::Expected<Options> parseOptions(int argc, char **argv);

/// Whether each value means something and all go together (CheckOptions.cpp).
llvm::Error checkOptions(const Options &options);

} // namespace wino

#endif
