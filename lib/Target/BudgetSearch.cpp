// The next budget from what is known of the ones before it.
#include "wino/Target/BudgetSearch.h"

#include <algorithm>
#include <cmath>

namespace wino {

void BudgetSearch::add(double predicted, double measured) {
  constexpr double aim = 0.99; // of the limit, so that rounding does not decide
  double tried = *budget, guess = predicted * aim * limit / measured;
  bool isKept = measured <= limit, isDone = isKept && measured * resolution >= limit;
  if (isKept)
    kept = std::max(kept, tried);
  else
    broke = std::min({broke, predicted, tried}); // every budget between the two leads to the same plan
  if (kept > 0 && std::isfinite(broke)) {
    isDone |= broke <= kept * resolution * resolution;
    if (!(guess > kept * resolution && guess < broke / resolution))
      guess = std::sqrt(kept * broke);
  } else if (isKept) { // a step at least: a plan may have far less noise than its budget
    guess = std::max(guess, kept * resolution * resolution);
  } else { // likewise, also where nothing is known of how much too loose the budget was
    guess = guess > 0 ? std::min(guess, broke / resolution) : tried / 4;
  }
  budget = !isDone && std::isfinite(guess) && guess > 0 ? std::optional(guess) : std::nullopt;
}

} // namespace wino
