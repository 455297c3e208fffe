// Random graphs of the ops beside convolutions. Every step takes a tensor made before and adds one op that fits it.
#include "RandomCase.h"

#include <algorithm>

namespace wino {

using Value = GraphText::Value;

namespace {

class Grower {
public:
  Grower(uint64_t seed, bool inFloats) : inFloats(inFloats), graph(seed), random(graph.random) {}

  RandomCase run() {
    Shape shape = {random.chance(0.25) ? 2 : 1, random.in(1, 40), random.in(1, 14), random.in(1, 14)};
    if (random.chance(0.15))
      shape = {random.in(1, 5), random.in(1, 90)};
    bool sums = random.chance(0.3); // nothing but sums and products of maps
    int64_t arguments = sums || random.chance(0.3) ? 2 : 1;
    for (int64_t i = 0; i < arguments; ++i)
      values.push_back(graph.argument(shape, random.chance(0.5)));
    int64_t steps = random.in(1, 6);
    for (int64_t made = 0, tries = 0; made < steps && tries < 60; ++tries) {
      size_t before = values.size();
      Value input = random.chance(0.7) ? values.back() : random.pick(values);
      if (sums)
        binary(input);
      else
        step(input);
      made += values.size() > before;
    }
    if (random.chance(0.3))
      head();
    std::vector<Value> results = {values.back()};
    if (random.chance(0.2))
      results.push_back(random.pick(values));
    return {graph.finish(results), graph.description, graph.unsignedArguments};
  }

private:
  bool inFloats;
  GraphText graph;
  Random &random;
  std::vector<Value> values;

  void add(const std::string &mnemonic, const std::vector<Value> &operands, const std::string &attributes,
           const Shape &shape) {
    if (countOf(shape) <= 40000)
      values.push_back(graph.op(mnemonic, operands, attributes, shape));
  }

  /// The end of a classifier, whose numbers have 16 bits: a global mean, a layer, softmax, any of them left out.
  void head() {
    Value x = values.back();
    if (x.shape.size() == 4 && random.chance(0.8)) {
      Shape kernel = {x.shape[2], x.shape[3]}, whole = {x.shape[0], x.shape[1], 1, 1}, flat = {x.shape[0], x.shape[1]};
      bool keeps = random.chance(0.5);
      if (random.chance(0.5))
        add("reduce_mean", {x}, std::string("axes = array<i64: 2, 3>, keep_dims = ") + (keeps ? "true" : "false"),
            keeps ? whole : flat);
      else
        add("avg_pool_2d", {x},
            "kernel = " + arrayText(kernel) + ", strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>" +
                ", count_include_pad = true",
            whole);
      if (values.back().shape.size() == 4 && random.chance(0.9))
        add("reshape", {values.back()}, "", flat);
    }
    if (random.chance(0.8))
      fullyConnected(values.back());
    if (random.chance(0.5))
      add("softmax", {values.back()}, axisText(values.back()), values.back().shape);
  }

  void step(const Value &x) {
    switch (random.in(0, 16)) {
    case 0: return binary(x);
    case 1: return pool(x, "max_pool_2d");
    case 2: return pool(x, "avg_pool_2d");
    case 3: return concat(x);
    case 4: return reduce(x, "reduce_mean");
    case 5: return add("softmax", {x}, axisText(x), x.shape);
    case 6: return slice(x);
    case 7: return pad(x);
    case 8: return transpose(x);
    case 9: return reshape(x);
    case 10: return fullyConnected(x);
    case 11: return function(x);
    case 12: return repeat(x);
    case 13: return blocks(x);
    case 14: return reduce(x, "reduce_max");
    case 15:
      if (std::string activation = graph.activation(1); !activation.empty())
        add("activate", {x}, activation.substr(0, activation.size() - 2), x.shape);
      return;
    default:
      if (x.shape.size() == 4)
        values.push_back(addConvolution(graph, x, random.chance(0.5), 1000000));
    }
  }

  std::string axisText(const Value &x) {
    return "axis = " + std::to_string(random.in(0, int64_t(x.shape.size()) - 1)) + " : i64";
  }

  void binary(const Value &x) {
    Value other = random.chance(0.4) ? graph.constant(x.shape, 1.5) : x;
    for (const Value &value : values)
      if (value.shape == x.shape && random.chance(0.5))
        other = value;
    std::vector<Value> operands = {x, other};
    if (random.chance(0.3))
      std::swap(operands[0], operands[1]);
    add(random.pick<std::string>({"add", "sub", "mul", "maximum", "minimum"}), operands, trimmed(graph.activation(0.4)),
        x.shape);
  }

  /// An attribute list that ends without a comma.
  void pool(const Value &x, const std::string &mnemonic) {
    if (x.shape.size() != 4)
      return;
    Shape kernel, strides, pads(4), out = x.shape;
    for (size_t axis = 0; axis < 2; ++axis) {
      kernel.push_back(random.in(1, std::min<int64_t>(4, x.shape[2 + axis])));
      strides.push_back(random.in(1, 3));
      for (size_t side : {axis, axis + 2})
        pads[side] = random.in(0, std::min<int64_t>(2, kernel[axis] - 1));
      out[2 + axis] = (x.shape[2 + axis] + pads[axis] + pads[axis + 2] - kernel[axis]) / strides[axis] + 1;
    }
    std::string attributes =
        "kernel = " + arrayText(kernel) + ", strides = " + arrayText(strides) + ", pads = " + arrayText(pads);
    if (mnemonic == "avg_pool_2d")
      attributes += random.chance(0.5) ? ", count_include_pad = true" : ", count_include_pad = false";
    add(mnemonic, {x}, attributes, out);
  }

  void concat(const Value &x) {
    auto axis = size_t(random.in(0, int64_t(x.shape.size()) - 1));
    std::vector<Value> operands = {x};
    Shape out = x.shape;
    for (const Value &value : values) {
      Shape same = value.shape;
      if (same.size() != x.shape.size() || operands.size() == 4)
        continue;
      same[axis] = x.shape[axis];
      if (same != x.shape)
        continue;
      operands.push_back(value);
      out[axis] += value.shape[axis];
    }
    add("concat", operands, "axis = " + std::to_string(axis) + " : i64", out);
  }

  void reduce(const Value &x, const std::string &mnemonic) {
    Shape axes, kept, flat;
    bool image = x.shape.size() == 4 && random.chance(0.5);
    for (size_t d = 0; d < x.shape.size(); ++d) {
      bool reduced = image ? d >= 2 : random.chance(0.4);
      if (reduced)
        axes.push_back(int64_t(d));
      else
        flat.push_back(x.shape[d]);
      kept.push_back(reduced ? 1 : x.shape[d]);
    }
    bool keep = random.chance(0.5) || flat.empty();
    if (!axes.empty())
      add(mnemonic, {x}, "axes = " + arrayText(axes) + (keep ? ", keep_dims = true" : ", keep_dims = false"),
          keep ? kept : flat);
  }

  /// One of the functions that only a table computes.
  void function(const Value &x) {
    if (inFloats && random.chance(0.6)) {
      auto text = random.pick<std::string>({"exp, 0.0 : f32, 0.0", "log, 0.0 : f32, 0.0", "sqrt, 0.0 : f32, 0.0",
                                            "reciprocal, 0.0 : f32, 0.0", "pow, 2.0 : f32, 0.0", "pow, 0.3 : f32, 0.0",
                                            "celu, 0.5 : f32, 0.0", "gelu_tanh, 0.0 : f32, 0.0", "mish, 0.0 : f32, 0.0",
                                            "softsign, 0.0 : f32, 0.0", "ceil, 0.0 : f32, 0.0"});
      return add("activate", {x}, "activation = #winograd.activation<" + text + " : f32>", x.shape);
    }
    auto text = random.pick<std::string>( // none that leaves the floats
        {"abs, 0.0 : f32, 0.0", "neg, 0.0 : f32, 0.0", "sign, 0.0 : f32, 0.0", "floor, 0.0 : f32, 0.0",
         "round, 0.0 : f32, 0.0", "tanh, 0.0 : f32, 0.0", "erf, 0.0 : f32, 0.0", "softplus, 0.0 : f32, 0.0",
         "elu, 0.5 : f32, 0.0", "gelu, 0.0 : f32, 0.0", "hard_sigmoid, 0.2 : f32, 0.5", "hard_swish, 0.0 : f32, 0.0",
         "selu, 1.5 : f32, 1.0", "thresholded_relu, 0.5 : f32, 0.0"});
    add("activate", {x}, "activation = #winograd.activation<" + text + " : f32>", x.shape);
  }

  void repeat(const Value &x) {
    Shape factors, out;
    for (int64_t extent : x.shape) {
      factors.push_back(random.chance(extent == 1 ? 0.2 : 0.6) ? 1 : random.in(1, extent == 1 ? 9 : 3));
      out.push_back(extent * factors.back());
    }
    add("repeat", {x}, "factors = " + arrayText(factors), out);
  }

  /// depth_to_space where some block divides the channels, else its inverse.
  void blocks(const Value &x) {
    if (x.shape.size() != 4)
      return;
    Shape s = x.shape;
    int64_t high = random.in(1, 3), wide = random.in(1, 3);
    std::string block = "block = " + arrayText({high, wide});
    if (s[1] % (high * wide) == 0)
      add("depth_to_space", {x}, block + ", channels_first = " + (random.chance(0.5) ? "true" : "false"),
          {s[0], s[1] / (high * wide), s[2] * high, s[3] * wide});
    else if (s[2] % high == 0 && s[3] % wide == 0)
      add("space_to_depth", {x}, block, {s[0], s[1] * high * wide, s[2] / high, s[3] / wide});
  }

  void slice(const Value &x) {
    Shape starts, steps, out;
    for (int64_t extent : x.shape) {
      int64_t start = random.chance(0.5) ? 0 : random.in(0, extent - 1),
              step = random.chance(0.7) ? 1 : random.in(2, 3);
      starts.push_back(start);
      steps.push_back(step);
      out.push_back(random.in(1, (extent - 1 - start) / step + 1));
    }
    add("slice", {x}, "starts = " + arrayText(starts) + ", steps = " + arrayText(steps), out);
  }

  void pad(const Value &x) {
    Shape low, high, out;
    for (int64_t extent : x.shape) {
      low.push_back(random.chance(0.5) ? 0 : random.in(0, 2));
      high.push_back(random.chance(0.5) ? 0 : random.in(0, 2));
      out.push_back(extent + low.back() + high.back());
    }
    add("pad", {x},
        "low = " + arrayText(low) + ", high = " + arrayText(high) +
            ", value = " + random.pick<std::string>({"0.0", "0.5", "-0.75", "100.0"}) + " : f32",
        out);
  }

  void transpose(const Value &x) {
    Shape perm(x.shape.size()), out;
    for (size_t d = 0; d < perm.size(); ++d)
      perm[d] = int64_t(d);
    for (size_t d = perm.size(); d-- > 1;)
      std::swap(perm[d], perm[size_t(random.in(0, int64_t(d)))]);
    for (int64_t d : perm)
      out.push_back(x.shape[size_t(d)]);
    add("transpose", {x}, "perm = " + arrayText(perm), out);
  }

  void reshape(const Value &x) {
    int64_t rest = countOf(x.shape), batch = x.shape[0];
    Shape out;
    if (random.chance(0.4)) { // flatten
      out = {batch, rest / batch};
    } else {
      for (int64_t rank = random.in(1, 5); int64_t(out.size()) + 1 < rank;) {
        int64_t factor = random.in(1, 12);
        factor = rest % factor ? 1 : factor;
        out.push_back(factor);
        rest /= factor;
      }
      out.push_back(rest);
      std::swap(out[size_t(random.in(0, int64_t(out.size()) - 1))], out.back());
    }
    add("reshape", {x}, "", out);
  }

  void fullyConnected(const Value &x) {
    if (x.shape.size() != 2) {
      if (countOf(x.shape) <= 4000)
        add("reshape", {x}, "",
            {x.shape.empty() ? 1 : x.shape[0], countOf(x.shape) / (x.shape.empty() ? 1 : x.shape[0])});
      return;
    }
    int64_t inputs = x.shape[1], outputs = random.in(1, 50);
    if (inputs > 4000)
      return;
    double size = random.chance(0.2) ? 400 : 4; // logits of hundreds have tables of softmax that end early
    Value filter = graph.constant({outputs, inputs}, size / double(inputs + 3)), bias = graph.constant({outputs}, 0.5);
    add("fully_connected", {x, filter, bias}, trimmed(graph.activation(0.5)), {x.shape[0], outputs});
  }
};

} // namespace

RandomCase randomGraph(uint64_t seed, bool inFloats) { return Grower(seed, inFloats).run(); }

} // namespace wino
