// The public functions of a library, as LLVM IR text: a dozen checks and one call. They are IR, not C, so that
// compiling a network needs no C compiler for the target.
#include "wino/Emit/ModelInterface.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace wino {

namespace {
struct StatusText {
  int code;
  StringRef text;
};
} // namespace

// Codes as in CHeader.cpp; a test compares the two.
static const StatusText kStatusTexts[] = {
    {0, "ok"},
    {-1, "expected a pointer, got NULL"},
    {-2, "expected an arena of at least ARENA_BYTES bytes, got a smaller one"},
    {-3, "expected an arena aligned to ARENA_ALIGN bytes, got another alignment"},
    {-4, "expected a context that init accepted, got one without arena"},
};
static const StatusText kWorkersText = {-5, "expected 1 to MAX_WORKERS workers, got another number"};
static const StringRef kUnknownText = "unknown status";

/// A context of several workers: arena, then the hook, a function and what it takes first.
static constexpr int kHookOffset = 8;

static std::string hookAddress(StringRef name) {
  return ("  %" + name + " = getelementptr i8, ptr %ctx, i64 " + Twine(kHookOffset) + "\n").str();
}

/// Without a hook the caller does all pieces itself. A tail call: its own frame takes no stack.
static void writeSetHook(raw_ostream &os, const ModelInterface &model) {
  const std::string &n = model.prefix;
  os << "define internal void @" << n << "_serial(ptr %pool, ptr %task, ptr %arg, i32 %count) {\n"
     << "  tail call void %task(ptr %arg, i32 0, i32 %count, i32 0)\n"
     << "  ret void\n}\n\n"
     << "define i32 @" << n << "_set_parallel_for(ptr %ctx, ptr %function, ptr %pool, i32 %workers) {\n"
     << "entry:\n"
     << "  %noctx = icmp eq ptr %ctx, null\n"
     << "  br i1 %noctx, label %isnull, label %load\n"
     << "isnull:\n  ret i32 -1\n"
     << "load:\n"
     << "  %arena = load ptr, ptr %ctx, align 8\n"
     << "  %noarena = icmp eq ptr %arena, null\n"
     << "  br i1 %noarena, label %notinit, label %check\n"
     << "notinit:\n  ret i32 -4\n"
     << "check:\n"
     << "  %less = sub i32 %workers, 1\n"
     << "  %none = icmp eq ptr %function, null\n"
     << "  %fits = icmp ult i32 %less, " << model.maxWorkers << "\n"
     << "  %good = or i1 %none, %fits\n"
     << "  br i1 %good, label %set, label %outside\n"
     << "outside:\n  ret i32 -5\n"
     << "set:\n"
     << "  %hook = select i1 %none, ptr @" << n << "_serial, ptr %function\n"
     << hookAddress("where") << "  store ptr %hook, ptr %where, align 8\n"
     << "  %second = getelementptr i8, ptr %where, i64 8\n"
     << "  store ptr %pool, ptr %second, align 8\n"
     << "  ret i32 0\n}\n\n";
}

static void writeInit(raw_ostream &os, const ModelInterface &model) {
  os << "define i32 @" << model.prefix << "_init(ptr %ctx, ptr %arena, i64 %bytes) {\n"
     << "entry:\n"
     << "  %noctx = icmp eq ptr %ctx, null\n"
     << "  br i1 %noctx, label %nullctx, label %clear\n"
     << "nullctx:\n"
     << "  ret i32 -1\n"
     // A context that init refused must be refused by run as well, even if it was good before.
     << "clear:\n"
     << "  store ptr null, ptr %ctx, align 8\n"
     << "  %noarena = icmp eq ptr %arena, null\n"
     << "  br i1 %noarena, label %nullarena, label %size\n"
     << "nullarena:\n"
     << "  ret i32 -1\n"
     << "size:\n"
     << "  %small = icmp ult i64 %bytes, " << model.arenaBytes << "\n"
     << "  br i1 %small, label %toosmall, label %align\n"
     << "toosmall:\n"
     << "  ret i32 -2\n"
     << "align:\n"
     << "  %address = ptrtoint ptr %arena to i64\n"
     << "  %low = and i64 %address, " << model.arenaAlign - 1 << "\n"
     << "  %odd = icmp ne i64 %low, 0\n"
     << "  br i1 %odd, label %misaligned, label %good\n"
     << "misaligned:\n"
     << "  ret i32 -3\n"
     << "good:\n"
     << "  store ptr %arena, ptr %ctx, align 8\n";
  if (model.maxWorkers > 1)
    os << hookAddress("hook") << "  store ptr @" << model.prefix << "_serial, ptr %hook, align 8\n";
  os << "  ret i32 0\n}\n\n";
}

static void writeRun(raw_ostream &os, const ModelInterface &model) {
  std::vector<std::string> ports;
  for (size_t i = 0; i < model.inputs.size(); ++i)
    ports.push_back("%in" + std::to_string(i));
  for (size_t i = 0; i < model.outputs.size(); ++i)
    ports.push_back("%out" + std::to_string(i));

  os << "declare hidden void @" << model.prefix << "_run_impl(ptr";
  for (size_t i = 0; i < ports.size(); ++i)
    os << ", ptr";
  if (model.maxWorkers > 1)
    os << ", ptr";
  os << ")\n\n";
  os << "define i32 @" << model.prefix << "_run(ptr %ctx";
  for (const std::string &port : ports)
    os << ", ptr " << port;
  os << ") {\nentry:\n  %null.0 = icmp eq ptr %ctx, null\n";
  for (size_t i = 0; i < ports.size(); ++i)
    os << "  %is." << i << " = icmp eq ptr " << ports[i] << ", null\n"
       << "  %null." << i + 1 << " = or i1 %null." << i << ", %is." << i << "\n";
  os << "  br i1 %null." << ports.size() << ", label %isnull, label %load\n"
     << "isnull:\n  ret i32 -1\n"
     << "load:\n"
     << "  %arena = load ptr, ptr %ctx, align 8\n"
     << "  %noarena = icmp eq ptr %arena, null\n"
     << "  br i1 %noarena, label %notinit, label %go\n"
     << "notinit:\n  ret i32 -4\n"
     << "go:\n";
  if (model.maxWorkers > 1)
    os << hookAddress("hook");
  os << "  call void @" << model.prefix << "_run_impl(ptr %arena";
  for (const std::string &port : ports)
    os << ", ptr " << port;
  if (model.maxWorkers > 1)
    os << ", ptr %hook";
  os << ")\n  ret i32 0\n}\n\n";
}

static void writeStrerror(raw_ostream &os, const ModelInterface &model) {
  auto constant = [&](const Twine &name, StringRef text) {
    os << "@" << name << " = private unnamed_addr constant [" << text.size() + 1 << " x i8] c\"" << text
       << "\\00\", align 1\n";
  };
  std::vector<StatusText> texts(std::begin(kStatusTexts), std::end(kStatusTexts));
  if (model.maxWorkers > 1)
    texts.push_back(kWorkersText);
  size_t index = 0;
  for (const StatusText &status : texts)
    constant("text." + Twine(index++), status.text);
  constant("text.unknown", kUnknownText);
  os << "\ndefine ptr @" << model.prefix << "_strerror(i32 %status) {\n";
  std::string previous = "@text.unknown";
  index = 0;
  for (const StatusText &status : texts) {
    os << "  %is." << index << " = icmp eq i32 %status, " << status.code << "\n"
       << "  %s." << index << " = select i1 %is." << index << ", ptr @text." << index << ", ptr " << previous << "\n";
    previous = "%s." + std::to_string(index++);
  }
  os << "  ret ptr " << previous << "\n}\n";
}

std::string entryPointIr(const ModelInterface &model) {
  std::string text;
  raw_string_ostream os(text);
  if (model.maxWorkers > 1)
    writeSetHook(os, model);
  writeInit(os, model);
  writeRun(os, model);
  writeStrerror(os, model);
  return text;
}

} // namespace wino
