// ArrayFile: bytes of one array in a .npy file (pread) or a .npz archive
// (libzip, streamed). The header is NpyFormat's work.
#include "wino/Calibrate/ArrayFile.h"
#include "wino/Calibrate/Printable.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

using namespace llvm;

namespace wino {

namespace {

class NpyFile : public ArrayFile {
public:
  NpyFile(std::string path, int fd) : path(std::move(path)), fd(fd) {}
  ~NpyFile() override { ::close(fd); }

  Error parse(uint64_t fileBytes);
  Error read(uint64_t offset, MutableArrayRef<uint8_t> out) override;

private:
  std::string path;
  int fd;
};

class NpzFile : public ArrayFile {
public:
  NpzFile(std::string path, zip_t *archive) : path(std::move(path)), archive(archive) {}
  ~NpzFile() override {
    if (entry)
      zip_fclose(entry);
    zip_discard(archive);
    if (unpacked >= 0)
      ::close(unpacked);
  }

  Error chooseEntry(StringRef wanted);
  Error read(uint64_t offset, MutableArrayRef<uint8_t> out) override;

private:
  Error fail(const Twine &message) const { return createStringError(path + ": " + message); }
  Error rewind();
  Error readNext(MutableArrayRef<uint8_t> out);
  Error unpack();

  std::string path; ///< with the entry's name, once chosen
  zip_t *archive;
  zip_uint64_t index = 0;
  zip_file_t *entry = nullptr;
  uint64_t position = 0; ///< next byte of `entry`
  unsigned stepsBack = 0;
  int unpacked = -1; ///< a file of the whole entry, once it pays
};

} // namespace

static Error readAt(int fd, const std::string &path, uint64_t position, MutableArrayRef<uint8_t> out) {
  while (!out.empty()) {
    ssize_t n = sys::RetryAfterSignal(-1, ::pread, fd, out.data(), out.size(), off_t(position));
    if (n <= 0)
      return createStringError(Twine(path) + ": expected " + Twine(out.size()) + " more bytes, got " +
                               (n ? "a read error" : "the end of the file"));
    position += n;
    out = out.drop_front(n);
  }
  return Error::success();
}

Error NpyFile::parse(uint64_t fileBytes) {
  std::vector<uint8_t> start(std::min<uint64_t>(fileBytes, npyMaxHeader + 12));
  if (Error error = readAt(fd, path, 0, start))
    return error;
  Expected<NpyHeader> parsed = parseNpyHeader(toStringRef(start), fileBytes, path);
  if (!parsed)
    return parsed.takeError();
  head = *parsed;
  return Error::success();
}

Error NpyFile::read(uint64_t offset, MutableArrayRef<uint8_t> out) {
  if (offset > head.dataBytes || out.size() > head.dataBytes - offset)
    return createStringError(Twine(path) + ": expected an offset inside the array");
  return readAt(fd, path, head.dataOffset + offset, out);
}

Error NpzFile::rewind() {
  if (entry)
    zip_fclose(entry);
  position = 0;
  entry = zip_fopen_index(archive, index, 0);
  if (!entry)
    return fail(Twine("cannot open the array: ") + zip_strerror(archive));
  return Error::success();
}

Error NpzFile::readNext(MutableArrayRef<uint8_t> out) {
  while (!out.empty()) {
    zip_int64_t n = zip_fread(entry, out.data(), out.size());
    if (n <= 0)
      return fail(n ? Twine("damaged archive: ") + zip_file_strerror(entry)
                    : Twine("expected ") + Twine(out.size()) + " more bytes, got the end of the array");
    position += n;
    out = out.drop_front(n);
  }
  // libzip compares the checksum when it is asked for more than there is.
  uint8_t extra;
  if (position == head.dataOffset + head.dataBytes && position > 0 && zip_fread(entry, &extra, 1) != 0)
    return fail("damaged archive: size or checksum of the array does not match "
                "its data");
  return Error::success();
}

Error NpzFile::chooseEntry(StringRef wanted) {
  zip_int64_t entries = zip_get_num_entries(archive, 0), arrays = 0, named = -1, last = -1;
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char *name = zip_get_name(archive, i, ZIP_FL_ENC_RAW);
    if (!name || !StringRef(name).ends_with(".npy"))
      continue;
    ++arrays;
    last = i;
    if (StringRef(name).drop_back(4) == wanted && named < 0)
      named = i;
  }
  if (named < 0 && arrays != 1)
    return fail("expected one array, or one called '" + wanted + "', got " + Twine(arrays) + " arrays");
  index = named >= 0 ? named : last;
  path += ":" + printable(zip_get_name(archive, index, ZIP_FL_ENC_RAW));

  zip_stat_t status;
  if (zip_stat_index(archive, index, 0, &status) != 0 || !(status.valid & ZIP_STAT_SIZE))
    return fail(Twine("cannot read the archive's directory: ") + zip_strerror(archive));
  if ((status.valid & ZIP_STAT_ENCRYPTION_METHOD) && status.encryption_method != ZIP_EM_NONE)
    return fail("expected an archive without password");
  // The size is only what the directory says: reading stops with an error where
  // the data end earlier, and never goes beyond.
  if (status.size > maxUnpackedBytes)
    return fail("expected at most " + Twine(maxUnpackedBytes) + " bytes, got " + Twine(status.size));
  if (Error error = rewind())
    return error;
  std::vector<uint8_t> start(std::min<uint64_t>(status.size, npyMaxHeader + 12));
  if (Error error = readNext(start))
    return error;
  Expected<NpyHeader> parsed = parseNpyHeader(toStringRef(start), status.size, path);
  if (!parsed)
    return parsed.takeError();
  head = *parsed;
  return readNext({}); // compares the checksum of an array so small that it has
                       // been read as a whole
}

/// Fills `unpacked`; its name is gone before the first byte is written.
Error NpzFile::unpack() {
  if (Error error = rewind())
    return error;
  int fd = -1;
  SmallString<128> name;
  if (std::error_code code = sys::fs::createTemporaryFile("wino-npz", "", fd, name))
    return fail("cannot make a temporary file for the unpacked array: " + code.message());
  ::unlink(name.c_str());
  uint8_t part[65536];
  uint64_t end = head.dataOffset + head.dataBytes;
  while (position < end) {
    MutableArrayRef<uint8_t> next(part, std::min<uint64_t>(sizeof(part), end - position));
    Error error = readNext(next);
    while (!error && !next.empty()) {
      ssize_t n = sys::RetryAfterSignal(-1, ::write, fd, next.data(), next.size());
      if (n < 0)
        error = fail(Twine("cannot unpack the array into a temporary file: ") + sys::StrError(errno));
      else
        next = next.drop_front(n);
    }
    if (error) {
      ::close(fd);
      return error;
    }
  }
  unpacked = fd;
  return Error::success();
}

Error NpzFile::read(uint64_t offset, MutableArrayRef<uint8_t> out) {
  if (offset > head.dataBytes || out.size() > head.dataBytes - offset)
    return fail("expected an offset inside the array");
  uint64_t target = head.dataOffset + offset;
  bool back = !entry || target < position;
  if (unpacked < 0 && back && ++stepsBack > maxStepsBack)
    if (Error error = unpack())
      return error;
  if (unpacked >= 0)
    return readAt(unpacked, path, target, out);
  if (back)
    if (Error error = rewind())
      return error;
  uint8_t skipped[16384];
  while (position < target)
    if (Error error = readNext({skipped, size_t(std::min<uint64_t>(sizeof(skipped), target - position))}))
      return error;
  return readNext(out);
}

static Expected<std::unique_ptr<ArrayFile>> openArchive(const std::string &path, int fd, StringRef npzEntry) {
  int code = 0;
  zip_t *archive = zip_fdopen(fd, ZIP_CHECKCONS, &code); // owns fd when it succeeds
  if (!archive) {
    ::close(fd);
    return createStringError(path + ": expected a .npz archive, got a damaged zip file");
  }
  auto file = std::make_unique<NpzFile>(path, archive);
  if (Error error = file->chooseEntry(npzEntry))
    return std::move(error);
  return file;
}

Expected<std::unique_ptr<ArrayFile>> ArrayFile::open(StringRef pathRef, StringRef npzEntry) {
  std::string path = pathRef.str();
  // O_NONBLOCK: opening a pipe must not wait for somebody to write to it; it is
  // refused below.
  int fd = sys::RetryAfterSignal(-1, ::open, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return createStringError(path + ": cannot open: " + std::generic_category().message(errno));
  struct stat status;
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    return createStringError(path + ": expected a regular file");
  }
  char signature[4] = {};
  if (::pread(fd, signature, 4, 0) == 4 && StringRef(signature, 2) == "PK")
    return openArchive(path, fd, npzEntry);
  auto file = std::make_unique<NpyFile>(path, fd);
  if (Error error = file->parse(status.st_size))
    return std::move(error);
  return file;
}

} // namespace wino
