// ListCandidates: prices become attributes. Which tiles are tried and what they cost is lib/Target's; the choice is
// ChoosePlan's.
#include "wino/Dialect/MapInterval.h"
#include "wino/Dialect/ResidualSum.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Passes/Passes.h"
#include "wino/Target/Candidates.h"
#include "wino/Target/PlanFile.h"
#include "wino/Target/PolicyFile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

namespace wino {
#define GEN_PASS_DEF_LISTCANDIDATES
#include "wino/Passes/Passes.h.inc"

namespace {

/// A prediction in six digits, which MLIR prints as a decimal number; all the digits of a double it would print in
/// hexadecimal.
double sixDigits(double value) {
  llvm::SmallString<32> text;
  llvm::raw_svector_ostream(text) << llvm::format("%.5e", value);
  double rounded = value;
  llvm::to_float(text, rounded);
  return rounded;
}

mlir::Attribute candidateAttr(mlir::Builder &builder, const Candidate &candidate) {
  auto plan = PlanAttr::get(builder.getContext(), builder.getStringAttr(candidate.tile.str()));
  return builder.getDictionaryAttr({
      builder.getNamedAttr("plan", plan),
      builder.getNamedAttr("cycles", builder.getF64FloatAttr(sixDigits(candidate.cost.cycles()))),
      builder.getNamedAttr("error", builder.getF64FloatAttr(sixDigits(candidate.error))),
      builder.getNamedAttr("weight_bytes", builder.getI64IntegerAttr(candidate.cost.weightBytes)),
      builder.getNamedAttr("scratch_bytes", builder.getI64IntegerAttr(candidate.cost.scratchBytes)),
  });
}

struct ListCandidates : impl::ListCandidatesBase<ListCandidates> {
  using ListCandidatesBase::ListCandidatesBase;

  void runOnOperation() override {
    auto found = findTarget(target);
    if (!found) {
      getOperation().emitError() << llvm::toString(found.takeError());
      return signalPassFailure();
    }
    auto type = parseProductType(products);
    if (!type) {
      getOperation().emitError() << "products: " << llvm::toString(type.takeError());
      return signalPassFailure();
    }
    productType = *type;
    auto rules = parseTapClips(tapClip, filterClip);
    if (!rules) {
      getOperation().emitError() << llvm::toString(rules.takeError());
      return signalPassFailure();
    }
    clips = *rules;
    auto floats = parseFloatTaps(floatTaps);
    if (!floats) {
      getOperation().emitError() << "float-taps: " << llvm::toString(floats.takeError());
      return signalPassFailure();
    }
    if ((*found)->isDevice() && !floats->empty()) {
      getOperation().emitError() << "float-taps: expected none for a GPU, got '" << floatTaps << "'";
      return signalPassFailure();
    }
    floatTypes = *floats;
    inFloats = precision == "fp32" || precision == "fp16";
    if (!inFloats && precision != "mixed") {
      getOperation().emitError() << "precision: expected mixed, fp32 or fp16, got '" << precision << "'";
      return signalPassFailure();
    }
    if (inFloats && (*found)->isDevice()) {
      getOperation().emitError() << "precision: expected integers for a GPU, got " << precision;
      return signalPassFailure();
    }
    if (inFloats) {
      getOperation()->setAttr(kFloatPrecision, mlir::StringAttr::get(&getContext(), precision));
      floatTypes = {TapType::F32};
      if (precision == "fp16")
        floatTypes.push_back(TapType::F16);
    }
    if (mlir::failed(markInFloats(**found)))
      return signalPassFailure();
    mlir::Builder builder(&getContext());
    getOperation()->setAttr("winograd.target", builder.getStringAttr(target));
    for (auto [name, rule] : {std::pair("winograd.tap_clip", llvm::StringRef(tapClip)),
                              std::pair("winograd.filter_clip", llvm::StringRef(filterClip))})
      if (rule != "mse")
        getOperation()->setAttr(name, builder.getStringAttr(rule));
    if (keepSums)
      getOperation()->setAttr(kKeepsSums, builder.getUnitAttr());
    if (productType != ProductType::I32)
      getOperation()->setAttr("winograd.products", builder.getStringAttr(products));
    auto result = getOperation().walk([&](Conv2DOp conv) { return list(conv, **found); });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  /// Of the tiles with taps of one type: whether one fits, else the least that one lacks.
  struct TakenBack {
    std::string why;
    double headroom = -std::numeric_limits<double>::infinity();
    bool fits = false;
  };

  /// Layers that the policy or the plan keeps in floats.
  mlir::LogicalResult markInFloats(const TargetData &data) {
    if (inFloats || (policy.empty() && plan.empty()))
      return mlir::success();
    auto rules = policy.empty() ? llvm::Expected<PolicyFile>(PolicyFile()) : PolicyFile::load(policy);
    if (!rules)
      return getOperation().emitError() << llvm::toString(rules.takeError());
    auto locked = plan.empty() ? llvm::Expected<PlanFile>(PlanFile()) : PlanFile::load(plan);
    if (!locked)
      return getOperation().emitError() << llvm::toString(locked.takeError());
    auto result = getOperation().walk([&](Conv2DOp conv) -> mlir::WalkResult {
      const PlanFileLayer *layer = locked->find(nodeName(conv));
      if (!(layer && layer->inFloats) && rules->precisionOf(nodeName(conv), Precision::Mixed) != Precision::Fp32)
        return mlir::WalkResult::advance();
      if (data.isDevice())
        return conv.emitError() << "node '" << nodeName(conv)
                                << "': expected precision mixed or int8 for a GPU, got fp32 in "
                                << (policy.empty() ? plan : policy);
      conv->setAttr(kInFloats, mlir::UnitAttr::get(&getContext()));
      return mlir::WalkResult::advance();
    });
    return mlir::failure(result.wasInterrupted());
  }

  mlir::WalkResult list(Conv2DOp conv, const TargetData &data) {
    mlir::Builder builder(&getContext());
    TileSpec directTile;
    auto direct = priceCandidate(conv, directTile, data, clips);
    if (!direct) {
      conv.emitError() << "node '" << nodeName(conv) << "': " << llvm::toString(direct.takeError());
      return mlir::WalkResult::interrupt();
    }
    llvm::SmallVector<mlir::Attribute> attrs = {candidateAttr(builder, *direct)};
    std::vector<TileSpec> tiles;
    bool isFloat = inFloats || conv->hasAttr(kInFloats);
    std::vector<TapType> types = inFloats || !isFloat ? floatTypes : std::vector<TapType>{TapType::F32};
    if (!isFloat)
      tiles = candidatesFor(conv);
    for (TileSpec &tile : tiles)
      tile.product = productType;
    for (TapType type : types)
      llvm::append_range(tiles, isFloat ? floatMapCandidates(conv, type) : floatCandidates(conv, type));
    if (data.multipliesHalves)
      for (size_t i = 0, count = tiles.size(); i < count; ++i)
        if (tiles[i].inputTap == TapType::F16) {
          tiles.push_back(tiles[i]);
          tiles.back().product = ProductType::F16;
        }
    llvm::SmallVector<TakenBack> takenBack(types.size());
    auto typeOf = [&](const TileSpec &tile) { return size_t(llvm::find(types, tile.inputTap) - types.begin()); };
    for (const TileSpec &tile : tiles) {
      if (!whyNotWinograd(conv, tile).empty())
        continue;
      auto candidate = priceCandidate(conv, tile, data, clips);
      if (!candidate) {
        double headroom = -std::numeric_limits<double>::infinity();
        auto error = llvm::handleErrors(candidate.takeError(), [&](std::unique_ptr<NoRoom> info) {
          headroom = info->headroom;
          return llvm::Error(std::move(info));
        });
        std::string why = llvm::toString(std::move(error));
        conv.emitRemark() << "node '" << nodeName(conv) << "': " << tile.str() << " is no candidate: " << why;
        if (TakenBack *type = isFloat ? &takenBack[typeOf(tile)] : nullptr; type && !(headroom < type->headroom))
          *type = {why, headroom, type->fits};
        continue;
      }
      if (isFloat)
        takenBack[typeOf(tile)].fits = true;
      attrs.push_back(candidateAttr(builder, *candidate));
      ++numCandidates;
    }
    for (const TakenBack &type : takenBack) {
      if (type.fits || type.why.empty())
        continue;
      auto earlier = conv->getAttrOfType<mlir::StringAttr>(kTakenBack);
      conv->setAttr(kTakenBack, builder.getStringAttr((earlier ? earlier.getValue().str() + "; " : "") + type.why));
    }
    conv->setAttr("winograd.candidates", builder.getArrayAttr(attrs));
    return mlir::WalkResult::advance();
  }

  ProductType productType = ProductType::I32;
  TapClips clips;
  std::vector<TapType> floatTypes;
  bool inFloats = false;
};

} // namespace
} // namespace wino
