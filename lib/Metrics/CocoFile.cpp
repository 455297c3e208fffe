// CocoFile: LLVM's JSON parser, behind a check of what it does not bound itself.
#include "CocoFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"

#include <cmath>
#include <map>

using namespace llvm;

namespace wino {

/// The parser calls itself for every bracket; COCO needs six.
static constexpr unsigned mostNested = 32;
/// The parser takes more than 4 KiB for an object, about 40 bytes for any other value.
static constexpr size_t mostObjects = size_t(1) << 18, mostValues = size_t(1) << 24;

static Error checkCosts(StringRef text, StringRef path) {
  unsigned depth = 0;
  size_t objects = 0, commas = 0;
  bool isString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (isString && c == '\\')
      ++i;
    else if (c == '"')
      isString = !isString;
    else if (!isString && (c == '[' || c == '{') && ++depth > mostNested)
      return createStringError(path + ": expected at most " + Twine(mostNested) + " levels of brackets, got more");
    else if (!isString && (c == ']' || c == '}') && depth > 0)
      --depth;
    objects += !isString && c == '{';
    commas += !isString && c == ',';
    if (objects > mostObjects || commas >= mostValues)
      return createStringError(path + ": expected at most " + Twine(mostObjects) + " objects and " + Twine(mostValues) +
                               " values in braces and lists, got more; leave out those of " +
                               "images that are not run");
  }
  return Error::success();
}

namespace {

class CocoReader {
public:
  CocoReader(StringRef path, ArrayRef<std::string> names) : path(path), names(names) {
    truth.images.resize(names.size());
  }

  Expected<GroundTruth> read(const json::Object &root);

private:
  Error addImages(const json::Array &entries);
  Error addCategories(const json::Array &entries);
  Error addObject(const json::Object &entry, const Twine &place);
  Expected<const json::Array *> array(const json::Object &root, StringRef name) const;

  StringRef path;
  ArrayRef<std::string> names;
  std::map<int64_t, size_t> images;      ///< id -> position, of those that the image source has
  std::map<int64_t, int32_t> categories; ///< id -> index
  std::map<int64_t, bool> isListed;      ///< ids of all images of the file
  GroundTruth truth;
};

} // namespace

Expected<const json::Array *> CocoReader::array(const json::Object &root, StringRef name) const {
  if (const json::Array *found = root.getArray(name))
    return found;
  return createStringError(path + ": expected a list '" + name + "', got none");
}

Error CocoReader::addCategories(const json::Array &entries) {
  std::map<int64_t, std::string> byId;
  for (const json::Value &value : entries) {
    const json::Object *entry = value.getAsObject();
    std::optional<int64_t> id = entry ? entry->getInteger("id") : std::nullopt;
    if (!id || !byId.emplace(*id, entry->getString("name").value_or("").str()).second)
      return createStringError(path + ": expected a different integer 'id' for every category, got none or a second");
  }
  if (byId.size() > maxCategories)
    return createStringError(path + ": expected at most " + Twine(maxCategories) + " categories, got " +
                             Twine(byId.size()));
  for (auto &[id, name] : byId) {
    categories[id] = int32_t(truth.categories.size());
    truth.categories.push_back(std::move(name));
  }
  return Error::success();
}

Error CocoReader::addImages(const json::Array &entries) {
  std::map<StringRef, size_t> positions;
  for (size_t i = 0; i < names.size(); ++i)
    if (!names[i].empty())
      positions[names[i]] = i;
  std::map<size_t, StringRef> files; // of a position
  if (positions.empty() && entries.size() != names.size())
    return createStringError(path + ": expected one entry of 'images' per row of the array of images (" +
                             Twine(names.size()) + "), got " + Twine(entries.size()));
  for (size_t i = 0; i < entries.size(); ++i) {
    std::string place = (path + ": image " + Twine(i)).str();
    const json::Object *entry = entries[i].getAsObject();
    std::optional<int64_t> id = entry ? entry->getInteger("id") : std::nullopt;
    if (!id || !isListed.emplace(*id, true).second)
      return createStringError(place + ": expected an integer 'id' of its own, got none or that of another");
    StringRef file = entry->getString("file_name").value_or("");
    auto found = positions.find(file.substr(file.rfind('/') + 1));
    if (!positions.empty() && found == positions.end())
      continue; // of another part of the data set
    size_t index = positions.empty() ? i : found->second;
    if (auto [known, isNew] = files.emplace(index, file); !isNew)
      return createStringError(place + ": expected images of different names, whatever their folders, got '" +
                               known->second + "' and '" + file + "'");
    images[*id] = index;
    double width = entry->getNumber("width").value_or(0), height = entry->getNumber("height").value_or(0);
    if (!(width > 0 && width < 1e6 && height > 0 && height < 1e6))
      return createStringError(place + ": expected 'width' and 'height' of the picture, got none");
    truth.images[index].width = width;
    truth.images[index].height = height;
  }
  if (images.empty())
    return createStringError(path + ": expected 'file_name's of the images that are run, got none of them");
  return Error::success();
}

Error CocoReader::addObject(const json::Object &entry, const Twine &place) {
  std::optional<int64_t> image = entry.getInteger("image_id"), category = entry.getInteger("category_id");
  const json::Array *corners = entry.getArray("bbox");
  if (!image || !isListed.count(*image))
    return createStringError(place + ": expected 'image_id' of an image of the file, got another");
  if (!images.count(*image))
    return Error::success();
  if (!category || !categories.count(*category))
    return createStringError(place + ": expected 'category_id' of a category of the file, got another");
  double numbers[4] = {};
  for (size_t i = 0; i < 4; ++i) {
    std::optional<double> number = corners && corners->size() == 4 ? (*corners)[i].getAsNumber() : std::nullopt;
    if (!number)
      return createStringError(place + ": expected 'bbox' with four numbers, got others");
    numbers[i] = *number;
  }
  Truth object;
  object.box = {numbers[0], numbers[1], numbers[0] + numbers[2], numbers[1] + numbers[3]};
  object.category = categories[*category];
  object.isCrowd = entry.getInteger("iscrowd").value_or(0) != 0;
  if (Error error = checkTruth(object, place))
    return error;
  truth.images[images[*image]].truths.push_back(object);
  return Error::success();
}

Expected<GroundTruth> CocoReader::read(const json::Object &root) {
  for (StringRef name : {"categories", "images", "annotations"}) {
    Expected<const json::Array *> entries = array(root, name);
    if (!entries)
      return entries.takeError();
    if (Error error = name == "categories" ? addCategories(**entries)
                      : name == "images"   ? addImages(**entries)
                                           : Error::success())
      return std::move(error);
    if (name != "annotations")
      continue;
    if ((*entries)->size() > maxTruths)
      return createStringError(path + ": expected at most " + Twine(maxTruths) + " annotations, got " +
                               Twine((*entries)->size()));
    for (size_t i = 0; i < (*entries)->size(); ++i) {
      const json::Object *entry = (**entries)[i].getAsObject();
      std::string place = (path + ": annotation " + Twine(i)).str();
      if (!entry)
        return createStringError(place + ": expected an object, got another value");
      if (Error error = addObject(*entry, place))
        return std::move(error);
    }
  }
  return std::move(truth);
}

Expected<GroundTruth> parseCoco(StringRef text, StringRef path, ArrayRef<std::string> names) {
  if (Error error = checkCosts(text, path))
    return std::move(error);
  text.consume_front("\xef\xbb\xbf");
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return createStringError(path + ": " + toString(value.takeError()));
  const json::Object *root = value->getAsObject();
  if (!root)
    return createStringError(path + ": expected a JSON object, got another value");
  return CocoReader(path, names).read(*root);
}

} // namespace wino
