// Multiple-choice knapsack: one item from every group, least total cost, total weight within a budget. It knows no
// layers or plans.
#ifndef WINO_TARGET_KNAPSACK_H
#define WINO_TARGET_KNAPSACK_H

#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <vector>

namespace wino {

struct KnapsackItem {
  double cost;   ///< to be minimised, finite
  double weight; ///< counts against the budget, >= 0; infinity: never chosen
};

/// The chosen index per group, or nothing when no choice keeps to the budget. Weights are rounded up to budget / 8192,
/// so the budget is kept for certain and the cost is optimal up to that grain. Equal costs: less weight, then the
/// smaller index. Deterministic.
std::optional<std::vector<unsigned>> solveKnapsack(llvm::ArrayRef<std::vector<KnapsackItem>> groups, double budget);

} // namespace wino

#endif
