// Turns a policy's YAML tree into rules, strictly. Globs are LLVM's, without braces: * ? [abc] [^a-z] and backslash.
#include "wino/Target/PolicyFile.h"
#include "YamlSubset.h"

#include "llvm/Support/GlobPattern.h"

namespace wino {

namespace {

constexpr size_t maxPatterns = 4096;

class Reader {
public:
  explicit Reader(PolicyFile &policy) : policy(policy) {}

  llvm::Error read(const YamlNode &root) {
    if (root.kind != YamlNode::Mapping || root.entries.size() != 1 || root.entries[0].key != "conv_policy")
      return fail(root.line ? root.line : 1, "expected the one top-level key 'conv_policy', got " + describe(root));
    const YamlNode &body = root.entries[0].value;
    if (body.kind != YamlNode::Mapping)
      return fail(root.entries[0].line, "expected keys below 'conv_policy', got " + describe(body));
    for (const YamlEntry &entry : body.entries)
      if (llvm::Error error = readEntry(entry))
        return error;
    return llvm::Error::success();
  }

private:
  llvm::Error fail(unsigned line, const llvm::Twine &message) { return yamlError(policy.fileName, line, message); }

  static std::string describe(const YamlNode &node) {
    switch (node.kind) {
    case YamlNode::Null: return "nothing";
    case YamlNode::Scalar: return "'" + node.scalar + "'";
    case YamlNode::Sequence: return "a sequence";
    case YamlNode::Mapping:
      return node.entries.size() == 1 ? "the key '" + node.entries[0].key + "'" : "a mapping of several keys";
    }
    return "nothing";
  }

  llvm::Error readEntry(const YamlEntry &entry) {
    if (entry.key == "default")
      return readAlgo(entry, policy.defaultAlgo);
    if (entry.key == "precision")
      return readPrecision(entry, policy.precision);
    if (entry.key != "overrides")
      return fail(entry.line, "expected a key among default, precision, overrides, got '" + entry.key + "'");
    if (entry.value.kind != YamlNode::Sequence)
      return fail(entry.line, "expected a sequence below 'overrides', got " + describe(entry.value));
    for (const YamlNode &item : entry.value.items)
      if (llvm::Error error = readRule(item))
        return error;
    return llvm::Error::success();
  }

  llvm::Error readRule(const YamlNode &node) {
    if (node.kind != YamlNode::Mapping)
      return fail(node.line, "expected an override with 'layers' and 'algo' or 'precision', got " + describe(node));
    PolicyRule rule;
    rule.line = node.line;
    bool decides = false;
    for (const YamlEntry &entry : node.entries) {
      if (llvm::Error error = readRuleEntry(entry, rule))
        return error;
      decides |= entry.key != "layers";
    }
    if (rule.patterns.empty())
      return fail(node.line, "expected 'layers' with at least one name or glob, got none");
    if (!decides)
      return fail(node.line, "expected 'algo' or 'precision' in an override, got neither");
    policy.overrides.push_back(std::move(rule));
    return llvm::Error::success();
  }

  llvm::Error readRuleEntry(const YamlEntry &entry, PolicyRule &rule) {
    if (entry.key == "layers")
      return readPatterns(entry, rule);
    if (entry.key == "algo") {
      rule.autoAlgo = entry.value.scalar == "auto";
      return readAlgo(entry, rule.algo);
    }
    if (entry.key == "precision")
      return readPrecision(entry, rule.precision);
    return fail(entry.line, "expected a key among layers, algo, precision, got '" + entry.key + "'");
  }

  llvm::Error readPatterns(const YamlEntry &entry, PolicyRule &rule) {
    if (entry.value.kind != YamlNode::Sequence)
      return fail(entry.line, "expected a sequence of names or globs, got " + describe(entry.value));
    for (const YamlNode &item : entry.value.items) {
      if (item.kind != YamlNode::Scalar || item.scalar.empty())
        return fail(item.line, "expected a name or glob, got " + describe(item));
      if (++patterns > maxPatterns)
        return fail(item.line, "expected at most 4096 globs, got more");
      auto glob = llvm::GlobPattern::create(item.scalar);
      if (!glob)
        return fail(item.line, "expected a glob, got '" + item.scalar + "': " + llvm::toString(glob.takeError()));
      rule.patterns.push_back(item.scalar);
    }
    return llvm::Error::success();
  }

  llvm::Error readAlgo(const YamlEntry &entry, std::optional<TileSpec> &algo) {
    if (entry.value.kind != YamlNode::Scalar)
      return fail(entry.line, "expected auto, direct or a tile for '" + entry.key + "', got " + describe(entry.value));
    if (entry.value.scalar == "auto")
      return llvm::Error::success();
    auto tile = TileSpec::parse(entry.value.scalar);
    if (!tile)
      return fail(entry.line, llvm::toString(tile.takeError()));
    algo = std::move(*tile);
    return llvm::Error::success();
  }

  llvm::Error readPrecision(const YamlEntry &entry, std::optional<Precision> &precision) {
    auto parsed =
        parsePrecision(entry.value.kind == YamlNode::Scalar ? llvm::StringRef(entry.value.scalar) : llvm::StringRef());
    if (!parsed)
      return fail(entry.line, llvm::toString(parsed.takeError()));
    precision = *parsed;
    return llvm::Error::success();
  }

  PolicyFile &policy;
  size_t patterns = 0;
};

} // namespace

bool PolicyRule::matches(llvm::StringRef node) const {
  for (const std::string &pattern : patterns) {
    if (pattern == node) // a name that looks like a glob still matches itself
      return true;
    // Not kept in the rule: a GlobPattern refers to the text that it was made of.
    llvm::Expected<llvm::GlobPattern> glob = llvm::GlobPattern::create(pattern);
    if (!glob)
      llvm::consumeError(glob.takeError()); // parse() has refused such a pattern
    else if (glob->match(node))
      return true;
  }
  return false;
}

const PolicyRule *PolicyFile::find(llvm::StringRef node) const {
  for (const PolicyRule &rule : overrides)
    if (rule.matches(node))
      return &rule;
  return nullptr;
}

bool PolicyFile::asksForFloats() const {
  return precision == Precision::Fp32 ||
         llvm::any_of(overrides, [](const PolicyRule &rule) { return rule.precision == Precision::Fp32; });
}

Precision PolicyFile::precisionOf(llvm::StringRef node, Precision otherwise) const {
  const PolicyRule *rule = find(node);
  return rule && rule->precision ? *rule->precision : precision.value_or(otherwise);
}

llvm::Expected<PolicyFile> PolicyFile::parse(llvm::StringRef text, llvm::StringRef fileName) {
  auto root = parseYamlSubset(text, fileName);
  if (!root)
    return root.takeError();
  PolicyFile policy;
  policy.fileName = fileName.str();
  if (llvm::Error error = Reader(policy).read(*root))
    return std::move(error);
  return policy;
}

llvm::Expected<PolicyFile> PolicyFile::load(llvm::StringRef path) {
  auto text = readSmallFile(path);
  if (!text)
    return text.takeError();
  return parse(*text, path);
}

llvm::Expected<Precision> parsePrecision(llvm::StringRef text) {
  if (text == "mixed")
    return Precision::Mixed;
  if (text == "int8")
    return Precision::Int8;
  if (text == "fp32")
    return Precision::Fp32;
  return llvm::createStringError("expected precision mixed, int8 or fp32, got '" + text + "'");
}

} // namespace wino
