// AttachProfile: declaration of the pass that puts calibration statistics into the IR.
#ifndef WINO_PASSES_PLAN_ATTACHPROFILE_TD
#define WINO_PASSES_PLAN_ATTACHPROFILE_TD

include "mlir/Pass/PassBase.td"

def AttachProfile : Pass<"wino-attach-profile", "mlir::func::FuncOp"> {
  let summary = "Attach calibration statistics to the ops and arguments they were measured on";
  let description = [{
    Each op whose node name is a tensor of the profile gets `winograd.stats = {min, max, rms, clip_s8, clip_u8,
    nonzero}` (f64, of its first result) and, where it was measured, `winograd.sensitivity`, a convolution also
    `winograd.tap_sensitivity` (lib/Target/README.md, E18); each argument by its `wino.name`. A `winograd.conv_2d` also gets
    `winograd.tap_stats`: per tile text without formats a K x K x 8 tensor (rows x columns of taps) of (max, rms, 99.9th percentile, best clips for 4, 5, 6,
    7, 8 bits) of every tap of U. Names of the profile that are not in the network are a warning; a
    profile of which no name fits is an error.
    Requires: node names as locations.  Guarantees: statistics are finite, tap tensors have the K of their tile.
    (* example test/passes/Plan/AttachProfile/doctest.mlir *)
  }];
  let options = [Option<"profile", "profile", "std::string", "\"\"", "Profile file (.calib)">];
  let statistics = [Statistic<"numAttached", "num-attached", "Tensors given statistics">];
  let dependentDialects = ["::wino::WinogradDialect"];
}

#endif
