// PolicyFile: a team's own rules about which algorithm its convolutions use. They win over the planner; ChoosePlan
// applies them.
#ifndef WINO_TARGET_POLICYFILE_H
#define WINO_TARGET_POLICYFILE_H

#include "wino/Numerics/TileSpec.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace wino {

/// Which tap types the planner may use: Mixed all, Int8 only 8-bit ones. Fp32: the layer computes in floats, with taps
/// of floats.
enum class Precision { Mixed, Int8, Fp32 };

struct PolicyRule {
  std::vector<std::string> patterns;  ///< names or globs, checked
  bool autoAlgo = false;              ///< `algo: auto`: the planner chooses, whatever the default is
  std::optional<TileSpec> algo;       ///< nothing: as autoAlgo says, else the default
  std::optional<Precision> precision; ///< nothing: the policy's own
  unsigned line = 0;

  bool matches(llvm::StringRef node) const;
};

/// ```yaml
/// conv_policy:
///   default: auto            # auto | direct | a tile
///   precision: mixed         # mixed | int8 | fp32
///   overrides:               # the first that matches a node's name decides
///     - layers: ["stem", "stage1.*"]
///       algo: direct
/// ```
struct PolicyFile {
  std::string fileName;
  std::optional<TileSpec> defaultAlgo; ///< for layers that can take it; nothing: auto
  std::optional<Precision> precision;  ///< nothing: the command line's
  std::vector<PolicyRule> overrides;

  const PolicyRule *find(llvm::StringRef node) const;
  /// Whether any layer is to be in floats.
  bool asksForFloats() const;
  /// Of a node, or `otherwise` where nothing is said.
  Precision precisionOf(llvm::StringRef node, Precision otherwise) const;

  /// Strict: unknown keys, wrong kinds of values and bad globs or tiles are errors that name file and line.
  static llvm::Expected<PolicyFile> parse(llvm::StringRef text, llvm::StringRef fileName);
  static llvm::Expected<PolicyFile> load(llvm::StringRef path);
};

llvm::Expected<Precision> parsePrecision(llvm::StringRef text);

} // namespace wino

#endif
