// --emit=errors: the error model's predictions beside measurements, for every layer and many tiles.
#ifndef WINO_TOOLS_WINO_OPT_ERRORTABLE_H
#define WINO_TOOLS_WINO_OPT_ERRORTABLE_H

#include "Calibration.h"
#include "Options.h"
#include "wino/Numerics/TileSpec.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {

/// Tiles beyond the default candidates: good, mediocre and bad points, so that the comparison covers all the errors
/// that a policy can ask for.
std::vector<TileSpec> errorTableTiles();

/// One line per convolution and tile that fits it: node, tile, predicted and measured noise over signal, separated by
/// tabs; the last line is Spearman's rank correlation. `planned` is the float network with statistics. Measured on
/// held-out images, so prediction and measurement share none.
llvm::Expected<std::string> errorTable(mlir::func::FuncOp planned, Calibration &calibration, const Options &options);

} // namespace wino

#endif
