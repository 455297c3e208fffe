// A convolution as products of matrices: its filter, and the windows of the input as columns.
#include "wino/Calibrate/TileKernels.h"
#include "wino/Distill/Layer.h"

#include <cmath>

namespace wino {

namespace {

constexpr int64_t rowsPerPart = 8; ///< of a filter's gradient

Parameter parameterOf(std::vector<float> values) {
  double squares = 0;
  for (float value : values)
    squares += double(value) * double(value);
  Parameter result;
  result.unit = std::sqrt(squares / double(std::max<size_t>(values.size(), 1)));
  result.gradient.resize(values.size());
  result.values = std::move(values);
  return result;
}

} // namespace

WindowLayer::WindowLayer(const WindowGeometry &geometry, size_t channelsOut, size_t groups, std::vector<float> filter,
                         std::vector<float> bias, int limit, const ParallelLoop &forEach)
    : filter(parameterOf(std::move(filter))), bias(parameterOf(std::move(bias))), geometry(geometry), cOut(channelsOut),
      groups(groups), depth(geometry.reads() / groups), forEach(forEach), limit(limit) {
  teacherFilter = this->filter.values;
  teacherBias = this->bias.values;
  rounded = this->filter.values;
  WindowLayer::refit();
}

void WindowLayer::refit() {
  if (!limit)
    return;
  scales.resize(cOut);
  for (size_t f = 0; f < cOut; ++f)
    scales[f] = fitTapScale(&filter.values[f * depth], depth, limit);
}

/// Calls body(row, column, element of the input, or -1 for padding) for every element of one group's windows, depth x
/// outputs.
template <typename Body> static void forWindows(const WindowGeometry &g, size_t groups, size_t group, Body body) {
  size_t perGroup = size_t(g.channels) / groups, row = 0;
  for (size_t c = group * perGroup; c < (group + 1) * perGroup; ++c)
    for (int64_t ky = 0; ky < g.kernelHeight; ++ky)
      for (int64_t kx = 0; kx < g.kernelWidth; ++kx, ++row)
        for (int64_t y = 0; y < g.outHeight; ++y)
          for (int64_t x = 0; x < g.outWidth; ++x) {
            int64_t iy = y * g.strideY + ky * g.dilationY - g.padTop, ix = x * g.strideX + kx * g.dilationX - g.padLeft;
            bool inside = iy >= 0 && iy < g.height && ix >= 0 && ix < g.width;
            body(row, size_t(y * g.outWidth + x), inside ? (int64_t(c) * g.height + iy) * g.width + ix : -1);
          }
}

/// Windows of one group: depth x outputs, or outputs x depth where `turned`.
void WindowLayer::gather(const float *input, size_t group, float *columns, bool turned) const {
  size_t outputs = geometry.outputs();
  forWindows(geometry, groups, group, [&](size_t row, size_t column, int64_t element) {
    columns[turned ? column * depth + row : row * outputs + column] = element >= 0 ? input[element] : 0;
  });
}

/// Adds columns, depth x outputs, where gather() takes them from.
void WindowLayer::scatter(const float *columns, size_t group, float *input) const {
  size_t outputs = geometry.outputs();
  forWindows(geometry, groups, group, [&](size_t row, size_t column, int64_t element) {
    if (element >= 0)
      input[element] += columns[row * outputs + column];
  });
}

void WindowLayer::forward(llvm::ArrayRef<const float *> inputs, float *output, size_t images, bool isTeacher) {
  const std::vector<float> &offset = isTeacher ? teacherBias : bias.values;
  const float *weights = isTeacher ? teacherFilter.data() : rounded.data();
  for (size_t f = 0; f < cOut && !isTeacher; ++f)
    if (limit)
      kernels::quantize(&rounded[f * depth], &filter.values[f * depth], scales[f], float(limit), depth);
    else
      std::copy_n(&filter.values[f * depth], depth, &rounded[f * depth]);
  size_t outputs = geometry.outputs(), perGroup = cOut / groups;
  // Fully connected, or a window that is the map.
  bool isWhole = outputs == 1 && geometry.reads() == inputSize() && geometry.padTop == 0 && geometry.padLeft == 0 &&
                 geometry.dilationY == 1 && geometry.dilationX == 1;
  forEach(int64_t(images), [&](int64_t image) {
    const float *x = inputs[0] + size_t(image) * inputSize();
    float *y = output + size_t(image) * cOut * outputs;
    std::vector<float> columns(outputs > 1 ? depth * outputs : 0);
    for (size_t group = 0; group < groups; ++group) {
      if (isWhole) {
        for (size_t f = group * perGroup; f < (group + 1) * perGroup; ++f)
          y[f] = float(kernels::dot(weights + f * depth, x + group * depth, depth));
        continue;
      }
      columns.resize(depth * outputs);
      gather(x, group, columns.data(), /*turned=*/false);
      kernels::multiply(y + group * perGroup * outputs, weights + group * perGroup * depth, depth, 1, columns.data(),
                        perGroup, depth, outputs);
    }
    for (size_t f = 0; f < cOut; ++f)
      for (size_t p = 0; p < outputs; ++p)
        y[f * outputs + p] += offset[f];
  });
}

void WindowLayer::backward(llvm::ArrayRef<const float *> inputs, const float *gradient,
                           llvm::ArrayRef<float *> gradients, size_t images) {
  size_t outputs = geometry.outputs(), perGroup = cOut / groups, imageSize = cOut * outputs;
  std::vector<float> windows(images * depth * outputs);
  for (size_t group = 0; group < groups; ++group) {
    forEach(int64_t(images), [&](int64_t image) {
      gather(inputs[0] + size_t(image) * inputSize(), group, &windows[size_t(image) * depth * outputs],
             /*turned=*/true);
      if (!gradients[0])
        return;
      std::vector<float> columns(depth * outputs);
      kernels::multiply(columns.data(), &rounded[group * perGroup * depth], 1, depth,
                        gradient + size_t(image) * imageSize + group * perGroup * outputs, depth, perGroup, outputs);
      scatter(columns.data(), group, gradients[0] + size_t(image) * inputSize());
    });
    forEach((int64_t(perGroup) + rowsPerPart - 1) / rowsPerPart, [&](int64_t part) {
      size_t first = group * perGroup + size_t(part * rowsPerPart),
             rows = std::min(size_t(rowsPerPart), (group + 1) * perGroup - first);
      std::vector<float> product(rows * depth);
      float *sum = &filter.gradient[first * depth];
      std::fill_n(sum, rows * depth, 0.0f);
      for (size_t image = 0; image < images; ++image) {
        kernels::multiply(product.data(), gradient + image * imageSize + first * outputs, outputs, 1,
                          &windows[image * depth * outputs], rows, outputs, depth);
        kernels::accumulate(sum, 1, product.data(), rows * depth, /*add=*/true);
      }
      for (size_t f = first; f < first + rows && limit; ++f)
        kernels::maskClipped(&filter.gradient[f * depth], &filter.values[f * depth], scales[f], float(limit), depth);
    });
  }
  sumBiasGradient(gradient, images);
}

void WindowLayer::sumBiasGradient(const float *gradient, size_t images) {
  size_t outputs = geometry.outputs();
  forEach(int64_t(cOut), [&](int64_t f) {
    float sum = 0;
    for (size_t image = 0; image < images; ++image)
      for (size_t p = 0; p < outputs; ++p)
        sum += gradient[(image * cOut + size_t(f)) * outputs + p];
    bias.gradient[size_t(f)] = sum;
  });
}

} // namespace wino
