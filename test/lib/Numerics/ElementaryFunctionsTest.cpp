// exp, log, erfc and their kin against the host's libm.
#include "wino/Numerics/ElementaryFunctions.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace wino;

namespace {

TEST(ElementaryFunctions, areNearTheRealOnes) {
  NumberMachine machine;
  ElementaryFunctions<NumberMachine> f(machine);
  auto far = [](double got, double wanted) { return std::fabs(got - wanted) / std::max(std::fabs(wanted), 1e-300); };
  double worst[7] = {};
  for (int i = -70000; i <= 70000; ++i) {
    double x = i / 1000.0, positive = std::exp(x);
    worst[0] = std::max(worst[0], far(f.exp(x * 9.9), std::exp(x * 9.9)));
    worst[1] = std::max(worst[1], x == 0 ? 0 : far(f.expm1(x), std::expm1(x)));
    worst[2] = std::max(worst[2], x == 0 ? 0 : far(f.log(positive), x));
    worst[3] = std::max(worst[3], far(f.log1p(std::fabs(x) / 70), std::log1p(std::fabs(x) / 70)));
    worst[4] = std::max(worst[4], x == 0 ? 0 : far(f.tanh(x), std::tanh(x)));
    worst[5] = std::max(worst[5], x == 0 ? 0 : far(f.erf(x), std::erf(x)));
    worst[6] = std::max(worst[6], std::fabs(x) > 11 ? 0 : far(f.erfc(x), std::erfc(x)));
  }
  for (int i : {0, 1, 3, 4, 5})
    EXPECT_LE(worst[i], 5e-15) << i;
  EXPECT_LE(worst[2], 1e-13); // exp(x) of the test itself is rounded, which counts near 1
  EXPECT_LE(worst[6], 2e-12);
}

} // namespace
