// MLIR text of random networks. Constants are hexadecimal, so that every bit is the generator's.
#include "GraphText.h"

#include <cstring>

namespace wino {

int64_t countOf(const Shape &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

std::string shapeText(const Shape &shape) {
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

std::string arrayText(const std::vector<int64_t> &values) {
  std::string text;
  for (int64_t value : values)
    text += (text.empty() ? ": " : ", ") + std::to_string(value);
  return "array<i64" + text + ">";
}

static std::string typeText(const Shape &shape) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + "f32>";
}

GraphText::Value GraphText::argument(const Shape &shape, bool isUnsigned) {
  Value value{"%arg" + std::to_string(unsignedArguments.size()), shape};
  arguments += (unsignedArguments.empty() ? "" : ", ") + value.name + ": " + typeText(shape);
  unsignedArguments.push_back(isUnsigned);
  return value;
}

GraphText::Value GraphText::constant(const Shape &shape, double scale) {
  static const char digits[] = "0123456789ABCDEF";
  Value value{"%c" + std::to_string(names++), shape};
  std::string hex;
  for (int64_t i = 0; i < countOf(shape); ++i) {
    auto x = float(random.uniform(-scale, scale) * (random.chance(0.005) ? 4 : 1));
    uint32_t bits;
    std::memcpy(&bits, &x, 4);
    for (int byte = 0; byte < 4; ++byte, bits >>= 8) {
      hex += digits[bits >> 4 & 15];
      hex += digits[bits & 15];
    }
  }
  body += "  " + value.name + " = arith.constant dense<\"0x" + hex + "\"> : " + typeText(shape) + "\n";
  return value;
}

GraphText::Value GraphText::op(const std::string &mnemonic, const std::vector<Value> &operands,
                               const std::string &attributes, const Shape &result) {
  Value value{"%v" + std::to_string(names++), result};
  std::string list, types;
  for (const Value &operand : operands) {
    list += (list.empty() ? "" : ", ") + operand.name;
    types += (types.empty() ? "" : ", ") + typeText(operand.shape);
  }
  body += "  " + value.name + " = winograd." + mnemonic + " " + list + " {" + attributes + "} : (" + types + ") -> " +
          typeText(result) + " loc(\"" + mnemonic + value.name.substr(1) + "\")\n";
  description += mnemonic + " " + shapeText(operands[0].shape) + "->" + shapeText(result) + " {" + attributes + "}; ";
  return value;
}

std::string GraphText::activation(double probability) {
  if (!random.chance(probability))
    return "";
  auto attribute = [](const char *kind, const char *lo, const char *hi) {
    return std::string("activation = #winograd.activation<") + kind + ", " + lo + " : f32, " + hi + " : f32>, ";
  };
  switch (random.in(0, 9)) {
  case 0:
  case 1: return attribute("clip", "0.0", "6.0");
  case 2: return attribute("clip", "-1.0", "0.75");
  case 3: return attribute("leaky_relu", "0.125", "0.0");
  case 4: return attribute("sigmoid", "0.0", "0.0");
  default: return attribute("relu", "0.0", "0.0");
  }
}

std::string GraphText::finish(const std::vector<Value> &results) const {
  std::string names, types;
  for (const Value &result : results) {
    names += (names.empty() ? "" : ", ") + result.name;
    types += (types.empty() ? "" : ", ") + typeText(result.shape);
  }
  return "func.func @main(" + arguments + ") -> (" + types + ") {\n" + body + "  return " + names + " : " + types +
         "\n}\n";
}

} // namespace wino
