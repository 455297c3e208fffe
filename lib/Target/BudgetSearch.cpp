// The next budget from what is known of the ones before it.
#include "wino/Target/BudgetSearch.h"

#include <algorithm>
#include <cmath>

namespace wino {

void BudgetSearch::add(double predicted, double measured) {
  double tried = *budget;
  bool isKept = measured <= limit;
  if (isKept)
    kept = std::max(kept, tried);
  else
    broke = std::min(broke, tried);
  double guess = predicted * limit / measured; // a number unless noise was none
  if (std::isfinite(broke) && kept > 0) {
    if (isKept)
      guess = std::min(guess, broke / resolution);
    else if (!(guess > kept * resolution && guess < broke))
      guess = std::sqrt(kept * broke);
  } else if (!isKept) { // a step at least, also where nothing is known of how much too loose the budget was
    guess = guess > 0 ? std::min(guess, tried) / resolution : tried / 4;
  }
  bool isWorthIt =
      kept > 0 ? guess > kept * resolution && broke > kept * resolution * resolution : guess > 0 && guess < tried;
  budget = isWorthIt && std::isfinite(guess) ? std::optional(guess) : std::nullopt;
}

} // namespace wino
