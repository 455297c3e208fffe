// The winograd dialect: everything in one place for mlir-tblgen. Attributes, graph ops and tile ops live in their own files.
#ifndef WINO_DIALECT_WINOGRAD_TD
#define WINO_DIALECT_WINOGRAD_TD

include "wino/Dialect/Attrs.td"
include "wino/Dialect/GraphOps.td"
include "wino/Dialect/TileOps.td"

#endif
