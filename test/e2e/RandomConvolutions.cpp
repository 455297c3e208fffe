// Random networks, mostly single convolutions, through the whole compiler: the interpreter, host code and an Arm core's
// code under QEMU must agree byte for byte, stay inside their buffers and not depend on what memory held before.
//
// Environment: WINO_SEED (default 1), WINO_COUNT (default 120, or 2,240 with WINO_FULL=1, of which at least 2,000 must
// contain a convolution; 40, 600 and 500 with WINO_PTX), WINO_TARGET (default cortex-a53; others have a third of the
// cases), WINO_WORKERS=1 (every layer is shared by up to 2, 3 or 8 workers, and run by 1, 2, 3 and 8 of them),
// WINO_PTX=1 (kernels of GPUs, emulated, instead of host and Arm code), WINO_FLOAT=1 (networks in floats),
// WINO_ONE=SEED runs one case by the seed that a failure printed, and prints its float module.
#include "CompiledCase.h"
#include "DeviceBatch.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>
#include <unistd.h>

using namespace wino;

static thread_local char current[2000];

/// A wild access of host code: say whose it was.
static void onCrash(int signal) {
  auto say = [](const char *text) { (void)!write(2, text, std::strlen(text)); };
  say("random-convolutions: host code or compiler crashed in ");
  say(current);
  say("\n");
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

static uint64_t fromEnvironment(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text && *text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// SplitMix64: one well mixed seed per case.
static uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

/// One of ten is a graph of other ops, in floats two of three.
static RandomCase makeCase(uint64_t seed, Runs runs) {
  bool isGraph = runs == Runs::InFloats ? seed % 3 != 0 : seed % 10 == 0;
  return isGraph ? randomGraph(seed, runs == Runs::InFloats) : randomConvolutions(seed);
}

/// Compiles the cases on all cores; the result does not depend on how many there are.
static std::vector<CompiledCase> compileAll(const std::vector<uint64_t> &seeds, Runs runs, const TargetData &device) {
  std::vector<CompiledCase> cases(seeds.size());
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t i; (i = next++) < seeds.size();) {
      RandomCase random = makeCase(seeds[i], runs);
      std::snprintf(current, sizeof current, "seed %llu: %s", (unsigned long long)seeds[i], random.description.c_str());
      cases[i] = compileCase(random, seeds[i], "case" + std::to_string(i), runs, device);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::max(1u, std::thread::hardware_concurrency()); ++t)
    threads.emplace_back(work);
  for (std::thread &thread : threads)
    thread.join();
  return cases;
}

int main() {
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
    std::signal(signal, onCrash);
  constexpr size_t batch = 40;
  uint64_t one = fromEnvironment("WINO_ONE", 0), seed = fromEnvironment("WINO_SEED", 1);
  const char *name = std::getenv("WINO_TARGET");
  const TargetData &device = *llvm::cantFail(findTarget(name && *name ? name : "cortex-a53"));
  Runs runs = fromEnvironment("WINO_PTX", 0)       ? Runs::OnKernels
              : fromEnvironment("WINO_FLOAT", 0)   ? Runs::InFloats
              : fromEnvironment("WINO_WORKERS", 0) ? Runs::Shared
                                                   : Runs::Alone;
  bool isFull = fromEnvironment("WINO_FULL", 0), onKernels = runs == Runs::OnKernels;
  size_t all = onKernels || runs == Runs::InFloats ? 600 : 2240, few = all == 600 ? 40 : 120,
         part = device.name == "cortex-a53" ? 1 : 3;
  size_t count = one ? 1 : fromEnvironment("WINO_COUNT", (isFull ? all : few) / part);
  size_t wanted = one || count < all || runs == Runs::InFloats ? 0 : onKernels ? 500 : 2000; // convolutions
  if (one)
    llvm::outs() << makeCase(one, runs).text;
  size_t equal = 0, refused = 0, failed = 0, convolutions = 0, residuals = 0, trials = 0;
  std::map<std::string, size_t> reasons;
  for (size_t first = 0; first < count; first += batch) {
    std::vector<uint64_t> seeds;
    for (size_t i = first; i < std::min(count, first + batch); ++i)
      seeds.push_back(one ? one : mix(seed * 1000003 + i));
    std::vector<CompiledCase> cases = compileAll(seeds, runs, device);
    if (runs == Runs::OnKernels) {
      // Done: there is no other device.
    } else if (llvm::Error error = runOnDevice(cases, device)) {
      llvm::outs() << "FAIL batch: " << llvm::toString(std::move(error)) << "\n";
      for (const CompiledCase &c : cases)
        llvm::outs() << "  " << c.prefix << ": " << c.description << "\n";
      return 1;
    }
    for (auto [i, c] : llvm::enumerate(cases)) {
      if (!c.refusal.empty()) {
        ++refused;
        ++reasons[c.refusal.substr(c.refusal.find(": ") + 2).substr(0, 60)];
      } else if (!c.failure.empty()) {
        ++failed;
        llvm::outs() << "FAIL " << c.description << "\n     " << c.failure << "\n";
      } else {
        ++equal;
        trials += c.trials.size();
        convolutions += c.description.find("conv_2d") != std::string::npos;
        residuals += c.residuals > 0;
      }
    }
    llvm::outs() << "  " << std::min(count, first + batch) << " of " << count << ": " << equal << " bit-exact, "
                 << refused << " refused, " << failed << " failed\n";
    llvm::outs().flush();
  }
  for (const auto &[reason, times] : reasons)
    llvm::outs() << "refused " << times << " x " << reason << "...\n";
  llvm::outs() << "random-convolutions: " << count << " cases from seed " << seed << ": " << equal
               << " bit-exact interpreter = " << (onKernels ? "GPU kernels" : "host = " + device.name) << " on "
               << trials << " inputs (" << convolutions << " with convolutions, " << residuals << " with residuals), "
               << refused << " refused, " << failed << " failed\n";
  if (refused * 10 >= count && count >= 20)
    llvm::outs() << "expected fewer than 10 % of the cases to be refused\n";
  if (convolutions < wanted)
    llvm::outs() << "expected " << wanted << " bit-exact cases with a convolution\n";
  bool lacksResiduals = wanted > 0 && !onKernels && residuals < wanted / 20;
  if (lacksResiduals)
    llvm::outs() << "expected " << wanted / 20 << " bit-exact cases with a residual\n";
  return failed || lacksResiduals || convolutions < wanted || (refused * 10 >= count && count >= 20) ? 1 : 0;
}
