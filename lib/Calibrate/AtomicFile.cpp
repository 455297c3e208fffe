// AtomicFile: write a whole file or nothing (POSIX). What the bytes are is up
// to the caller.
#include "wino/Calibrate/AtomicFile.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Signals.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace wino {

static Error failure(StringRef path, const char *what) {
  std::error_code code(errno, std::generic_category());
  return createStringError(code, Twine(path) + ": " + what + ": " + code.message());
}

static bool writeAll(int fd, StringRef bytes) {
  while (!bytes.empty()) {
    ssize_t n = sys::RetryAfterSignal(-1, ::write, fd, bytes.data(), bytes.size());
    if (n < 0)
      return false;
    bytes = bytes.drop_front(n);
  }
  return true;
}

/// Devices and pipes: a rename would replace the device by a file.
static Error writeDirectly(const std::string &path, StringRef bytes) {
  int fd = sys::RetryAfterSignal(-1, ::open, path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return failure(path, "cannot open for writing");
  bool written = writeAll(fd, bytes);
  Error error = written ? Error::success() : failure(path, "cannot write");
  ::close(fd);
  return error;
}

/// Creates a file that did not exist beside `path`; the mode follows the user's
/// umask (mkstemp's would not).
static int createBeside(const std::string &path, std::string &temporary) {
  for (unsigned attempt = 0; attempt < 1000; ++attempt) {
    temporary = path + ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(attempt);
    int fd = sys::RetryAfterSignal(-1, ::open, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST)
      return fd;
  }
  return -1;
}

Error writeFileAtomically(StringRef pathRef, StringRef bytes) {
  std::string path = pathRef.str();
  struct stat status;
  if (path.empty() || path.find('\0') != std::string::npos)
    return createStringError("expected a file name to write to, got an empty one");
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode))
      return createStringError(path + ": expected a file, got a folder");
    return writeDirectly(path, bytes);
  }
  std::string temporary;
  int fd = createBeside(path, temporary);
  if (fd < 0)
    return failure(path, "cannot create");
  sys::RemoveFileOnSignal(temporary);
  auto noMoreRemoval = make_scope_exit([&] { sys::DontRemoveFileOnSignal(temporary); });
  bool written = writeAll(fd, bytes) && ::fsync(fd) == 0;
  int writeErrno = errno;
  bool closed = ::close(fd) == 0;
  if (!written)
    errno = writeErrno;
  if (written && closed && ::rename(temporary.c_str(), path.c_str()) == 0)
    return Error::success();
  Error error = failure(path, "cannot write");
  ::unlink(temporary.c_str());
  return error;
}

} // namespace wino
