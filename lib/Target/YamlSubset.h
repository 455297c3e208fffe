// The part of YAML that policy and plan files need, read strictly: block mappings, block sequences, one-line sequences
// of scalars, plain and quoted scalars, comments. What the keys mean is PolicyFile's and PlanFile's business. Anchors,
// tags, aliases, block scalars, multi-line scalars, one-line mappings, complex keys, tabs and further documents are
// errors. LLVM's YAML parser recurses on its input without a limit, which a hostile file may not be given.
#ifndef WINO_LIB_TARGET_YAMLSUBSET_H
#define WINO_LIB_TARGET_YAMLSUBSET_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace wino {

struct YamlEntry;

struct YamlNode {
  enum Kind { Null, Scalar, Sequence, Mapping };

  YamlNode(Kind kind = Null, unsigned line = 0) : kind(kind), line(line) {}

  Kind kind;
  unsigned line;                  ///< 1-based
  std::string scalar;             ///< Scalar
  std::vector<YamlNode> items;    ///< Sequence
  std::vector<YamlEntry> entries; ///< Mapping, in the order of the file, keys unique
};

struct YamlEntry {
  std::string key;
  unsigned line = 0;
  YamlNode value;
};

/// Parses at most 1 MiB, nested at most 16 deep. Errors read "<file>:<line>: expected ..., got ...".
llvm::Expected<YamlNode> parseYamlSubset(llvm::StringRef text, llvm::StringRef fileName);

/// Reads the file, then as above.
llvm::Expected<std::string> readSmallFile(llvm::StringRef path);

/// "<file>:<line>: <message>"
llvm::Error yamlError(llvm::StringRef fileName, unsigned line, const llvm::Twine &message);

/// A double-quoted scalar with the escapes that the reader knows.
std::string yamlQuote(llvm::StringRef text);

} // namespace wino

#endif
