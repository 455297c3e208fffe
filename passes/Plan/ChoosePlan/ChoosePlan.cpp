// ChoosePlan: one algorithm per convolution. Files are read by lib/Target, candidates were priced by ListCandidates;
// here are the order of precedence (plan file, plan in the IR, policy, knapsack) and the explanation.
#include "Quantize/QuantizeGraph/ComposeTables.h"
#include "wino/Dialect/FileScale.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/MapInterval.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Passes/Passes.h"
#include "wino/Target/Candidates.h"
#include "wino/Target/NetworkPlan.h"
#include "wino/Target/PlanFile.h"
#include "wino/Target/PolicyFile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace wino {
#define GEN_PASS_DEF_CHOOSEPLAN
#include "wino/Passes/Passes.h.inc"

namespace {

/// Share of 10^(-min-sqnr / 10) that the predicted noise may reach: the rest is for what the model leaves out (E20).
constexpr double budgetShare = 0.25;

/// Plans of other budgets that are listed beside the chosen one.
constexpr size_t frontPoints = 10;

struct Choice {
  TileSpec tile;
  double cycles, error;
};

struct Layer {
  Conv2DOp conv;
  std::string name;
  std::vector<Choice> choices; ///< the first is direct
  Precision precision = Precision::Mixed;
  bool fixed = false;
  unsigned chosen = 0;
  std::string reason;

  bool allows(unsigned i) const {
    return precision != Precision::Int8 || choices[i].tile.direct || choices[i].tile.hasByteTaps();
  }
};

std::string priced(const Choice &choice) {
  std::string text;
  llvm::raw_string_ostream(text) << choice.tile.str() << " (" << llvm::format("%.0f", choice.cycles)
                                 << " cycles, error " << llvm::format("%.2e", choice.error) << ")";
  return text;
}

struct ChoosePlan : impl::ChoosePlanBase<ChoosePlan> {
  using ChoosePlanBase::ChoosePlanBase;

  void runOnOperation() override {
    if (mlir::failed(run()))
      signalPassFailure();
  }

private:
  mlir::LogicalResult fail(llvm::Error error) { return getOperation().emitError() << llvm::toString(std::move(error)); }

  mlir::LogicalResult run() {
    if (mlir::failed(checkOptions()) || mlir::failed(readFiles()) || mlir::failed(collectLayers()) ||
        mlir::failed(checkNames()))
      return mlir::failure();
    for (Layer &layer : layers)
      if (mlir::failed(decideByRule(layer)))
        return mlir::failure();
    warnOfProducts();
    decideRest();
    for (Layer &layer : layers)
      apply(layer);
    return mlir::success();
  }

  mlir::LogicalResult checkOptions() {
    if (!(errorBudget >= 0) || !std::isfinite(errorBudget))
      return getOperation().emitError() << "expected error-budget >= 0, got " << double(errorBudget);
    if (!(noiseBudget >= 0) || !std::isfinite(noiseBudget))
      return getOperation().emitError() << "expected noise-budget >= 0, got " << double(noiseBudget);
    if (noiseBudget > 0 && errorBudget > 0)
      return getOperation().emitError() << "expected noise-budget or error-budget, got both";
    if (!(slack >= 0 && slack <= 1))
      return getOperation().emitError() << "expected slack in [0, 1], got " << double(slack);
    if (!std::isfinite(minSqnr))
      return getOperation().emitError() << "expected a finite min-sqnr in dB, got " << double(minSqnr);
    return mlir::success();
  }

  mlir::LogicalResult readFiles() {
    layers.clear();
    auto parsed = parsePrecision(precision);
    if (!parsed)
      return fail(parsed.takeError());
    defaultPrecision = *parsed;
    if (!policy.empty()) {
      auto loaded = PolicyFile::load(policy);
      if (!loaded)
        return fail(loaded.takeError());
      rules = std::move(*loaded);
    }
    if (!plan.empty()) {
      auto loaded = PlanFile::load(plan);
      if (!loaded)
        return fail(loaded.takeError());
      locked = std::move(*loaded);
    }
    return checkOrigin();
  }

  /// A plan for another model or target would be obeyed without sense.
  mlir::LogicalResult checkOrigin() {
    if (!locked)
      return mlir::success();
    auto target = getOperation()->getAttrOfType<mlir::StringAttr>("winograd.target");
    if (target && !locked->target.empty() && target.getValue() != locked->target)
      return getOperation().emitError() << plan << ": expected a plan for target " << target.getValue()
                                        << ", got one for " << locked->target;
    auto model = getOperation()->getAttrOfType<mlir::StringAttr>("winograd.model_sha256");
    if (model && !locked->modelSha256.empty() && model.getValue() != locked->modelSha256)
      return getOperation().emitError() << plan << ": expected a plan for model " << model.getValue()
                                        << ", got one for " << locked->modelSha256;
    return mlir::success();
  }

  mlir::LogicalResult collectLayers() {
    auto result = getOperation().walk([&](Conv2DOp conv) -> mlir::WalkResult {
      Layer layer;
      layer.conv = conv;
      layer.name = nodeName(conv).str();
      layer.precision = defaultPrecision;
      auto candidates = conv->getAttrOfType<mlir::ArrayAttr>("winograd.candidates");
      for (mlir::Attribute attr : candidates ? candidates.getValue() : llvm::ArrayRef<mlir::Attribute>()) {
        auto fields = llvm::dyn_cast<mlir::DictionaryAttr>(attr);
        auto tile = fields ? fields.getAs<PlanAttr>("plan") : PlanAttr();
        auto cycles = fields ? fields.getAs<mlir::FloatAttr>("cycles") : mlir::FloatAttr();
        auto error = fields ? fields.getAs<mlir::FloatAttr>("error") : mlir::FloatAttr();
        if (!tile || !cycles || !error)
          return conv.emitError() << "node '" << layer.name
                                  << "': expected {plan, cycles, error} in winograd.candidates, got " << attr;
        layer.choices.push_back({tile.getSpec(), cycles.getValueAsDouble(), error.getValueAsDouble()});
      }
      if (layer.choices.empty() || !layer.choices[0].tile.direct)
        return conv.emitError() << "node '" << layer.name
                                << "': expected winograd.candidates with direct first, got none; "
                                << "run wino-list-candidates before";
      layers.push_back(std::move(layer));
      return mlir::WalkResult::advance();
    });
    return mlir::failure(result.wasInterrupted());
  }

  /// A locked plan names each convolution and nothing else; a policy rule without a layer is likely a typing error.
  mlir::LogicalResult checkNames() {
    if (locked) {
      llvm::StringSet<> names;
      for (const Layer &layer : layers)
        names.insert(layer.name);
      for (const PlanFileLayer &entry : locked->layers)
        if (!names.contains(entry.name))
          return getOperation().emitError()
                 << plan << ":" << entry.line << ": expected the name of a convolution, got '" << entry.name << "'";
    }
    for (const PolicyRule &rule : rules.overrides)
      if (llvm::none_of(layers, [&](const Layer &layer) { return rule.matches(layer.name); }))
        getOperation().emitWarning() << rules.fileName << ":" << rule.line << ": no convolution matches this override";
    return mlir::success();
  }

  mlir::LogicalResult decideByRule(Layer &layer) {
    if (locked) {
      const PlanFileLayer *entry = locked->find(layer.name);
      if (!entry)
        return layer.conv.emitError() << "node '" << layer.name << "': expected a plan in " << plan << ", got none";
      if (entry->inFloats && floatPrecision(layer.conv).empty())
        return expectedFloats(layer, plan);
      return fix(layer, entry->plan, "locked by " + plan + ":" + std::to_string(entry->line));
    }
    if (auto present = layer.conv.getPlan())
      return fix(layer, present->getSpec(), "set in the IR");
    const PolicyRule *rule = rules.find(layer.name);
    layer.precision = rules.precisionOf(layer.name, defaultPrecision);
    if (layer.precision == Precision::Fp32 && floatPrecision(layer.conv).empty())
      return expectedFloats(layer, policy);
    if (rule && rule->algo)
      return fix(layer, *rule->algo, "required by " + rules.fileName + ":" + std::to_string(rule->line));
    if (!rules.defaultAlgo || (rule && rule->autoAlgo))
      return mlir::success();
    if (layer.precision == Precision::Fp32 && !rules.defaultAlgo->direct && !rules.defaultAlgo->hasFloatTaps())
      return mlir::success();
    // The default is for the layers that can take it; others are no mistake of the policy's author.
    if (!rules.defaultAlgo->direct)
      if (std::string why = whyNotWinograd(layer.conv, *rules.defaultAlgo); !why.empty())
        return fix(layer, TileSpec(), "the default of " + rules.fileName + " does not apply: " + why);
    return fix(layer, *rules.defaultAlgo, "the default of " + rules.fileName);
  }

  static mlir::LogicalResult expectedFloats(Layer &layer, llvm::StringRef file) {
    return layer.conv.emitError() << "node '" << layer.name << "': expected candidates in floats, which " << file
                                  << " asks for, got integers; run wino-list-candidates with the same file";
  }

  mlir::LogicalResult fix(Layer &layer, const TileSpec &tile, std::string reason) {
    layer.fixed = true;
    layer.reason = std::move(reason);
    auto known = llvm::find_if(layer.choices, [&](const Choice &choice) { return choice.tile == tile; });
    layer.chosen = unsigned(known - layer.choices.begin());
    if (known != layer.choices.end())
      return mlir::success();
    auto name = getOperation()->getAttrOfType<mlir::StringAttr>("winograd.target");
    auto target = findTarget(name ? name.getValue() : "");
    if (!target)
      return fail(target.takeError());
    auto rule = [&](const char *attribute) {
      auto attr = getOperation()->getAttrOfType<mlir::StringAttr>(attribute);
      return attr ? attr.getValue() : "mse";
    };
    auto clips = parseTapClips(rule("winograd.tap_clip"), rule("winograd.filter_clip"));
    if (!clips)
      return fail(clips.takeError());
    auto candidate = priceCandidate(layer.conv, tile, **target, *clips);
    if (!candidate)
      return layer.conv.emitError() << "node '" << layer.name << "': " << llvm::toString(candidate.takeError()) << " ("
                                    << layer.reason << ")";
    layer.choices.push_back({candidate->tile, candidate->cost.cycles(), candidate->error});
    return mlir::success();
  }

  /// Products of fewer bits are for layers that are chosen here; who asks for both has likely forgotten the others.
  void warnOfProducts() {
    auto products = getOperation()->getAttrOfType<mlir::StringAttr>("winograd.products");
    std::vector<llvm::StringRef> names;
    for (const Layer &layer : layers) {
      const TileSpec &tile = layer.choices[layer.chosen].tile;
      if (layer.fixed && !tile.direct && !tile.hasFloatTaps() && tile.product == ProductType::I32)
        names.push_back(layer.name);
    }
    if (!products || names.empty())
      return;
    std::string more = names.size() > 1 ? " and " + std::to_string(names.size() - 1) + " more" : "";
    getOperation().emitWarning() << "products=" << products.getValue()
                                 << " is for layers that the planner chooses, not '" << names[0] << "'" << more
                                 << ", whose tile was asked for; say out=" << products.getValue() << " there";
  }

  void decideRest() {
    NetworkPlan network = asNumbers();
    double target = std::pow(10, -minSqnr / 10), floor = network.floor();
    double wanted = noiseBudget > 0 ? double(noiseBudget) : budgetShare * target;
    double budget = errorBudget > 0 ? floor + errorBudget : std::max(wanted, floor);
    network.choose(budget * (1 + 1e-9)); // all direct is within the budget, whatever the last bit of its sum
    NetworkPlan fastest = network;
    if (slack > 0)
      network.spend(slack);
    for (size_t i = 0; i < layers.size(); ++i)
      if (!layers[i].fixed) {
        layers[i].chosen = network.layers[i].chosen;
        bool isFastest = network.layers[i].chosen == fastest.layers[i].chosen;
        layers[i].reason = layers[i].choices.size() == 1 ? whyAlone(layers[i])
                           : isFastest                   ? "fewest cycles within the error budget"
                                       : "little noise for few cycles more than the error budget asks";
      }
    if (noiseBudget == 0 && network.noise() > (errorBudget > 0 ? budget * (1 + 1e-6) : target))
      warn(network, errorBudget > 0 ? budget : target);
    describe(network);
  }

  /// The numbers that the choice depends on (E18).
  NetworkPlan asNumbers() {
    NetworkPlan network;
    // In floats there are no steps of bytes.
    ComposedTables tables = composeTables(getOperation());
    network.otherNoise =
        getOperation()->hasAttr(kFloatPrecision) ? 0 : otherNoise(getOperation(), [&](mlir::Operation *op) {
          auto clip = llvm::dyn_cast<ActivateOp>(op);
          return !op->hasAttr(kInFloats) && !tables.inside.contains(op) && !(clip && storedBefore(clip));
        });
    for (const Layer &layer : layers) {
      PlanLayer numbers;
      for (unsigned i = 0; i < layer.choices.size(); ++i)
        numbers.options.push_back({layer.choices[i].cycles, layer.choices[i].error, layer.allows(i)});
      auto sensitivity = layer.conv->getAttrOfType<mlir::FloatAttr>("winograd.sensitivity");
      auto ofTaps = layer.conv->getAttrOfType<mlir::FloatAttr>("winograd.tap_sensitivity");
      numbers.sensitivity = sensitivity ? sensitivity.getValueAsDouble() : 1;
      numbers.tapSensitivity = ofTaps ? ofTaps.getValueAsDouble() : numbers.sensitivity;
      numbers.isFixed = layer.fixed;
      numbers.chosen = layer.chosen;
      network.layers.push_back(std::move(numbers));
    }
    return network;
  }

  /// Before anything is measured: who wants to know early should.
  void warn(const NetworkPlan &network, double budget) {
    std::vector<unsigned> order(layers.size());
    std::iota(order.begin(), order.end(), 0u);
    auto noise = [&](unsigned i) { return network.layers[i].noise(network.layers[i].chosen); };
    llvm::sort(order, [&](unsigned a, unsigned b) { return noise(a) != noise(b) ? noise(a) > noise(b) : a < b; });
    std::string names;
    for (unsigned i : llvm::ArrayRef(order).take_front(3))
      names += (names.empty() ? "'" : ", '") + layers[i].name + "' (" +
               layers[i].choices[layers[i].chosen].tile.shortStr() +
               llvm::formatv(", {0:f0} %)", 100 * noise(i) / network.noise()).str();
    getOperation().emitWarning() << llvm::formatv("predicted SQNR of the outputs {0:f1} dB, expected at least {1:f1}; "
                                                  "most of the noise comes from {2}",
                                                  -10 * std::log10(network.noise()), -10 * std::log10(budget), names)
                                        .str();
  }

  void describe(const NetworkPlan &network) {
    mlir::Builder builder(&getContext());
    auto number = [&](llvm::StringRef name, double value) {
      return builder.getNamedAttr(name, builder.getF64FloatAttr(value));
    };
    llvm::SmallVector<mlir::Attribute> front;
    for (const FrontPoint &point : planFront(network, frontPoints))
      front.push_back(builder.getDictionaryAttr({number("cycles", point.cycles), number("noise", point.noise)}));
    getOperation()->setAttr("winograd.front", builder.getArrayAttr(front));
    getOperation()->setAttr("winograd.predicted_noise", builder.getF64FloatAttr(network.noise()));
  }

  static std::string whyAlone(const Layer &layer) {
    std::string why = whyNotWinograd(layer.conv);
    return why.empty() ? "no other candidate fits" : "the only candidate: " + why + " for a Winograd tile";
  }

  static const char *whyRejected(const Layer &layer, unsigned i) {
    const Choice &best = layer.choices[layer.chosen], &other = layer.choices[i];
    if (layer.fixed)
      return "not asked for";
    if (other.cycles >= best.cycles)
      return "slower";
    if (layer.precision == Precision::Int8 && !other.tile.hasByteTaps() && !other.tile.direct)
      return "not int8";
    return "its error does not fit the budget";
  }

  void apply(Layer &layer) {
    const Choice &best = layer.choices[layer.chosen];
    std::string why = priced(best) + ": " + layer.reason;
    const char *separator = "; rejected: ";
    for (unsigned i = 0; i < layer.choices.size(); ++i)
      if (i != layer.chosen) {
        why += separator + priced(layer.choices[i]) + ", " + whyRejected(layer, i);
        separator = "; ";
      }
    mlir::Builder builder(&getContext());
    if (auto takenBack = layer.conv->getAttrOfType<mlir::StringAttr>(kTakenBack))
      why += "; taken back: " + takenBack.getValue().str();
    layer.conv.setPlanAttr(PlanAttr::get(&getContext(), builder.getStringAttr(best.tile.str())));
    layer.conv->setAttr("winograd.why", builder.getStringAttr(why));
    layer.conv.emitRemark() << "node '" << layer.name << "': " << why;
    numWinograd += !best.tile.direct;
  }

  PolicyFile rules;
  std::optional<PlanFile> locked;
  Precision defaultPrecision = Precision::Mixed;
  std::vector<Layer> layers;
};

} // namespace
} // namespace wino
