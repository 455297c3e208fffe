// NpyFormat: the header of NumPy's .npy format, parsed strictly: a dictionary
// literal with three known keys, nothing else of Python.
#include "wino/Calibrate/NpyFormat.h"
#include "wino/Calibrate/Printable.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace wino {

unsigned npyTypeSize(NpyType type) {
  switch (type) {
  case NpyType::U8: return 1;
  case NpyType::I32:
  case NpyType::F32: return 4;
  case NpyType::I64: return 8;
  }
  return 0;
}

StringRef npyTypeName(NpyType type) {
  switch (type) {
  case NpyType::U8: return "uint8";
  case NpyType::I32: return "int32";
  case NpyType::I64: return "int64";
  case NpyType::F32: return "float32";
  }
  return "";
}

std::string NpyHeader::shapeText() const {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

namespace {

constexpr size_t maxRank = 8;

/// Reads the dictionary from left to right. Each function returns false with
/// `problem` set.
class DictParser {
public:
  explicit DictParser(StringRef text) : rest(text) {}

  bool parse(NpyHeader &header);

  std::string problem;

private:
  bool fail(const Twine &message) {
    problem = message.str();
    return false;
  }
  bool take(char c) {
    rest = rest.ltrim(" \t\n");
    return rest.consume_front(StringRef(&c, 1));
  }
  bool expect(char c) { return take(c) || fail(Twine("expected '") + Twine(c) + "' in the header"); }
  bool parseString(StringRef &value);
  bool parseEntry(NpyHeader &header);
  bool parseDescr(NpyHeader &header);
  bool parseOrder();
  bool parseShape(NpyHeader &header);

  StringRef rest;
  bool seenDescr = false, seenOrder = false, seenShape = false;
};

} // namespace

bool DictParser::parseString(StringRef &value) {
  char quote = take('\'') ? '\'' : take('"') ? '"' : 0;
  if (!quote)
    return fail("expected a string in the header");
  size_t end = rest.find(quote);
  if (end == StringRef::npos || rest.take_front(end).contains('\\'))
    return fail("expected a plain string in the header");
  value = rest.take_front(end);
  rest = rest.drop_front(end + 1);
  return true;
}

bool DictParser::parseDescr(NpyHeader &header) {
  StringRef descr;
  if (!parseString(descr))
    return false;
  if (descr == "|u1" || descr == "<u1" || descr == "u1")
    header.type = NpyType::U8;
  else if (descr == "<i4")
    header.type = NpyType::I32;
  else if (descr == "<i8")
    header.type = NpyType::I64;
  else if (descr == "<f4")
    header.type = NpyType::F32;
  else
    return fail("expected elements of type uint8, int32, int64 or float32 in "
                "little-endian order, got '" +
                printable(descr) + "' (convert with .astype('<f4') or .astype('uint8'))");
  return true;
}

bool DictParser::parseOrder() {
  rest = rest.ltrim(" \t\n");
  if (rest.consume_front("False"))
    return true;
  if (rest.starts_with("True"))
    return fail("expected C order, got Fortran order (save "
                "numpy.ascontiguousarray(array))");
  return fail("expected fortran_order to be False or True");
}

bool DictParser::parseShape(NpyHeader &header) {
  if (!expect('('))
    return false;
  bool comma = true;
  while (!take(')')) {
    rest = rest.ltrim(" \t\n");
    StringRef digits = rest.take_while(isDigit);
    int64_t extent;
    if (!comma || digits.empty() || digits.getAsInteger(10, extent))
      return fail("expected a tuple of integers below 2^63 as shape");
    if (header.shape.size() == maxRank)
      return fail("expected at most " + Twine(maxRank) + " dimensions");
    rest = rest.drop_front(digits.size());
    header.shape.push_back(extent);
    comma = take(',');
  }
  // In Python (3) is a number, only (3,) is a tuple.
  return header.shape.size() != 1 || comma || fail("expected a tuple as shape, got a number");
}

bool DictParser::parseEntry(NpyHeader &header) {
  StringRef key;
  if (!parseString(key) || !expect(':'))
    return false;
  bool *seen = key == "descr"           ? &seenDescr
               : key == "fortran_order" ? &seenOrder
               : key == "shape"         ? &seenShape
                                        : nullptr;
  if (!seen)
    return fail("expected the keys descr, fortran_order, shape, got '" + printable(key) + "'");
  if (*seen)
    return fail("expected the key '" + key + "' once");
  *seen = true;
  return seen == &seenDescr ? parseDescr(header) : seen == &seenOrder ? parseOrder() : parseShape(header);
}

bool DictParser::parse(NpyHeader &header) {
  if (!expect('{'))
    return false;
  while (!take('}')) {
    if (!parseEntry(header))
      return false;
    if (take(','))
      continue;
    if (!expect('}'))
      return false;
    break;
  }
  if (!seenDescr || !seenOrder || !seenShape)
    return fail("expected the keys descr, fortran_order, shape");
  return rest.trim(" \t\n").empty() || fail("expected nothing after the header's dictionary");
}

static Error shapeToBytes(NpyHeader &header, StringRef fileName) {
  uint64_t bytes = npyTypeSize(header.type);
  bool overflow = false, empty = false;
  for (int64_t extent : header.shape) {
    bool here = false;
    empty |= extent == 0;
    bytes = SaturatingMultiply<uint64_t>(bytes, extent, &here);
    overflow |= here;
  }
  if (overflow || bytes > uint64_t(INT64_MAX))
    return createStringError(fileName + ": expected a shape below 2^63 bytes, got " + header.shapeText());
  header.dataBytes = empty ? 0 : bytes;
  return Error::success();
}

Expected<NpyHeader> parseNpyHeader(StringRef bytes, uint64_t fileBytes, StringRef fileName) {
  auto fail = [&](const Twine &message) { return createStringError(fileName + ": " + message); };
  if (!bytes.starts_with("\x93NUMPY") || bytes.size() < 10)
    return fail("expected a NumPy array (.npy), got something else or a damaged file");
  unsigned major = uint8_t(bytes[6]), minor = uint8_t(bytes[7]);
  if (major < 1 || major > 3 || minor != 0)
    return fail("expected .npy version 1.0, 2.0 or 3.0, got " + Twine(major) + "." + Twine(minor));
  unsigned prefix = major == 1 ? 10 : 12;
  if (bytes.size() < prefix)
    return fail("expected a header, got the end of the file");
  uint64_t length =
      major == 1 ? support::endian::read16le(bytes.data() + 8) : support::endian::read32le(bytes.data() + 8);
  if (length > npyMaxHeader)
    return fail("expected a header of at most " + Twine(npyMaxHeader) + " bytes, got " + Twine(length));
  if (bytes.size() < prefix + length)
    return fail("expected " + Twine(length) + " bytes of header, got the end of the file");

  NpyHeader header;
  DictParser parser(bytes.substr(prefix, length));
  if (!parser.parse(header))
    return fail(parser.problem);
  if (Error error = shapeToBytes(header, fileName))
    return std::move(error);
  header.dataOffset = prefix + length;
  if (fileBytes < header.dataOffset || fileBytes - header.dataOffset != header.dataBytes)
    return fail("expected " + Twine(header.dataBytes) + " bytes of elements for shape " + header.shapeText() + " of " +
                npyTypeName(header.type) + ", got " + Twine(fileBytes - std::min(fileBytes, header.dataOffset)));
  return header;
}

std::string npyFile(ArrayRef<int32_t> values) {
  constexpr size_t prefix = 10, alignment = 64; // NumPy's own files start their elements there
  std::string text = "{'descr': '<i4', 'fortran_order': False, 'shape': (" + std::to_string(values.size()) + ",), }";
  text.resize(alignTo(prefix + text.size() + 1, alignment) - prefix - 1, ' ');
  text += '\n';
  std::string bytes = "\x93NUMPY\x01";
  bytes.resize(prefix);
  support::endian::write16le(&bytes[8], uint16_t(text.size()));
  bytes += text;
  for (int32_t value : values) {
    char element[4];
    support::endian::write32le(element, uint32_t(value));
    bytes.append(element, sizeof element);
  }
  return bytes;
}

} // namespace wino
