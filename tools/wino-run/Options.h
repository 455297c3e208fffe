// The command line of wino-run, checked.
#ifndef WINO_TOOLS_WINO_RUN_OPTIONS_H
#define WINO_TOOLS_WINO_RUN_OPTIONS_H

#include "../common/Pixels.h"
#include "Evaluate.h"
#include "wino/Metrics/DetectionSpec.h"

#include <map>
#include <optional>

namespace wino {

struct RunFlags {
  llvm::cl::OptionCategory category{"wino-run", "Accuracy, bit-exactness, error and time of a network"};
  llvm::cl::opt<std::string> network{
      llvm::cl::Positional, llvm::cl::desc("model.onnx, or a folder that wino-opt wrote"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> images{"images", llvm::cl::desc("Images: .npy, .npz, an image or a folder of images"),
                                    llvm::cl::value_desc("path"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> labels{"labels", llvm::cl::desc("Their labels: .npy of integers"),
                                    llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> predictions{"predictions",
                                         llvm::cl::desc("Write the top-1 class of every image: .npy of int32"),
                                         llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> count{"count", llvm::cl::desc("Run the first so many images (default all)"),
                               llvm::cl::cat(category)};
  llvm::cl::opt<Where> where{
      "target", llvm::cl::desc("What runs a compiled folder:"), llvm::cl::init(Where::Interpreter),
      llvm::cl::cat(category),
      llvm::cl::values(clEnumValN(Where::Interpreter, "interpreter", "the reference interpreter (default)"),
                       clEnumValN(Where::Host, "host", "its library, on this machine"),
                       clEnumValN(Where::Qemu, "qemu", "its library, on an emulated Cortex-A53"),
                       clEnumValN(Where::PtxEmulated, "ptx-emulated",
                                  "its GPU kernels, thread by thread on this machine: slow, few images"))};
  llvm::cl::opt<bool> verify{"verify",
                             llvm::cl::desc("Compare the library's outputs with the interpreter's (default yes)"),
                             llvm::cl::init(true), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> reference{"float", llvm::cl::desc("The folder's float model, to measure SQNR against"),
                                       llvm::cl::value_desc("model.onnx"), llvm::cl::cat(category)};
  llvm::cl::opt<bool> perLayer{"per-layer", llvm::cl::desc("With --float: SQNR of every layer"),
                               llvm::cl::cat(category)};
  llvm::cl::opt<bool> perMagnitude{
      "per-magnitude",
      llvm::cl::desc("With --float: SQNR of outputs and layers, split by the size of the float numbers"),
      llvm::cl::cat(category)};
  llvm::cl::opt<double> peak{"peak",
                             llvm::cl::desc("With --float: the first output is a picture with this largest value, 1 or "
                                            "255; print its PSNR to the float network's"),
                             llvm::cl::value_desc("value"), llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<bool> perClass{"per-class",
                               llvm::cl::desc("Accuracy of every class, and the worst. By --labels; without, images "
                                              "belong to the class that --float gives them"),
                               llvm::cl::cat(category)};
  llvm::cl::opt<std::string> tags{
      "tags", llvm::cl::desc("The same for every value in the columns of a CSV file: a line of names, one per image"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> detections{
      "detections",
      llvm::cl::desc("Outputs are boxes and scores: recall, precision and mAP, by size, class and tag. Keys: below"),
      llvm::cl::value_desc("key=value,.."), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> truth{
      "truth",
      llvm::cl::desc("With --detections: what is there, COCO JSON or CSV (image,category,x0,y0,x1,y1). Without, the "
                     "detections of --float are the reference"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> json{"json", llvm::cl::desc("Write all that is printed, for programs"),
                                  llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::list<std::string> inputDims{"input-dim", llvm::cl::desc("Fix a dimension of model.onnx, as in N=1"),
                                        llvm::cl::value_desc("key=size"), llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> threads{"threads", llvm::cl::desc("Threads: 1 or 2 (default); results do not depend on it"),
                                  llvm::cl::init(2), llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> workers{
      "workers",
      llvm::cl::desc("Threads that share one inference of the library (default 1); it must be compiled with as many "
                     "--max-workers"),
      llvm::cl::init(1), llvm::cl::cat(category)};
  PixelFlags pixels{category};
  std::string keys = "\nKeys of --detections:\n\n" + detectionSpecHelp().str();
  llvm::cl::extrahelp moreHelp{keys};
};

/// Checks what does not need any file to be opened.
llvm::Error checkFlags(const RunFlags &flags);

} // namespace wino

#endif
