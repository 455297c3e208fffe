// Verifiers of the attributes: a plan's text is a tile, a requantization's fields are in range.
#include "wino/Dialect/Winograd.h"

using namespace mlir;

namespace wino {

LogicalResult PlanAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, StringAttr text) {
  // (C1)
  llvm::Expected<TileSpec> spec = TileSpec::parse(text.getValue());
  if (!spec)
    return emitError() << "expected a tile as plan text: " << llvm::toString(spec.takeError());
  return success();
}

TileSpec PlanAttr::getSpec() const {
  llvm::Expected<TileSpec> spec = TileSpec::parse(getText().getValue());
  if (spec)
    return *spec;
  // Only an attribute built without verification gets here.
  llvm::consumeError(spec.takeError());
  return TileSpec();
}

LogicalResult RequantAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, int64_t pre, int64_t shift,
                                  int64_t lo, int64_t hi, DenseI32ArrayAttr multipliers) {
  // (C1)
  if (pre < 0 || pre > 31)
    return emitError() << "expected pre in [0, 31], got " << pre;
  // (C2)
  if (shift < 1 || shift > 16)
    return emitError() << "expected shift in [1, 16], got " << shift;
  // (C3)
  if (lo > hi || lo < -32768 || hi > 65535)
    return emitError() << "expected -32768 <= lo <= hi <= 65535, got lo = " << lo << " and hi = " << hi;
  return success();
}

} // namespace wino
