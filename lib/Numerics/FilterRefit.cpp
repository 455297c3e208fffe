// Windows are gathered in blocks of columns; sums of products of integers are exact, sums with residuals are taken
// block by block in one order.
#include "wino/Numerics/FilterRefit.h"
#include "wino/Numerics/LatticeRounding.h"
#include "wino/Numerics/Parallel.h"

#include <algorithm>
#include <cmath>

namespace wino {

namespace {

constexpr size_t columns = 1024; ///< of a block: sums of 1024 products of 8-bit numbers fit 32 bits
constexpr size_t lanes = 8;

// Compiled twice, for AVX2 and for any x86-64; integers are exact, and without contraction floats give the same bits.
#define WINO_FOR_AVX2 __attribute__((target_clones("avx2", "default")))

/// sums[0..3] = x y_0, ..., x y_3 for rows of one block that lie `columns` apart.
WINO_FOR_AVX2 void multiplyRows(const int16_t *x, const int16_t *y, int32_t *sums) {
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (size_t p = 0; p < columns; ++p) {
    int32_t left = x[p];
    s0 += left * y[p];
    s1 += left * y[p + columns];
    s2 += left * y[p + 2 * columns];
    s3 += left * y[p + 3 * columns];
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

/// x y, in one order whatever the host's vectors are.
WINO_FOR_AVX2 double multiplyFloats(const float *x, const float *y) {
  float sums[lanes] = {};
  for (size_t p = 0; p < columns; p += lanes)
    for (size_t lane = 0; lane < lanes; ++lane)
      sums[lane] += x[p + lane] * y[p + lane];
  double sum = 0;
  for (float s : sums)
    sum += double(s);
  return sum;
}

/// y += w x.
WINO_FOR_AVX2 void addScaled(float *__restrict y, float w, const int16_t *__restrict x) {
  for (size_t p = 0; p < columns; ++p)
    y[p] += w * float(x[p]);
}

size_t triangle(size_t i, size_t j) { return i * (i + 1) / 2 + j; }

} // namespace

FilterRefit::FilterRefit(const WindowGeometry &geometry, double inputScale, std::vector<float> weights,
                         std::vector<float> bias, double lo, double hi, RefitOptions options)
    : geometry(geometry), inputScale(inputScale), weights(std::move(weights)), bias(std::move(bias)), lo(lo), hi(hi),
      options(std::move(options)), cOut(this->bias.size()), unknowns(geometry.reads() + 1),
      reads((unknowns + 4) * columns), targets(cOut * columns), addends(cOut * columns), residuals(cOut * columns) {
  for (Sums *sums : {&toFit, &toCheck}) {
    sums->products.resize(triangle(unknowns, 0));
    sums->residuals.resize(unknowns * cOut);
    sums->squares.resize(cOut);
    sums->power.resize(cOut);
  }
}

/// The reads of one output, into a column.
void FilterRefit::gather(llvm::ArrayRef<int32_t> input, size_t output, size_t column) {
  const WindowGeometry &g = geometry;
  int64_t top = int64_t(output) / g.outWidth * g.strideY - g.padTop,
          left = int64_t(output) % g.outWidth * g.strideX - g.padLeft;
  int16_t *to = reads.data() + column;
  for (int64_t c = 0; c < g.channels; ++c)
    for (int64_t u = 0; u < g.kernelHeight; ++u)
      for (int64_t v = 0; v < g.kernelWidth; ++v, to += columns) {
        int64_t y = top + u * g.dilationY, x = left + v * g.dilationX;
        bool isInside = y >= 0 && y < g.height && x >= 0 && x < g.width;
        *to = isInside ? int16_t(input[(c * g.height + y) * g.width + x]) : 0;
      }
  *to = 1;
}

void FilterRefit::add(llvm::ArrayRef<int32_t> input, llvm::ArrayRef<float> target, llvm::ArrayRef<float> addend,
                      bool isCheck) {
  size_t count = geometry.outputs();
  if (isCheck != isFilledToCheck)
    flush(); // a block holds images of one kind
  isFilledToCheck = isCheck;
  for (size_t output = 0; output < count; ++output) {
    gather(input, output, filled);
    for (size_t f = 0; f < cOut; ++f) {
      targets[f * columns + filled] = target[f * count + output];
      addends[f * columns + filled] = addend.empty() ? 0 : addend[f * count + output];
    }
    if (++filled == columns)
      flush();
  }
}

/// Adds the block to the sums.
void FilterRefit::flush() {
  Sums &sums = isFilledToCheck ? toCheck : toFit;
  if (filled == 0)
    return;
  for (size_t i = 0; i < unknowns; ++i) // columns that are not in use count as windows of zeros without residual
    std::fill(reads.begin() + i * columns + filled, reads.begin() + (i + 1) * columns, 0);
  onThreads(options.threads, [&](unsigned thread) {
    std::vector<float> y(columns);
    for (size_t f = thread; f < cOut; f += options.threads) {
      std::copy_n(addends.begin() + f * columns, columns, y.begin());
      for (size_t i = 0; i < unknowns; ++i) {
        float w = i + 1 < unknowns ? float(weights[f * (unknowns - 1) + i] * inputScale) : bias[f];
        addScaled(y.data(), w, reads.data() + i * columns);
      }
      for (size_t p = 0; p < columns; ++p) {
        float t = targets[f * columns + p], r = p < filled ? outputResidual(t, y[p], lo, hi) : 0;
        residuals[f * columns + p] = r;
        sums.squares[f] += double(r) * r;
        sums.power[f] += p < filled ? double(t) * t : 0;
      }
    }
  });
  onThreads(options.threads, [&](unsigned thread) {
    std::vector<float> row(columns);
    for (size_t i = thread; i < unknowns; i += options.threads) {
      const int16_t *x = reads.data() + i * columns;
      for (size_t j = 0; j <= i; j += 4) { // rows beyond the last are zero
        int32_t four[4];
        multiplyRows(x, reads.data() + j * columns, four);
        for (size_t d = 0; d < 4 && j + d <= i; ++d)
          sums.products[triangle(i, j + d)] += four[d];
      }
      std::copy_n(x, columns, row.begin());
      for (size_t f = 0; f < cOut; ++f)
        sums.residuals[i * cOut + f] += multiplyFloats(row.data(), residuals.data() + f * columns);
    }
  });
  sums.windows += filled;
  filled = 0;
}

/// The change of weights, unknowns x C_out, in steps of the input, of least squared residual plus ridge; the constant
/// is free. Infinite ridge: only the constant.
std::vector<double> FilterRefit::fit(const Sums &sums, double ridge) const {
  size_t n = unknowns - 1;
  double windows = double(sums.windows);
  std::vector<double> change(unknowns * cOut), means(n);
  for (size_t i = 0; i < n; ++i)
    means[i] = double(sums.products[triangle(n, i)]) / windows;
  if (std::isfinite(ridge)) {
    QuadraticForm form(n);
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j <= i; ++j)
        form.at(i, j) = double(sums.products[triangle(i, j)]) / windows - means[i] * means[j];
    if (!form.factorize(ridge, options.threads))
      return {};
    onThreads(options.threads, [&](unsigned thread) {
      std::vector<double> x(n);
      for (size_t f = thread; f < cOut; f += options.threads) {
        double mean = sums.residuals[n * cOut + f] / windows;
        for (size_t i = 0; i < n; ++i)
          x[i] = sums.residuals[i * cOut + f] / windows - means[i] * mean;
        for (size_t i = 0; i < n; ++i) { // R^T z = c
          x[i] /= form.r(i, i);
          for (size_t j = i + 1; j < n; ++j)
            x[j] -= form.r(i, j) * x[i];
        }
        for (size_t i = n; i-- > 0;) { // R x = z
          for (size_t j = i + 1; j < n; ++j)
            x[i] -= form.r(i, j) * x[j];
          x[i] /= form.r(i, i);
        }
        for (size_t i = 0; i < n; ++i)
          change[i * cOut + f] = x[i];
      }
    });
  }
  for (size_t f = 0; f < cOut; ++f) {
    double shift = sums.residuals[n * cOut + f] / windows;
    for (size_t i = 0; i < n; ++i)
      shift -= change[i * cOut + f] * means[i];
    change[n * cOut + f] = shift;
  }
  return change;
}

/// Sum over windows and channels of (r - change x)^2.
double FilterRefit::error(const Sums &sums, llvm::ArrayRef<double> change) const {
  std::vector<double> errors(cOut);
  onThreads(options.threads, [&](unsigned thread) {
    std::vector<double> d(unknowns);
    for (size_t f = thread; f < cOut; f += options.threads) {
      double error = sums.squares[f];
      for (size_t i = 0; i < unknowns; ++i) {
        d[i] = change[i * cOut + f];
        double row = 0;
        for (size_t j = 0; j < i; ++j)
          row += double(sums.products[triangle(i, j)]) * d[j];
        error += d[i] * (2 * row + double(sums.products[triangle(i, i)]) * d[i] - 2 * sums.residuals[i * cOut + f]);
      }
      errors[f] = error;
    }
  });
  double sum = 0;
  for (double error : errors)
    sum += error;
  return sum;
}

RefitResult FilterRefit::solve() {
  flush();
  RefitResult result{weights, bias, -1, 0, 0};
  if (toFit.windows == 0 || toCheck.windows == 0)
    return result;
  double best = 0, power = 0;
  for (size_t f = 0; f < cOut; ++f) {
    best += toCheck.squares[f];
    power += toCheck.power[f];
  }
  result.before = power > 0 ? best / power : 0;
  std::vector<double> ridges = options.ridges;
  ridges.push_back(std::numeric_limits<double>::infinity());
  for (double ridge : ridges) {
    std::vector<double> change = fit(toFit, ridge);
    double now = change.empty() ? best : error(toCheck, change);
    if (now < best) {
      best = now;
      result.ridge = ridge;
    }
  }
  result.after = power > 0 ? best / power : 0;
  if (result.ridge < 0)
    return result;
  for (size_t i = 0; i < toFit.products.size(); ++i)
    toFit.products[i] += toCheck.products[i];
  for (size_t i = 0; i < toFit.residuals.size(); ++i)
    toFit.residuals[i] += toCheck.residuals[i];
  toFit.windows += toCheck.windows;
  std::vector<double> change = fit(toFit, result.ridge);
  if (change.empty())
    return result;
  for (size_t f = 0; f < cOut; ++f) {
    for (size_t i = 0; i + 1 < unknowns; ++i)
      result.weights[f * (unknowns - 1) + i] =
          float(double(result.weights[f * (unknowns - 1) + i]) + change[i * cOut + f] / inputScale);
    result.bias[f] = float(double(result.bias[f]) + change[(unknowns - 1) * cOut + f]);
  }
  return result;
}

} // namespace wino
