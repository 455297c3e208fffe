// Reading and checking the interface attributes of a lowered module.
#include "wino/Emit/ModelInterface.h"
#include "wino/Target/Workers.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace llvm;

namespace wino {

static Expected<int64_t> readInteger(mlir::ModuleOp module, StringRef name, int64_t least) {
  auto attribute = module->getAttrOfType<mlir::IntegerAttr>(name);
  if (!attribute)
    return createStringError("expected the integer attribute '" + name + "' on a lowered module, got none");
  int64_t value = attribute.getValue().getSExtValue();
  if (value < least)
    return createStringError("expected '" + name + "' >= " + Twine(least) + ", got " + Twine(value));
  return value;
}

static Error readPort(mlir::Attribute attribute, StringRef list, PortInfo &port) {
  auto bad = [&](const Twine &what) {
    return createStringError("expected " + what + " in every entry of '" + list + "', got none or another kind");
  };
  auto entry = dyn_cast<mlir::DictionaryAttr>(attribute);
  if (!entry)
    return bad("a dictionary");
  auto name = entry.getAs<mlir::StringAttr>("name");
  auto dims = entry.getAs<mlir::ArrayAttr>("dims");
  auto type = entry.getAs<mlir::StringAttr>("type");
  auto scale = entry.getAs<mlir::FloatAttr>("scale");
  auto elements = entry.getAs<mlir::IntegerAttr>("elements");
  if (!name || !dims || !type || !scale || !elements)
    return bad("name, dims, type, scale and elements");
  port.name = name.getValue().str();
  for (mlir::Attribute dim : dims) {
    auto number = dyn_cast<mlir::IntegerAttr>(dim);
    if (!number)
      return bad("integers in dims");
    port.dims.push_back(number.getInt());
  }
  port.cType = type.getValue().str();
  port.scale = scale.getValueAsDouble();
  port.elements = elements.getValue().getSExtValue();
  const StringRef known[] = {"int8_t", "uint8_t", "int16_t", "uint16_t", "float"};
  if (!is_contained(known, port.cType))
    return createStringError("expected one of the types " + join(std::begin(known), std::end(known), ", ") + " in '" +
                             list + "', got '" + port.cType + "'");
  if (!(port.scale > 0) || !std::isfinite(port.scale))
    return createStringError("expected a positive finite scale in '" + list + "', got " +
                             Twine(std::to_string(port.scale)));
  int64_t product = 1;
  for (int64_t dim : port.dims)
    if (dim < 1 || MulOverflow(product, dim, product))
      return createStringError("expected dimensions >= 1 in '" + list + "', got " + Twine(dim));
  if (product != port.elements)
    return createStringError("expected " + Twine(product) + " elements in '" + list + "', got " + Twine(port.elements));
  return Error::success();
}

static Error readPorts(mlir::ModuleOp module, StringRef list, std::vector<PortInfo> &ports) {
  auto entries = module->getAttrOfType<mlir::ArrayAttr>(list);
  if (!entries || entries.empty())
    return createStringError("expected at least one entry in '" + list + "' on a lowered module, got none");
  for (mlir::Attribute entry : entries) {
    ports.emplace_back();
    if (Error error = readPort(entry, list, ports.back()))
      return error;
  }
  return Error::success();
}

std::string sanitizeIdentifier(StringRef text) {
  std::string result;
  for (char c : text)
    result += isAlnum(c) || c == '_' ? c : '_';
  if (result.empty() || isDigit(result.front()) || result.front() == '_')
    result = "model" + result;
  return result;
}

Expected<ModelInterface> readInterface(mlir::ModuleOp module) {
  ModelInterface model;
  auto prefix = module->getAttrOfType<mlir::StringAttr>("wino.prefix");
  if (!prefix || sanitizeIdentifier(prefix.getValue()) != prefix.getValue())
    return createStringError("expected a C identifier as 'wino.prefix' on a lowered module, got " +
                             (prefix ? "'" + prefix.getValue() + "'" : Twine("none")));
  model.prefix = prefix.getValue().str();
  struct {
    StringRef name;
    int64_t least, *value;
  } sizes[] = {{"wino.arena_bytes", 0, &model.arenaBytes},
               {"wino.arena_align", 1, &model.arenaAlign},
               {"wino.weights_bytes", 0, &model.weightsBytes}};
  for (auto &size : sizes) {
    Expected<int64_t> value = readInteger(module, size.name, size.least);
    if (!value)
      return value.takeError();
    *size.value = *value;
  }
  if (module->hasAttr("wino.max_workers")) {
    Expected<int64_t> workers = readInteger(module, "wino.max_workers", 1);
    if (!workers)
      return workers.takeError();
    if (*workers > maxWorkers)
      return createStringError("expected at most " + Twine(maxWorkers) + " as 'wino.max_workers', got " +
                               Twine(*workers));
    model.maxWorkers = *workers;
  }
  if (!isPowerOf2_64(uint64_t(model.arenaAlign)))
    return createStringError("expected a power of two as 'wino.arena_align', got " + Twine(model.arenaAlign));
  if (Error error = readPorts(module, "wino.inputs", model.inputs))
    return error;
  if (Error error = readPorts(module, "wino.outputs", model.outputs))
    return error;
  return model;
}

} // namespace wino
