// Forward, backward, Adam, and the choice among states.
#include "wino/Distill/Student.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace wino {

namespace {

constexpr size_t checkEvery = 4;    ///< images
constexpr unsigned refitSteps = 10; ///< steps between fits of scales
constexpr double momentum = 0.9, memory = 0.99;

} // namespace

size_t Student::addInput(size_t size, const TensorRule &rule) { return addLayer(nullptr, {}, size, rule); }

size_t Student::addLayer(std::unique_ptr<DistillLayer> layer, std::vector<size_t> inputs, size_t size,
                         const TensorRule &rule) {
  nodes.push_back({std::move(layer), std::move(inputs), size, rule, {}, {}, {}});
  return nodes.size() - 1;
}

std::vector<Parameter *> Student::parameters() {
  std::vector<Parameter *> result;
  for (Node &node : nodes)
    if (node.layer)
      llvm::append_range(result, node.layer->parameters());
  return result;
}

void Student::refit() {
  for (Node &node : nodes)
    if (node.layer)
      node.layer->refit();
}

/// One tensor of one image. Loops without calls, for the vectoriser.
static void applyRule(const TensorRule &rule, bool isTeacher, float *values, uint8_t *passes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    float x = values[i];
    passes[i] = x > rule.low && x < rule.high;
    values[i] = std::min(std::max(rule.low, x), rule.high);
  }
  if (isTeacher || !(rule.scale > 0))
    return;
  float inverse = 1 / rule.scale, low = rule.lowest - 0.5f, high = rule.highest + 0.5f;
  for (size_t i = 0; i < size; ++i) {
    float steps = values[i] * inverse;
    passes[i] &= uint8_t(steps > low && steps < high);
    steps = std::min(std::max(rule.lowest, steps), rule.highest);
    values[i] = (float(int(steps - rule.lowest + 0.5f)) + rule.lowest) * rule.scale; // truncation of positive numbers
  }
}

/// The rule of one tensor; a gradient passes where neither the activation nor the range clamps.
void Student::apply(Node &node, size_t images, bool isTeacher) {
  node.passes.resize(images * node.size);
  forEach(int64_t(images), [&](int64_t image) {
    size_t first = size_t(image) * node.size;
    applyRule(node.rule, isTeacher, &node.values[first], &node.passes[first], node.size);
  });
}

static std::vector<const float *> pointers(llvm::ArrayRef<std::vector<float> *> tensors) {
  std::vector<const float *> result;
  for (std::vector<float> *tensor : tensors)
    result.push_back(tensor->data());
  return result;
}

void Student::forward(llvm::ArrayRef<float> input, size_t images, bool isTeacher) {
  for (Node &node : nodes) {
    node.values.resize(images * node.size);
    if (!node.layer) {
      std::copy(input.begin(), input.end(), node.values.begin());
    } else {
      std::vector<std::vector<float> *> inputs;
      for (size_t index : node.inputs)
        inputs.push_back(&nodes[index].values);
      node.layer->forward(pointers(inputs), node.values.data(), images, isTeacher);
    }
    apply(node, images, isTeacher);
  }
}

/// From the gradients of the matched tensors, which are set.
void Student::backward(size_t images) {
  for (Node &node : llvm::reverse(nodes)) {
    if (!node.layer)
      continue;
    forEach(int64_t(images), [&](int64_t image) {
      for (size_t i = size_t(image) * node.size; i < size_t(image + 1) * node.size; ++i)
        if (!node.passes[i])
          node.gradient[i] = 0;
    });
    std::vector<std::vector<float> *> inputs;
    std::vector<float *> gradients;
    for (size_t index : node.inputs) {
      inputs.push_back(&nodes[index].values);
      gradients.push_back(nodes[index].layer ? nodes[index].gradient.data() : nullptr);
    }
    node.layer->backward(pointers(inputs), node.gradient.data(), gradients, images);
  }
}

double Student::error(llvm::ArrayRef<float> input, size_t images, llvm::ArrayRef<double> weights, bool gradient) {
  forward(input, images, /*isTeacher=*/true);
  targets.clear();
  for (size_t tensor : matched)
    targets.push_back(nodes[tensor].values);
  forward(input, images, /*isTeacher=*/false);
  if (gradient)
    for (Node &node : nodes)
      node.gradient.assign(images * node.size, 0);
  double total = 0;
  for (size_t k = 0; k < matched.size(); ++k) {
    Node &node = nodes[matched[k]];
    double factor = weights[k] > 0 ? 1 / (weights[k] * double(images)) : 0, squares = 0;
    for (size_t i = 0; i < node.values.size(); ++i) {
      double difference = double(node.values[i]) - double(targets[k][i]);
      squares += difference * difference;
      if (gradient)
        node.gradient[i] += float(2 * factor * difference);
    }
    total += squares * factor;
  }
  if (gradient)
    backward(images);
  return total;
}

llvm::Error Student::loadBatch(llvm::ArrayRef<size_t> images, Load load) {
  size_t size = nodes.front().size;
  pixels.resize(images.size() * size);
  for (size_t i = 0; i < images.size(); ++i)
    if (llvm::Error error = load(images[i], &pixels[i * size]))
      return error;
  return llvm::Error::success();
}

/// Mean over the images and the matched tensors.
llvm::Expected<double> Student::check(llvm::ArrayRef<size_t> images, Load load, size_t batch) {
  double total = 0;
  for (size_t first = 0; first < images.size(); first += batch) {
    llvm::ArrayRef<size_t> some = images.slice(first, std::min(batch, images.size() - first));
    if (llvm::Error problem = loadBatch(some, load))
      return std::move(problem);
    total += error(pixels, some.size(), powers, /*gradient=*/false) * double(some.size());
  }
  return total / double(images.size()) / double(matched.size());
}

/// Adam (Kingma and Ba), in units of each parameter.
void Student::step(double rate, unsigned count) {
  double first = 1 - std::pow(momentum, count), second = 1 - std::pow(memory, count);
  for (Parameter *parameter : parameters()) {
    Parameter &p = *parameter;
    p.mean.resize(p.values.size());
    p.square.resize(p.values.size());
    double unit = rate * p.unit;
    for (size_t i = 0; i < p.values.size(); ++i) {
      float slope = p.gradient[i];
      p.mean[i] = float(momentum) * p.mean[i] + float(1 - momentum) * slope;
      p.square[i] = float(memory) * p.square[i] + float(1 - memory) * slope * slope;
      p.values[i] -= float(unit * (double(p.mean[i]) / first) / (std::sqrt(double(p.square[i]) / second) + 1e-20));
    }
  }
}

llvm::Expected<DistillResult> Student::tune(llvm::ArrayRef<size_t> images, Load load, const DistillOptions &options,
                                            llvm::function_ref<void(unsigned, unsigned)> progress) {
  std::vector<size_t> learned, checked;
  for (size_t i = 0; i < images.size(); ++i)
    (i % checkEvery == checkEvery - 1 ? checked : learned).push_back(images[i]);
  if (checked.empty() || matched.empty())
    return llvm::createStringError("--fit=network: expected at least %zu images and a tensor to match, got %zu and %zu",
                                   checkEvery, images.size(), matched.size());
  size_t numbers = 0;
  for (const Node &node : nodes)
    numbers += node.size * 3 + (node.layer ? node.layer->held() : 0);
  size_t batch = std::clamp<size_t>(options.bytes / (numbers * sizeof(float)), 1, options.batch);
  powers.assign(matched.size(), 0);
  for (size_t first = 0; first < learned.size(); first += batch) {
    llvm::ArrayRef<size_t> some = llvm::ArrayRef(learned).slice(first, std::min(batch, learned.size() - first));
    if (llvm::Error problem = loadBatch(some, load))
      return std::move(problem);
    forward(pixels, some.size(), /*isTeacher=*/true);
    for (size_t k = 0; k < matched.size(); ++k)
      for (float value : nodes[matched[k]].values)
        powers[k] += double(value) * double(value) / double(learned.size());
  }
  llvm::Expected<double> before = check(checked, load, batch);
  if (!before)
    return before.takeError();
  DistillResult result{*before, *before, 0};
  std::vector<std::vector<float>> best;
  auto keep = [&] {
    best.clear();
    for (Parameter *parameter : parameters())
      best.push_back(parameter->values);
  };
  keep();
  std::mt19937 random(1);
  unsigned perEpoch = unsigned((learned.size() + batch - 1) / batch), total = options.epochs * perEpoch, steps = 0;
  for (unsigned epoch = 1; epoch <= options.epochs; ++epoch) {
    for (size_t i = learned.size(); i > 1; --i)
      std::swap(learned[i - 1], learned[random() % i]);
    for (size_t first = 0; first < learned.size(); first += batch) {
      progress(steps, total);
      llvm::ArrayRef<size_t> some = llvm::ArrayRef(learned).slice(first, std::min(batch, learned.size() - first));
      if (llvm::Error problem = loadBatch(some, load))
        return std::move(problem);
      if (steps % refitSteps == 0)
        refit();
      error(pixels, some.size(), powers, /*gradient=*/true);
      ++steps;
      step(options.rate * (1 - double(steps - 1) / double(total)), steps);
    }
    refit();
    llvm::Expected<double> now = check(checked, load, batch);
    if (!now)
      return now.takeError();
    if (*now < result.after) {
      result.after = *now;
      result.epoch = epoch;
      keep();
    }
  }
  progress(total, total);
  for (auto [parameter, values] : llvm::zip(parameters(), best))
    parameter->values = std::move(values);
  refit();
  return result;
}

} // namespace wino
