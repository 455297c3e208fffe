// StoreHalves: declaration of the pass that stores maps and filters of a float network in 16 bits.
#ifndef WINO_PASSES_QUANTIZE_STOREHALVES_TD
#define WINO_PASSES_QUANTIZE_STOREHALVES_TD

include "mlir/Pass/PassBase.td"

def StoreHalves : Pass<"wino-store-halves", "mlir::func::FuncOp"> {
  let summary = "Store maps, or filters, of a float network as binary16 where they are proved to fit";
  let description = [{
    Maps first, before wino-list-candidates: an interval is followed from the inputs, which are clipped to `winograd.interval` of the argument or,
    without one, to [`input-low`, `input-high`] (or twice what calibration saw, if that is more), through every op (lib/Numerics, section 14). A map becomes f16 where its
    interval lies within 65504, or where `winograd.stats` says that calibration saw at most half of that: its convolution, product or sum is then
    clipped to the least power of two that is at least four times what calibration saw, so that the interval is true for every input.
    `winograd.interval` on the op holds it. A map without room stays f32, and `winograd.taken_back` says by how much; what is made of it is clipped.
    Results of the network stay f32, also in front of ops that only move numbers and where they are read as well, and so do those of softmax.
    With `filters`, after wino-decompose-conv: constant filters of direct convolutions and fully connected layers beside maps of 16 bits become f16.
    Constants whose numbers would be no normal halves (below 2^-14), and filters with a channel of only such ones, stay f32; within
    a channel of larger numbers small ones become subnormal or 0.
    Requires: a float graph.  Guarantees: no f16 number is infinite. It is NaN only where an input is, or where a map without an interval was one.
    (* example test/passes/Quantize/StoreHalves/doctest.mlir *)
  }];
  let options = [
    Option<"filters", "filters", "bool", "false", "Filters of layers that stayed direct instead of maps">,
    Option<"inputLow", "input-low", "double", "0", "Least number of the inputs; others are clipped">,
    Option<"inputHigh", "input-high", "double", "1", "Largest number of the inputs">];
  let statistics = [Statistic<"numHalves", "num-halves", "Maps or filters stored in 16 bits">,
                    Statistic<"numWide", "num-wide", "Maps without room">];
  let dependentDialects = ["::wino::WinogradDialect", "::mlir::arith::ArithDialect"];
}

#endif
