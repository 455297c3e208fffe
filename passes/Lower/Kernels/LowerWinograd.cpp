// Lowering of Winograd layers: constants in the order in which stages read them, and how a layer is called.
#include "Lower/Kernels/Gemm.h"
#include "Lower/Kernels/GraphLowering.h"

using namespace mlir;

namespace wino {

void GraphLowering::winograd(OutputTransformOp op) {
  auto matmul = op.getInput().getDefiningOp<TapMatmulOp>();
  auto transform = matmul.getLhs().getDefiningOp<InputTransformOp>();
  TileSpec spec = op.getPlan().getSpec();
  Location loc = op.getLoc();
  bool unsignedInput = isUnsigned(transform.getInput());
  llvm::Expected<IntegerTransform> integer = IntegerTransform::make(spec, unsignedInput ? 255 : 128);
  if (!integer) { // ProveRanges has refused such a plan before
    op.emitError(llvm::toString(integer.takeError()));
    return;
  }
  int64_t outputs = shapeOf(op.getOutput())[1], inputs = shapeOf(matmul.getLhs())[3], taps = spec.taps();
  Layout input = Layout::internal(transform.getInput());
  Layout output = Layout::internal(op.getOutput());
  int64_t tileCount = shapeOf(matmul.getLhs())[2];
  WinogradBlocking block =
      winogradBlocking(spec, input, output, tileCount, productBytes(op), workersOf(op), bool(op.getResidual()));
  WinogradConvolution conv{*integer,
                           block,
                           input,
                           output,
                           unsignedInput,
                           transform.getPads()[0],
                           transform.getPads()[1],
                           llvm::to_vector(transform.getMultipliers()),
                           llvm::to_vector(transform.getShifts()),
                           int64_t(matmul.getPre()),
                           int64_t(matmul.getShift()),
                           narrowing(op, op.getShift(), op.getLo(), op.getHi())};
  conv.residual = residualForm(op);
  Value residual = op.getResidual() ? operand(op.getResidual()) : Value();
  std::string key = "winograd" + spec.str() + keyText(conv.input) + keyText(conv.output) +
                    keyList({conv.inputUnsigned, conv.padTop, conv.padLeft, conv.pre, conv.productShift, block.tiles,
                             block.channels, block.inputDepth, block.productBytes}) +
                    keyText(conv.narrowing);
  for (int32_t v : conv.tapMultipliers)
    key += std::to_string(v) + ",";
  for (int32_t v : conv.tapShifts)
    key += std::to_string(v) + ";";
  conv.ranges = isa.isDevice() ? rangesOf(op) : 1;
  conv.isFused = isa.isDevice() && isFused(op);
  if (conv.ranges > 1 || conv.isFused)
    key += "form" + keyList({conv.ranges, conv.isFused});
  if (isa.arenaTarget().starts_with("sm_")) // whose kernels have them in their code
    for (int32_t v : op.getTapMultipliers().value_or(ArrayRef<int32_t>()))
      key += std::to_string(v) + ":";
  if (!isa.arenaTarget().empty()) {
    WinogradTaps integers{outputs,
                          inputs,
                          elements<int16_t>(matmul.getRhs()),
                          elements<int32_t>(op.getBias()),
                          matmul.getMultipliers(),
                          op.getTapMultipliers().value_or(ArrayRef<int32_t>()),
                          op.getChannelMultipliers().value_or(ArrayRef<int32_t>())};
    if (auto own = isa.ownWinograd(conv, integers))
      return ownLayer(op, "winograd", key + keyText(conv.residual), *own, operand(transform.getInput()), result(op),
                      residual);
  }
  selectAssembly(conv, isa);
  if (conv.outputTile && conv.residual) // the multiplier is in its table
    key += conv.residual->isUnsigned ? "ru" : "rs";
  else
    key += keyText(conv.residual);
  // Blocks of channels one after the other, each with all its taps.
  auto pack = [&](auto v, auto packTap) {
    decltype(v) packed;
    for (int64_t first = 0; first < block.outputChannels; first += block.channels)
      for (int64_t t = 0; t < taps; ++t)
        llvm::append_range(packed, packTap([&](int64_t f, int64_t c) {
                             return first + f < outputs ? v[(t * outputs + first + f) * inputs + c] : 0;
                           }));
    return builder.constant(loc, packed);
  };
  Value filters = spec.hasByteTaps() ? pack(elements<int8_t>(matmul.getRhs()),
                                            [&](auto at) { return packFilter8(block.channels, inputs, conv.form, at); })
                                     : pack(elements<int16_t>(matmul.getRhs()), [&](auto at) {
                                         return packFilter16(block.channels, inputs, block.columns, at);
                                       });
  std::vector<int32_t> scales(taps * block.outputChannels, 0), biases(block.outputChannels, 0);
  ArrayRef<int32_t> multipliers = matmul.getMultipliers();
  for (int64_t f = 0; f < outputs; ++f)
    for (int64_t t = 0; t < taps; ++t)
      scales[(f / block.channels * taps + t) * block.channels + f % block.channels] = multipliers[t * outputs + f];
  llvm::copy(elements<int32_t>(op.getBias()), biases.begin());
  auto table = [&](const std::optional<Assembly> &code) {
    return builder.constant(loc, code ? code->table : std::vector<int32_t>(4));
  };
  Kernel::Values operands = {operand(transform.getInput()), result(op), filters, builder.constant(loc, biases),
                             builder.constant(loc, scales)};
  Value scratch = offset(op, "wino.scratch");
  Kernel::Values tables = {table(conv.inputTile), table(conv.outputTile)};
  if (auto channels = op.getChannelMultipliers()) { // products of 8 or 16 bits
    int64_t columns = spec.across().K, padded = roundUp(spec.down().K, 4);
    std::vector<int32_t> perTap(columns * padded, 0), perChannel(block.outputChannels, 0);
    for (int64_t t = 0; t < taps; ++t)
      perTap[t % columns * padded + t / columns] = (*op.getTapMultipliers())[t];
    llvm::copy(*channels, perChannel.begin());
    tables.push_back(builder.constant(loc, perTap));
    tables.push_back(builder.constant(loc, perChannel));
  }
  if (residual) // products of 32 bits then
    tables.push_back(residual);
  auto constantsOf = [&](ValueRange weights, ValueRange tables) {
    WinogradConstants constants{weights[0], weights[1], weights[2], tables[0], tables[1], {}, {}, {}};
    if (conv.residual) {
      constants.residual = tables[2];
    } else if (tables.size() > 2) {
      constants.tapMultipliers = tables[2];
      constants.channelMultipliers = tables[3];
    }
    return constants;
  };
  if (!block.split.isShared() || (block.split.pieces == 1 && !block.split.byChannels)) {
    operands.push_back(scratch);
    llvm::append_range(operands, tables);
    return builder.call(loc, "winograd", key, operands, [&](Kernel &k, ValueRange a) {
      emitWinogradConvolution(k, isa, conv, a[0], a[1], constantsOf(a.slice(2, 3), a.drop_front(6)), a[5]);
    });
  }
  llvm::append_range(operands, tables);
  size_t count = operands.size();
  auto constantsIn = [&](ValueRange a) { return constantsOf(a.slice(2, 3), a.slice(5, tables.size())); };
  if (block.split.byChannels) // behind the constants: U, the block's first tile, the worker's own
    return callStages(
        op, key, operands, block.split, tileCount, block.tiles,
        [&](Kernel &k, ValueRange a, const Part &part) {
          emitWinogradInput(k, isa, conv, a[0], constantsIn(a).inputTable, a[count], a[count + 1], a[count + 2], part);
        },
        [&](Kernel &k, ValueRange a, const Part &part) {
          emitWinogradOutput(k, isa, conv, a[1], constantsIn(a), a[count], a[count + 1], a[count + 2], part);
        });
  callShared(op, "winograd", key, operands, block.split, [&](Kernel &k, ValueRange a, const Part &part) {
    emitWinogradConvolution(k, isa, conv, a[0], a[1], constantsIn(a), a[count], part);
  });
}

} // namespace wino
