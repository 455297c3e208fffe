// PlanFile: the chosen plan of every convolution as a file that a person can read, edit and lock. Choosing is
// ChoosePlan's work.
#ifndef WINO_TARGET_PLANFILE_H
#define WINO_TARGET_PLANFILE_H

#include "wino/Numerics/TileSpec.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir {
class Operation;
}

namespace wino {

struct PlanFileLayer {
  std::string name; ///< ONNX node name
  TileSpec plan;
  bool inFloats = false; ///< `precision: fp32`: computed in floats between maps of bytes
  unsigned line = 0;     ///< where it was read, 0 when it was not
};

struct PlanFile {
  static constexpr int64_t currentVersion = 1;

  std::string modelSha256; ///< 64 hexadecimal digits, or empty when not known
  std::string target;      ///< or empty
  std::vector<PlanFileLayer> layers;

  const PlanFileLayer *find(llvm::StringRef node) const;

  /// The same plan gives the same bytes; layers keep their order.
  std::string toYaml() const;

  /// Reads what toYaml() wrote or a person edited; strict as PolicyFile. Each layer once.
  static llvm::Expected<PlanFile> parse(llvm::StringRef text, llvm::StringRef fileName);
  static llvm::Expected<PlanFile> load(llvm::StringRef path);
};

/// The plans of all convolutions under `root`, in program order; a convolution without plan counts as direct.
PlanFile collectPlans(mlir::Operation *root);

} // namespace wino

#endif
