// PairedDrop: paired proportions. Equations are those of this room's README.
#include "wino/Metrics/PairedDrop.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace wino {

/// Of one look at a bucket; a family of buckets shares it.
static constexpr double significance = 0.05;
/// Of the normal distribution, two-sided 95 %.
static constexpr double standardErrors = 1.959964;

/// The z with the chance `tail` above it, for 0 < tail <= 1/2.
static double normalQuantile(double tail) {
  double low = 0, high = 40;
  for (unsigned i = 0; i < 64; ++i) {
    double middle = (low + high) / 2;
    (0.5 * std::erfc(middle / std::sqrt(2.0)) > tail ? low : high) = middle;
  }
  return high;
}

void PairedDrop::add(bool isFloatRight, bool isIntegerRight) {
  ++trials;
  floatRight += isFloatRight;
  integerRight += isIntegerRight;
  lost += isFloatRight && !isIntegerRight;
  gained += !isFloatRight && isIntegerRight;
}

void PairedDrop::add(const PairedDrop &other) {
  trials += other.trials;
  floatRight += other.floatRight;
  integerRight += other.integerRight;
  lost += other.lost;
  gained += other.gained;
}

double PairedDrop::points() const { return trials ? 100 * (double(lost) - double(gained)) / double(trials) : 0; }

std::pair<double, double> PairedDrop::interval(double z) const {
  if (trials == 0)
    return {-100, 100};
  double n = double(trials) + 2, l = (double(lost) + 1) / n, g = (double(gained) + 1) / n;
  double half = z * std::sqrt((l + g - (l - g) * (l - g)) / n);
  return {100 * std::max(-1.0, l - g - half), 100 * std::min(1.0, l - g + half)};
}

std::pair<double, double> PairedDrop::interval() const { return interval(standardErrors); }

double PairedDrop::luck() const {
  size_t differing = lost + gained;
  double sum = 0, logHalf = double(differing) * std::log(0.5);
  auto logFactorial = [](size_t k) { return std::lgamma(double(k) + 1); };
  for (size_t k = lost; k <= differing; ++k)
    sum += std::exp(logFactorial(differing) - logFactorial(k) - logFactorial(differing - k) + logHalf);
  return std::min(sum, 1.0);
}

Verdict PairedDrop::judge(double maxDrop, size_t family) const {
  if (points() <= maxDrop)
    return Verdict::Kept;
  double level = significance / double(std::max<size_t>(family, 1));
  bool isSure = luck() <= level && interval(normalQuantile(level)).first > maxDrop;
  return isSure ? Verdict::Missed : Verdict::TooFew;
}

const Bucket *worstBucket(llvm::ArrayRef<Bucket> buckets) {
  const Bucket *worst = nullptr;
  for (const Bucket &bucket : buckets)
    if (bucket.drop.lost > bucket.drop.gained &&
        (!worst || bucket.drop.interval().first > worst->drop.interval().first))
      worst = &bucket;
  return worst;
}

namespace {

/// Numbers by size and before other text.
struct NaturalOrder {
  bool operator()(llvm::StringRef a, llvm::StringRef b) const {
    double x = 0, y = 0;
    bool isTextA = a.getAsDouble(x) || !std::isfinite(x), isTextB = b.getAsDouble(y) || !std::isfinite(y);
    if (isTextA != isTextB)
      return isTextB;
    return !isTextA && x != y ? x < y : a < b;
  }
};

} // namespace

std::vector<Bucket> bucketsOf(const std::string &column, llvm::ArrayRef<std::string> values,
                              const std::vector<bool> &isFloatRight, const std::vector<bool> &isIntegerRight) {
  std::map<std::string, PairedDrop, NaturalOrder> drops;
  for (size_t i = 0; i < values.size(); ++i)
    drops[values[i]].add(isFloatRight[i], isIntegerRight[i]);
  std::vector<Bucket> buckets;
  for (const auto &[value, drop] : drops)
    buckets.push_back({column, value, drops.size(), drop});
  return buckets;
}

} // namespace wino
