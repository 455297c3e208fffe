// wino-points: searches interpolation points and quadratic factors for F(m, r), or looks at given ones; prints the tile
// text, what it is worth, and its exact matrices. Exit codes: 0 done, 1 an error.
#include "Options.h"

#include "wino/Numerics/NoiseGain.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace wino;

static void printMatrix(StringRef name, const RationalMatrix &matrix) {
  std::vector<size_t> widths(matrix.cols(), 0);
  for (int i = 0; i < matrix.rows(); ++i)
    for (int j = 0; j < matrix.cols(); ++j)
      widths[j] = std::max(widths[j], matrix.at(i, j).str().size());
  outs() << name << format(", %d x %d\n", matrix.rows(), matrix.cols());
  for (int i = 0; i < matrix.rows(); ++i) {
    for (int j = 0; j < matrix.cols(); ++j)
      outs() << "  " << right_justify(matrix.at(i, j).str(), widths[j]);
    outs() << "\n";
  }
}

/// Operations of a transform once in one dimension, and `passes` times for a square tile.
static void printCounts(StringRef name, const TransformDag::Counts &counts, int passes, StringRef form) {
  outs() << name
         << format("%d adds, %d shifts, %d products in one dimension, %d operations for a square tile; ", counts.add,
                   counts.shl, counts.mul + counts.mulHigh, passes * counts.total())
         << form << "\n";
}

static void printCost(const IntegerTransform &t, const PointsRequest &request) {
  const TileSpec &tile = t.spec;
  printCounts("input           ", t.down.input.counts(), tile.n() + tile.K,
              t.exactInput ? "16-bit integers, exact" : "16-bit Q15 constants");
  printCounts("output          ", t.down.output.counts(), tile.K + tile.m,
              t.exactOutput ? "32-bit integers, exact" : "32-bit Q31 constants");
  outs() << format("cost            %.3f cycles per output and channel in %u-D on ",
                   transformCost(t, request.search.unit, request.search.dimensions), request.search.dimensions)
         << request.target->name << "\n";
}

static Error print(const PointsRequest &request, const TileSpec &tile) {
  Expected<BilinearAlgorithm> algorithm = BilinearAlgorithm::make(tile);
  if (!algorithm)
    return algorithm.takeError();
  double products = tile.K, work = tile.m * tile.r;
  outs() << "tile            " << tile.str() << "\n";
  outs() << "exact           "
         << (algorithm->isExact() ? "yes, proved on all pairs of basis vectors" : "no, the stated matrices deviate")
         << "\n";
  outs() << format("noise gain E    %.6g  (", noiseGain(*algorithm, request.search.moments)) << request.statistics
         << ")\n";
  if (!tile.hasMatrices())
    outs() << format("kappa           %.6g  (points%s%s)\n", vandermondeCondition(RealTile::of(tile)),
                     tile.factors.empty() ? "" : " and factors", tile.stride == 1 ? "" : " of the outer filter taps");
  outs() << format("multiplications %d instead of %d in 2-D, %.2f times fewer; %d instead of %d in 1-D, %.2f times\n",
                   tile.K * tile.K, tile.m * tile.m * tile.r * tile.r, work * work / (products * products), tile.K,
                   tile.m * tile.r, work / products);
  Expected<IntegerTransform> transform = IntegerTransform::make(tile);
  if (transform)
    printCost(*transform, request);
  else
    outs() << "integer form    none: " << toString(transform.takeError()) << "\n";
  outs() << "fp16            "
         << (isExactInHalf(*algorithm) ? "A^T and B^T are exact up to row scales" : "A^T or B^T have to be rounded")
         << "\n";
  printMatrix("A^T", algorithm->AT);
  printMatrix("G", algorithm->G);
  printMatrix("B^T", algorithm->BT);
  return Error::success();
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  setBugReportMsg("wino-points: this is a fault of ours; please report it with the command line\n");
  auto run = [&]() -> Error {
    Expected<PointsRequest> request = parsePointsRequest(argc, argv);
    if (!request)
      return request.takeError();
    if (request->isGiven)
      return print(*request, request->search.tile);
    Expected<PointSearchResult> found = searchPoints(request->search);
    if (!found)
      return found.takeError();
    return print(*request, found->tile);
  };
  if (Error error = run()) {
    errs() << "wino-points: error: " << toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
