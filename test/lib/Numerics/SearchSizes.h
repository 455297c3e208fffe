// SearchSizes: what the tests of searched points share, the request for a size and how many sizes to run.
#ifndef WINO_TEST_LIB_NUMERICS_SEARCHSIZES_H
#define WINO_TEST_LIB_NUMERICS_SEARCHSIZES_H

#include "wino/Numerics/PointSearch.h"

#include <cstdlib>

namespace wino::test {

/// WINO_FULL=1: every tile instead of a sample.
inline bool isFull() { return std::getenv("WINO_FULL") != nullptr; }

inline PointSearchOptions optionsFor(int m, int r, int K) {
  PointSearchOptions options;
  options.tile.direct = false;
  options.tile.m = m;
  options.tile.r = r;
  options.tile.K = K;
  return options;
}

} // namespace wino::test

#endif
