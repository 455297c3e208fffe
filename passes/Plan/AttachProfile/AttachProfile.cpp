// AttachProfile: statistics move from a profile to attributes. Measuring them is Calibrate's work, using them
// ListCandidates' and QuantizeGraph's.
#include "wino/Calibrate/Profile.h"
#include "wino/Dialect/FileScale.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <set>

namespace wino {
#define GEN_PASS_DEF_ATTACHPROFILE
#include "wino/Passes/Passes.h.inc"

namespace {

/// Clips follow from the file's scale where there is one: noise is predicted from what will be stored.
mlir::DictionaryAttr statsAttr(mlir::Builder &builder, TensorStats stats, std::optional<FileScale> stated) {
  if (stated) {
    stats.clipS8 = 127 * double(stated->scale);
    stats.clipU8 = stats.min >= 0 || stated->isUnsigned() ? 255 * double(stated->scale) : 0;
  }
  return builder.getDictionaryAttr({
      builder.getNamedAttr("min", builder.getF64FloatAttr(stats.min)),
      builder.getNamedAttr("max", builder.getF64FloatAttr(stats.max)),
      builder.getNamedAttr("rms", builder.getF64FloatAttr(stats.rms)),
      builder.getNamedAttr("clip_s8", builder.getF64FloatAttr(stats.clipS8)),
      builder.getNamedAttr("clip_u8", builder.getF64FloatAttr(stats.clipU8)),
      builder.getNamedAttr("nonzero", builder.getF64FloatAttr(stats.nonzero)),
  });
}

struct AttachProfile : impl::AttachProfileBase<AttachProfile> {
  using AttachProfileBase::AttachProfileBase;
  AttachProfile() = default;
  explicit AttachProfile(std::shared_ptr<const Profile> given) : given(std::move(given)) {}

  void runOnOperation() override {
    std::shared_ptr<const Profile> source = given;
    if (!source) {
      auto loaded = Profile::load(profile);
      if (!loaded) {
        getOperation().emitError() << llvm::toString(loaded.takeError());
        return signalPassFailure();
      }
      source = std::make_shared<const Profile>(std::move(*loaded));
    }
    std::set<std::string> unused;
    for (const auto &tensor : source->tensors)
      unused.insert(tensor.first);
    attachToArguments(*source, unused);
    auto result = getOperation().walk([&](mlir::Operation *op) { return attachToOp(op, *source, unused); });
    if (result.wasInterrupted())
      return signalPassFailure();
    reportUnused(*source, unused);
  }

private:
  void attachToArguments(const Profile &source, std::set<std::string> &unused) {
    mlir::func::FuncOp func = getOperation();
    mlir::Builder builder(&getContext());
    for (unsigned i = 0; i < func.getNumArguments(); ++i) {
      auto name = func.getArgAttrOfType<mlir::StringAttr>(i, "wino.name");
      if (!name)
        continue;
      auto found = source.tensors.find(name.str());
      if (found == source.tensors.end())
        continue;
      func.setArgAttr(i, "winograd.stats", statsAttr(builder, found->second, exactFileScale(func.getArgument(i))));
      if (auto known = source.sensitivity.find(name.str()); known != source.sensitivity.end())
        func.setArgAttr(i, "winograd.sensitivity", builder.getF64FloatAttr(known->second));
      unused.erase(found->first);
      ++numAttached;
    }
  }

  mlir::WalkResult attachToOp(mlir::Operation *op, const Profile &source, std::set<std::string> &unused) {
    if (!op->getName().getStringRef().starts_with("winograd."))
      return mlir::WalkResult::advance();
    mlir::Builder builder(&getContext());
    auto found = source.tensors.find(nodeName(op).str());
    if (found != source.tensors.end()) {
      op->setAttr("winograd.stats", statsAttr(builder, found->second, exactFileScale(op->getResult(0))));
      if (auto known = source.sensitivity.find(found->first); known != source.sensitivity.end())
        op->setAttr("winograd.sensitivity", builder.getF64FloatAttr(known->second));
      if (auto known = source.tapSensitivity.find(found->first); known != source.tapSensitivity.end())
        op->setAttr("winograd.tap_sensitivity", builder.getF64FloatAttr(known->second));
      unused.erase(found->first);
      ++numAttached;
    }
    auto conv = llvm::dyn_cast<Conv2DOp>(op);
    auto taps = source.taps.find(nodeName(op).str());
    return conv && taps != source.taps.end() ? attachTaps(conv, taps->second) : mlir::WalkResult::advance();
  }

  mlir::WalkResult attachTaps(Conv2DOp conv, const std::map<std::string, std::vector<TapStats>> &tiles) {
    mlir::Builder builder(&getContext());
    llvm::SmallVector<mlir::NamedAttribute> attrs;
    for (const auto &[text, taps] : tiles) {
      auto spec = TileSpec::parse(text);
      if (!spec) {
        conv.emitError() << "node '" << nodeName(conv) << "': " << llvm::toString(spec.takeError())
                         << " in the profile";
        return mlir::WalkResult::interrupt();
      }
      int64_t count = spec->direct ? 0 : spec->taps();
      if (int64_t(taps.size()) != count || count == 0) {
        conv.emitError() << "node '" << nodeName(conv) << "': expected " << count << " taps in the profile for " << text
                         << ", got " << taps.size();
        return mlir::WalkResult::interrupt();
      }
      std::vector<double> numbers;
      for (const TapStats &tap : taps)
        for (double number : tap.row())
          numbers.push_back(number);
      auto type = mlir::RankedTensorType::get({spec->down().K, spec->across().K, int64_t(TapStats::numbers)},
                                              builder.getF64Type());
      attrs.push_back(builder.getNamedAttr(spec->withoutFormats().str(),
                                           mlir::DenseElementsAttr::get(type, llvm::ArrayRef<double>(numbers))));
    }
    conv->setAttr("winograd.tap_stats", builder.getDictionaryAttr(attrs));
    return mlir::WalkResult::advance();
  }

  void reportUnused(const Profile &source, const std::set<std::string> &unused) {
    if (unused.empty())
      return;
    if (unused.size() == source.tensors.size()) {
      getOperation().emitError() << "expected a profile of this network, got one of which no tensor is known, such as '"
                                 << *unused.begin() << "'";
      return signalPassFailure();
    }
    getOperation().emitWarning() << "the profile has " << unused.size() << " tensors that this network lacks, such as '"
                                 << *unused.begin() << "'";
  }

  std::shared_ptr<const Profile> given;
};

} // namespace

std::unique_ptr<mlir::Pass> createAttachProfile(std::shared_ptr<const Profile> profile) {
  return std::make_unique<AttachProfile>(std::move(profile));
}

} // namespace wino
