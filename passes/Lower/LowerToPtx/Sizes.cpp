// Extents of U and O, and the scratch of an op.
#include "Lower/LowerToPtx/Sizes.h"

using namespace mlir;

namespace wino::ptx {

WinogradSizes winogradSizes(const TileSpec &spec, const Layout &input, const Layout &output, int64_t productBytes) {
  WinogradSizes s;
  s.tiles = output.batch() * spec.down().tilesOver(output.height()) * spec.across().tilesOver(output.width());
  s.depth = input.channelStride;
  s.outputs = roundUp(output.channels(), 16);
  s.unit = spec.hasByteTaps() ? 1 : 2;
  s.productBytes = productBytes;
  s.uTap = s.tiles * s.depth * s.unit;
  s.oTap = s.tiles * s.outputs * productBytes;
  s.oOffset = roundUp(spec.taps() * s.uTap, 64);
  s.scratchBytes = s.oOffset + roundUp(spec.taps() * s.oTap, 64);
  return s;
}

int64_t scratchBytes(Operation *op) {
  if (auto output = dyn_cast<OutputTransformOp>(op)) {
    auto matmul = output.getInput().getDefiningOp<TapMatmulOp>();
    auto transform = matmul ? matmul.getLhs().getDefiningOp<InputTransformOp>() : nullptr;
    if (!transform)
      return 0;
    return winogradSizes(output.getPlan().getSpec(), Layout::internal(transform.getInput()),
                         Layout::internal(output.getOutput()), productBytes(output))
        .scratchBytes;
  }
  return isa<ReshapeOp>(op) ? wino::scratchBytes(op) : 0;
}

} // namespace wino::ptx
