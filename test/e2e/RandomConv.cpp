// Random convolutions: shapes that are multiples of nothing, every tile, direct ones of every kind.
#include "RandomCase.h"

#include "wino/Numerics/BilinearAlgorithm.h"
#include "wino/Numerics/FixedPoint.h"

namespace wino {

using Value = GraphText::Value;

/// [0, a, -a, b, -b, inf] in small fractions, or without the symmetry for the small tile.
static std::string randomPoints(Random &random) {
  static const std::vector<std::string> fractions = {"1/2", "5/8", "2/3", "3/4", "7/8", "1", "5/4", "4/3", "3/2", "2"};
  size_t a = size_t(random.in(0, 9)), b = size_t(random.in(0, 8));
  b += b >= a;
  const std::string &x = fractions[a], &y = fractions[b];
  if (random.chance(0.25))
    return "F(2,3) points=[0," + x + ",-" + y + ",inf]";
  return "F(4,3) points=[0," + x + ",-" + x + "," + y + ",-" + y + ",inf]";
}

/// Both byte and 16-bit taps, equal and mixed formats.
static std::string randomTaps(Random &random) {
  if (random.chance(0.4))
    return random.chance(0.5) ? " taps=i8xi8" : " taps=i16xi16";
  static const std::vector<std::string> byteTypes = {"i4", "i5", "i6", "i7", "i8"};
  std::string filter = random.pick(byteTypes);
  return " taps=" + (random.chance(0.25) ? "i16" : random.pick(byteTypes)) + "x" + filter;
}

static std::string randomFormats(Random &random) {
  if (random.chance(0.2))
    return random.chance(0.5) ? " taps=f32xf32" : random.chance(0.5) ? " taps=f16xf16" : " taps=f16xf16 out=f16";
  std::string taps = randomTaps(random);
  return random.chance(0.6) ? taps : taps + (random.chance(0.5) ? " out=i8" : " out=i16");
}

/// Tiles for 5x5 and 7x7 filters, which have no default points.
static std::string randomLargeTile(Random &random, int64_t r) {
  static const std::vector<std::string> tiles5 = {
      "F(2,5) points=[0,1,-1,1/2,-1/2,inf]", "F(1,5) points=[0,1,-1,2,inf]", "F(4,5) points=[0,1,-1,2,-2,1/2,-1/2,inf]",
      "F(2,5) points=[0,2/3,-2/3,3/2,-3/2,inf]",
      "F(3,5) K=8 points=[inf,5/4,-5/4,1/2,-1/2] factors=[x^2+1@(inf,3/4,-3/4)]"};
  static const std::vector<std::string> tiles7 = {"F(2,7) points=[0,1,-1,2,-2,1/2,-1/2,inf]",
                                                  "F(1,7) points=[0,1,-1,1/2,-1/2,2,inf]"};
  return random.pick(r == 5 ? tiles5 : tiles7) + randomFormats(random);
}

/// The tile with its matrices stated, every entry moved a little and rounded to k / 2^12: neither exact nor symmetric.
static std::string perturbed(Random &random, const std::string &tile) {
  TileSpec spec = llvm::cantFail(TileSpec::parse(tile));
  auto move = [&](RationalMatrix matrix) {
    for (int i = 0; i < matrix.rows(); ++i)
      for (int j = 0; j < matrix.cols(); ++j) {
        auto nearest = int64_t(roundHalfUp(std::ldexp(matrix.at(i, j).toDouble(), 12)));
        matrix.at(i, j) = Rational(nearest + random.in(-200, 200), 1 << 12);
      }
    return matrix;
  };
  auto state = [&](TileLine &line) {
    BilinearAlgorithm algorithm = llvm::cantFail(BilinearAlgorithm::make(line));
    line.points.clear();
    line.factors.clear();
    line.AT = move(algorithm.AT);
    line.G = move(algorithm.G);
    line.BT = move(algorithm.BT);
  };
  if (spec.rowLine)
    state(*spec.rowLine);
  state(spec);
  return spec.str();
}

/// One direction of a tile that is not square: m, K and points of F(m, r).
struct LineText {
  int m, K;
  std::string points, factors;
};

static LineText randomLine(Random &random, int64_t r, int64_t stride) {
  static const std::vector<LineText> none = {{1, 1, "[0]", "[]"}, {1, 1, "[inf]", "[]"}, {2, 2, "[1,-1]", "[]"}};
  static const std::vector<LineText> of3 = {
      {1, 3, "[0,1,-1]", "[]"},
      {2, 4, "[0,1,-1,inf]", "[]"},
      {3, 5, "[0,1,-1,2,inf]", "[]"},
      {4, 6, "[0,2/3,-2/3,3/2,-3/2,inf]", "[]"},
      {4, 6, "[0,1,-1,2,-2,inf]", "[]"},
      {4, 7, "[0,1,-1,inf]", "[x^2+1@(0,2,-2)]"},
      {6, 8, "[0,1,-1,2,-2,1/2,-1/2,inf]", "[]"},
      {7, 10, "[0,9/8,-9/8,3,-3,5/8,-5/8]", "[x^2+1@(inf,3/4,-3/4)]"},
      {8, 12, "[0,3/4,-3/4,5/4,-5/4,inf]", "[x^2-1*x+1@(0,1,inf);x^2+1*x+1@(0,-1,inf)]"}};
  static const std::vector<LineText> of5 = {{1, 5, "[0,1,-1,2,inf]", "[]"},
                                            {2, 6, "[0,2/3,-2/3,3/2,-3/2,inf]", "[]"},
                                            {4, 9, "[0,5/7,-5/7,7/5,-7/5,inf]", "[x^2+1@(0,15/8,-15/8)]"}};
  static const std::vector<LineText> of7 = {{2, 8, "[0,2,-2,1,-1,1/2,-1/2,inf]", "[]"},
                                            {3, 10, "[0,3,-3,8/7,-8/7,5/8,-5/8]", "[x^2+1@(inf,7/10,-7/10)]"},
                                            {4, 11, "[0,1/2,-1/2,1,-1,2,-2,inf]", "[x^2+1@(inf,1,-1)]"}};
  static const std::vector<LineText> phases = {{1, 3, "[0,inf]", "[]"},
                                               {2, 5, "[0,1,inf]", "[]"},
                                               {3, 7, "[0,1,-1,inf]", "[]"},
                                               {3, 8, "[0,1]", "[x^2+1@(0,2,-2)]"},
                                               {4, 9, "[0,1,-1,1/2,inf]", "[]"},
                                               {5, 11, "[0,2/3,-2/3,3/2,-3/2,inf]", "[]"},
                                               {7, 15, "[0,1,-1,2,-2,1/2,-1/2,inf]", "[]"}};
  if (stride == 2)
    return r == 1 ? none[0] : random.pick(phases);
  return random.pick(r == 1 ? none : r == 3 ? of3 : r == 5 ? of5 : of7);
}

/// A tile whose directions have nothing to do with each other.
static std::string randomRectangle(Random &random, const Shape &kernel, const Shape &strides) {
  LineText down = randomLine(random, kernel[0], strides[0]), across = randomLine(random, kernel[1], strides[1]);
  auto pair = [](auto a, auto b) { return std::to_string(a) + "x" + std::to_string(b); };
  std::string tile = "F(" + pair(down.m, across.m) + "," + pair(kernel[0], kernel[1]) + ")/" +
                     pair(strides[0], strides[1]) + " K=" + pair(down.K, across.K) + " points=" + down.points + "x" +
                     across.points + " factors=" + down.factors + "x" + across.factors + randomFormats(random);
  return random.chance(0.15) ? perturbed(random, tile) : tile;
}

/// Extents of a filter that has a Winograd tile, square or not.
static Shape randomKernel(Random &random) {
  if (random.chance(0.6))
    return {3, 3};
  if (random.chance(0.4))
    return random.chance(0.5) ? Shape{5, 5} : Shape{7, 7};
  int64_t r = 2 * random.in(1, 3) + 1, other = random.chance(0.7) ? 1 : 2 * random.in(1, 2) + 1;
  return random.chance(0.5) ? Shape{r, other} : Shape{other, r};
}

static std::string randomTile(Random &random) {
  static const std::vector<std::string> tiles = {"F(2,3)",     "F(4,3)",     "F(4,3) points=[0,5/8,-5/8,3/2,-3/2,inf]",
                                                 "F(3,3)",     "F(4,3) K=7", "F(4,3) points=[0,1,-1,2,-2,inf]",
                                                 "F(3,3) K=6", "F(6,3)",     "F(4,3) points=[0,1/2,-1/2,1,-1,inf]",
                                                 "F(6,3) K=9", "F(5,3)",     "F(5,3) K=8"};
  std::string tile = random.chance(0.25) ? randomPoints(random) : random.pick(tiles);
  tile += randomFormats(random);
  return random.chance(0.15) ? perturbed(random, tile) : tile;
}

static std::string randomPlan(Random &random, const Shape &kernel, const Shape &strides) {
  if (kernel[0] != kernel[1] || strides != Shape{1, 1} || random.chance(0.25))
    return randomRectangle(random, kernel, strides);
  return kernel[0] == 3 ? randomTile(random) : randomLargeTile(random, kernel[0]);
}

static int64_t outputExtent(int64_t input, int64_t low, int64_t high, int64_t kernel, int64_t stride,
                            int64_t dilation) {
  int64_t span = input + low + high - (kernel - 1) * dilation - 1;
  return span < 0 ? 0 : span / stride + 1;
}

Value addConvolution(GraphText &graph, Value input, bool direct, int64_t work, double activates) {
  Random &random = graph.random;
  int64_t channels = input.shape[1], groups = 1, outputs = random.in(1, 70), perGroup = channels;
  Shape kernel = {3, 3}, strides = {1, 1}, dilations = {1, 1}, pads = {1, 1, 1, 1};
  if (direct) {
    if (int64_t kind = random.in(0, 4); kind == 0) { // depthwise
      groups = channels;
      outputs = channels * random.in(1, 2);
    } else if (kind == 1) {
      for (int64_t g = 2; g <= 6; ++g)
        groups = channels % g == 0 ? g : groups;
      outputs = groups * random.in(1, 11);
    }
    perGroup = channels / groups;
    for (int axis = 0; axis < 2; ++axis) {
      kernel[size_t(axis)] = random.in(1, 5);
      strides[size_t(axis)] = random.chance(0.5) ? 1 : random.in(2, 3);
      dilations[size_t(axis)] = random.chance(0.8) ? 1 : random.in(2, 3);
    }
  }
  if (!direct) {
    kernel = randomKernel(random);
    bool down = random.chance(0.3), across = random.chance(0.8) == down; // mostly both or none
    strides = {down && kernel[0] <= 3 ? 2 : 1, across && kernel[1] <= 3 ? 2 : 1};
  }
  if (random.chance(0.7))
    for (int64_t &pad : pads)
      pad = random.in(0, 2);
  Shape out = {input.shape[0], outputs, 0, 0};
  for (size_t axis = 0; axis < 2; ++axis) {
    auto extent = [&] {
      return outputExtent(input.shape[2 + axis], pads[axis], pads[2 + axis], kernel[axis], strides[axis],
                          dilations[axis]);
    };
    if (extent() < 1) { // the map is smaller than the window
      dilations[axis] = 1;
      pads[axis] = pads[2 + axis] = std::max<int64_t>(2, kernel[axis] / 2);
      if (direct)
        kernel[axis] = std::min(kernel[axis], input.shape[2 + axis]);
    }
    out[2 + axis] = extent();
  }
  int64_t perOutput = out[0] * out[2] * out[3] * perGroup * kernel[0] * kernel[1];
  if (groups == 1)
    out[1] = std::max<int64_t>(1, std::min(out[1], work / perOutput));
  double scale = 2.0 / std::max<double>(1, double(perGroup * kernel[0] * kernel[1]) / 8);
  Value filter = graph.constant({out[1], perGroup, kernel[0], kernel[1]}, scale);
  Value bias = graph.constant({out[1]}, random.chance(0.2) ? 0 : 0.5);
  std::string attributes = graph.activation(activates);
  if (!direct)
    attributes += "plan = #winograd.plan<\"" + randomPlan(random, kernel, strides) + "\">, ";
  attributes += "strides = " + arrayText(strides) + ", pads = " + arrayText(pads) +
                ", dilations = " + arrayText(dilations) + ", groups = " + std::to_string(groups) + " : i64";
  return graph.op("conv_2d", {input, filter, bias}, attributes, out);
}

Value addResidual(GraphText &graph, Value source, Value result, std::vector<Value> &results) {
  Random &random = graph.random;
  Value other = source;
  if (source.shape != result.shape) { // projected: 1x1 on as much of the source as there are outputs, repeated
    Shape starts = {0, 0, 0, 0}, steps = {1, 1, 1, 1}, cut = source.shape, factors = {1, 1, 1, 1}, whole = source.shape;
    for (size_t axis : {2, 3}) {
      factors[axis] = (result.shape[axis] + source.shape[axis] - 1) / source.shape[axis];
      whole[axis] *= factors[axis];
    }
    cut[2] = result.shape[2];
    cut[3] = result.shape[3];
    other = graph.op("repeat", {other}, "factors = " + arrayText(factors), whole);
    other = graph.op("slice", {other}, "starts = " + arrayText(starts) + ", steps = " + arrayText(steps), cut);
    Value filter = graph.constant({result.shape[1], source.shape[1], 1, 1}, 2.0 / double(source.shape[1]));
    Value bias = graph.constant({result.shape[1]}, 0.5);
    other = graph.op("conv_2d", {other, filter, bias},
                     graph.activation(0.4) + "strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = "
                                             "array<i64: 1, 1>, groups = 1 : i64",
                     result.shape);
  }
  if (random.chance(0.1))
    results.push_back(random.chance(0.5) ? other : result);
  std::vector<Value> operands = {result, other};
  if (random.chance(0.5))
    std::swap(operands[0], operands[1]);
  return graph.op("add", operands, trimmed(graph.activation(0.6)), result.shape);
}

RandomCase randomConvolutions(uint64_t seed) {
  GraphText graph(seed);
  Random &random = graph.random;
  int64_t batch = random.chance(0.2) ? 2 : 1, work = 4000000, layers = random.chance(0.3) ? random.in(2, 3) : 1;
  int64_t side = random.chance(0.3) ? 12 : 40;
  Shape shape = {batch, random.in(1, 70), random.in(1, side), random.in(1, side)};
  while (countOf(shape) * 9 > work / 4)
    shape[size_t(random.in(1, 3))] = random.in(1, 24);
  Value value = graph.argument(shape, random.chance(0.5));
  std::vector<Value> results;
  for (int64_t layer = 0; layer < layers; ++layer) {
    bool isBlock = random.chance(0.4); // of a residual network
    Value next = addConvolution(graph, value, random.chance(0.3), work / layers, isBlock ? 0.1 : 0.6);
    if (layer > 0 && random.chance(0.2))
      results.push_back(value); // a tensor inside the network that is a result as well
    if (isBlock && countOf(next.shape) * value.shape[1] <= work)
      next = addResidual(graph, value, next, results);
    else if (next.shape == value.shape && random.chance(0.7))
      next = graph.op("add", {next, value}, trimmed(graph.activation(0.5)), next.shape);
    value = next;
  }
  results.push_back(value);
  return {graph.finish(results), graph.description, graph.unsignedArguments};
}

} // namespace wino
