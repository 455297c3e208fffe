// The tiles that are tried on a convolution of some size, of the compiler's own tables.
#include "wino/Target/Candidates.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

namespace wino {

TileSpec knownTile(llvm::StringRef text) {
  llvm::Expected<TileSpec> tile = TileSpec::parse(text);
  if (!tile)
    llvm::report_fatal_error("tile '" + text + "': " + llvm::toString(tile.takeError()), /*gen_crash_diag=*/false);
  return std::move(*tile);
}

llvm::ArrayRef<TileSpec> defaultCandidates() {
  static const std::vector<TileSpec> tiles = [] {
    std::vector<TileSpec> parsed;
    for (llvm::StringRef text : {
             "F(2,3) taps=i8xi8",
             "F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8", // least E of 6 points
             "F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi7", // four products in a 16-bit lane
             "F(4,3) points=[0,1,-1,2,-2,inf] taps=i16xi16", // exact input transform, 16-bit taps: hardly any noise
             "F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i8xi8",
         })
      parsed.push_back(knownTile(text));
    return parsed;
  }();
  return tiles;
}

namespace {

using LineTexts = std::vector<const char *>;

constexpr double worthIt = 0.95; ///< a noisier tile is listed for at most this share of the products of a quieter one

/// Algorithms of one direction for tiles that are not square; of those that cover a map with as few products the first
/// is taken, which is the least noisy (F(7,3) of bytes is hardly less so than F(4,3), with more operations). `alone`:
/// there is no transform in the other direction, so that noise counts once and larger tiles are quiet enough. `wide`:
/// 16-bit taps, which hardly feel any noise and are best with the fewest products.
std::vector<TileSpec> linesOf(int64_t kernel, bool alone, bool wide) {
  const LineTexts lines =
      kernel == 1             ? LineTexts{"F(1,1)"}
      : kernel == 3 && wide   ? LineTexts{"F(2,3)", "F(3,3)", "F(4,3)", "F(5,3)", "F(6,3)", "F(7,3)", "F(8,3)"}
      : kernel == 3 && !alone ? LineTexts{"F(2,3)", "F(5,3) K=8", "F(6,3) K=9", "F(3,3)", "F(4,3)", "F(7,3) K=10"}
      : kernel == 3           ? LineTexts{"F(4,3)", "F(8,3) K=11"}
      : kernel == 5 && !alone ? LineTexts{"F(2,5) K=7", "F(4,5) K=9"}
      : kernel == 5 && !wide  ? LineTexts{"F(4,5) K=9", "F(6,5) K=11"}
      : kernel == 5           ? LineTexts{"F(4,5)", "F(6,5)", "F(8,5)"}
      : kernel == 7 && !alone ? LineTexts{"F(2,7) K=9", "F(4,7) K=12"}
      : kernel == 7 && !wide  ? LineTexts{"F(4,7) K=11", "F(6,7) K=14"}
      : kernel == 7           ? LineTexts{"F(4,7)", "F(6,7)"}
                              : LineTexts{};
  std::vector<TileSpec> tiles;
  for (llvm::StringRef text : lines) // the exact transform for words
    tiles.push_back(knownTile(wide && text == "F(4,3)" ? "F(4,3) points=[0,1,-1,2,-2,inf]" : text));
  return tiles;
}

/// Products of a map. `wide`: of eight tiles at a time, as kernels of words take them (cortex-a53; 64 channels and
/// 18 x 32: cycles of five tiles follow this count within 6 %).
int64_t productsOfLines(const TileLine &down, const TileLine &across, int64_t outHeight, int64_t outWidth, bool wide) {
  int64_t tiles = down.tilesOver(outHeight) * across.tilesOver(outWidth);
  return (wide ? (tiles + 7) / 8 * 8 : tiles) * down.K * across.K;
}

int64_t productsOf(const TileSpec &tile, int64_t outHeight, int64_t outWidth) {
  return productsOfLines(tile.down(), tile.across(), outHeight, outWidth, !tile.hasByteTaps());
}

/// The tile of fewest products, nearly, whose directions are of these lines, which go from quiet to noisy; nothing if
/// there are none.
std::optional<TileSpec> fewestProducts(llvm::ArrayRef<TileSpec> down, llvm::ArrayRef<TileSpec> across,
                                       int64_t outHeight, int64_t outWidth, bool wide) {
  std::optional<TileSpec> best;
  int64_t fewest = 0;
  for (size_t places = 0; places + 1 < down.size() + across.size(); ++places) // quiet pairs first
    for (size_t place = 0; place <= places; ++place) {
      if (place >= down.size() || places - place >= across.size())
        continue;
      const TileSpec &column = down[place], &row = across[places - place];
      int64_t products = productsOfLines(column.down(), row.across(), outHeight, outWidth, wide);
      if (best && double(products) > worthIt * double(fewest))
        continue;
      fewest = products;
      best = column;
      if (!(column == row))
        best->rowLine = row.down();
    }
  return best;
}

/// Square tiles of words with the fewest products there are (K = m + 2): each has fewer than every quieter one in
/// `tiles` and before it. Noise grows with m; that of F(7,3) is below the noise of F(4,3) with bytes.
void addSquaresOfWords(int64_t outHeight, int64_t outWidth, std::vector<TileSpec> &tiles) {
  static const std::vector<TileSpec> squares = {knownTile("F(6,3) taps=i16xi16"), knownTile("F(7,3) taps=i16xi16"),
                                                knownTile("F(8,3) taps=i16xi16")};
  for (const TileSpec &square : squares)
    if (llvm::all_of(tiles, [&](const TileSpec &tile) {
          return tile.hasByteTaps() || double(productsOf(square, outHeight, outWidth)) <=
                                           worthIt * double(productsOf(tile, outHeight, outWidth));
        }))
      tiles.push_back(square);
}

} // namespace

std::vector<TileSpec> candidatesFor(int64_t outHeight, int64_t outWidth, int64_t kernelHeight, int64_t kernelWidth) {
  static const std::vector<TileSpec> whole = [] {
    std::vector<TileSpec> parsed;
    for (llvm::StringRef text :
         {"F(4,3) K=7", "F(4,3) K=7 taps=i8xi7", "F(5,3) K=8", "F(7,3) K=10", "F(7,3) K=10 taps=i8xi7",
          "F(7,3) K=10 taps=i16xi16", "F(8,3) K=12", "F(8,3) K=12 taps=i8xi7"})
      parsed.push_back(knownTile(text));
    return parsed;
  }();
  std::vector<TileSpec> tiles;
  if (kernelHeight == kernelWidth && kernelHeight != 3)
    return tiles;
  if (kernelHeight == 3 && kernelWidth == 3) {
    tiles.assign(defaultCandidates().begin(), defaultCandidates().end());
    for (const TileSpec &tile : whole)
      if (outHeight % tile.m == 0 && outWidth % tile.m == 0)
        tiles.push_back(tile);
  }
  if (kernelHeight == 3 && kernelWidth == 3)
    addSquaresOfWords(outHeight, outWidth, tiles);
  size_t squares = tiles.size();
  for (bool wide : {false, true}) {
    std::optional<TileSpec> tile =
        fewestProducts(linesOf(kernelHeight, kernelWidth == 1, wide), linesOf(kernelWidth, kernelHeight == 1, wide),
                       outHeight, outWidth, wide);
    if (!tile || tile->isSquare())
      continue;
    if (wide)
      tile->inputTap = tile->filterTap = TapType::I16;
    double products = double(productsOf(*tile, outHeight, outWidth));
    if (llvm::all_of(llvm::ArrayRef(tiles).take_front(squares), [&](const TileSpec &square) {
          return square.hasByteTaps() == wide || products <= worthIt * double(productsOf(square, outHeight, outWidth));
        }))
      tiles.push_back(*tile);
  }
  return tiles;
}

std::vector<TileSpec> strideCandidates(int64_t outHeight, int64_t outWidth) {
  std::vector<TileSpec> tiles;
  for (llvm::StringRef text : {"F(2,3)/2 K=5", "F(3,3)/2 K=7", "F(4,3)/2 K=9", "F(5,3)/2 K=11"}) {
    TileSpec tile = knownTile(text);
    if (llvm::any_of(tiles, [&](const TileSpec &quieter) {
          return double(productsOf(tile, outHeight, outWidth)) >
                 worthIt * double(productsOf(quieter, outHeight, outWidth));
        }))
      continue;
    for (auto [input, filter] :
         {std::pair(TapType::I8, TapType::I8), {TapType::I8, TapType::I7}, {TapType::I16, TapType::I16}}) {
      tile.inputTap = input;
      tile.filterTap = filter;
      tiles.push_back(tile);
    }
  }
  return tiles;
}

std::vector<TileSpec> candidatesFor(Conv2DOp conv) {
  auto out = shapeOf(conv.getOutput()), filter = shapeOf(conv.getFilter());
  if (conv.getStrides() == llvm::ArrayRef<int64_t>{1, 1})
    return candidatesFor(out[2], out[3], filter[2], filter[3]);
  if (conv.getStrides() == llvm::ArrayRef<int64_t>{2, 2} && filter[2] == 3 && filter[3] == 3)
    return strideCandidates(out[2], out[3]);
  return {};
}

std::vector<TileSpec> floatCandidates(Conv2DOp conv, TapType taps) {
  std::vector<TileSpec> tiles;
  auto filter = shapeOf(conv.getFilter());
  if (filter[2] != filter[3] || conv.getStrides() != llvm::ArrayRef<int64_t>{1, 1})
    return tiles;
  const LineTexts texts =
      filter[2] == 3
          ? LineTexts{"F(2,3)", "F(4,3) points=[0,1,-1,2,-2,inf]", "F(6,3) points=[0,1,-1,2,-2,1/2,-1/2,inf]"}
      : filter[2] == 5 ? LineTexts{"F(2,5) points=[0,1,-1,2,-2,inf]", "F(4,5) points=[0,1,-1,2,-2,1/2,-1/2,inf]"}
      : filter[2] == 7 ? LineTexts{"F(2,7) points=[0,1,-1,2,-2,1/2,-1/2,inf]"}
                       : LineTexts{};
  for (llvm::StringRef text : texts) {
    tiles.push_back(knownTile(text));
    tiles.back().inputTap = tiles.back().filterTap = taps;
  }
  return tiles;
}

std::vector<TileSpec> floatMapCandidates(Conv2DOp conv, TapType taps) {
  std::vector<TileSpec> tiles = floatCandidates(conv, taps);
  // As of words: hardly any noise, and the fewest products count.
  for (TileSpec tile : candidatesFor(conv)) {
    if (tile.inputTap != TapType::I16)
      continue;
    tile.inputTap = tile.filterTap = taps;
    if (!llvm::is_contained(tiles, tile))
      tiles.push_back(tile);
  }
  return tiles;
}

llvm::Expected<std::vector<TapType>> parseFloatTaps(llvm::StringRef text) {
  std::vector<TapType> types;
  if (text == "f16" || text == "all")
    types.push_back(TapType::F16);
  if (text == "f32" || text == "all")
    types.push_back(TapType::F32);
  if (types.empty() && text != "none")
    return llvm::createStringError("expected none, f16, f32 or all, got '" + text + "'");
  return types;
}

} // namespace wino
