// Predicted against measured error, layer by layer and tile by tile.
#include "ErrorTable.h"

#include "../common/MeasureLayer.h"
#include "../common/Progress.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/TensorName.h"
#include "wino/Numerics/RankCorrelation.h"
#include "wino/Target/Candidates.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace wino {

static constexpr size_t mapBytes = size_t(256) << 20;
static constexpr size_t mostImages = 2; // the interpreter takes its time

std::vector<TileSpec> errorTableTiles() {
  std::vector<TileSpec> tiles;
  for (StringRef text : {
           "F(2,3) taps=i16xi16",
           "F(2,3) taps=i8xi6",
           "F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi6",
           "F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i6xi6",
           "F(4,3) K=7 points=[1/2,-1/2,3/2,-3/2] factors=[x^2+1@(0,2,-2)] taps=i6xi6",
           "F(4,3) K=7 points=[1/2,-1/2,3/2,-3/2] factors=[x^2+1@(0,2,-2)] taps=i8xi4",
           "F(2,3) taps=i8xi8 out=i8",
           "F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8 out=i8",
           "F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8 out=i16",
           "F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i8xi8 out=i8",
           "F(4,3) points=[0,1,-1,2,-2,inf] taps=i8xi8",
           "F(4,3) points=[0,5/6,-5/6,7/6,-7/6,inf] taps=i8xi8", // NOVA's
           "F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i16xi16",
           "F(4,3) K=7 points=[1/2,-1/2,3/2,-3/2] factors=[x^2+1@(0,2,-2)] taps=i8xi8",
           "F(4,3) K=7 points=[1/2,-1/2,3/2,-3/2] factors=[x^2+1@(0,2,-2)] taps=i16xi16",
           "F(5,3) K=8 points=[6/5,-6/5,1/2,-1/2,inf] factors=[x^2+1@(inf,3/4,-3/4)] taps=i8xi8",
           "F(6,3) points=[0,1,-1,2,-2,1/2,-1/2,inf] taps=i8xi8",
           "F(6,3) points=[0,1,-1,2,-2,1/2,-1/2,inf] taps=i16xi16",
           "F(4,3) points=[0,1,-1,2,-2,inf] taps=f32xf32",
           "F(4,3) points=[0,1,-1,2,-2,inf] taps=f16xf16",
           "F(6,3) points=[0,1,-1,2,-2,1/2,-1/2,inf] taps=f32xf32",
           "F(6,3) points=[0,1,-1,2,-2,1/2,-1/2,inf] taps=f16xf16",
           "F(6,3) points=[0,3/5,-3/5,1,-1,7/6,-7/6,inf] taps=i8xi8", // NOVA's
           "F(8,3) K=12 points=[0,inf,3/4,-3/4,5/4,-5/4] "
           "factors=[x^2+7/8*x+1@(-47/8,-1,-1/8);x^2-7/8*x+1@(47/8,1,1/8)] taps=i8xi8",
           "F(7,3) K=10 points=[0,9/8,-9/8,3,-3,5/8,-5/8] factors=[x^2+1@(inf,3/4,-3/4)] taps=i8xi8",
       })
    tiles.push_back(knownTile(text));
  return tiles;
}

namespace {

struct Row {
  std::string node, tile;
  double predicted, measured;
};

} // namespace

/// All rows of one convolution; tiles that do not fit the layer are left out.
static Error addRows(std::vector<Row> &rows, Conv2DOp conv, const Options &options, const LayerInputs &maps,
                     const std::shared_ptr<const LayerInputs> &fitMaps) {
  if (conv->hasAttr(kInFloats)) // no step of it is in integers
    return Error::success();
  std::vector<TileSpec> tiles = {TileSpec()};
  if (whyNotWinograd(conv).empty()) {
    auto filter = shapeOf(conv.getFilter());
    if (filter[2] == filter[3] && conv.getStrides() == ArrayRef<int64_t>{1, 1})
      append_range(tiles, defaultCandidates());
    else
      append_range(tiles, candidatesFor(conv));
    for (const TileSpec &tile : errorTableTiles())
      if (!is_contained(tiles, tile))
        tiles.push_back(tile);
  }
  std::vector<std::string> names = mapsOf(conv);
  const TargetData *target = cantFail(findTarget(options.target));               // parseOptions has checked it
  TapClips clips = cantFail(parseTapClips(options.tapClip, options.filterClip)); // likewise
  for (const TileSpec &tile : tiles) {
    Expected<Candidate> candidate = priceCandidate(conv, tile, *target, clips);
    if (!candidate) {
      consumeError(candidate.takeError());
      continue;
    }
    Expected<Energy> energy =
        measureLayer(conv, tile, *maps.find(names[0]), *maps.find(names[1]), mostImages, options, fitMaps);
    if (!energy)
      return energy.takeError();
    if (energy->signal > 0 && energy->noise > 0)
      rows.push_back({nodeName(conv).str(), tile.str(), candidate->error, energy->noise / energy->signal});
  }
  return Error::success();
}

static std::string toText(ArrayRef<Row> rows) {
  std::string text = "node\ttile\tpredicted\tmeasured\n";
  raw_string_ostream os(text);
  std::vector<double> predicted, measured;
  for (const Row &row : rows) {
    os << row.node << "\t" << row.tile << format("\t%.4e\t%.4e\n", row.predicted, row.measured);
    predicted.push_back(row.predicted);
    measured.push_back(row.measured);
  }
  os << "spearman\t" << rows.size() << " pairs\t" << format("%.4f\n", rankCorrelation(predicted, measured));
  return text;
}

Expected<std::string> errorTable(mlir::func::FuncOp planned, Calibration &calibration, const Options &options) {
  if (calibration.heldOut.empty())
    return createStringError("--emit=errors: expected --calib with 2 images or more, got too few to hold one out");
  SmallVector<Conv2DOp> convs;
  planned.walk([&](Conv2DOp conv) { convs.push_back(conv); });
  Expected<Runner *> runner = calibration.floatRunner(planned);
  if (!runner)
    return runner.takeError();
  ArrayRef<size_t> indices = ArrayRef(calibration.heldOut).take_front(mostImages);
  Expected<LayerInputs> maps = collectLayerInputs(**runner, *calibration.images, indices, mapsOf(convs), mapBytes);
  if (!maps)
    return maps.takeError();
  // Scales of rounded products come from calibration images, as in a whole compile.
  std::vector<std::string> inputs;
  for (Conv2DOp conv : convs)
    inputs.push_back(tensorName(conv.getInput()));
  indices = ArrayRef(calibration.seen).take_front(options.fitImages);
  Expected<LayerInputs> seen = collectLayerInputs(**runner, *calibration.images, indices, inputs, mapBytes);
  if (!seen)
    return seen.takeError();
  auto fitMaps = std::make_shared<const LayerInputs>(std::move(*seen));
  std::vector<Row> rows;
  for (size_t i = 0; i < convs.size(); ++i) {
    if (Error error = addRows(rows, convs[i], options, *maps, fitMaps))
      return std::move(error);
    showProgress("measuring layers", i + 1, convs.size());
  }
  return toText(rows);
}

} // namespace wino
