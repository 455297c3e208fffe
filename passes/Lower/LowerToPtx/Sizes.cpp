// Extents of U and O, and the scratch of an op.
#include "Lower/LowerToPtx/Sizes.h"
#include "wino/Target/CostModel.h"

using namespace mlir;

namespace wino::ptx {

namespace {

constexpr int64_t kLeastRows = 16, kMaxIndex = int64_t(1) << 30; // numbers are 32 bits wide in the kernel

/// Whether the pixels of a map follow each other.
bool isLinear(const Layout &map) {
  return map.rowStride() == map.width() * map.channelStride && map.imageStride() == map.height() * map.rowStride();
}

std::optional<DeviceGemm> gemmOf(Operation *op) {
  if (auto conv = dyn_cast<Conv2DOp>(op)) {
    ArrayRef<int64_t> filter = cast<ShapedType>(conv.getFilter().getType()).getShape();
    return directGemm(Layout::internal(conv.getInput()), Layout::internal(conv.getOutput()), conv.getGroups(),
                      filter[2], filter[3]);
  }
  auto dense = dyn_cast<FullyConnectedOp>(op);
  if (!dense || Layout::internal(dense.getOutput()).elementBytes != 1)
    return std::nullopt;
  auto image = [](Value value) { return vectorImage(cast<ShapedType>(value.getType()).getShape()); };
  return directGemm(image(dense.getInput()), image(dense.getOutput()), 1, 1, 1);
}

std::optional<WinogradSizes> sizesOf(Operation *op) {
  auto output = dyn_cast<OutputTransformOp>(op);
  auto matmul = output ? output.getInput().getDefiningOp<TapMatmulOp>() : nullptr;
  auto transform = matmul ? matmul.getLhs().getDefiningOp<InputTransformOp>() : nullptr;
  if (!transform)
    return std::nullopt;
  return winogradSizes(output.getPlan().getSpec(), Layout::internal(transform.getInput()),
                       Layout::internal(output.getOutput()), productBytes(output), rangesOf(op), isFused(op));
}

} // namespace

WinogradSizes winogradSizes(const TileSpec &spec, const Layout &input, const Layout &output, int64_t productBytes,
                            int64_t ranges, bool isFused) {
  WinogradSizes s;
  s.tiles = output.batch() * spec.down().tilesOver(output.height()) * spec.across().tilesOver(output.width());
  s.depth = input.channelStride;
  s.outputs = roundUp(output.channels(), 16);
  s.unit = spec.hasByteTaps() ? 1 : 2;
  s.productBytes = productBytes;
  s.ranges = ranges;
  s.isFused = isFused;
  s.elementBytes = ranges > 1 ? 4 : productBytes;
  s.uTap = s.tiles * s.depth * s.unit;
  s.oTap = s.tiles * s.outputs * s.elementBytes;
  s.oRange = spec.taps() * s.oTap;
  s.oOffset = isFused ? 0 : roundUp(spec.taps() * s.uTap, 64);
  s.scratchBytes = s.oOffset + roundUp(ranges * s.oRange, 64);
  return s;
}

DeviceGemm tapGemm(const TileSpec &spec, const WinogradSizes &sizes) {
  return DeviceGemm::make(sizes.tiles, sizes.outputs, sizes.depth, spec.taps());
}

std::optional<DeviceGemm> directGemm(const Layout &input, const Layout &output, int64_t groups, int64_t kernelHeight,
                                     int64_t kernelWidth) {
  int64_t pixels = output.batch() * output.height() * output.width();
  int64_t depth = kernelHeight * kernelWidth * input.channelStride;
  if (groups != 1 || input.channelStride % 16 != 0 || !isLinear(output) || pixels < kLeastRows || pixels >= kMaxIndex ||
      input.imageStride() >= kMaxIndex || depth >= kMaxIndex)
    return std::nullopt;
  return DeviceGemm::make(pixels, output.channels(), depth, 1);
}

/// As the planner sees it.
static bool isBestFused(OutputTransformOp op, const TargetData &target) {
  auto transform = op.getInput().getDefiningOp<TapMatmulOp>().getLhs().getDefiningOp<InputTransformOp>();
  Layout input = Layout::internal(transform.getInput()), output = Layout::internal(op.getOutput());
  ConvShape shape;
  shape.batch = output.batch();
  shape.channelsIn = input.channels();
  shape.channelsOut = output.channels();
  shape.outHeight = output.height();
  shape.outWidth = output.width();
  llvm::Expected<IntegerTransform> integers = IntegerTransform::make(op.getPlan().getSpec());
  if (integers)
    return winogradCost(shape, *integers, target).isFused;
  llvm::consumeError(integers.takeError());
  return false;
}

void chooseForm(Operation *op, const AskedForm &asked, const TargetData &target) {
  op->removeAttr("wino.ranges");
  op->removeAttr("wino.fused");
  std::optional<DeviceGemm> gemm = gemmOf(op);
  PartialSums partial = directPartialSums();
  bool canFuse = false;
  if (std::optional<WinogradSizes> sizes = sizesOf(op); sizes && sizes->unit == 1) {
    TileSpec spec = cast<OutputTransformOp>(op).getPlan().getSpec();
    gemm = tapGemm(spec, *sizes);
    partial = winogradPartialSums(sizes->productBytes);
    canFuse = spec.taps() <= FusedTaps::mostTaps && sizes->tiles < kMaxIndex;
  }
  if (!gemm)
    return;
  Builder b(op->getContext());
  bool fuses = canFuse && asked.fuse.value_or(asked.ranges == 0);
  if (fuses && (asked.fuse || isBestFused(cast<OutputTransformOp>(op), target))) {
    op->setAttr("wino.fused", b.getUnitAttr());
    return;
  }
  int64_t ranges = gemm->wholeRanges(std::min(asked.ranges, partial.mostRanges));
  if (asked.ranges == 0)
    ranges = chooseRanges(*gemm, partial, target);
  if (ranges > 1)
    op->setAttr("wino.ranges", b.getI64IntegerAttr(ranges));
}

int64_t scratchBytes(Operation *op) {
  if (std::optional<WinogradSizes> sizes = sizesOf(op))
    return sizes->scratchBytes;
  if (std::optional<DeviceGemm> gemm = gemmOf(op); gemm && rangesOf(op) > 1)
    return directPartialBytes(*gemm, rangesOf(op));
  return isa<ReshapeOp>(op) ? wino::scratchBytes(op) : 0;
}

} // namespace wino::ptx
