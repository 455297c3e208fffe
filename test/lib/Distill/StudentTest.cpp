// Layers against plain loops, gradients against finite differences and, through roundings, against those of the
// function whose roundings are frozen; tuning: what it gains, threads, and states that are not better.
#include "wino/Distill/Student.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace wino;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

std::vector<float> numbers(size_t count, unsigned seed, float size = 1) {
  std::mt19937 random(seed);
  std::vector<float> result(count);
  for (float &x : result)
    x = size * float(int(random() % 2001) - 1000) / 1000;
  return result;
}

WindowGeometry window(int64_t channels, int64_t size, int64_t kernel, int64_t stride, int64_t pad,
                      int64_t dilation = 1) {
  WindowGeometry g;
  g.channels = channels;
  g.height = g.width = size;
  g.kernelHeight = g.kernelWidth = kernel;
  g.strideY = g.strideX = stride;
  g.dilationY = g.dilationX = dilation;
  g.padTop = g.padLeft = pad;
  g.outHeight = g.outWidth = (size + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
  return g;
}

double convolution(const WindowGeometry &g, const float *x, const float *w, size_t cOut, size_t groups, size_t f,
                   int64_t y, int64_t z) {
  int64_t perGroup = g.channels / int64_t(groups), first = int64_t(f / (cOut / groups)) * perGroup;
  double sum = 0;
  for (int64_t c = 0; c < perGroup; ++c)
    for (int64_t u = 0; u < g.kernelHeight; ++u)
      for (int64_t v = 0; v < g.kernelWidth; ++v) {
        int64_t iy = y * g.strideY + u * g.dilationY - g.padTop, ix = z * g.strideX + v * g.dilationX - g.padLeft;
        if (iy >= 0 && iy < g.height && ix >= 0 && ix < g.width)
          sum += double(x[((first + c) * g.height + iy) * g.width + ix]) *
                 double(w[((int64_t(f) * perGroup + c) * g.kernelHeight + u) * g.kernelWidth + v]);
      }
  return sum;
}

TileMatrices matricesOf(const char *tile) {
  return TileMatrices::from(llvm::cantFail(BilinearAlgorithm::make(llvm::cantFail(TileSpec::parse(tile)))));
}

TEST(WindowLayer, is_a_convolution) {
  ParallelLoop loop(1);
  struct {
    WindowGeometry g;
    size_t cOut, groups;
  } cases[] = {{window(6, 9, 3, 2, 1), 4, 1}, {window(4, 8, 3, 1, 2, 2), 8, 2}, {window(5, 7, 3, 1, 1), 5, 5},
               {window(7, 1, 1, 1, 0), 3, 1}, {window(3, 3, 3, 3, 0), 4, 1},    {window(2, 3, 3, 3, 1), 4, 1}};
  for (auto &[g, cOut, groups] : cases) {
    std::vector<float> w = numbers(cOut * g.reads() / groups, 1), bias = numbers(cOut, 2);
    WindowLayer layer(g, cOut, groups, w, bias, 0, loop);
    size_t size = size_t(g.channels * g.height * g.width);
    std::vector<float> x = numbers(2 * size, 3), y(2 * cOut * g.outputs());
    layer.forward({x.data()}, y.data(), 2, /*isTeacher=*/false);
    for (size_t i = 0; i < y.size(); ++i) {
      size_t image = i / (cOut * g.outputs()), f = i / g.outputs() % cOut, p = i % g.outputs();
      double want = double(bias[f]) + convolution(g, &x[image * size], w.data(), cOut, groups, f,
                                                  int64_t(p) / g.outWidth, int64_t(p) % g.outWidth);
      ASSERT_NEAR(y[i], want, 1e-4);
    }
  }
}

TEST(TapLayer, is_the_same_convolution_and_its_teacher_is_exact) {
  ParallelLoop loop(1);
  for (const char *tile : {"F(2,3)", "F(4,3)", "F(6,3) K=9"}) {
    WindowGeometry g = window(5, 9, 3, 1, 1); // tiles reach beyond the map
    std::vector<float> w = numbers(4 * 45, 1), bias = numbers(4, 2), x = numbers(2 * 5 * 81, 3), y(2 * 4 * 81), z = y;
    TileMatrices matrices = matricesOf(tile);
    TapLayer plain(g, 4, w, bias, matrices, {}, 0, loop);
    TapQuantizers coarse{3, 3, std::vector<float>(size_t(matrices.K * matrices.K), 0.7f), {}};
    TapLayer rounding(g, 4, w, bias, matrices, coarse, 0, loop);
    plain.forward({x.data()}, y.data(), 2, /*isTeacher=*/false);
    rounding.forward({x.data()}, z.data(), 2, /*isTeacher=*/true);
    double difference = 0, noise = 0;
    for (size_t i = 0; i < y.size(); ++i) {
      size_t image = i / (4 * 81), f = i / 81 % 4;
      double want =
          double(bias[f]) + convolution(g, &x[image * 405], w.data(), 4, 1, f, int64_t(i % 81 / 9), int64_t(i % 9));
      difference = std::max(difference, std::fabs(double(y[i]) - want));
      ASSERT_NEAR(z[i], want, 1e-4) << tile;
    }
    EXPECT_LT(difference, 1e-3) << tile;
    rounding.forward({x.data()}, z.data(), 2, /*isTeacher=*/false);
    for (size_t i = 0; i < y.size(); ++i)
      noise = std::max(noise, std::fabs(double(z[i]) - double(y[i])));
    EXPECT_GT(noise, 0.05) << tile;
  }
}

/// With outputs of one size in all taps, rounding to 8 bits is a few thousandths of it: 7 deviations are 127 steps.
TEST(TapLayer, products_of_8_bits_add_their_noise) {
  ParallelLoop loop(2);
  WindowGeometry g = window(8, 16, 3, 1, 1);
  std::vector<float> w = numbers(8 * 72, 1), bias(8), x = numbers(8 * 256, 3), exact(8 * 256), rounded = exact;
  TapLayer plain(g, 8, w, bias, matricesOf("F(2,3)"), {}, 0, loop),
      eight(g, 8, w, bias, matricesOf("F(2,3)"), {}, 8, loop);
  plain.forward({x.data()}, exact.data(), 1, false);
  eight.forward({x.data()}, rounded.data(), 1, false);
  double noise = 0, power = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    noise += std::pow(double(rounded[i]) - double(exact[i]), 2);
    power += std::pow(double(exact[i]), 2);
  }
  // One rounding has (7 / 127)^2 / 12 of the power of its tap; taps of a tile add up with gains near 1.
  double share = 7.0 / 127 * 7.0 / 127 / 12;
  EXPECT_GT(noise / power, 0.3 * share);
  EXPECT_LT(noise / power, 3 * share);
}

/// Stride, taps, a branch with a sum, both pools, a grouped and a fully connected layer.
struct Network {
  Student student;
  std::vector<float> pixels = numbers(3 * 2 * 64, 10);
  std::vector<double> powers = {2.5, 1.5};

  Network(int limit, float scale, unsigned threads) : student(threads) {
    auto rule = [&](float low) {
      TensorRule result;
      result.low = low;
      result.scale = scale;
      result.lowest = low < 0 ? -128 : 0;
      result.highest = low < 0 ? 127 : 255;
      return result;
    };
    const ParallelLoop &loop = student.loop();
    size_t input = student.addInput(2 * 64, rule(-infinity));
    size_t first = student.addLayer(std::make_unique<WindowLayer>(window(2, 8, 3, 1, 1), 4, 1, numbers(4 * 18, 1),
                                                                  numbers(4, 2), limit ? 127 : 0, loop),
                                    {input}, 4 * 64, rule(0));
    TileMatrices matrices = matricesOf("F(4,3)");
    std::vector<float> scales(36, limit ? 6.0f / float(limit) : 0);
    size_t taps =
        student.addLayer(std::make_unique<TapLayer>(window(4, 8, 3, 1, 1), 4, numbers(4 * 36, 3, 0.5f), numbers(4, 4),
                                                    matrices, TapQuantizers{limit, limit, scales, {}}, 0, loop),
                         {first}, 4 * 64, rule(-infinity));
    SparseLayer::Rows sum;
    for (size_t i = 0; i < 256; ++i) {
      sum.indices.insert(sum.indices.end(), {i, 256 + i});
      sum.factors.insert(sum.factors.end(), {1, -0.5f});
      sum.starts.push_back(sum.indices.size());
    }
    size_t added = student.addLayer(std::make_unique<SparseLayer>(sum, std::vector<size_t>{256, 256}, loop),
                                    {taps, first}, 256, rule(0));
    student.match(added);
    size_t grouped = student.addLayer(std::make_unique<WindowLayer>(window(4, 8, 3, 2, 1), 4, 2, numbers(4 * 18, 5),
                                                                    numbers(4, 6), limit ? 127 : 0, loop),
                                      {added}, 4 * 16, rule(0));
    SparseLayer::Rows largest, mean;
    largest.isMaximum = true;
    for (size_t i = 0; i < 32; ++i) {
      largest.indices.insert(largest.indices.end(), {2 * i, 2 * i + 1});
      largest.starts.push_back(largest.indices.size());
    }
    size_t pooled =
        student.addLayer(std::make_unique<SparseLayer>(largest, std::vector<size_t>{64}, loop), {grouped}, 32, rule(0));
    mean.offsets.assign(8, 0.25f);
    for (size_t i = 0; i < 32; ++i) {
      mean.indices.push_back(i);
      mean.factors.push_back(0.25f);
      if (i % 4 == 3)
        mean.starts.push_back(i + 1);
    }
    size_t means = student.addLayer(std::make_unique<SparseLayer>(mean, std::vector<size_t>{32}, loop), {pooled}, 8,
                                    rule(-infinity));
    student.match(student.addLayer(std::make_unique<WindowLayer>(window(8, 1, 1, 1, 0), 5, 1, numbers(40, 7),
                                                                 numbers(5, 8), limit ? 127 : 0, loop),
                                   {means}, 5, rule(-infinity)));
  }
};

TEST(Student, has_no_error_without_rounding) {
  Network n(0, 0, 1);
  EXPECT_LT(n.student.error(n.pixels, 3, n.powers, false), 1e-9);
}

TEST(Student, gradient_is_that_of_finite_differences) {
  Network n(0, 0, 2);
  std::vector<Parameter *> parameters = n.student.parameters();
  ASSERT_EQ(parameters.size(), 8u);
  std::mt19937 random(1);
  for (Parameter *p : parameters) // away from the teacher, where all gradients are 0
    for (float &x : p->values)
      x += 0.2f * float(int(random() % 201) - 100) / 100;
  n.student.error(n.pixels, 3, n.powers, true);
  for (Parameter *p : parameters) {
    std::vector<float> direction = numbers(p->values.size(), 20), start = p->values;
    double slope = 0, size = 0;
    for (size_t i = 0; i < start.size(); ++i) {
      slope += double(direction[i]) * double(p->gradient[i]);
      size += std::fabs(double(direction[i]) * double(p->gradient[i]));
    }
    auto at = [&](float t) {
      for (size_t i = 0; i < start.size(); ++i)
        p->values[i] = start[i] + t * direction[i];
      return n.student.error(n.pixels, 3, n.powers, false);
    };
    double found = (at(1e-3f) - at(-1e-3f)) / 2e-3;
    p->values = start;
    EXPECT_GT(size, 1e-3);
    EXPECT_NEAR(found, slope, 0.02 * size);
  }
}

/// With U and V rounded, the derivative in W is that of A^T [sum U (G W G^T + frozen)] A: linear in W, so that two
/// values of it, without rounding of V, give the slope exactly.
TEST(TapLayer, gradient_through_rounding_is_the_straight_through_estimator) {
  ParallelLoop loop(1);
  WindowGeometry g = window(3, 8, 3, 1, 1);
  std::vector<float> w = numbers(2 * 27, 1), bias(2), x = numbers(3 * 64, 2), dy = numbers(2 * 64, 3), y(2 * 64);
  TileMatrices matrices = matricesOf("F(4,3)");
  TapQuantizers both{7, 127, std::vector<float>(36, 1.0f), {}}, onlyInput = both;
  onlyInput.filterLimit = 0;
  TapLayer layer(g, 2, w, bias, matrices, both, 0, loop);
  layer.forward({x.data()}, y.data(), 1, false);
  std::vector<float> dx(x.size());
  float *gradients[] = {dx.data()};
  layer.backward({x.data()}, dy.data(), gradients, 1);
  std::vector<float> direction = numbers(w.size(), 4);
  auto value = [&](float t) {
    std::vector<float> moved = w;
    for (size_t i = 0; i < w.size(); ++i)
      moved[i] += t * direction[i];
    TapLayer other(g, 2, moved, bias, matrices, onlyInput, 0, loop);
    std::vector<float> result(y.size());
    other.forward({x.data()}, result.data(), 1, false);
    double sum = 0;
    for (size_t i = 0; i < y.size(); ++i)
      sum += double(result[i]) * double(dy[i]);
    return sum;
  };
  double slope = 0;
  for (size_t i = 0; i < w.size(); ++i)
    slope += double(direction[i]) * double(layer.filter.gradient[i]);
  // V at 127 levels with the clip of least squared error: a few taps per thousand are clipped and pass nothing.
  EXPECT_NEAR(slope, value(1) - value(0), 0.03 * std::fabs(slope));
  EXPECT_GT(std::fabs(slope), 1);
}

DistillResult tuned(Network &n, unsigned threads, double rate = 0.003) {
  std::vector<float> images = numbers(40 * 128, 30);
  std::vector<size_t> indices(40);
  for (size_t i = 0; i < 40; ++i)
    indices[i] = i;
  DistillOptions options;
  options.batch = 7;
  options.rate = rate;
  auto load = [&](size_t image, float *pixels) {
    std::copy_n(&images[image * 128], 128, pixels);
    return llvm::Error::success();
  };
  return llvm::cantFail(n.student.tune(indices, load, options, [](unsigned, unsigned) {}));
}

TEST(Student, tuning_lowers_the_error_on_images_not_learned_from) {
  Network n(7, 1.0f / 16, 1);
  DistillResult result = tuned(n, 1);
  EXPECT_GT(result.before, 0.01);
  EXPECT_LT(result.after, 0.9 * result.before);
  EXPECT_GT(result.epoch, 0u);
}

TEST(Student, threads_do_not_change_a_bit) {
  Network one(7, 1.0f / 16, 1), two(7, 1.0f / 16, 2);
  DistillResult a = tuned(one, 1), b = tuned(two, 2);
  EXPECT_EQ(a.after, b.after);
  for (auto [p, q] : llvm::zip(one.student.parameters(), two.student.parameters()))
    EXPECT_EQ(p->values, q->values);
}

TEST(Student, start_stays_where_no_epoch_is_better) {
  Network n(7, 1.0f / 16, 1), untouched(7, 1.0f / 16, 1);
  DistillResult result = tuned(n, 1, /*rate=*/100);
  EXPECT_EQ(result.epoch, 0u);
  EXPECT_EQ(result.after, result.before);
  for (auto [p, q] : llvm::zip(n.student.parameters(), untouched.student.parameters()))
    EXPECT_EQ(p->values, q->values);
}

TEST(Student, too_few_images_are_an_error) {
  Network n(7, 1.0f / 16, 1);
  auto load = [](size_t, float *) { return llvm::Error::success(); };
  auto result = n.student.tune({0, 1, 2}, load, {}, [](unsigned, unsigned) {});
  ASSERT_FALSE(bool(result));
  EXPECT_EQ(toString(result.takeError()),
            "--fit=network: expected at least 4 images and a tensor to match, got 3 and 2");
}

} // namespace
