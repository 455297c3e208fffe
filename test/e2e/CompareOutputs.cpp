// Where the outputs of a compiled case differ from the interpreter's.
#include "CompiledCase.h"
#include "GraphText.h"

#include <cmath>
#include <cstring>

namespace wino {

static bool isNan(const uint8_t *bytes) {
  float x;
  std::memcpy(&x, bytes, sizeof x);
  return std::isnan(x);
}

std::string firstDifference(size_t output, const Shape &shape, const Bytes &expected, const uint8_t *got,
                            bool isFloat) {
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] == got[i] || (isFloat && isNan(&expected[i / 4 * 4]) && isNan(got + i / 4 * 4)))
      continue;
    std::string position;
    size_t rest = i;
    for (size_t d = shape.size(); d-- > 0; rest /= size_t(shape[d]))
      position = std::to_string(rest % size_t(shape[d])) + (position.empty() ? "" : ", ") + position;
    return "output " + std::to_string(output) + " (" + shapeText(shape) + " in memory order): element (" + position +
           "): expected byte " + std::to_string(expected[i]) + ", got " + std::to_string(got[i]);
  }
  return "";
}

uint8_t arenaPaint(size_t number, size_t index) {
  return number == 0 ? 0xA5 : uint8_t((index + number) * 2654435761u >> 24);
}

} // namespace wino
