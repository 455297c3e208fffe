// Profile: the .calib file. Written by a JSON stream in a fixed order; read by
// LLVM's parser after a guard against what that parser does not refuse (deep
// nesting, repeated keys), then checked key by key.
#include "wino/Calibrate/Profile.h"
#include "wino/Calibrate/AtomicFile.h"
#include "wino/Calibrate/Printable.h"
#include "wino/Numerics/TileSpec.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace llvm;

namespace wino {

namespace {

constexpr size_t maxDepth = 16;
constexpr uint64_t maxFileBytes = uint64_t(256) << 20;
constexpr double largestNumber = 1e36; ///< near the end of binary32: squares and scales stay finite

/// Finds nesting that the recursive parser could not stand and keys that it
/// would silently overwrite.
class JsonGuard {
public:
  explicit JsonGuard(StringRef text) : text(text) {}

  /// Empty when the text may be parsed.
  std::string problem();

private:
  /// From the opening quote; the position after the closing one.
  size_t endOfString(size_t begin) const {
    size_t i = begin + 1;
    while (i < text.size() && text[i] != '"')
      i += text[i] == '\\' ? 2 : 1;
    return std::min(i + 1, text.size());
  }

  StringRef text;
  std::vector<StringSet<>> keys; ///< one set per open bracket
};

/// Reads values with their place in the file; every function returns false with
/// `problem` set.
class ProfileReader {
public:
  bool read(const json::Value &root, Profile &profile);

  std::string problem;

private:
  bool fail(const Twine &path, const Twine &message) {
    problem = (path + ": " + message).str();
    return false;
  }
  bool number(const json::Value *value, const Twine &path, bool canBeNegative, double &out);
  bool count(const json::Value *value, const Twine &path, uint64_t &out);
  const json::Object *object(const json::Value *value, const std::string &path, ArrayRef<StringRef> keys,
                             ArrayRef<StringRef> optional = {});
  bool hash(const json::Object &map, StringRef key, std::string &out);
  bool tensor(const json::Value &value, const std::string &path, TensorStats &out);
  bool tile(const json::Value &value, StringRef text, const std::string &path, std::vector<TapStats> &out);

  template <typename Visit> bool entries(const json::Value *value, const std::string &path, Visit visit) {
    const json::Object *map = object(value, path, {});
    if (!map)
      return false;
    for (const auto &entry : *map)
      if (!visit(entry.first.str(), path + "." + printable(entry.first.str()), entry.second))
        return false;
    return true;
  }
};

} // namespace

std::string JsonGuard::problem() {
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '{' || c == '[') {
      if (keys.size() == maxDepth)
        return "expected at most " + std::to_string(maxDepth) + " levels of nesting";
      keys.emplace_back();
    } else if ((c == '}' || c == ']') && !keys.empty()) {
      keys.pop_back();
    } else if (c == '"') {
      size_t end = endOfString(i);
      StringRef content = text.slice(i + 1, end - 1);
      bool isKey = text.drop_front(end).ltrim(" \t\r\n").starts_with(":");
      if (isKey && !keys.empty()) {
        // Two spellings of one key would escape this comparison, and no writer
        // spells ASCII letters like that.
        Expected<json::Value> plain = json::parse(text.slice(i, end));
        std::string key = content.str();
        if (!plain)
          consumeError(plain.takeError());
        else if (std::optional<StringRef> unescaped = plain->getAsString())
          key = unescaped->str();
        if (!keys.back().insert(key).second)
          return "expected the key '" + printable(key) + "' once";
      }
      i = end - 1;
    }
  }
  return "";
}

bool ProfileReader::number(const json::Value *value, const Twine &path, bool canBeNegative, double &out) {
  std::optional<double> x = value ? value->getAsNumber() : std::nullopt;
  if (!x || !std::isfinite(*x))
    return fail(path, "expected a finite number");
  if (std::fabs(*x) > largestNumber)
    return fail(path, "expected a number of magnitude at most 1e36");
  if (!canBeNegative && *x < 0)
    return fail(path, "expected a number of 0 or more");
  out = *x;
  return true;
}

bool ProfileReader::count(const json::Value *value, const Twine &path, uint64_t &out) {
  std::optional<int64_t> n = value ? value->getAsInteger() : std::nullopt;
  if (!n || *n < 0)
    return fail(path, "expected an integer of 0 or more");
  out = *n;
  return true;
}

/// Empty, or the digits of a SHA-256.
bool ProfileReader::hash(const json::Object &map, StringRef key, std::string &out) {
  std::optional<StringRef> sha = map.getString(key);
  if (!sha ||
      (!sha->empty() && (sha->size() != 64 || !all_of(*sha, [](char c) { return isHexDigit(c) && !isUpper(c); }))))
    return fail(key, "expected 64 hexadecimal digits in lower case, or nothing");
  out = sha->str();
  return true;
}

/// An object that has exactly `keys`, and may have the `optional` ones; with none given, any keys.
const json::Object *ProfileReader::object(const json::Value *value, const std::string &path, ArrayRef<StringRef> keys,
                                          ArrayRef<StringRef> optional) {
  const json::Object *map = value ? value->getAsObject() : nullptr;
  if (!map) {
    fail(path, "expected an object");
    return nullptr;
  }
  for (StringRef key : keys)
    if (!map->get(key)) {
      fail(path, "expected the key '" + key + "'");
      return nullptr;
    }
  for (const auto &entry : *map)
    if (!keys.empty() && !is_contained(keys, entry.first.str()) && !is_contained(optional, entry.first.str())) {
      fail(path, "expected the keys " + join(keys, ", ") + ", got '" + printable(entry.first.str()) + "'");
      return nullptr;
    }
  return map;
}

bool ProfileReader::tensor(const json::Value &value, const std::string &path, TensorStats &out) {
  const json::Object *map = object(&value, path, {"count", "min", "max", "rms", "clip_s8", "clip_u8"}, {"nonzero"});
  if (!map || !count(map->get("count"), path + ".count", out.count) ||
      !number(map->get("min"), path + ".min", true, out.min) ||
      !number(map->get("max"), path + ".max", true, out.max) ||
      !number(map->get("rms"), path + ".rms", false, out.rms) ||
      !number(map->get("clip_s8"), path + ".clip_s8", false, out.clipS8) ||
      !number(map->get("clip_u8"), path + ".clip_u8", false, out.clipU8))
    return false;
  if (map->get("nonzero") && !number(map->get("nonzero"), path + ".nonzero", false, out.nonzero))
    return false;
  return (out.min <= out.max || fail(path, "expected min <= max")) &&
         (out.nonzero <= 1 || fail(path + ".nonzero", "expected a share of at most 1"));
}

bool ProfileReader::tile(const json::Value &value, StringRef text, const std::string &path,
                         std::vector<TapStats> &out) {
  Expected<TileSpec> spec = TileSpec::parse(text);
  if (!spec)
    return fail(path, "expected a tile: " + toString(spec.takeError()));
  if (spec->direct || spec->withoutFormats().str() != text)
    return fail(path, "expected a Winograd tile in canonical text, got '" + printable(text) + "'" +
                          (spec->direct ? "" : " (write '" + spec->withoutFormats().str() + "')"));
  uint64_t count = uint64_t(spec->taps());
  const json::Array *list = value.getAsArray();
  if (!list || list->size() != count)
    return fail(path, "expected a list of " + Twine(count) + " taps (K = " + std::to_string(spec->down().K) +
                          (spec->isSquare() ? "" : "x" + std::to_string(spec->across().K)) + ")" +
                          (list ? ", got " + std::to_string(list->size()) : std::string()));
  out.resize(list->size());
  for (size_t i = 0; i < list->size(); ++i) {
    std::string place = path + "[" + std::to_string(i) + "]";
    const json::Array *tap = (*list)[i].getAsArray();
    if (!tap || tap->size() != TapStats::numbers)
      return fail(place, "expected [max, rms, 99.9th percentile, clips of 4, 5, 6, 7 and 8 bits]");
    std::array<double, TapStats::numbers> row{};
    for (size_t n = 0; n < row.size(); ++n)
      if (!number(&(*tap)[n], place + "[" + Twine(n) + "]", false, row[n]))
        return false;
    out[i] = TapStats::fromRow(row);
  }
  return true;
}

bool ProfileReader::read(const json::Value &root, Profile &profile) {
  const json::Object *map = object(&root, "profile", {"version", "model_sha256", "images", "tensors", "taps"},
                                   {"images_sha256", "sensitivity", "tap_sensitivity"});
  if (!map)
    return false;
  std::optional<int64_t> version = map->getInteger("version");
  if (!version || *version != Profile::currentVersion)
    return fail("version", "expected " + Twine(Profile::currentVersion));
  if (!hash(*map, "model_sha256", profile.modelSha256) ||
      (map->get("images_sha256") && !hash(*map, "images_sha256", profile.imagesSha256)))
    return false;
  if (!count(map->get("images"), "images", profile.images))
    return false;
  auto readTensor = [&](const std::string &name, const std::string &path, const json::Value &value) {
    return tensor(value, path, profile.tensors[name]);
  };
  auto readConv = [&](const std::string &node, const std::string &path, const json::Value &value) {
    return entries(&value, path, [&](const std::string &text, const std::string &tilePath, const json::Value &taps) {
      return tile(taps, text, tilePath, profile.taps[node][text]);
    });
  };
  auto readSensitivity = [&](const char *key, std::map<std::string, double> &out) {
    auto read = [&](const std::string &name, const std::string &path, const json::Value &value) {
      return number(&value, path, false, out[name]);
    };
    return !map->get(key) || entries(map->get(key), key, read);
  };
  return entries(map->get("tensors"), "tensors", readTensor) && entries(map->get("taps"), "taps", readConv) &&
         readSensitivity("sensitivity", profile.sensitivity) &&
         readSensitivity("tap_sensitivity", profile.tapSensitivity);
}

Expected<Profile> Profile::fromJson(StringRef text, StringRef fileName) {
  std::string problem = JsonGuard(text).problem();
  if (!problem.empty())
    return createStringError(fileName + ": " + problem);
  Expected<json::Value> root = json::parse(text);
  if (!root)
    return createStringError(fileName + ": expected a JSON file: " + toString(root.takeError()));
  Profile profile;
  ProfileReader reader;
  if (!reader.read(*root, profile))
    return createStringError(fileName + ": " + reader.problem);
  return profile;
}

std::string Profile::toJson() const {
  std::string text;
  raw_string_ostream stream(text);
  json::OStream out(stream, 1);
  auto key = [](const std::string &name) { return json::isUTF8(name) ? name : json::fixUTF8(name); };
  // -0 would read back as the integer 0.
  auto number = [](double x) { return x == 0 ? 0.0 : x; };
  auto tap = [&](raw_ostream &line, const TapStats &stats) {
    json::OStream compact(line);
    compact.array([&] {
      for (double x : stats.row())
        compact.value(number(x));
    });
  };
  out.object([&] {
    out.attribute("version", version);
    out.attribute("model_sha256", modelSha256);
    out.attribute("images", int64_t(images));
    out.attribute("images_sha256", imagesSha256);
    out.attributeObject("tensors", [&] {
      for (const auto &[name, stats] : tensors)
        out.attributeObject(key(name), [&, &stats = stats] {
          out.attribute("count", int64_t(stats.count));
          out.attribute("min", number(stats.min));
          out.attribute("max", number(stats.max));
          out.attribute("rms", number(stats.rms));
          out.attribute("clip_s8", number(stats.clipS8));
          out.attribute("clip_u8", number(stats.clipU8));
          out.attribute("nonzero", number(stats.nonzero));
        });
    });
    for (const auto &[name, map] : {std::pair("sensitivity", &sensitivity), {"tap_sensitivity", &tapSensitivity}})
      out.attributeObject(name, [&, &map = map] {
        for (const auto &[tensor, value] : *map)
          out.attribute(key(tensor), number(value));
      });
    out.attributeObject("taps", [&] {
      for (const auto &[node, tiles] : taps)
        out.attributeObject(key(node), [&, &tiles = tiles] {
          for (const auto &[tile, list] : tiles)
            out.attributeArray(key(tile), [&, &list = list] {
              for (const TapStats &stats : list)
                out.rawValue([&](raw_ostream &line) { tap(line, stats); });
            });
        });
    });
  });
  return stream.str() + "\n";
}

Error Profile::save(StringRef path) const { return writeFileAtomically(path, toJson()); }

Expected<Profile> Profile::load(StringRef path) {
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(path, status))
    return createStringError(path + ": cannot open: " + code.message());
  if (status.type() != sys::fs::file_type::regular_file || status.getSize() > maxFileBytes)
    return createStringError(path + ": expected a regular file of at most " + Twine(maxFileBytes) + " bytes");
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError(path + ": cannot read: " + buffer.getError().message());
  return fromJson((*buffer)->getBuffer(), path);
}

} // namespace wino
