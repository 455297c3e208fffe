// The command line of wino-points, checked.
#ifndef WINO_TOOLS_WINO_POINTS_OPTIONS_H
#define WINO_TOOLS_WINO_POINTS_OPTIONS_H

#include "wino/Numerics/PointSearch.h"
#include "wino/Target/TargetData.h"

namespace wino {

struct PointsRequest {
  PointSearchOptions search;
  bool isGiven = false; ///< the tile has points already: nothing to search
  const TargetData *target = nullptr;
  std::string statistics; ///< what E is about, for the output
};

/// Reads the flags; prints help and exits on --help, --version and flags that do not exist.
llvm::Expected<PointsRequest> parsePointsRequest(int argc, char **argv);

} // namespace wino

#endif
