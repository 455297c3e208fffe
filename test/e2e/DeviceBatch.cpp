// A C program is written around the objects: it runs every case with painted memory between guard pages and writes the
// outputs to a file. All comparing is done here.
#include "DeviceBatch.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace llvm;

namespace wino {

static const char kProgram[] = R"c(
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "wino_pool.h"

typedef struct {
  const char *name;
  void (*run)(void **);
  size_t arena, trials, inputs, outputs, runs;
  const size_t *bytes; /* of inputs, then outputs */
  const unsigned *workers; /* of each run */
} wino_case;

@functions@
static const wino_case cases[] = {
@table@};

/* `bytes` bytes right before a page without access, behind at least one painted page. */
typedef struct { unsigned char *all, *begin; } guarded;
static guarded allocate(size_t bytes, size_t *mapped) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), used = (bytes + page - 1) / page * page + page;
  guarded g;
  *mapped = used + page;
  g.all = mmap(NULL, used + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (g.all == MAP_FAILED || mprotect(g.all + used, page, PROT_NONE)) {
    perror("mmap");
    exit(2);
  }
  g.begin = g.all + used - bytes;
  memset(g.all, 0xC3, (size_t)(g.begin - g.all));
  return g;
}
static void check(guarded g, const char *what) {
  for (const unsigned char *p = g.all; p < g.begin; ++p)
    if (*p != 0xC3) {
      fprintf(stderr, "wrote before its %s\n", what);
      exit(4);
    }
}

int main(int argc, char **argv) {
  FILE *from = argc == 3 ? fopen(argv[1], "rb") : NULL, *to = argc == 3 ? fopen(argv[2], "wb") : NULL;
  if (!from || !to)
    return 2;
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c)
    for (size_t trial = 0; trial < cases[c].trials * cases[c].runs; ++trial) {
      const wino_case *k = &cases[c];
      size_t count = k->inputs + k->outputs, mapped[17];
      guarded buffers[17];
      void *pointers[18], *hook[2];
      wino_pool *pool;
      if (wino_pool_create(&pool, k->workers[trial / k->trials], (unsigned)trial % 2))
        return 5;
      hook[0] = (void *)wino_pool_parallel_for;
      hook[1] = pool;
      pointers[count + 1] = hook;
      fprintf(stderr, "%s trial %zu\n", k->name, trial); /* the last line says who did not come back */
      for (size_t i = 0; i <= count; ++i) {
        buffers[i] = allocate(i ? k->bytes[i - 1] : k->arena, &mapped[i]);
        pointers[i] = buffers[i].begin;
      }
      for (size_t i = 0; i < k->arena; ++i)
        buffers[0].begin[i] = trial == 0 ? 0xA5 : (unsigned char)((unsigned)((i + trial) * 2654435761u) >> 24);
      for (size_t i = 1; i <= k->inputs; ++i)
        if (fread(pointers[i], 1, k->bytes[i - 1], from) != k->bytes[i - 1])
          return 3;
      for (size_t i = 1; i <= k->inputs; ++i) /* inputs are read only */
        mprotect(buffers[i].all, mapped[i], PROT_READ);
      k->run(pointers);
      wino_pool_destroy(pool);
      for (size_t i = 0; i <= count; ++i) {
        check(buffers[i], i == 0 ? "arena" : i <= k->inputs ? "input" : "output");
        if (i > k->inputs)
          fwrite(pointers[i], 1, k->bytes[i - 1], to);
        munmap(buffers[i].all, mapped[i]);
      }
    }
  return fclose(to) ? 2 : 0;
}
)c";

static std::string programText(const std::vector<CompiledCase *> &cases) {
  std::string functions, table;
  for (const CompiledCase *c : cases) {
    const Trial &trial = c->trials.front();
    size_t pointers = 1 + trial.inputs.size() + trial.outputs.size();
    pointers += c->maxWorkers > 1; // the hook
    std::string parameters, arguments, sizes, workers;
    for (uint32_t count : c->workers)
      workers += std::to_string(count) + ", ";
    for (size_t i = 0; i < pointers; ++i) {
      parameters += i ? ", void *" : "void *";
      arguments += (i ? ", p[" : "p[") + std::to_string(i) + "]";
    }
    for (const auto *list : {&trial.inputs, &trial.outputs})
      for (const Bytes &bytes : *list)
        sizes += std::to_string(bytes.size()) + ", ";
    const std::string &p = c->prefix;
    functions += "void " + p + "_run_impl(" + parameters + ");\n";
    functions += "static void run_" + p + "(void **p) { " + p + "_run_impl(" + arguments + "); }\n";
    functions += "static const size_t bytes_" + p + "[] = {" + sizes + "};\n";
    functions += "static const unsigned workers_" + p + "[] = {" + workers + "};\n";
    table += "  {\"" + p + "\", run_" + p + ", " + std::to_string(c->arenaBytes) + ", " +
             std::to_string(c->trials.size()) + ", " + std::to_string(trial.inputs.size()) + ", " +
             std::to_string(trial.outputs.size()) + ", " + std::to_string(c->workers.size()) + ", bytes_" + p +
             ", workers_" + p + "},\n";
  }
  std::string text = kProgram;
  text.replace(text.find("@functions@"), 11, functions);
  text.replace(text.find("@table@"), 7, table);
  return text;
}

namespace {

/// A temporary folder with the program in it.
class Workshop {
public:
  ~Workshop() {
    if (!folder.empty())
      sys::fs::remove_directories(folder);
  }

  Error open() {
    if (std::error_code problem = sys::fs::createUniqueDirectory("wino-random", folder))
      return createStringError("temporary folder: " + problem.message());
    return Error::success();
  }

  std::string path(const Twine &name) { return (folder + "/" + name).str(); }

  Error write(const Twine &name, StringRef bytes) {
    std::error_code problem;
    raw_fd_ostream os(path(name), problem);
    if (problem)
      return createStringError(name + ": " + problem.message());
    os << bytes;
    return Error::success();
  }

  Error execute(const std::vector<std::string> &command) {
    ErrorOr<std::string> program = sys::findProgramByName(command[0]);
    if (!program)
      return createStringError("expected the program '" + command[0] + "', got: " + program.getError().message());
    std::vector<StringRef> arguments(command.begin(), command.end());
    std::string errors = path("errors.txt"), message;
    std::optional<StringRef> redirects[] = {StringRef(""), StringRef(""), StringRef(errors)};
    int code = sys::ExecuteAndWait(*program, arguments, std::nullopt, redirects, 600, 0, &message);
    if (code == 0)
      return Error::success();
    auto text = MemoryBuffer::getFile(errors);
    StringRef said = text ? (*text)->getBuffer().trim() : StringRef();
    return createStringError(command[0] + ": exit code " + Twine(code) + " " + message +
                             " after: " + said.take_back(300));
  }

private:
  SmallString<128> folder;
};

} // namespace

static Error compare(const std::vector<CompiledCase *> &cases, StringRef bytes, StringRef device) {
  size_t at = 0;
  for (CompiledCase *c : cases)
    for (size_t run = 0; run < c->trials.size() * c->workers.size(); ++run) {
      size_t number = run % c->trials.size();
      for (size_t n = 0; n < c->trials[number].outputs.size(); ++n) {
        const Bytes &expected = c->trials[number].outputs[n];
        if (at + expected.size() > bytes.size())
          return createStringError("expected outputs of all cases, got too few bytes");
        std::string difference =
            firstDifference(n, c->outputShapes[n], expected, bytes.bytes_begin() + at, c->isFloat[n]);
        at += expected.size();
        if (!difference.empty() && c->failure.empty())
          c->failure = device.str() + ": trial " + std::to_string(number) + ", " +
                       std::to_string(c->workers[run / c->trials.size()]) + " workers: " + difference;
      }
    }
  return Error::success();
}

Error runOnDevice(std::vector<CompiledCase> &all, const TargetData &device) {
  std::vector<CompiledCase *> cases;
  for (CompiledCase &c : all)
    if (c.isUsable())
      cases.push_back(&c);
  if (cases.empty())
    return Error::success();
  Workshop shop;
  if (Error error = shop.open())
    return error;
  std::vector<std::string> link = {"aarch64-linux-gnu-gcc",
                                   "-std=gnu11",
                                   "-O1",
                                   "-static",
                                   "-pthread",
                                   "-I",
                                   WINO_RUNTIME,
                                   "-o",
                                   shop.path("batch"),
                                   shop.path("main.c"),
                                   WINO_RUNTIME "/wino_pool.c"};
  std::string inputs;
  for (CompiledCase *c : cases) {
    if (Error error = shop.write(c->prefix + ".o", StringRef(c->object.data(), c->object.size())))
      return error;
    link.push_back(shop.path(c->prefix + ".o"));
    for (size_t run = 0; run < c->workers.size(); ++run)
      for (const Trial &trial : c->trials)
        for (const Bytes &input : trial.inputs)
          inputs.append(input.begin(), input.end());
  }
  if (Error error = shop.write("main.c", programText(cases)))
    return error;
  if (Error error = shop.write("in.bin", inputs))
    return error;
  if (Error error = shop.execute(link))
    return error;
  if (Error error = shop.execute({"qemu-aarch64", "-cpu", device.qemuCpu.str(), shop.path("batch"), shop.path("in.bin"),
                                  shop.path("out.bin")}))
    return error;
  auto outputs = MemoryBuffer::getFile(shop.path("out.bin"), /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!outputs)
    return createStringError("outputs: " + outputs.getError().message());
  return compare(cases, (*outputs)->getBuffer(), device.name);
}

} // namespace wino
