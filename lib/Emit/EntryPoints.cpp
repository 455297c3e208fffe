// The three public functions of a library, as LLVM IR text: a dozen checks and one call. They are IR, not C, so that
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
static const StringRef kUnknownText = "unknown status";

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
     << "  store ptr %arena, ptr %ctx, align 8\n"
     << "  ret i32 0\n}\n\n";
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
     << "go:\n"
     << "  call void @" << model.prefix << "_run_impl(ptr %arena";
  for (const std::string &port : ports)
    os << ", ptr " << port;
  os << ")\n  ret i32 0\n}\n\n";
}

static void writeStrerror(raw_ostream &os, const ModelInterface &model) {
  auto constant = [&](const Twine &name, StringRef text) {
    os << "@" << name << " = private unnamed_addr constant [" << text.size() + 1 << " x i8] c\"" << text
       << "\\00\", align 1\n";
  };
  size_t index = 0;
  for (const StatusText &status : kStatusTexts)
    constant("text." + Twine(index++), status.text);
  constant("text.unknown", kUnknownText);
  os << "\ndefine ptr @" << model.prefix << "_strerror(i32 %status) {\n";
  std::string previous = "@text.unknown";
  index = 0;
  for (const StatusText &status : kStatusTexts) {
    os << "  %is." << index << " = icmp eq i32 %status, " << status.code << "\n"
       << "  %s." << index << " = select i1 %is." << index << ", ptr @text." << index << ", ptr " << previous << "\n";
    previous = "%s." + std::to_string(index++);
  }
  os << "  ret ptr " << previous << "\n}\n";
}

std::string entryPointIr(const ModelInterface &model) {
  std::string text;
  raw_string_ostream os(text);
  writeInit(os, model);
  writeRun(os, model);
  writeStrerror(os, model);
  return text;
}

} // namespace wino
