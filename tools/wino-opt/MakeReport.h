// From planned IR, options and measurements to the report's plain data.
#ifndef WINO_TOOLS_WINO_OPT_MAKEREPORT_H
#define WINO_TOOLS_WINO_OPT_MAKEREPORT_H

#include "../common/Comparison.h"
#include "Calibration.h"
#include "Options.h"
#include "wino/Emit/Report.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {

/// Names, hashes of the model and of the options that can change a result.
llvm::Expected<Report> startReport(const Options &options);

/// Counts and hash of the images: of their contents, not their paths.
void addCalibration(Report &report, const Calibration &calibration);

/// One entry per convolution of the planned float graph. `fusesResiduals`: some of them make sums.
void addLayers(Report &report, mlir::func::FuncOp planned, const Options &options, bool fusesResiduals);
/// The same of a network in floats.
/// `tiled`: the same network with its tiles explicit.
void addFloatLayers(Report &report, mlir::func::FuncOp planned, mlir::func::FuncOp tiled, const Options &options);

/// How many tensors have a scale of a quantized model's file, where any has.
void addFileScales(Report &report, mlir::func::FuncOp floatMain);
/// Head-room of the proved integer graph, where wino-prove-ranges has noted it.
void addHeadroom(Report &report, mlir::func::FuncOp integerMain);

/// Measured noise.
void addComparison(Report &report, const Comparison &comparison);

} // namespace wino

#endif
