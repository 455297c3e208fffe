// A word of two bytes remembers its last writer and reader, and who has a copy on the way to it.
#include "SharedRaces.h"

using namespace llvm;

namespace wino {

void SharedRaces::begin(Memory memory) {
  phase = 1;
  regions.resize(memory.size());
  for (auto [n, region] : enumerate(regions)) {
    region.first = memory[n].first;
    region.bytes = memory[n].second;
    region.words.assign((region.bytes + 1) / 2, Word());
  }
}

MutableArrayRef<SharedRaces::Word> SharedRaces::wordsOf(const void *at, size_t bytes) {
  for (Region &region : regions) {
    auto offset = static_cast<const uint8_t *>(at) - region.first;
    if (offset < 0 || size_t(offset) >= region.bytes || bytes > region.bytes - size_t(offset))
      continue;
    size_t first = size_t(offset) / 2, end = (size_t(offset) + bytes + 1) / 2;
    return MutableArrayRef(region.words).slice(first, end - first);
  }
  return {};
}

static std::string pair(const char *what, int32_t first, int32_t second) {
  std::string other = first < 0 ? "several threads" : "thread " + std::to_string(first);
  return "expected a barrier between " + other + " and thread " + std::to_string(second) + ", which " + what +
         " the same shared memory, got none";
}

std::string SharedRaces::check(MutableArrayRef<Word> words, int32_t thread, bool isWrite) const {
  if (words.empty())
    return "expected shared memory of the kernel, got an address outside, from thread " + std::to_string(thread);
  for (const Word &word : words) {
    if (word.copier != none)
      return "expected no access to shared memory that a cp.async of thread " + std::to_string(word.copier) +
             " is on the way to, got one by thread " + std::to_string(thread);
    if (word.written == phase && word.writer != thread)
      return pair(isWrite ? "both write" : "write and read", word.writer, thread);
    if (isWrite && word.read == phase && word.reader != thread)
      return pair("read and write", word.reader, thread);
    if (!isWrite && word.written == 0)
      return "expected no read of shared memory that nothing has written, got one by thread " + std::to_string(thread);
  }
  return "";
}

std::string SharedRaces::read(int32_t thread, const void *at, size_t bytes) {
  auto words = wordsOf(at, bytes);
  std::string wrong = check(words, thread, false);
  for (Word &word : words) {
    word.reader = word.read == phase && word.reader != thread ? several : thread;
    word.read = phase;
  }
  return wrong;
}

std::string SharedRaces::write(int32_t thread, const void *at, size_t bytes) {
  auto words = wordsOf(at, bytes);
  std::string wrong = check(words, thread, true);
  for (Word &word : words) {
    word.written = phase;
    word.writer = thread;
  }
  return wrong;
}

std::string SharedRaces::startCopy(int32_t thread, const void *at, size_t bytes) {
  auto words = wordsOf(at, bytes);
  std::string wrong = check(words, thread, true);
  for (Word &word : words)
    word.copier = thread;
  return wrong;
}

void SharedRaces::arrive(int32_t thread, const void *at, size_t bytes) {
  for (Word &word : wordsOf(at, bytes)) {
    word.copier = none;
    word.written = phase;
    word.writer = thread;
  }
}

} // namespace wino
