// The tables of runtime/wino_cuda.h as LLVM IR text, compiled for the host.
#include "wino/Emit/DeviceLibrary.h"
#include "wino/Emit/StaticLibrary.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace wino {

constexpr int kCudaAbi = 1;           // WINO_CUDA_ABI
constexpr size_t kMostArguments = 16; // of a kernel in wino_cuda.c

CodegenTarget hostBeside(StringRef target) {
  if (target == "sm_87")
    return {"aarch64-unknown-linux-gnu", "generic", ""};
  return cantFail(codegenTarget("x86-64"));
}

static void writeBytes(raw_ostream &os, const Twine &name, StringRef bytes, unsigned alignment) {
  static const char digits[] = "0123456789ABCDEF";
  os << "@" << name << " = internal constant [" << bytes.size() << " x i8] c\"";
  for (unsigned char c : bytes) {
    if (c >= ' ' && c < 127 && c != '"' && c != '\\')
      os << char(c);
    else
      os << '\\' << digits[c >> 4] << digits[c & 15];
  }
  os << "\", align " << alignment << "\n";
}

template <typename Values, typename Write>
static void writeTable(raw_ostream &os, const Twine &name, StringRef type, const Values &values, Write write) {
  os << "@" << name << " = internal constant [" << values.size() << " x " << type << "] [";
  const char *separator = "";
  for (const auto &value : values) {
    os << separator << "\n  " << type << " ";
    write(value);
    separator = ",";
  }
  os << "], align 8\n";
}

Expected<std::string> buildDeviceLibrary(const DeviceProgram &program, const ModelInterface &model, StringRef ptx,
                                         unsigned capability, const CodegenTarget &host) {
  const std::string &n = model.prefix;
  std::string ir;
  raw_string_ostream os(ir);
  writeBytes(os, n + "_ptx", ptx.str() + '\0', 1);
  writeBytes(os, n + "_weights", program.weights, 64);
  auto bytesOf = [&](const PortInfo &port) { os << port.elements * port.elementBytes(); };
  writeTable(os, n + "_input_bytes", "i64", model.inputs, bytesOf);
  writeTable(os, n + "_output_bytes", "i64", model.outputs, bytesOf);
  std::vector<LaunchArgument> arguments;
  for (auto [i, launch] : enumerate(program.launches)) {
    if (launch.arguments.size() > kMostArguments)
      return createStringError("kernel '" + launch.kernel + "': expected at most " + Twine(kMostArguments) +
                               " arguments, got " + Twine(launch.arguments.size()));
    writeBytes(os, n + "_kernel" + Twine(i), launch.kernel + '\0', 1);
    arguments.insert(arguments.end(), launch.arguments.begin(), launch.arguments.end());
  }
  writeTable(os, n + "_arguments", "{ i32, i32, i64 }", arguments, [&](const LaunchArgument &argument) {
    os << "{ i32 " << int(argument.base) << ", i32 " << argument.index << ", i64 " << argument.offset << " }";
  });
  size_t number = 0, first = 0;
  writeTable(os, n + "_launches", "{ ptr, [3 x i32], [3 x i32], i32, i32 }", program.launches,
             [&](const LaunchInfo &launch) {
               auto extents = [&](const int64_t(&of)[3]) {
                 os << ", [3 x i32] [i32 " << of[0] << ", i32 " << of[1] << ", i32 " << of[2] << "]";
               };
               os << "{ ptr @" << n << "_kernel" << number++;
               extents(launch.grid);
               extents(launch.block);
               os << ", i32 " << first << ", i32 " << launch.arguments.size() << " }";
               first += launch.arguments.size();
             });
  os << "@" << n << "_network = constant { i32, i32, ptr, ptr, i64, i64, i32, i32, i32, i32, ptr, ptr, ptr, ptr } "
     << "{ i32 " << kCudaAbi << ", i32 " << capability << ", ptr @" << n << "_ptx, ptr @" << n << "_weights, i64 "
     << program.weights.size() << ", i64 " << model.arenaBytes << ", i32 " << model.inputs.size() << ", i32 "
     << model.outputs.size() << ", i32 " << program.launches.size() << ", i32 " << arguments.size() << ", ptr @" << n
     << "_input_bytes, ptr @" << n << "_output_bytes, ptr @" << n << "_launches, ptr @" << n
     << "_arguments }, align 8\n";
  Expected<SmallVector<char, 0>> object = compileIr(os.str(), host, FileKind::Object);
  if (!object)
    return object.takeError();
  return packLibrary({{n + "_network.o", std::move(*object)}});
}

} // namespace wino
