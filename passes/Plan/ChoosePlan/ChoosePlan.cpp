// ChoosePlan: one algorithm per convolution. Files are read by lib/Target, candidates were priced by ListCandidates;
// here are the order of precedence (plan file, plan in the IR, policy, knapsack) and the explanation.
#include "wino/Dialect/Winograd.h"
#include "wino/Passes/Passes.h"
#include "wino/Target/Candidates.h"
#include "wino/Target/Knapsack.h"
#include "wino/Target/PlanFile.h"
#include "wino/Target/PolicyFile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

namespace wino {
#define GEN_PASS_DEF_CHOOSEPLAN
#include "wino/Passes/Passes.h.inc"

namespace {

/// Share of the error budget that plans may use: the rest is for what the model leaves out (E18).
constexpr double budgetShare = 0.25;

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

  /// Noise above that of the direct algorithm: what a plan takes from the budget.
  double addedError(unsigned i) const { return std::max(0.0, choices[i].error - choices[0].error); }
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
    auto budget = readBudget();
    if (mlir::failed(budget) || mlir::failed(readFiles()) || mlir::failed(collectLayers()) ||
        mlir::failed(checkNames()))
      return mlir::failure();
    for (Layer &layer : layers)
      if (mlir::failed(decideByRule(layer)))
        return mlir::failure();
    if (mlir::failed(decideRest(*budget)))
      return mlir::failure();
    for (Layer &layer : layers)
      apply(layer);
    return mlir::success();
  }

  mlir::FailureOr<double> readBudget() {
    if (!(errorBudget >= 0) || !std::isfinite(errorBudget))
      return getOperation().emitError() << "expected error-budget >= 0, got " << double(errorBudget);
    if (!std::isfinite(minSqnr))
      return getOperation().emitError() << "expected a finite min-sqnr in dB, got " << double(minSqnr);
    return errorBudget > 0 ? double(errorBudget) : budgetShare * std::pow(10, -minSqnr / 10);
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
      return fix(layer, entry->plan, "locked by " + plan + ":" + std::to_string(entry->line));
    }
    if (auto present = layer.conv.getPlan())
      return fix(layer, present->getSpec(), "set in the IR");
    const PolicyRule *rule = rules.find(layer.name);
    layer.precision = rule && rule->precision ? *rule->precision : rules.precision.value_or(defaultPrecision);
    if (rule && rule->algo)
      return fix(layer, *rule->algo, "required by " + rules.fileName + ":" + std::to_string(rule->line));
    if (!rules.defaultAlgo || (rule && rule->autoAlgo))
      return mlir::success();
    // The default is for the layers that can take it; others are no mistake of the policy's author.
    if (!rules.defaultAlgo->direct)
      if (std::string why = whyNotWinograd(layer.conv, *rules.defaultAlgo); !why.empty())
        return fix(layer, TileSpec(), "the default of " + rules.fileName + " does not apply: " + why);
    return fix(layer, *rules.defaultAlgo, "the default of " + rules.fileName);
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
    auto candidate = priceCandidate(layer.conv, tile, **target);
    if (!candidate)
      return layer.conv.emitError() << "node '" << layer.name << "': " << llvm::toString(candidate.takeError()) << " ("
                                    << layer.reason << ")";
    layer.choices.push_back({candidate->tile, candidate->cost.cycles(), candidate->error});
    return mlir::success();
  }

  mlir::LogicalResult decideRest(double budget) {
    double spent = 0;
    for (const Layer &layer : layers)
      spent += layer.fixed ? layer.addedError(layer.chosen) : 0;
    if (spent > budget)
      getOperation().emitWarning() << "the fixed plans add noise of " << llvm::formatv("{0:e2}", spent).str()
                                   << " where the error budget is " << llvm::formatv("{0:e2}", budget).str();
    std::vector<std::vector<KnapsackItem>> groups;
    for (const Layer &layer : layers)
      if (!layer.fixed)
        groups.push_back(itemsOf(layer));
    auto chosen = solveKnapsack(groups, std::max(0.0, budget - spent));
    if (!chosen)
      return getOperation().emitError() << "expected finite cycles of every direct candidate, got others";
    size_t group = 0;
    for (Layer &layer : layers)
      if (!layer.fixed) {
        layer.chosen = (*chosen)[group++];
        layer.reason = layer.choices.size() == 1 ? whyAlone(layer) : "fewest cycles within the error budget";
      }
    return mlir::success();
  }

  static std::vector<KnapsackItem> itemsOf(const Layer &layer) {
    std::vector<KnapsackItem> items;
    for (unsigned i = 0; i < layer.choices.size(); ++i) {
      bool allowed =
          layer.precision == Precision::Mixed || layer.choices[i].tile.direct || layer.choices[i].tile.hasByteTaps();
      items.push_back(
          {layer.choices[i].cycles, allowed ? layer.addedError(i) : std::numeric_limits<double>::infinity()});
    }
    return items;
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
