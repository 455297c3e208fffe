// From samples of u to the quadratic forms, and from rounded columns back to filters. Sums over tiles are of integers,
// so exact.
#include "wino/Numerics/FilterRounding.h"
#include "wino/Numerics/Parallel.h"

#include <algorithm>
#include <numeric>

namespace wino {

namespace {

using Line = FilterRoundingProblem::Line;

/// Gram matrix of the first `rows` rows of A^T, K x K.
std::vector<double> outputGram(const Line &line, int rows) {
  unsigned k = line.k;
  std::vector<double> gram(k * k);
  for (int a = 0; a < rows; ++a)
    for (unsigned i = 0; i < k; ++i)
      for (unsigned j = 0; j < k; ++j)
        gram[i * k + j] += line.at[a * k + i] * line.at[a * k + j];
  return gram;
}

/// Where taps s and t of a tile meet in a K x K matrix of the direction down and of the one across.
struct PairOfTaps {
  unsigned down, across;
  PairOfTaps(const FilterRoundingProblem &problem, unsigned s, unsigned t)
      : down(s / problem.across.k * problem.down.k + t / problem.across.k),
        across(s % problem.across.k * problem.across.k + t % problem.across.k) {}
};

/// What an error of 1 in V at tap s and tap t, with inputs of 1 step, does to the outputs of a tile: taps x taps.
std::vector<double> tapWeights(const FilterRoundingProblem &problem, int rows, int cols) {
  std::vector<double> rowGram = outputGram(problem.down, rows), colGram = outputGram(problem.across, cols), weights;
  for (unsigned s = 0; s < problem.taps(); ++s)
    for (unsigned t = 0; t < problem.taps(); ++t) {
      PairOfTaps at(problem, s, t);
      weights.push_back(rowGram[at.down] * colGram[at.across] * problem.inputScales[s] * problem.inputScales[t]);
    }
  return weights;
}

/// B B^T, K x K: covariance of taps of white inputs in one dimension.
std::vector<double> inputGram(const Line &line) {
  unsigned k = line.k;
  std::vector<double> gram(k * k);
  for (unsigned i = 0; i < k; ++i)
    for (unsigned j = 0; j < k; ++j)
      for (unsigned x = 0; x < line.n; ++x)
        gram[i * k + j] += line.bt[i * line.n + x] * line.bt[j * line.n + x];
  return gram;
}

/// The form of one channel of one tile whose inputs are white with variance 1 (E33), taps x taps.
std::vector<double> whiteWeights(const FilterRoundingProblem &problem, int rows, int cols) {
  std::vector<double> rowGram = outputGram(problem.down, rows), colGram = outputGram(problem.across, cols),
                      rowInputs = inputGram(problem.down), colInputs = inputGram(problem.across), weights;
  for (unsigned s = 0; s < problem.taps(); ++s)
    for (unsigned t = 0; t < problem.taps(); ++t) {
      PairOfTaps at(problem, s, t);
      weights.push_back(rowGram[at.down] * rowInputs[at.down] * colGram[at.across] * colInputs[at.across]);
    }
  return weights;
}

constexpr size_t blockSize = 64, chunkTiles = 1024; // two blocks of a chunk in 16 bits fill 256 KiB

/// Rows of taps of up to 64 unknowns in 16 bits, for products of pairs.
class Block {
public:
  void load(const TapGroup &group, llvm::ArrayRef<uint32_t> unknowns, size_t from, size_t count) {
    length = count;
    for (size_t i = 0; i < unknowns.size(); ++i) {
      const int8_t *row = group.taps.data() + unknowns[i] * size_t(group.tiles) + from;
      for (size_t p = 0; p < count; ++p)
        values[i * chunkTiles + p] = row[p];
    }
  }
  const int16_t *row(size_t i) const { return values.data() + i * chunkTiles; }
  size_t length = 0;

private:
  std::vector<int16_t> values = std::vector<int16_t>(blockSize * chunkTiles);
};

/// sums[0..3] = x y_0, ..., x y_3; 1024 products of bytes fit 32 bits.
void multiply(const int16_t *x, const int16_t *y, size_t length, int32_t *sums) {
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (size_t p = 0; p < length; ++p) {
    int32_t left = x[p];
    s0 += left * y[p];
    s1 += left * y[p + chunkTiles];
    s2 += left * y[p + 2 * chunkTiles];
    s3 += left * y[p + 3 * chunkTiles];
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

/// Sum over the tiles of u_i u_j for the pairs of two blocks.
std::vector<int64_t> pairSums(const TapGroup &group, llvm::ArrayRef<uint32_t> left, llvm::ArrayRef<uint32_t> right,
                              Block &x, Block &y) {
  std::vector<int64_t> sums(blockSize * blockSize);
  for (size_t from = 0; from < size_t(group.tiles); from += chunkTiles) {
    size_t count = std::min(chunkTiles, size_t(group.tiles) - from);
    x.load(group, left, from, count);
    y.load(group, right, from, count);
    for (size_t i = 0; i < left.size(); ++i)
      for (size_t j = 0; j < right.size(); j += 4) { // rows beyond the last hold old numbers that nobody reads
        int32_t four[4];
        multiply(x.row(i), y.row(j), count, four);
        for (size_t d = 0; d < 4; ++d)
          sums[i * blockSize + j + d] += four[d];
      }
  }
  return sums;
}

} // namespace

QuadraticForm outputErrorForm(const FilterRoundingProblem &problem, const TapSamples &samples,
                              llvm::ArrayRef<uint32_t> unknowns, double noise, unsigned threads) {
  size_t n = unknowns.size(), cIn = problem.cIn, taps = problem.taps();
  QuadraticForm form(n);
  std::vector<std::vector<double>> weights;
  std::vector<double> noiseWeights(taps * taps);
  for (const TapGroup &group : samples.groups) {
    weights.push_back(tapWeights(problem, group.rows, group.cols));
    std::vector<double> white = whiteWeights(problem, group.rows, group.cols);
    for (size_t i = 0; i < white.size(); ++i)
      noiseWeights[i] += noise * double(group.tiles) * white[i];
  }
  onThreads(threads, [&](unsigned thread) {
    Block x, y;
    for (size_t bi = thread * blockSize; bi < n; bi += threads * blockSize)
      for (size_t bj = 0; bj <= bi; bj += blockSize) {
        llvm::ArrayRef<uint32_t> left = unknowns.slice(bi, std::min(blockSize, n - bi)),
                                 right = unknowns.slice(bj, std::min(blockSize, n - bj));
        for (size_t g = 0; g < samples.groups.size(); ++g) {
          std::vector<int64_t> sums = pairSums(samples.groups[g], left, right, x, y);
          for (size_t i = 0; i < left.size(); ++i)
            for (size_t j = 0; j < right.size() && bj + j <= bi + i; ++j)
              form.at(bi + i, bj + j) +=
                  weights[g][left[i] / cIn * taps + right[j] / cIn] * double(sums[i * blockSize + j]);
        }
        for (size_t i = 0; i < left.size(); ++i)
          for (size_t j = 0; j < right.size() && bj + j <= bi + i; ++j)
            if (left[i] % cIn == right[j] % cIn)
              form.at(bi + i, bj + j) += noiseWeights[left[i] / cIn * taps + right[j] / cIn];
      }
  });
  return form;
}

QuadraticForm whiteErrorForm(const FilterRoundingProblem &problem) {
  unsigned taps = problem.taps();
  std::vector<double> weights = whiteWeights(problem, int(problem.down.m), int(problem.across.m));
  QuadraticForm form(taps);
  for (unsigned s = 0; s < taps; ++s)
    for (unsigned t = 0; t <= s; ++t)
      form.at(s, t) = weights[s * taps + t];
  return form;
}

/// Sums of u^2 weighted as in the form: its diagonal.
static std::vector<double> formDiagonal(const FilterRoundingProblem &problem, const TapSamples &samples) {
  std::vector<double> diagonal(samples.unknowns());
  size_t taps = problem.taps();
  for (const TapGroup &group : samples.groups) {
    std::vector<double> weights = tapWeights(problem, group.rows, group.cols);
    for (size_t unknown = 0; unknown < diagonal.size(); ++unknown) {
      int64_t sum = 0;
      for (int8_t u : llvm::ArrayRef(group.taps).slice(unknown * group.tiles, group.tiles))
        sum += int32_t(u) * u;
      size_t tap = unknown / problem.cIn;
      diagonal[unknown] += weights[tap * taps + tap] * double(sum);
    }
  }
  return diagonal;
}

/// Rounds the unknowns listed, for all output channels. False if the form cannot be factorized.
static bool roundUnknowns(const FilterRoundingProblem &problem, QuadraticForm form, llvm::ArrayRef<uint32_t> unknowns,
                          const FilterRoundingOptions &options, std::vector<int32_t> &taps) {
  if (!form.factorize(options.damping, options.threads))
    return false;
  size_t cIn = problem.cIn, cOut = problem.cOut, perChannel = problem.values.size() / cOut;
  LatticeProblem lattice;
  lattice.columns = cOut;
  lattice.limit = problem.limit;
  for (uint32_t unknown : unknowns)
    for (size_t f = 0; f < cOut; ++f) {
      lattice.w.push_back(problem.values[f * perChannel + unknown]);
      lattice.scales.push_back(problem.filterScales[unknown / cIn * cOut + f]);
    }
  std::vector<int32_t> v = roundLattice(form, lattice, options.sweeps, options.threads);
  for (size_t i = 0; i < unknowns.size(); ++i)
    for (size_t f = 0; f < cOut; ++f)
      taps[(unknowns[i] / cIn * cOut + f) * cIn + unknowns[i] % cIn] = v[i * cOut + f];
  return true;
}

/// One output channel at a time: all of them would be taps x C_in x C_out numbers several times over.
static bool roundWhite(const FilterRoundingProblem &problem, const FilterRoundingOptions &options,
                       std::vector<int32_t> &taps) {
  QuadraticForm form = whiteErrorForm(problem);
  if (!form.factorize(options.damping, options.threads))
    return false;
  size_t cIn = problem.cIn, cOut = problem.cOut, perChannel = problem.values.size() / cOut;
  for (size_t f = 0; f < cOut; ++f) {
    LatticeProblem lattice;
    lattice.columns = cIn;
    lattice.limit = problem.limit;
    lattice.w.assign(problem.values.begin() + f * perChannel, problem.values.begin() + (f + 1) * perChannel);
    for (size_t tap = 0; tap < form.size(); ++tap)
      lattice.scales.insert(lattice.scales.end(), cIn, problem.filterScales[tap * cOut + f]);
    std::vector<int32_t> v = roundLattice(form, lattice, options.sweeps, options.threads);
    for (size_t tap = 0; tap < form.size(); ++tap)
      std::copy_n(v.begin() + tap * cIn, cIn, taps.begin() + (tap * cOut + f) * cIn);
  }
  return true;
}

RoundedFilter roundFilter(const FilterRoundingProblem &problem, const TapSamples *samples,
                          const FilterRoundingOptions &options) {
  size_t unknowns = size_t(problem.taps()) * problem.cIn;
  RoundedFilter result{std::vector<int32_t>(unknowns * problem.cOut), RoundingModel::White};
  bool isDone = true;
  if (!samples || size_t(problem.cIn) > options.maxUnknowns) {
    isDone = roundWhite(problem, options, result.taps);
  } else {
    result.model = unknowns <= options.maxUnknowns ? RoundingModel::Joint : RoundingModel::Taps;
    // What is rounded last can still make up for what was rounded before; the heaviest come first, that is at the end.
    std::vector<double> diagonal = formDiagonal(problem, *samples);
    size_t part = result.model == RoundingModel::Joint ? unknowns : problem.cIn;
    double outputs = 0;
    for (const TapGroup &group : samples->groups)
      outputs += double(group.tiles) * group.rows * group.cols;
    double noise = options.noise * samples->inputPower * double(part) / outputs;
    for (size_t first = 0; first < unknowns && isDone; first += part) {
      std::vector<uint32_t> order(part);
      std::iota(order.begin(), order.end(), first);
      std::sort(order.begin(), order.end(),
                [&](uint32_t a, uint32_t b) { return std::pair(diagonal[a], a) < std::pair(diagonal[b], b); });
      isDone = roundUnknowns(problem, outputErrorForm(problem, *samples, order, noise, options.threads), order, options,
                             result.taps);
    }
  }
  if (!isDone)
    result.taps.clear();
  return result;
}

} // namespace wino
