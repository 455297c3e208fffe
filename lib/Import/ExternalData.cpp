// Opens files beside the model without leaving its folder: every path component is opened relative to the one before
// and never through a symbolic link, so no name and no race can lead outside (CVE-2022-25882, CVE-2024-27318,
// CVE-2026-27489).
#include "ExternalData.h"

#include "ImportError.h"
#include "wino/Import/OnnxGraph.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wino {
namespace {

/// A file descriptor that closes itself.
class Fd {
public:
  explicit Fd(int fd) : fd(fd) {}
  ~Fd() { reset(-1); }
  Fd(const Fd &) = delete;
  Fd &operator=(const Fd &) = delete;
  void reset(int next) {
    if (fd >= 0)
      ::close(fd);
    fd = next;
  }
  int get() const { return fd; }

private:
  int fd;
};

struct Location {
  std::string path;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};

llvm::Expected<Location> parseEntries(ExternalEntries entries) {
  Location location;
  std::vector<std::string> seen;
  for (const auto &[key, value] : entries) {
    if (llvm::is_contained(seen, key))
      return importError("expected each external_data key once, got " + quoted(key) + " again");
    seen.push_back(key);
    if (key == "location") {
      location.path = value;
    } else if (key == "offset" || key == "length") {
      uint64_t number = 0;
      if (llvm::StringRef(value).getAsInteger(10, number))
        return importError("expected a non-negative number as external_data " + key + ", got " + quoted(value));
      if (key == "offset")
        location.offset = number;
      else
        location.length = number;
    } else if (key != "checksum") {
      return importError("expected external_data keys location, offset, length or checksum, got " + quoted(key));
    }
  }
  return location;
}

llvm::Expected<llvm::SmallVector<std::string>> splitPath(llvm::StringRef path) {
  if (path.empty())
    return importError("expected an external_data location, got none");
  if (path.contains('\0'))
    return importError("expected an external_data location without NUL bytes, got " + quoted(path));
  if (path.starts_with("/"))
    return importError("expected an external_data location relative to the model's folder, got " + quoted(path));
  llvm::SmallVector<llvm::StringRef> parts;
  path.split(parts, '/');
  llvm::SmallVector<std::string> names;
  for (llvm::StringRef part : parts) {
    if (part == "..")
      return importError("expected an external_data location without '..', got " + quoted(path));
    if (part.empty())
      return importError("expected an external_data location without empty parts, got " + quoted(path));
    if (part != ".")
      names.push_back(part.str());
  }
  if (names.empty())
    return importError("expected an external_data location that names a file, got " + quoted(path));
  return names;
}

llvm::Error openInside(Fd &fd, const std::string &folder, llvm::ArrayRef<std::string> names, llvm::StringRef path) {
  fd.reset(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (size_t k = 0; k < names.size() && fd.get() >= 0; ++k) {
    bool last = k + 1 == names.size();
    // O_NONBLOCK: opening a FIFO must not wait; it is refused as not regular afterwards.
    int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (last ? O_NONBLOCK : O_DIRECTORY);
    int next = ::openat(fd.get(), names[k].c_str(), flags);
    int reason = errno;
    fd.reset(next);
    errno = reason;
  }
  if (fd.get() >= 0)
    return llvm::Error::success();
  if (errno == ELOOP || errno == ENOTDIR)
    return importError("expected external data reached without symbolic links, got " + quoted(path));
  return importError("expected external data file " + quoted(path) + " in the model's folder, got " +
                     std::generic_category().message(errno));
}

} // namespace

llvm::Expected<std::vector<uint8_t>> readExternal(ExternalSource &source, ExternalEntries entries, uint64_t bytes) {
  if (source.folder.empty())
    return importError("expected all data inside the model (it has no folder), got external data");
  auto location = parseEntries(entries);
  if (!location)
    return location.takeError();
  auto names = splitPath(location->path);
  if (!names)
    return names.takeError();
  Fd fd(-1);
  if (llvm::Error failed = openInside(fd, source.folder, *names, location->path))
    return std::move(failed);
  struct stat info;
  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
    return importError("expected external data in a regular file, got " + quoted(location->path));

  uint64_t size = static_cast<uint64_t>(info.st_size);
  std::string file = "external data file " + quoted(location->path);
  if (location->offset > size)
    return importError("expected offset <= " + llvm::Twine(size) + " bytes of " + file + ", got " +
                       llvm::Twine(location->offset));
  uint64_t rest = size - location->offset;
  uint64_t length = location->length.value_or(rest);
  if (length > rest)
    return importError("expected length <= " + llvm::Twine(rest) + " bytes left of " + file + ", got " +
                       llvm::Twine(length));
  if (length != bytes)
    return importError("expected " + llvm::Twine(bytes) + " bytes for the tensor's shape, got " + llvm::Twine(length) +
                       " of " + file);
  if (bytes > source.budgetBytes)
    return importError("expected at most 4 GB of external data in all tensors");
  source.budgetBytes -= bytes;

  std::vector<uint8_t> data(bytes);
  for (uint64_t done = 0; done < bytes;) {
    ssize_t got = ::pread(fd.get(), data.data() + done, bytes - done, static_cast<off_t>(location->offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return importError("expected " + llvm::Twine(bytes) + " bytes of " + file +
                         ", got a read error or a shorter file");
    done += static_cast<uint64_t>(got);
  }
  return data;
}

} // namespace wino
