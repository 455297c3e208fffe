// Libraries: same bytes twice, only prefixed symbols, measured facts; and the C header compiled and run against the
// library.
#include "EmitTestModel.h"
#include "wino/Emit/CHeader.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace wino;

namespace {

StaticLibrary build(llvm::StringRef targetName) {
  mlir::MLIRContext context;
  auto module = test::parse(context);
  llvm::Expected<ModelInterface> model = readInterface(*module);
  llvm::Expected<CodegenTarget> target = codegenTarget(targetName);
  EXPECT_TRUE(bool(model) && bool(target));
  llvm::Expected<StaticLibrary> library = buildLibrary(*module, *model, *target);
  if (!library) {
    ADD_FAILURE() << llvm::toString(library.takeError());
    return {};
  }
  return std::move(*library);
}

std::string header(const StaticLibrary &library, llvm::StringRef target = "host") {
  mlir::MLIRContext context;
  auto module = test::parse(context);
  HeaderNotes notes;
  notes.target = target.str();
  return writeHeader(llvm::cantFail(readInterface(*module)), library.facts, notes);
}

/// A folder that is removed again.
class Folder {
public:
  Folder() { EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("wino-emit", path)); }
  ~Folder() { llvm::sys::fs::remove_directories(path); }
  std::string write(llvm::StringRef name, llvm::StringRef bytes) {
    std::string file = (path + "/" + name).str();
    std::error_code code;
    llvm::raw_fd_ostream(file, code) << bytes;
    EXPECT_FALSE(code);
    return file;
  }
  int run(std::vector<llvm::StringRef> command) {
    auto program = llvm::sys::findProgramByName(command[0]);
    if (!program)
      return -1;
    command[0] = *program;
    return llvm::sys::ExecuteAndWait(*program, command);
  }
  llvm::SmallString<128> path;
};

} // namespace

TEST(StaticLibrary, same_bytes_twice) {
  for (llvm::StringRef target : {"cortex-a53", "host"})
    EXPECT_EQ(build(target).bytes, build(target).bytes);
}

TEST(StaticLibrary, header_says_which_processor_it_needs) {
  StaticLibrary library;
  for (llvm::StringRef target : {"host", "x86-64"})
    EXPECT_NE(header(library, target).find(" * Processor: x86-64 of level v3 (AVX2, "), std::string::npos);
  EXPECT_NE(header(library, "cortex-a53").find(" * Processor: ARMv8.0-A with NEON"), std::string::npos);
  for (llvm::StringRef target : {"cortex-a55", "cortex-a76", "neoverse-n1", "neoverse-n2"})
    EXPECT_NE(header(library, target).find("dot products (FEAT_DotProd"), std::string::npos) << target.str();
  EXPECT_NE(header(library, "neoverse-n2").find("FEAT_I8MM"), std::string::npos);
}

TEST(StaticLibrary, facts_are_those_of_the_objects) {
  for (llvm::StringRef target : {"cortex-a53", "host"}) {
    ObjectFacts facts = build(target).facts;
    EXPECT_EQ(facts.defined, (std::set<std::string>{"tiny_init", "tiny_run", "tiny_strerror", "tiny_run_impl"}));
    EXPECT_TRUE(facts.undefined.empty());
    EXPECT_EQ(facts.writableBytes, 0u);
    EXPECT_GT(facts.codeBytes, 0u);
    EXPECT_GE(facts.constantBytes, 4u);
    EXPECT_GT(facts.stackBytes, 16u);
    EXPECT_LT(facts.stackBytes, 256u);
  }
}

TEST(StaticLibrary, foreign_symbols_are_refused) {
  ObjectFacts facts;
  facts.undefined = {"memcpy", "memset"};
  EXPECT_FALSE(bool(checkEmbeddable(facts, "tiny")));
  facts.undefined.insert("malloc");
  EXPECT_EQ(llvm::toString(checkEmbeddable(facts, "tiny")),
            "expected no outside symbol but memcpy and memset, got 'malloc'");
  facts.undefined.clear();
  facts.defined = {"other_run"};
  EXPECT_EQ(llvm::toString(checkEmbeddable(facts, "tiny")),
            "expected every symbol to start with 'tiny_', got 'other_run'");
}

TEST(StaticLibrary, recursion_is_refused) {
  const char *ir = "define void @tiny_a() noinline optnone { call void @tiny_b() ret void }\n"
                   "define void @tiny_b() noinline optnone { call void @tiny_a() ret void }\n";
  auto object = llvm::cantFail(compileIr(ir, llvm::cantFail(codegenTarget("host")), FileKind::Object));
  auto facts = inspectObjects({llvm::StringRef(object.data(), object.size())});
  EXPECT_EQ(llvm::toString(facts.takeError()), "expected calls without recursion in emitted code, got a cycle");
}

TEST(ObjectCode, unknown_target_is_an_error) {
  EXPECT_TRUE(llvm::StringRef(llvm::toString(codegenTarget("z80").takeError())).ends_with("got 'z80'"));
}

TEST(ObjectCode, module_outside_the_llvm_dialect_is_an_error) {
  mlir::MLIRContext context;
  context.allowUnregisteredDialects();
  auto module = test::parse(context, "module { \"other.op\"() : () -> () }");
  auto bytes = compileModule(*module, llvm::cantFail(codegenTarget("host")), FileKind::Object);
  EXPECT_TRUE(
      llvm::StringRef(llvm::toString(bytes.takeError())).starts_with("expected a module in the LLVM dialect, got: "));
}

TEST(CHeader, clean_in_c99_c11_and_cxx17) {
  Folder folder;
  folder.write("tiny.h", header(build("host")));
  std::string c = folder.write("a.c", "#include \"tiny.h\"\n#include \"tiny.h\"\nint unused;\n");
  std::string cxx = folder.write("a.cpp", "#include \"tiny.h\"\n");
  std::vector<llvm::StringRef> strict = {"-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"};
  for (auto [compiler, standard, file] : {std::tuple<const char *, const char *, std::string *>{"gcc", "-std=c99", &c},
                                          {"gcc", "-std=c11", &c},
                                          {"g++", "-std=c++17", &cxx},
                                          {"clang-19", "-std=c99", &c}}) {
    std::vector<llvm::StringRef> command = {compiler, standard, *file};
    command.insert(command.end(), strict.begin(), strict.end());
    EXPECT_EQ(folder.run(command), 0) << compiler << " " << standard;
  }
}

TEST(CHeader, entry_points_check_and_run) {
  StaticLibrary library = build("host");
  Folder folder;
  folder.write("tiny.h", header(library));
  std::string archive = folder.write("libtiny.a", library.bytes);
  std::string source = folder.write("main.c", R"c(
#include "tiny.h"
#include <string.h>
#define CHECK(x) if (!(x)) return __LINE__ & 127
_Alignas(TINY_ARENA_ALIGN) static unsigned char arena[TINY_ARENA_BYTES + 1];
int main(void) {
  /* -0.25 / 0.5 + 0.5 = 0 exactly: half up gives 0, not -1. 100 and -100 saturate. */
  const float x[4] = {-0.25f, 0.25f, 100.0f, -100.0f};
  const int8_t expected[4] = {0, 1, 127, -128};
  int8_t in[4];
  uint8_t out[4];
  tiny_ctx ctx = {0};
  tiny_quantize_input(x, in);
  CHECK(memcmp(in, expected, 4) == 0);
  CHECK(tiny_init(NULL, arena, TINY_ARENA_BYTES) == TINY_ERROR_NULL);
  CHECK(tiny_init(&ctx, NULL, TINY_ARENA_BYTES) == TINY_ERROR_NULL);
  CHECK(tiny_init(&ctx, arena, TINY_ARENA_BYTES - 1) == TINY_ERROR_ARENA_SIZE);
  CHECK(tiny_init(&ctx, arena + 1, TINY_ARENA_BYTES) == TINY_ERROR_ARENA_ALIGN);
  CHECK(tiny_run(&ctx, in, out) == TINY_ERROR_NOT_INIT);
  CHECK(tiny_init(&ctx, arena, TINY_ARENA_BYTES) == TINY_OK);
  CHECK(tiny_run(NULL, in, out) == TINY_ERROR_NULL);
  CHECK(tiny_run(&ctx, NULL, out) == TINY_ERROR_NULL);
  CHECK(tiny_run(&ctx, in, NULL) == TINY_ERROR_NULL);
  CHECK(tiny_run(&ctx, in, out) == TINY_OK);
  CHECK(out[0] == 1 && out[1] == 3 && out[2] == 130 && out[3] == 132);
  CHECK(strcmp(tiny_strerror(TINY_OK), "ok") == 0);
  CHECK(strstr(tiny_strerror(TINY_ERROR_ARENA_SIZE), "smaller"));
  CHECK(strstr(tiny_strerror(TINY_ERROR_ARENA_ALIGN), "alignment"));
  CHECK(strstr(tiny_strerror(TINY_ERROR_NOT_INIT), "init"));
  CHECK(strcmp(tiny_strerror(7), "unknown status") == 0);
  return 0;
}
)c");
  std::string program = (folder.path + "/main").str();
  ASSERT_EQ(folder.run({"gcc", "-std=c11", "-Wall", "-Werror", source, archive, "-o", program}), 0);
  EXPECT_EQ(folder.run({program}), 0);
}

TEST(CHeader, hook_does_the_pieces) {
  mlir::MLIRContext context;
  auto module = test::parse(context, test::kSharedModule);
  ModelInterface model = llvm::cantFail(readInterface(*module));
  StaticLibrary library = llvm::cantFail(buildLibrary(*module, model, llvm::cantFail(codegenTarget("host"))));
  EXPECT_TRUE(library.facts.undefined.empty());
  EXPECT_EQ(library.facts.writableBytes, 0u);
  Folder folder;
  std::string text = writeHeader(model, library.facts, HeaderNotes());
  folder.write("tiny.h", text);
  std::string archive = folder.write("libtiny.a", library.bytes);
  std::string source = folder.write("main.c", R"c(
#include "tiny.h"
#include <string.h>
#define CHECK(x) if (!(x)) return __LINE__ & 127
_Alignas(TINY_ARENA_ALIGN) static unsigned char arena[TINY_ARENA_BYTES];
static int calls, pool;
static void backwards(void *first, tiny_task task, void *arg, uint32_t count) {
  if (first == &pool && count == 4)
    ++calls;
  for (uint32_t i = count; i-- > 0;)
    task(arg, i, i + 1, i % 2);
}
int main(void) {
  const int8_t in[4] = {0, 1, 127, -128};
  uint8_t out[4];
  tiny_ctx ctx = {0};
  CHECK(TINY_MAX_WORKERS == 3);
  CHECK(tiny_set_parallel_for(&ctx, backwards, &pool, 2) == TINY_ERROR_NOT_INIT);
  CHECK(tiny_init(&ctx, arena, TINY_ARENA_BYTES) == TINY_OK);
  CHECK(tiny_run(&ctx, in, out) == TINY_OK); /* without a hook */
  CHECK(calls == 0 && out[0] == 1 && out[1] == 3 && out[2] == 130 && out[3] == 132);
  CHECK(tiny_set_parallel_for(NULL, backwards, &pool, 2) == TINY_ERROR_NULL);
  CHECK(tiny_set_parallel_for(&ctx, backwards, &pool, 0) == TINY_ERROR_WORKERS);
  CHECK(tiny_set_parallel_for(&ctx, backwards, &pool, 4) == TINY_ERROR_WORKERS);
  CHECK(tiny_run(&ctx, in, out) == TINY_OK && calls == 0); /* errors change nothing */
  CHECK(tiny_set_parallel_for(&ctx, backwards, &pool, 3) == TINY_OK);
  memset(out, 0, sizeof out);
  CHECK(tiny_run(&ctx, in, out) == TINY_OK && calls == 1);
  CHECK(out[0] == 1 && out[1] == 3 && out[2] == 130 && out[3] == 132);
  CHECK(tiny_set_parallel_for(&ctx, NULL, NULL, 0) == TINY_OK);
  CHECK(tiny_run(&ctx, in, out) == TINY_OK && calls == 1);
  CHECK(tiny_set_parallel_for(&ctx, backwards, &pool, 1) == TINY_OK);
  CHECK(tiny_init(&ctx, arena, TINY_ARENA_BYTES) == TINY_OK); /* forgets the hook */
  CHECK(tiny_run(&ctx, in, out) == TINY_OK && calls == 1);
  CHECK(strstr(tiny_strerror(TINY_ERROR_WORKERS), "workers"));
  return 0;
}
)c");
  std::string program = (folder.path + "/main").str();
  for (const char *flag : {"-O0", "-O2"}) {
    ASSERT_EQ(folder.run({"gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", flag, source, archive, "-o", program}), 0);
    EXPECT_EQ(folder.run({program}), 0) << flag;
  }
  std::string plain = header(build("host"));
  for (const char *word : {"parallel_for", "MAX_WORKERS", "ERROR_WORKERS", "pool"})
    EXPECT_EQ(plain.find(word), std::string::npos) << word;
}

TEST(CHeader, strings_are_escaped) { EXPECT_EQ(cString("a\"b\\?\n1"), "\"a\\042b\\134\\077\\0121\""); }
