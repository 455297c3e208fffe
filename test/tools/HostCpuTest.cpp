// HostCpu: every feature is asked for, and missing ones are named.
#include "host/HostCpu.h"
#include "gtest/gtest.h"

using namespace wino;

TEST(HostCpu, names_what_is_missing) {
  llvm::StringMap<bool> features;
  EXPECT_EQ(missingFeatures(features), "avx2, bmi, bmi2, f16c, fma, lzcnt, movbe");
  for (const char *feature : {"avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "avx512f"})
    features[feature] = true;
  EXPECT_EQ(missingFeatures(features), "");
  features["fma"] = false; // as LLVM lists what the system does not save
  features["avx2"] = false;
  EXPECT_EQ(missingFeatures(features), "avx2, fma");
}

TEST(HostCpu, agrees_with_the_compiler_about_this_machine) {
  bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
              __builtin_cpu_supports("fma");
  std::string text = llvm::toString(checkHostCpu());
  if (wide)
    EXPECT_EQ(text.find("avx2"), std::string::npos) << text;
  else
    EXPECT_NE(text.find("expected a processor of level x86-64-v3"), std::string::npos) << text;
}
