// ResidualSum: which sums of a float graph a convolution can take in, so that they are formed before its result is
// rounded.
#ifndef WINO_DIALECT_RESIDUALSUM_H
#define WINO_DIALECT_RESIDUALSUM_H

#include "wino/Dialect/Winograd.h"

#include <optional>

namespace wino {

struct ResidualSum {
  Conv2DOp conv;
  mlir::Value residual; ///< the sum's other operand
};

/// The convolution that can take the sum in: one operand is its result, which nothing else reads and no activation
/// changes (but to the range in which a file stores it, which it is not in here), of one group and, if planned, with
/// integer products of 32 bits; the other one is computed and no argument; the sum has no activation that needs a table
/// and neither is computed in floats (InFloats.h). Every kernel form of the CPUs has it, those of GPUs and QDQ models
/// have not. Of two convolutions the one with the larger clip_s8 in winograd.stats, whose rounding would cost more; the
/// later one where that is not known. Takes the float graph.
std::optional<ResidualSum> residualSum(AddOp sum);

/// The sum that takes in the convolution's result; null if none does.
AddOp sumBehind(Conv2DOp conv);

/// What the op that ends a layer, a convolution or an output transform, adds to its result; null if nothing or without
/// one.
mlir::Value residualOf(mlir::Operation *end);

/// Name of the attribute of a convolution (or its output transform) with a residual: the convolution's node name. Its
/// location is that of the sum, whose tensor it makes.
inline constexpr const char *kLayer = "winograd.layer";

/// Name of the unit attribute of a function whose sums stay ops of their own, whatever could take them in.
inline constexpr const char *kKeepsSums = "winograd.keeps_sums";

/// The node name of a layer's op, behind kLayer too.
llvm::StringRef layerName(mlir::Operation *op);

} // namespace wino

#endif
