// Text of the C program that runs a library on files. It uses nothing but the generated header and POSIX.
#include "DeviceCode.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace wino {

// @n@: symbol prefix, @N@: macro prefix.
static const char kTop[] = R"c(#define _GNU_SOURCE
#include "@n@.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
@pool@
/* `bytes` bytes right before a page without access, and one before them as well if they start a page. */
static void *guarded(size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), used = (bytes + page - 1) / page * page;
  unsigned char *all = mmap(NULL, used + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED || mprotect(all, page, PROT_NONE) || mprotect(all + page + used, page, PROT_NONE)) {
    perror("mmap");
    exit(2);
  }
  return all + page + used - bytes;
}

int main(int argc, char **argv) {
  size_t arena_bytes = ((size_t)@N@_ARENA_BYTES + @N@_ARENA_ALIGN - 1) / @N@_ARENA_ALIGN * @N@_ARENA_ALIGN;
  unsigned char *arena = guarded(arena_bytes);
  size_t in_bytes = sizeof(@N@_INPUT0_TYPE) * @N@_INPUT0_ELEMENTS;
  @N@_INPUT0_TYPE *in = guarded(in_bytes);
)c";

static const char kOpen[] = R"c(  struct timespec begin, end;
  double seconds = 0;
  @n@_ctx ctx;
  FILE *from, *to;
  @n@_status status;
  if (argc != 3 || !(from = fopen(argv[1], "rb")) || !(to = fopen(argv[2], "wb")))
    return 2;
  memset(arena, 0xA5, arena_bytes); /* the results must not depend on it */
  status = @n@_init(&ctx, arena, arena_bytes);
@hook@  while (!status && fread(in, 1, in_bytes, from) == in_bytes) {
    clock_gettime(CLOCK_MONOTONIC, &begin);
)c";

static const char kPool[] = R"c(#ifndef @N@_MAX_WORKERS
#error "expected a library compiled with --max-workers=N"
#endif
#include "wino_pool.h"
)c";

/* Printed statuses are the library's, -5 for too many workers among them. */
static const char kHook[] = R"c(  wino_pool *pool = NULL;
  if (wino_pool_create(&pool, @W@, 0)) {
    fprintf(stderr, "no pool of @W@ threads\n");
    return 3;
  }
  if (!status)
    status = @n@_set_parallel_for(&ctx, wino_pool_parallel_for, pool, @W@);
)c";

static const char kClose[] = R"c(    clock_gettime(CLOCK_MONOTONIC, &end);
    seconds += (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
)c";

static const char kEnd[] = R"c(  }
  if (status) {
    fprintf(stderr, "%s\n", @n@_strerror(status));
    return 3;
  }
  if (fclose(to))
    return 2;
  printf("%.9f\n", seconds);
  return 0;
}
)c";

static void replaceAll(std::string &text, StringRef mark, StringRef by) {
  for (size_t at; (at = text.find(mark)) != std::string::npos;)
    text.replace(at, mark.size(), by);
}

std::string driverSource(StringRef name, size_t outputs, unsigned workers) {
  std::string text = kTop, call = "    status = @n@_run(&ctx, in";
  std::string writes;
  for (size_t i = 0; i < outputs; ++i) {
    std::string index = std::to_string(i),
                bytes = "sizeof(@N@_OUTPUT" + index + "_TYPE) * @N@_OUTPUT" + index + "_ELEMENTS";
    text += "  @N@_OUTPUT" + index + "_TYPE *out" + index + " = guarded(" + bytes + ");\n";
    call += ", out" + index;
    writes += "    fwrite(out" + index + ", 1, " + bytes + ", to);\n";
  }
  text += kOpen + call + ");\n" + kClose + writes + kEnd;
  replaceAll(text, "@pool@", workers > 1 ? kPool : "");
  replaceAll(text, "@hook@", workers > 1 ? kHook : "");
  replaceAll(text, "@W@", std::to_string(workers));
  std::string result, upper = name.upper();
  for (StringRef rest = text; !rest.empty();) {
    size_t at = std::min(rest.find("@n@"), rest.find("@N@"));
    result += rest.substr(0, at);
    if (at == StringRef::npos)
      break;
    result += rest[at + 1] == 'n' ? name.str() : upper;
    rest = rest.drop_front(at + 3);
  }
  return result;
}

} // namespace wino
