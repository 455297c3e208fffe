// Packing of depthwise convolutions for their kernel.
#include "Lower/Kernels/DepthwiseConvolution.h"
#include "Lower/Kernels/GraphLowering.h"

using namespace mlir;

namespace wino {

void GraphLowering::depthwise(Conv2DOp op) {
  ArrayRef<int64_t> filter = shapeOf(op.getFilter());
  RequantAttr requant = *op.getRequant();
  Layout input = Layout::internal(op.getInput()), output = Layout::internal(op.getOutput());
  std::vector<int8_t> weights = elements<int8_t>(op.getFilter());
  int64_t taps = filter[2] * filter[3], padded = input.channelStride;
  DepthwiseConvolution conv{
      input,
      output,
      isUnsigned(op.getInput()),
      filter[2],
      filter[3],
      llvm::to_vector(op.getStrides()),
      llvm::to_vector(op.getPads()),
      llvm::to_vector(op.getDilations()),
      requant.getPre(),
      narrowing(op, requant),
      depthwiseBlocking(input, output, filter[2], filter[3], op.getStrides(), op.getDilations(), workersOf(op)),
      partsOf16Bits(weights, taps)};
  std::vector<int8_t> packed(padded * taps, 0);
  std::vector<int32_t> biases = elements<int32_t>(op.getBias()), bias32(padded, 0), scale32(padded, 0);
  for (int64_t c = 0; c < filter[0]; ++c) {
    int32_t sum = 0;
    for (int64_t t = 0; t < taps; ++t) {
      sum += weights[c * taps + t];
      packed[(c / 16 * taps + t) * 16 + c % 16] = weights[c * taps + t];
    }
    bias32[c] = biases[c] + (conv.inputUnsigned ? 128 * sum : 0);
    scale32[c] = requant.getMultipliers()[c];
  }
  std::string key = "depthwise" + keyText(input) + keyText(output) +
                    keyList({conv.inputUnsigned, filter[2], filter[3], conv.pre}) + keyList(conv.strides) +
                    keyList(conv.pads) + keyList(conv.dilations) + keyText(conv.narrowing);
  for (const auto &part : conv.parts)
    key += keyList(part);
  Location loc = op.getLoc();
  Kernel::Values operands = {operand(op.getInput()), result(op), builder.constant(loc, packed),
                             builder.constant(loc, bias32), builder.constant(loc, scale32)};
  callShared(op, "depthwise", key, operands, conv.blocking.split, [&](Kernel &k, ValueRange a, const Part &part) {
    emitDepthwiseConvolution(k, isa, conv, a[0], a[1], a[2], a[3], a[4], a[5], part);
  });
}

} // namespace wino
