// Evolution strategy and grid descent.
#include "PointDescent.h"

#include <algorithm>
#include <cmath>

namespace wino {

uint64_t Generator::next() {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double Generator::normal() {
  double sum = -6;
  for (int i = 0; i < 12; ++i)
    sum += uniform();
  return sum;
}

/// Multiplies or divides, which is symmetric in the logarithm without calling it.
static double scaledBy(double x, double z) { return z >= 0 ? x * (1 + z) : x / (1 - z); }

Parameters randomParameters(const std::vector<ParameterKind> &kinds, Generator &random) {
  Parameters start;
  for (ParameterKind kind : kinds) {
    double z = random.normal();
    start.push_back(kind == ParameterKind::Magnitude ? scaledBy(1, z) : 1.5 * z);
  }
  return start;
}

RealMinimum evolve(const std::vector<ParameterKind> &kinds, Parameters start, double step, int iterations,
                   RealObjective objective, Generator &random) {
  RealMinimum best{objective(start), std::move(start)};
  Parameters trial;
  for (int iteration = 0; iteration < iterations; ++iteration) {
    trial = best.parameters;
    for (size_t i = 0; i < kinds.size(); ++i) {
      if (random.uniform() > 0.6)
        continue;
      double z = step * random.normal();
      if (kinds[i] == ParameterKind::Magnitude)
        trial[i] = scaledBy(trial[i], z);
      else if (!std::isinf(trial[i])) // an infinite value stays: the grid decides about those
        trial[i] += z * (1 + std::fabs(trial[i]));
    }
    double value = objective(trial);
    bool success = value < best.value;
    if (success) {
      best.value = value;
      best.parameters.swap(trial);
    }
    step = success ? std::min(step * 1.5, 1.0) : std::max(step * 0.95, 1e-6);
  }
  return best;
}

double descend(const std::vector<const Candidates *> &lists, Indices &indices, int reach, GridObjective objective,
               llvm::function_ref<bool(const Indices &)> accept) {
  double best = objective(indices);
  auto improves = [&](const Indices &trial) {
    double value = objective(trial);
    if (!(value < best * (1 - 1e-9)) || !accept(trial))
      return false;
    best = value;
    indices = trial;
    return true;
  };
  auto move = [&](Indices &trial, size_t i, int step) {
    trial[i] = lists[i]->moved(indices[i], step);
    return trial[i] >= 0;
  };
  for (bool improved = true; improved;) {
    improved = false;
    for (size_t i = 0; i < indices.size(); ++i)
      for (int step = -reach; step <= reach; ++step) {
        Indices trial = indices;
        if (step != 0 && move(trial, i, step))
          improved |= improves(trial);
      }
    for (size_t i = 0; i < indices.size() && !improved; ++i)
      for (size_t j = i + 1; j < indices.size(); ++j)
        for (int a : {-2, -1, 1, 2})
          for (int b : {-2, -1, 1, 2}) {
            Indices trial = indices;
            if (move(trial, i, a) && move(trial, j, b))
              improved |= improves(trial);
          }
  }
  return best;
}

} // namespace wino
