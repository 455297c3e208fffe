// BudgetSearch: the loosest budget of predicted noise whose plan, measured, keeps to a limit.
#ifndef WINO_TARGET_BUDGETSEARCH_H
#define WINO_TARGET_BUDGETSEARCH_H

#include <limits>
#include <optional>

namespace wino {

/// (E22) Noise is relative power at the network's outputs. A plan is made for a budget of *predicted* noise, then its
/// noise is measured; predictions are off by one factor for all plans of a network in first approximation, so the next
/// budget is the last plan's predicted noise times limit / measured; where that leaves the budgets between which the
/// answer is known to lie, their geometric mean.
class BudgetSearch {
public:
  /// Two budgets that differ by less make no difference worth a plan: a quarter of a dB.
  static constexpr double resolution = 1.06;

  /// `first`: budget to begin with; `limit`: noise that a plan may be measured to have. Both positive and finite.
  BudgetSearch(double first, double limit) : limit(limit), budget(first) {}

  /// Budget of the next plan, or nothing when no other plan is worth trying.
  std::optional<double> next() const { return budget; }

  /// What the plan for next() was predicted and measured to have. Measured noise that is not finite counts as too much.
  void add(double predicted, double measured);

  /// The loosest budget that kept the limit; of none, the tightest that was tried.
  double best() const { return kept > 0 ? kept : broke; }
  bool keeps() const { return kept > 0; }

private:
  double limit;
  std::optional<double> budget;
  double kept = 0; ///< loosest budget whose plan kept the limit
  double broke = std::numeric_limits<double>::infinity();
};

} // namespace wino

#endif
