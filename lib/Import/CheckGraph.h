// Private to the Import room: what makes an OnnxGraph sound as a graph, whatever its operators mean.
#ifndef WINO_LIB_IMPORT_CHECKGRAPH_H
#define WINO_LIB_IMPORT_CHECKGRAPH_H

#include "wino/Import/OnnxGraph.h"
#include "llvm/Support/Error.h"

namespace wino {

/// Gives every node a unique name: its own, else its first output's; a name already taken gets a number.
void nameNodes(OnnxGraph &graph);

/// Every value defined once and before its use, every output defined, no empty names where one is needed.
llvm::Error checkGraph(const OnnxGraph &graph);

} // namespace wino

#endif // WINO_LIB_IMPORT_CHECKGRAPH_H
