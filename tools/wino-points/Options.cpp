// Flags of wino-points and their checks.
#include "Options.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;

namespace wino {

namespace {

struct Flags {
  cl::OptionCategory category{"wino-points",
                              "Interpolation points and quadratic factors of least noise, condition or cost"};
  cl::opt<std::string> tile{"tile", cl::desc("F(m,r), F(m,r) K=k, or a whole tile with points to look at"),
                            cl::value_desc("tile"), cl::cat(category)};
  cl::opt<unsigned> products{"K", cl::desc("Products per dimension (default m + r - 1)"), cl::cat(category)};
  cl::opt<unsigned> extra{"extra", cl::desc("K as m + r - 1 and so many, one per quadratic factor: 0 to 4"),
                          cl::cat(category)};
  cl::opt<PointGoal> goal{
      "objective", cl::desc("What is minimised:"), cl::init(PointGoal::Noise), cl::cat(category),
      cl::values(clEnumValN(PointGoal::Noise, "noise", "noise gain E (default)"),
                 clEnumValN(PointGoal::Kappa, "kappa", "condition number of the Vandermonde matrix"),
                 clEnumValN(PointGoal::Cost, "cost", "cycles of the transforms on the target, then E"))};
  cl::opt<double> maxCost{"max-cost", cl::desc("Bound of the transforms' cycles per output and channel"),
                          cl::cat(category)};
  cl::opt<double> maxNoise{"max-noise", cl::desc("With --objective=cost: bound of E"), cl::cat(category)};
  cl::opt<bool> dyadic{"dyadic", cl::desc("Powers of two as denominators only"), cl::cat(category)};
  cl::opt<bool> fp16{"fp16", cl::desc("Rows of A^T and B^T that binary16 holds exactly, up to their scales"),
                     cl::cat(category)};
  cl::opt<unsigned> maxDenominator{"max-denominator", cl::desc("Largest denominator, 1 to 64 (default 10)"),
                                   cl::init(10), cl::cat(category)};
  cl::opt<std::string> autocorrelation{
      "autocorrelation", cl::desc("E for inputs of autocorrelation (rho^|d| + dc) / (1 + dc) instead of white ones"),
      cl::value_desc("rho[,dc]"), cl::cat(category)};
  cl::opt<unsigned> dimensions{"dimensions", cl::desc("Of the convolution whose transforms cost: 1 or 2 (default)"),
                               cl::init(2), cl::cat(category)};
  cl::opt<std::string> taps{"taps", cl::desc("Tap types of the printed tile, as in i8 or i8xi6 (default i8)"),
                            cl::value_desc("type"), cl::init("i8"), cl::cat(category)};
  cl::opt<bool> builtIn{"built-in", cl::desc("Look at the points that the compiler takes by itself; no search"),
                        cl::cat(category)};
  cl::opt<std::string> target{"target", cl::desc("Processor that prices transforms (default cortex-a53)"),
                              cl::value_desc("name"), cl::init("cortex-a53"), cl::cat(category)};
};

/// "F(m,r)", perhaps with "K=k"; anything else is false.
bool parseSize(StringRef text, unsigned &m, unsigned &r, std::optional<unsigned> &k) {
  text = text.trim();
  if (!text.consume_front("F(") || text.consumeInteger(10, m))
    return false;
  text = text.ltrim();
  if (!text.consume_front(","))
    return false;
  text = text.ltrim();
  if (text.consumeInteger(10, r) || !text.consume_front(")"))
    return false;
  text = text.trim();
  if (text.empty())
    return true;
  unsigned value = 0;
  if (!text.consume_front("K=") || text.consumeInteger(10, value) || !text.empty())
    return false;
  k = value;
  return true;
}

std::string escaped(StringRef text) {
  std::string result;
  raw_string_ostream(result).write_escaped(text.take_front(100));
  return result;
}

Error checkPositive(const cl::opt<double> &flag) {
  if (flag.getNumOccurrences() && !(std::isfinite(flag) && flag > 0))
    return createStringError("--" + flag.ArgStr + ": expected a positive number, got " + std::to_string(double(flag)));
  return Error::success();
}

/// The tile with its tap types but without points; K from --tile, --K or --extra.
Error readTile(const Flags &flags, PointsRequest &request) {
  StringRef text = flags.tile;
  TileSpec &tile = request.search.tile;
  if (text.empty())
    return createStringError("expected --tile='F(m,r)', as in wino-points --tile='F(4,3)'; see --help");
  StringRef taps = flags.taps;
  Expected<TileSpec> formats =
      TileSpec::parse(("F(2,3) taps=" + (taps.contains('x') ? taps : taps + "x" + taps)).str());
  if (!formats) {
    consumeError(formats.takeError());
    return createStringError("--taps: expected a type as in i8, i16 or i8xi6, got '" + escaped(taps) + "'");
  }
  tile = *formats;
  if (text.contains("points=") || text.contains("at=")) {
    Expected<TileSpec> given = TileSpec::parse(text);
    if (!given)
      return createStringError("--tile: " + toString(given.takeError()));
    if (!given->isSquare())
      return createStringError("--tile: expected one F(m,r) (directions are searched one at a time), got '" +
                               escaped(text) + "'");
    if (flags.products.getNumOccurrences() || flags.extra.getNumOccurrences() || flags.taps.getNumOccurrences())
      return createStringError("--tile: expected F(m,r) without points beside --K, --extra or --taps, got '" +
                               escaped(text) + "'");
    tile = *given;
    request.isGiven = true;
    return Error::success();
  }
  unsigned m = 0, r = 0;
  std::optional<unsigned> k;
  if (!parseSize(text, m, r, k))
    return createStringError("--tile: expected F(m,r), F(m,r) K=k or a tile with points, got '" + escaped(text) + "'");
  if (m < 2 || m > 8 || r < 2 || r > 7)
    return createStringError("--tile: expected F(m,r) with m in 2..8 and r in 2..7, got '" + escaped(text) + "'");
  if (k.has_value() + (flags.products.getNumOccurrences() > 0) + (flags.extra.getNumOccurrences() > 0) > 1)
    return createStringError("expected K once, in --tile, --K or --extra, got it twice");
  if (flags.extra.getNumOccurrences() && flags.extra > 4)
    return createStringError("--extra: expected 0 to 4, got " + Twine(flags.extra));
  if (flags.products.getNumOccurrences())
    k = flags.products;
  unsigned n = m + r - 1, products = k.value_or(n + flags.extra);
  if (products < n || products > std::min(n + 4, 16u))
    return createStringError("expected K in %u..%u for F(%u,%u), got %u", n, std::min(n + 4, 16u), m, r, products);
  tile.m = int(m);
  tile.r = int(r);
  tile.K = int(products);
  tile.points.clear();
  tile.factors.clear();
  if (!flags.builtIn)
    return Error::success();
  std::string size = formatv("F({0},{1}) K={2}", m, r, products);
  Expected<TileSpec> builtIn = TileSpec::parse(size);
  if (!builtIn) {
    consumeError(builtIn.takeError());
    return createStringError("--built-in: expected a tile that the table knows, got " + size);
  }
  tile.points = builtIn->points;
  tile.factors = builtIn->factors;
  request.isGiven = true;
  return Error::success();
}

Error readAutocorrelation(StringRef text, PointsRequest &request) {
  request.statistics = "white input";
  if (text.empty())
    return Error::success();
  auto [first, second] = text.split(',');
  double rho = 0, dc = 0;
  if (!to_float(first, rho) || (text.contains(',') && !to_float(second, dc)) || !(rho > -1 && rho < 1) ||
      !(dc >= 0 && dc <= 1e6))
    return createStringError("--autocorrelation: expected rho[,dc] with -1 < rho < 1 and dc >= 0, got '" +
                             escaped(text) + "'");
  request.search.moments = Moments::autoregressive(request.search.tile.n(), rho, dc);
  request.statistics = "input with autocorrelation " + escaped(text);
  return Error::success();
}

/// What makes no sense beside a tile that is already there.
Error checkGiven(const Flags &flags) {
  const cl::Option *searching[] = {&flags.goal,   &flags.maxCost, &flags.maxNoise,
                                   &flags.dyadic, &flags.fp16,    &flags.maxDenominator};
  for (const cl::Option *flag : searching)
    if (flag->getNumOccurrences())
      return createStringError("--" + flag->ArgStr + ": expected a tile to search, got one with points");
  return Error::success();
}

} // namespace

Expected<PointsRequest> parsePointsRequest(int argc, char **argv) {
  cl::ResetCommandLineParser(); // LLVM's own libraries register flags of the same names
  Flags flags;
  cl::HideUnrelatedOptions(flags.category);
  cl::SetVersionPrinter([](raw_ostream &os) { os << "wino-points " WINO_VERSION "\n"; });
  cl::ParseCommandLineOptions(argc, argv, "wino-points: search of interpolation points for Winograd convolution\n");
  PointsRequest request;
  if (Error error = readTile(flags, request))
    return std::move(error);
  if (request.isGiven)
    if (Error error = checkGiven(flags))
      return std::move(error);
  if (Error error = readAutocorrelation(flags.autocorrelation, request))
    return std::move(error);
  for (const cl::opt<double> *flag : {&flags.maxCost, &flags.maxNoise})
    if (Error error = checkPositive(*flag))
      return std::move(error);
  if (flags.maxNoise.getNumOccurrences() && flags.goal != PointGoal::Cost)
    return createStringError("--max-noise: expected --objective=cost beside it, got another objective");
  if (flags.maxDenominator < 1 || flags.maxDenominator > 64)
    return createStringError("--max-denominator: expected 1 to 64, got " + Twine(flags.maxDenominator));
  if (flags.dimensions != 1 && flags.dimensions != 2)
    return createStringError("--dimensions: expected 1 or 2, got " + Twine(flags.dimensions));
  Expected<const TargetData *> target = findTarget(flags.target);
  if (!target)
    return createStringError("--target: " + toString(target.takeError()));
  request.target = *target;
  PointSearchOptions &search = request.search;
  search.goal = flags.goal;
  if (flags.maxCost.getNumOccurrences())
    search.maxCost = flags.maxCost;
  if (flags.maxNoise.getNumOccurrences())
    search.maxNoise = flags.maxNoise;
  search.unit = {request.target->vectorOpCycles, int(request.target->vectorBytes)};
  search.dimensions = int(flags.dimensions);
  search.dyadic = flags.dyadic;
  search.fp16 = flags.fp16;
  search.maxDenominator = int(flags.maxDenominator);
  return request;
}

} // namespace wino
