// The table behind TileSpec for tiles that are named by size alone.
#ifndef WINO_LIB_NUMERICS_DEFAULTPOINTS_H
#define WINO_LIB_NUMERICS_DEFAULTPOINTS_H

namespace wino {

/// "points=[..] factors=[..]" of F(m, r) of this stride with K products, or null.
const char *defaultPoints(int m, int r, int K, int stride);

} // namespace wino

#endif
