// NetworkPlan: the choice of one algorithm per convolution as numbers: what the outputs' noise is predicted to be,
// which choice is fastest within a budget, and what other budgets would buy. ChoosePlan fills it in from the IR.
#ifndef WINO_TARGET_NETWORKPLAN_H
#define WINO_TARGET_NETWORKPLAN_H

#include "llvm/ADT/ArrayRef.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace wino {

/// (E19) Noise at the outputs from a layer of relative error `error`: what direct has too is white, the rest is of
/// taps.
inline double outputNoise(double sensitivity, double tapSensitivity, double directError, double error) {
  return sensitivity * std::min(error, directError) + tapSensitivity * std::max(0.0, error - directError);
}

struct PlanOption {
  double cycles = 0;
  double error = 0; ///< noise over signal at the layer's output
  bool isAllowed = true;
};

struct PlanLayer {
  std::vector<PlanOption> options; ///< the first is direct
  double sensitivity = 1;          ///< of the outputs to white noise here (E18)
  double tapSensitivity = 1;       ///< and to the noise of 8-bit taps
  bool isFixed = false;            ///< `chosen` is not the planner's to change
  unsigned chosen = 0;

  double noise(unsigned option) const {
    return outputNoise(sensitivity, tapSensitivity, options[0].error, options[option].error);
  }
};

struct NetworkPlan {
  std::vector<PlanLayer> layers;
  double otherNoise = 0; ///< of all that is no convolution, at the outputs

  /// (E19) of the choice that is set.
  double noise() const;
  double cycles() const;

  /// (E19) with direct wherever the planner may choose: no budget below it can be kept for certain.
  double floor() const;

  /// Per layer that is not fixed, the fastest option that is no noisier than direct.
  void chooseQuiet();

  /// Fewest cycles with noise() <= budget, by a knapsack over the layers that are not fixed; false, and chooseQuiet(),
  /// where the knapsack finds nothing.
  bool choose(double budget);

  /// Least noise with at most 1 + slack times the cycles of the choice that is set; never more noise than that.
  void spend(double slack);
};

/// One plan of the front: nothing is known that is faster and as quiet.
struct FrontPoint {
  double cycles = 0, noise = 0;
  std::vector<unsigned> chosen; ///< per layer
};

/// Plans from the quietest budget that the planner can keep to the fastest plan of all, at most `points` of them,
/// cycles falling and noise rising from each to the next.
std::vector<FrontPoint> planFront(NetworkPlan plan, size_t points);

/// The cheapest option of less noise than `layer.chosen` (half or less, where there is one), or nothing.
std::optional<unsigned> saferOption(const PlanLayer &layer);

} // namespace wino

#endif
