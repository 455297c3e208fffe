// The command line of the compiler: what can be asked for, checked before any work is done. Opening files is left to
// those who read them.
#ifndef WINO_TOOLS_WINO_OPT_OPTIONS_H
#define WINO_TOOLS_WINO_OPT_OPTIONS_H

#include "wino/Calibrate/Images.h"

#include <map>
#include <optional>
#include <string>

namespace wino {

/// How far the compiler goes. Library writes a folder, the others one file or standard output.
enum class Emit { Import, Errors, Plan, Quant, Winograd, LLVMIR, Assembly, Object, Library };

struct Options {
  std::string model, output, name, target;
  std::string calibration, profile, saveProfile;
  std::string policy, plan, precision;
  std::string tapClip = "mse", filterClip = "mse";
  std::string products = "i32";
  std::string rounding = "nearest"; ///< of Winograd filters: nearest or gptq
  bool biasCorrection = false;
  std::string fit = "float"; ///< or quantized: filters fitted in the order of the network
  Preprocess preprocess;
  std::map<std::string, int64_t> inputDims;
  std::string transforms = "exact"; ///< or paw, paw-free
  double minSqnr = 25;
  bool asksForSqnr = false;       ///< --min-sqnr was given, above 0 dB: less is no demand
  bool acceptsUnverified = false; ///< --unverified
  std::string labels;             ///< of the calibration images
  std::optional<double> maxDrop;  ///< in points of top-1, with labels
  std::string explain;            ///< node whose choice is printed instead of writing a library
  Emit emit = Emit::Library;
  bool fitsToData = false; ///< some option fits integers to feature maps of calibration images
  unsigned fitImages = 256;
  bool listOps = false;
  unsigned threads = 2;
};

/// Parses and checks. An unknown flag, as everything wrong, is an error; --help and --version print and exit.
llvm::Expected<Options> parseOptions(int argc, char **argv);

} // namespace wino

#endif
