// ParseChoice: one word out of a few, as options and IR have them.
#ifndef WINO_NUMERICS_PARSECHOICE_H
#define WINO_NUMERICS_PARSECHOICE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <initializer_list>
#include <string>
#include <utility>

namespace wino {

/// The value of the word that `text` is. The error lists all words: "expected max, percentile or mse, got 'min'".
template <typename Choice>
llvm::Expected<Choice> parseChoice(llvm::StringRef text,
                                   std::initializer_list<std::pair<llvm::StringRef, Choice>> choices) {
  std::string words;
  size_t left = choices.size();
  for (const auto &[word, choice] : choices) {
    if (text == word)
      return choice;
    words += word.str() + (--left > 1 ? ", " : left == 1 ? " or " : "");
  }
  return llvm::createStringError("expected " + words + ", got '" + text + "'");
}

} // namespace wino

#endif
