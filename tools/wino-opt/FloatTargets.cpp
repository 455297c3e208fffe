// The float network runs once per group of tensors; the first image tells their sizes.
#include "FloatTargets.h"

#include <cmath>

using namespace llvm;

namespace wino {

static constexpr size_t targetBytes = size_t(128) << 20;

Expected<const std::vector<std::vector<float>> *> FloatTargets::at(const std::string &name) {
  if (!maps.count(name))
    if (Error error = load(name))
      return std::move(error);
  return &maps[name];
}

Error FloatTargets::load(const std::string &name) {
  maps.clear();
  auto first = find(names, name);
  std::map<std::string, bool> wanted; // whether it fits; known after the first image
  for (auto it = first; it != names.end(); ++it)
    wanted[*it] = true;
  std::vector<float> input(images.elements());
  for (size_t index : indices) {
    if (Error error = images.load(index, input.data()))
      return error;
    std::map<std::string, size_t> sizes;
    Error error = runner.run(input, [&](StringRef tensor, ArrayRef<float> values, ArrayRef<int64_t>) {
      auto found = wanted.find(tensor.str());
      if (found == wanted.end() || !found->second)
        return;
      maps[tensor.str()].push_back(values.vec());
      sizes[tensor.str()] = values.size();
    });
    if (error)
      return error;
    if (index == indices.front())
      keepWhatFits(first, sizes, wanted);
  }
  for (const auto &[tensor, values] : maps)
    for (const std::vector<float> &map : values)
      if (!all_of(map, [](float x) { return std::isfinite(x); }))
        return createStringError("tensor '" + tensor + "': expected finite numbers of the float network, got others");
  if (maps[name].size() != indices.size())
    return createStringError("expected the network to have one tensor '" + name + "', got another number");
  return Error::success();
}

void FloatTargets::keepWhatFits(std::vector<std::string>::iterator first, const std::map<std::string, size_t> &sizes,
                                std::map<std::string, bool> &wanted) {
  size_t bytes = 0;
  bool isFull = false;
  for (auto it = first; it != names.end(); ++it) {
    auto size = sizes.find(*it);
    bytes += size == sizes.end() ? 0 : size->second * sizeof(float) * indices.size();
    isFull |= it != first && bytes > targetBytes;
    if (isFull && maps.erase(*it))
      wanted[*it] = false;
  }
}

} // namespace wino
