// Images: image sets read one image at a time, preprocessing, labels, the
// held-out split. Formats are ArrayFile's and DecodeImage's.
#include "wino/Calibrate/Images.h"
#include "wino/Calibrate/ArrayFile.h"
#include "wino/Calibrate/DecodeImage.h"
#include "wino/Calibrate/ResizeImage.h"
#include "wino/Numerics/ReadSmallFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <cmath>

using namespace llvm;

namespace wino {

namespace {

constexpr int64_t maxImageElements = int64_t(1) << 28;
constexpr uint64_t maxImageFileBytes = uint64_t(256) << 20;

class ArrayImages : public ImageSource {
public:
  ArrayImages(Preprocess preprocess, std::array<int64_t, 3> chw, std::string path, std::unique_ptr<ArrayFile> file,
              size_t count)
      : ImageSource(preprocess, chw, file->header().type == NpyType::F32, preprocess.layout == Preprocess::NHWC),
        path(std::move(path)), file(std::move(file)), count(count) {}

  size_t size() const override { return count; }
  std::string name(size_t index) const override { return path + ": image " + std::to_string(index); }

protected:
  Error readRaw(size_t index, std::vector<uint8_t> &raw) override {
    return file->read(uint64_t(index) * raw.size(), raw);
  }

private:
  std::string path;
  std::unique_ptr<ArrayFile> file;
  size_t count;
};

class FileImages : public ImageSource {
public:
  FileImages(Preprocess preprocess, std::array<int64_t, 3> chw, std::vector<std::string> files)
      : ImageSource(preprocess, chw, /*isFloat=*/false, /*isNhwc=*/true), files(std::move(files)),
        resizes(preprocess.resize) {}

  size_t size() const override { return files.size(); }
  std::string name(size_t index) const override { return files[index]; }

protected:
  Error readRaw(size_t index, std::vector<uint8_t> &raw) override;

private:
  std::vector<std::string> files;
  bool resizes;
};

} // namespace

Error FileImages::readRaw(size_t index, std::vector<uint8_t> &raw) {
  StringRef path = files[index];
  Expected<std::unique_ptr<MemoryBuffer>> buffer = readSmallFile(path, maxImageFileBytes);
  if (!buffer)
    return buffer.takeError();
  ImageSize size = {unsigned(chw()[0]), unsigned(chw()[1]), unsigned(chw()[2])};
  if (!resizes)
    return decodeImage((*buffer)->getBuffer(), size, raw, path);
  Expected<ImageSize> own = readImageSize((*buffer)->getBuffer(), size.channels, path);
  if (!own)
    return own.takeError();
  if (uint64_t(own->height) * size.width > maxPixels) // a step on the way has so many
    return createStringError(path + ": expected at most " + Twine(maxPixels / size.width) +
                             " rows of pixels to resize, got " + Twine(own->height));
  std::vector<uint8_t> samples(size_t(own->width) * own->height * own->channels);
  if (Error error = decodeImage((*buffer)->getBuffer(), *own, samples, path))
    return error;
  raw = resizeImage(samples, *own, size);
  return Error::success();
}

static std::vector<float> perChannel(const std::vector<double> &values, float missing, size_t channels) {
  if (values.empty())
    return std::vector<float>(channels, missing);
  if (values.size() == 1)
    return std::vector<float>(channels, float(values[0]));
  return std::vector<float>(values.begin(), values.end());
}

ImageSource::ImageSource(Preprocess preprocess, std::array<int64_t, 3> chw, bool isFloat, bool isNhwc)
    : dims(chw), isFloat(isFloat), isNhwc(isNhwc), bgr(preprocess.bgr), scale(float(preprocess.scale)),
      mean(perChannel(preprocess.mean, 0, chw[0])), stddev(perChannel(preprocess.stddev, 1, chw[0])) {}

/// Reads an image into chwRaw, in channel, height, width order.
Error ImageSource::readChw(size_t index) {
  size_t elementBytes = isFloat ? 4 : 1, channels = dims[0], plane = dims[1] * dims[2];
  if (index >= size())
    return createStringError("expected an image below " + Twine(size()) + ", got " + Twine(index));
  chwRaw.resize(elements() * elementBytes);
  if (!isNhwc)
    return readRaw(index, chwRaw);
  raw.resize(chwRaw.size());
  if (Error error = readRaw(index, raw))
    return error;
  for (size_t c = 0; c < channels; ++c)
    for (size_t i = 0; i < plane; ++i)
      for (size_t b = 0; b < elementBytes; ++b)
        chwRaw[(c * plane + i) * elementBytes + b] = raw[(i * channels + c) * elementBytes + b];
  return Error::success();
}

Error ImageSource::load(size_t index, float *chwOut) {
  if (Error error = readChw(index))
    return error;
  size_t channels = dims[0], plane = dims[1] * dims[2];
  for (size_t c = 0; c < channels; ++c) {
    size_t from = (bgr ? channels - 1 - c : c) * plane;
    for (size_t i = 0; i < plane; ++i) {
      float pixel = chwRaw[isFloat ? 0 : from + i];
      if (isFloat)
        pixel = bit_cast<float>(support::endian::read32le(&chwRaw[(from + i) * 4]));
      float p = pixel * scale;
      float d = p - mean[c];
      float x = d / stddev[c];
      if (!std::isfinite(x))
        return createStringError(name(index) + ": expected finite numbers, got one that is not (channel " + Twine(c) +
                                 ", element " + Twine(i) + ")");
      chwOut[c * plane + i] = x;
    }
  }
  return Error::success();
}

Expected<uint64_t> ImageSource::contentHash(size_t index) {
  if (Error error = readChw(index))
    return std::move(error);
  return xxh3_64bits(chwRaw);
}

static Error checkOptions(const Preprocess &preprocess, std::array<int64_t, 3> chw) {
  int64_t elements = 1;
  for (int64_t extent : chw) {
    if (extent < 1 || extent > maxImageElements || (elements *= extent) > maxImageElements)
      return createStringError("expected a network input of 1 to " + Twine(maxImageElements) + " elements, got " +
                               Twine(chw[0]) + "x" + Twine(chw[1]) + "x" + Twine(chw[2]));
  }
  for (const std::vector<double> *values : {&preprocess.mean, &preprocess.stddev}) {
    StringRef option = values == &preprocess.mean ? "mean" : "std";
    if (values->size() > 1 && values->size() != size_t(chw[0]))
      return createStringError("expected one " + option + " or " + Twine(chw[0]) + ", got " + Twine(values->size()));
    for (double value : *values)
      if (!std::isfinite(float(value)) || (values == &preprocess.stddev && !(float(value) > 0)))
        return createStringError("expected a finite mean and a positive std");
  }
  if (!std::isfinite(float(preprocess.scale)) || float(preprocess.scale) == 0)
    return createStringError("expected a finite scale that is not 0");
  if (preprocess.bgr && chw[0] != 3)
    return createStringError("expected 3 channels for channel order bgr, got " + Twine(chw[0]));
  return Error::success();
}

/// How many images an array holds; an error when its shape is not that of such
/// images.
static Expected<size_t> countImages(const NpyHeader &header, const Preprocess &preprocess, std::array<int64_t, 3> chw,
                                    StringRef path) {
  std::vector<int64_t> one(chw.begin(), chw.end());
  if (preprocess.layout == Preprocess::NHWC)
    one = {chw[1], chw[2], chw[0]};
  ArrayRef<int64_t> shape = header.shape;
  if (header.type != NpyType::U8 && header.type != NpyType::F32)
    return createStringError(path + ": expected images of type uint8 or float32, got " + npyTypeName(header.type));
  if (shape == ArrayRef(one))
    return 1;
  bool fits = (shape.size() == 4 && shape.drop_front() == ArrayRef(one)) ||
              (shape.size() == 3 && chw[0] == 1 && shape[1] == chw[1] && shape[2] == chw[2]);
  if (!fits)
    return createStringError(path + ": expected images of shape (N, " + Twine(one[0]) + ", " + Twine(one[1]) + ", " +
                             Twine(one[2]) + ") in layout " +
                             (preprocess.layout == Preprocess::NHWC ? "nhwc" : "nchw") + ", got " + header.shapeText());
  if (shape[0] == 0)
    return createStringError(path + ": expected at least one image, got none");
  return size_t(shape[0]);
}

/// Files of other kinds are left alone (labels, notes), except pictures that a
/// user would believe to be used.
static Expected<std::vector<std::string>> listImages(StringRef folder) {
  std::vector<std::string> files;
  std::error_code code;
  for (sys::fs::directory_iterator it(folder, code), end; it != end && !code; it.increment(code)) {
    StringRef name = sys::path::filename(it->path());
    std::string extension = sys::path::extension(name).lower();
    if (name.starts_with("."))
      continue;
    if (is_contained({".png", ".jpg", ".jpeg"}, extension))
      files.push_back(it->path());
    else if (is_contained({".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}, extension))
      return createStringError(it->path() + ": expected PNG or JPEG (convert it, or move it out of the folder)");
  }
  if (code)
    return createStringError(folder + ": cannot list the folder: " + code.message());
  if (files.empty())
    return createStringError(folder + ": expected PNG or JPEG files in the folder, got none");
  llvm::sort(files);
  return files;
}

static bool isPicture(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> start = MemoryBuffer::getFileSlice(path, 4, 0);
  return start && ((*start)->getBuffer().starts_with("\x89PNG") || (*start)->getBuffer().starts_with("\xff\xd8"));
}

Expected<std::unique_ptr<ImageSource>> ImageSource::open(StringRef path, Preprocess preprocess,
                                                         std::array<int64_t, 3> chw) {
  if (Error error = checkOptions(preprocess, chw))
    return std::move(error);
  bool isFolder = sys::fs::is_directory(path);
  if (isFolder || (sys::fs::is_regular_file(path) && isPicture(path))) {
    if (chw[0] != 1 && chw[0] != 3)
      return createStringError(path +
                               ": expected a network input of 1 or 3 channels "
                               "for PNG and JPEG, got " +
                               Twine(chw[0]));
    std::vector<std::string> files = {path.str()};
    if (isFolder) {
      Expected<std::vector<std::string>> listed = listImages(path);
      if (!listed)
        return listed.takeError();
      files = std::move(*listed);
    }
    return std::make_unique<FileImages>(preprocess, chw, std::move(files));
  }
  Expected<std::unique_ptr<ArrayFile>> file = ArrayFile::open(path, "images");
  if (!file)
    return file.takeError();
  Expected<size_t> count = countImages((*file)->header(), preprocess, chw, path);
  if (!count)
    return count.takeError();
  return std::make_unique<ArrayImages>(preprocess, chw, path.str(), std::move(*file), *count);
}

Expected<std::vector<int64_t>> loadLabels(StringRef path) {
  constexpr uint64_t maxLabelBytes = uint64_t(1) << 28;
  Expected<std::unique_ptr<ArrayFile>> file = ArrayFile::open(path, "labels");
  if (!file)
    return file.takeError();
  const NpyHeader &header = (*file)->header();
  if (header.type == NpyType::F32 || header.shape.size() != 1 || header.dataBytes > maxLabelBytes)
    return createStringError(path + ": expected labels of type uint8, int32 or int64 and shape (N,), got " +
                             npyTypeName(header.type) + " " + header.shapeText());
  std::vector<uint8_t> bytes(header.dataBytes);
  if (Error error = (*file)->read(0, bytes))
    return std::move(error);
  std::vector<int64_t> labels(header.shape[0]);
  for (size_t i = 0; i < labels.size(); ++i) {
    labels[i] = header.type == NpyType::U8    ? int64_t(bytes[i])
                : header.type == NpyType::I32 ? int64_t(int32_t(support::endian::read32le(&bytes[i * 4])))
                                              : int64_t(support::endian::read64le(&bytes[i * 8]));
    if (labels[i] < 0)
      return createStringError(path + ": expected labels of 0 or more, got " + Twine(labels[i]) + " for image " +
                               Twine(i));
  }
  return labels;
}

Expected<std::vector<bool>> holdOut(ImageSource &images) {
  size_t total = images.size();
  std::vector<std::pair<uint64_t, size_t>> order;
  for (size_t i = 0; i < total; ++i) {
    Expected<uint64_t> hash = images.contentHash(i);
    if (!hash)
      return hash.takeError();
    order.push_back({*hash, i});
  }
  llvm::sort(order);
  size_t count = total < 2 ? 0 : std::max<size_t>(1, (total + 2) / 4);
  size_t whole = count;
  while (whole > 0 && whole < total && order[whole].first == order[whole - 1].first)
    ++whole;
  if (whole < total)
    count = whole;
  std::vector<bool> heldOut(total, false);
  for (size_t i = 0; i < count; ++i)
    heldOut[order[i].second] = true;
  return heldOut;
}

} // namespace wino
