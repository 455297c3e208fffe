// Writing and strict reading of plan files; the YAML itself is YamlSubset's.
#include "wino/Target/PlanFile.h"
#include "YamlSubset.h"

#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/Winograd.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

namespace wino {

namespace {

class Reader {
public:
  Reader(PlanFile &plan, llvm::StringRef fileName) : plan(plan), fileName(fileName) {}

  llvm::Error read(const YamlNode &root) {
    if (root.kind != YamlNode::Mapping)
      return fail(root.line ? root.line : 1, "expected the keys version and layers, got none");
    bool hasVersion = false, hasLayers = false;
    for (const YamlEntry &entry : root.entries) {
      if (entry.key == "layers") {
        hasLayers = true;
        if (llvm::Error error = readLayers(entry))
          return error;
        continue;
      }
      if (entry.value.kind != YamlNode::Scalar)
        return fail(entry.line, "expected a scalar for '" + entry.key + "', got another kind of value");
      llvm::StringRef value = entry.value.scalar;
      if (entry.key == "version") {
        hasVersion = true;
        if (value != "1")
          return fail(entry.line, "expected version 1, got '" + value + "'");
      } else if (entry.key == "target") {
        plan.target = value.str();
      } else if (entry.key == "model_sha256") {
        if (!value.empty() && (value.size() != 64 || !llvm::all_of(value, llvm::isHexDigit)))
          return fail(entry.line, "expected 64 hexadecimal digits, got '" + value + "'");
        plan.modelSha256 = value.lower();
      } else {
        return fail(entry.line, "expected a key among version, target, model_sha256, layers, got '" + entry.key + "'");
      }
    }
    if (!hasVersion || !hasLayers)
      return fail(root.line, llvm::Twine("expected the key '") + (hasVersion ? "layers" : "version") + "', got none");
    return llvm::Error::success();
  }

private:
  llvm::Error fail(unsigned line, const llvm::Twine &message) { return yamlError(fileName, line, message); }

  llvm::Error readLayers(const YamlEntry &entry) {
    if (entry.value.kind != YamlNode::Sequence)
      return fail(entry.line, "expected a sequence of layers, got another kind of value");
    llvm::StringSet<> names;
    for (const YamlNode &item : entry.value.items) {
      PlanFileLayer layer;
      layer.line = item.line;
      bool hasName = false, hasPlan = false;
      for (const YamlEntry &field : item.entries) {
        if (field.value.kind != YamlNode::Scalar)
          return fail(field.line, "expected a scalar for '" + field.key + "', got another kind of value");
        if (field.key == "name") {
          hasName = true;
          layer.name = field.value.scalar;
        } else if (field.key == "plan") {
          hasPlan = true;
          auto tile = TileSpec::parse(field.value.scalar);
          if (!tile)
            return fail(field.line, llvm::toString(tile.takeError()));
          layer.plan = std::move(*tile);
        } else if (field.key == "precision") {
          if (field.value.scalar != "fp32")
            return fail(field.line, "expected precision fp32, or none, for a layer, got '" + field.value.scalar + "'");
          layer.inFloats = true;
        } else {
          return fail(field.line, "expected a key among name, plan, precision, got '" + field.key + "'");
        }
      }
      if (!hasName || !hasPlan)
        return fail(item.line,
                    llvm::Twine("expected the key '") + (hasName ? "plan" : "name") + "' in a layer, got none");
      if (!names.insert(layer.name).second)
        return fail(item.line, "expected each layer once, got '" + layer.name + "' again");
      plan.layers.push_back(std::move(layer));
    }
    return llvm::Error::success();
  }

  PlanFile &plan;
  llvm::StringRef fileName;
};

} // namespace

const PlanFileLayer *PlanFile::find(llvm::StringRef node) const {
  for (const PlanFileLayer &layer : layers)
    if (layer.name == node)
      return &layer;
  return nullptr;
}

std::string PlanFile::toYaml() const {
  std::string text =
      "# Plan of every convolution, written by wino-opt. Edit it, or pass it back with --plan to lock these choices.\n";
  text += "version: " + std::to_string(currentVersion) + "\n";
  text += "target: " + yamlQuote(target) + "\n";
  text += "model_sha256: " + yamlQuote(modelSha256) + "\n";
  text += layers.empty() ? "layers: []\n" : "layers:\n";
  for (const PlanFileLayer &layer : layers)
    text += "  - name: " + yamlQuote(layer.name) + "\n    plan: " + yamlQuote(layer.plan.str()) + "\n" +
            (layer.inFloats ? "    precision: fp32\n" : "");
  return text;
}

llvm::Expected<PlanFile> PlanFile::parse(llvm::StringRef text, llvm::StringRef fileName) {
  auto root = parseYamlSubset(text, fileName);
  if (!root)
    return root.takeError();
  PlanFile plan;
  if (llvm::Error error = Reader(plan, fileName).read(*root))
    return std::move(error);
  return plan;
}

llvm::Expected<PlanFile> PlanFile::load(llvm::StringRef path) {
  auto text = readSmallFile(path);
  if (!text)
    return text.takeError();
  return parse(*text, path);
}

PlanFile collectPlans(mlir::Operation *root) {
  PlanFile file;
  root->walk([&](Conv2DOp op) {
    PlanFileLayer layer;
    layer.name = nodeName(op).str();
    if (op.getPlan())
      layer.plan = op.getPlan()->getSpec();
    else
      layer.plan.direct = true;
    layer.inFloats = op->hasAttr(kInFloats);
    file.layers.push_back(std::move(layer));
  });
  return file;
}

} // namespace wino
