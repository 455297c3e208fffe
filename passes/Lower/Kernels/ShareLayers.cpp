// Calls of kernels that workers may share: which operands they take, and how often the caller's hook is called.
#include "Lower/Kernels/GraphLowering.h"

#include <numeric>

using namespace mlir;

namespace wino {

std::string keyText(const Split &split) {
  return split.isShared() ? keyList({split.workers, split.pieces, split.byChannels, split.sharedBytes, split.ownBytes})
                          : "";
}

void GraphLowering::callShared(Operation *op, llvm::StringRef name, const std::string &key, Kernel::Values operands,
                               const Split &split, Body body) {
  Value scratch = offset(op, "wino.scratch");
  if (split.isShared() && split.pieces > 1)
    return builder.share(op->getLoc(), name, key + keyText(split), operands, {scratch, split.ownBytes}, split.pieces,
                         body);
  operands.push_back(scratch);
  builder.call(op->getLoc(), name, key + keyText(split), operands,
               [&](Kernel &k, ValueRange args) { body(k, args, Part()); });
}

void GraphLowering::callPieces(Operation *op, llvm::StringRef name, const std::string &key, ValueRange operands,
                               int64_t pieces, Body body) {
  if (pieces > 1)
    return builder.share(op->getLoc(), name, key + keyList({pieces}), operands, {arena, 0}, pieces, body);
  builder.call(op->getLoc(), name, key, operands, [&](Kernel &k, ValueRange args) { body(k, args, Part()); });
}

void GraphLowering::callStages(Operation *op, const std::string &key, const Kernel::Values &operands,
                               const Split &split, int64_t tileCount, int64_t blockTiles, Body input, Body output) {
  Location loc = op->getLoc();
  Value u = offset(op, "wino.scratch"), own = builder.entry(loc).at(u, split.sharedBytes);
  for (int64_t first = 0; first < tileCount; first += blockTiles) {
    Kernel::Values all = operands;
    all.append({u, builder.entry(loc).index(first)});
    ModuleBuilder::Own scratch{own, split.ownBytes};
    builder.share(loc, "winograd_input", key + keyText(split) + "input", all, scratch,
                  std::min(blockTiles, tileCount - first), input);
    builder.share(loc, "winograd_output", key + keyText(split) + "output", all, scratch, split.pieces, output);
  }
}

void GraphLowering::bytewise(Operation *op, llvm::StringRef name, const std::string &key, ValueRange operands,
                             int64_t bytes, llvm::function_ref<void(Kernel &, ValueRange, int64_t)> body, size_t fixed,
                             int64_t unit) {
  constexpr int64_t line = 64;
  Strips strips = stripsOf(bytes, workersOf(op), std::lcm(line, unit));
  callPieces(op, name, key, operands, strips.pieces, [&](Kernel &k, ValueRange args, const Part &part) {
    if (!part)
      return body(k, args, bytes);
    auto from = [&](Value offset) {
      Kernel::Values moved(args.drop_back()); // without scratch
      for (size_t i = fixed; i < moved.size(); ++i)
        moved[i] = k.at(moved[i], offset);
      return moved;
    };
    int64_t whole = bytes / strips.step, rest = bytes % strips.step;
    Value end = rest > 0 ? k.smin(part.end, k.index(whole)) : part.end;
    k.loop(part.first, end, k.index(1), [&](Value i) { body(k, from(k.mul(i, strips.step)), strips.step); });
    if (rest > 0)
      k.ifLast(part, strips.pieces, [&] { body(k, from(k.index(whole * strips.step)), rest); });
  });
}

} // namespace wino
