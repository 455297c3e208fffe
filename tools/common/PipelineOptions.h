// What the passes of a compilation are told, whichever tool or test runs them: the part of wino-opt's options that is
// not about files and measurements. Defaults are those of the command line.
#ifndef WINO_TOOLS_COMMON_PIPELINEOPTIONS_H
#define WINO_TOOLS_COMMON_PIPELINEOPTIONS_H

#include <cstdint>
#include <string>

namespace wino {

struct PipelineOptions {
  std::string name, target;
  std::string ptxVersion;    ///< of GPU code, as in 80; empty: the oldest that knows the chip
  int64_t batch = 1;         ///< images of one inference of GPU code
  std::string fuse = "auto"; ///< whether blocks of tap products of GPU code transform their own tiles: or always, never
  int64_t ranges = 0;        ///< into how many GPU code cuts the depth of products; 0: as the cost model says
  std::string policy, plan, precision;
  std::string tapClip = "mse", filterClip = "mse";
  std::string inputScales = "tap";          ///< of taps of at most 8 bits: or tensor
  std::string filterScales = "tap-channel"; ///< or tap, channel, tensor
  std::string balanceRows = "none";         ///< where taps share a scale: or paired, free
  std::string products = "i32";
  std::string floatTaps = "none";   ///< tiles with taps in floats among the candidates: or f16, f32, all
  std::string rounding = "nearest"; ///< of Winograd filters: nearest or gptq
  bool biasCorrection = false;
  bool floatLayers = true;            ///< layers stay in floats where 8 bits miss the budget
  bool floatTail = true;              ///< what decodes boxes behind the last layers stays in floats
  std::string transforms = "exact";   ///< or paw, paw-free
  double inputLow = 0, inputHigh = 1; ///< between which the inputs of a network with 16-bit floats lie
  unsigned threads = 2;
  unsigned maxWorkers = 1; ///< threads that may share a layer of the emitted code
};

} // namespace wino

#endif
