// TensorName: the one name of a tensor in profiles, observations and feature maps, on the float and on the integer
// graph.
#ifndef WINO_DIALECT_TENSORNAME_H
#define WINO_DIALECT_TENSORNAME_H

#include "mlir/IR/Value.h"

#include <string>

namespace wino {

/// The node name of the op that makes the value, or the argument's `wino.name`; "input0", ... for an argument without.
std::string tensorName(mlir::Value value);

} // namespace wino

#endif
