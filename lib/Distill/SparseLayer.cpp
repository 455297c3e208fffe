// Rows are independent; a gradient is added entry by entry, in order.
#include "wino/Distill/Layer.h"

namespace wino {

SparseLayer::SparseLayer(Rows rowsGiven, std::vector<size_t> sizes, const ParallelLoop &forEach)
    : rows(std::move(rowsGiven)), inputSizes(std::move(sizes)), forEach(forEach) {
  owner.reserve(rows.indices.size());
  local.reserve(rows.indices.size());
  for (size_t index : rows.indices) {
    size_t input = 0;
    while (index >= inputSizes[input])
      index -= inputSizes[input++];
    owner.push_back(input);
    local.push_back(index);
  }
  rows.indices = {};
}

size_t SparseLayer::largest(llvm::ArrayRef<const float *> inputs, size_t image, size_t row) const {
  size_t best = rows.starts[row];
  for (size_t entry = best + 1; entry < rows.starts[row + 1]; ++entry)
    if (at(inputs, image, entry) > at(inputs, image, best))
      best = entry;
  return best;
}

void SparseLayer::forward(llvm::ArrayRef<const float *> inputs, float *output, size_t images, bool) {
  size_t count = rows.starts.size() - 1;
  forEach(int64_t(images), [&](int64_t image) {
    float *y = output + size_t(image) * count;
    for (size_t row = 0; row < count; ++row) {
      if (rows.isMaximum) {
        y[row] = at(inputs, size_t(image), largest(inputs, size_t(image), row));
        continue;
      }
      float sum = rows.offsets.empty() ? 0 : rows.offsets[row];
      for (size_t entry = rows.starts[row]; entry < rows.starts[row + 1]; ++entry)
        sum += (rows.factors.empty() ? 1 : rows.factors[entry]) * at(inputs, size_t(image), entry);
      y[row] = sum;
    }
  });
}

void SparseLayer::backward(llvm::ArrayRef<const float *> inputs, const float *gradient,
                           llvm::ArrayRef<float *> gradients, size_t images) {
  size_t count = rows.starts.size() - 1;
  forEach(int64_t(images), [&](int64_t index) {
    size_t image = size_t(index);
    auto add = [&](size_t entry, float value) {
      if (float *to = gradients[owner[entry]])
        to[image * inputSizes[owner[entry]] + local[entry]] += value;
    };
    for (size_t row = 0; row < count; ++row) {
      float dy = gradient[image * count + row];
      if (rows.isMaximum) {
        add(largest(inputs, image, row), dy);
        continue;
      }
      for (size_t entry = rows.starts[row]; entry < rows.starts[row + 1]; ++entry)
        add(entry, (rows.factors.empty() ? 1 : rows.factors[entry]) * dy);
    }
  });
}

} // namespace wino
