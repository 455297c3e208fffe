// The head of a network: what lies between its last global mean and its outputs, a few numbers that everything before
// has been squeezed into. They are kept in more than eight bits.
#ifndef WINO_DIALECT_HEAD_H
#define WINO_DIALECT_HEAD_H

#include "mlir/IR/Value.h"

#include <cstdint>

namespace wino {

/// Stored integers of a head's tensors are in [-4096, 4095], in two bytes: 16 times finer than a byte at the same clip,
/// and a sum of `headDepth` products with 8-bit weights stays below 2^30.
constexpr int32_t headLevels = 4095;
constexpr int64_t headDepth = 2048;

/// Whether the value is made with more than eight bits: the result of a fully connected layer, or of an average pool to
/// 1 x 1 or a mean over H and W, that goes to the network's outputs by reshapes and one softmax alone; or such a mean
/// that goes through one fully connected layer of at most `headDepth` inputs more. Takes the float graph.
bool isHead(mlir::Value value);

} // namespace wino

#endif
