// A line-based reader: every line is indentation and content; a sequence item's content is a line of its own at a
// deeper indentation.
#include "YamlSubset.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"

namespace wino {

namespace {

constexpr size_t maxBytes = 1 << 20;
constexpr unsigned maxDepth = 16;

struct Line {
  unsigned number;
  size_t indent;
  llvm::StringRef content; ///< not empty, no comment-only line, no trailing spaces
};

class Parser {
public:
  Parser(llvm::StringRef fileName) : fileName(fileName) {}

  llvm::Expected<YamlNode> parse(llvm::StringRef text) {
    if (llvm::Error error = split(text))
      return std::move(error);
    if (lines.empty())
      return YamlNode();
    auto node = block(lines[0].indent, 0);
    if (node && position < lines.size())
      return fail(lines[position].number, "expected the same indentation as before, got another");
    return node;
  }

private:
  llvm::Error fail(unsigned line, const llvm::Twine &message) { return yamlError(fileName, line, message); }

  llvm::Error split(llvm::StringRef text) {
    unsigned number = 0;
    while (!text.empty()) {
      auto [raw, rest] = text.split('\n');
      text = rest;
      ++number;
      raw = raw.rtrim(" \r");
      llvm::StringRef content = raw.ltrim(' ');
      if (content.empty() || content[0] == '#' || (content == "---" && lines.empty()))
        continue;
      for (unsigned char c : content)
        if (c < 0x20 || c == 0x7f)
          return fail(number, "expected printable text, got control character " + llvm::Twine(unsigned(c)));
      lines.push_back({number, size_t(content.data() - raw.data()), content});
    }
    return llvm::Error::success();
  }

  static bool isItem(llvm::StringRef content) { return content == "-" || content.starts_with("- "); }

  llvm::Expected<YamlNode> block(size_t indent, unsigned depth) {
    if (depth > maxDepth)
      return fail(lines[position].number, "expected at most 16 nested levels, got more");
    return isItem(lines[position].content) ? sequence(indent, depth) : mapping(indent, depth);
  }

  llvm::Expected<YamlNode> sequence(size_t indent, unsigned depth) {
    YamlNode node(YamlNode::Sequence, lines[position].number);
    while (position < lines.size() && lines[position].indent == indent && isItem(lines[position].content)) {
      Line &line = lines[position];
      llvm::StringRef rest = line.content.drop_front(1).ltrim(' ');
      if (rest.empty() || rest[0] == '#') {
        ++position;
        auto item = nested(indent, depth, line.number);
        if (!item)
          return item;
        node.items.push_back(std::move(*item));
        continue;
      }
      if (isItem(rest) || keyLength(rest)) { // the item is a block that begins on this very line
        line.indent += rest.data() - line.content.data();
        line.content = rest;
        auto item = block(line.indent, depth + 1);
        if (!item)
          return item;
        node.items.push_back(std::move(*item));
        continue;
      }
      auto item = value(rest, line.number);
      if (!item)
        return item;
      node.items.push_back(std::move(*item));
      ++position;
    }
    return node;
  }

  llvm::Expected<YamlNode> mapping(size_t indent, unsigned depth) {
    YamlNode node(YamlNode::Mapping, lines[position].number);
    llvm::StringSet<> keys;
    while (position < lines.size() && lines[position].indent == indent && !isItem(lines[position].content)) {
      Line line = lines[position];
      size_t length = keyLength(line.content);
      if (!length)
        return fail(line.number, "expected 'key: value', got '" + shorten(line.content) + "'");
      auto key = value(line.content.take_front(length), line.number);
      if (!key)
        return key;
      if (!keys.insert(key->scalar).second)
        return fail(line.number, "expected each key once, got '" + shorten(key->scalar) + "' again");
      llvm::StringRef rest = line.content.drop_front(length + 1).ltrim(' ');
      ++position;
      YamlNode item;
      if (rest.empty() || rest[0] == '#') {
        // A sequence may stand at its key's own indentation.
        bool flat = position < lines.size() && lines[position].indent == indent && isItem(lines[position].content);
        auto below = flat ? block(indent, depth + 1) : nested(indent, depth, line.number);
        if (!below)
          return below;
        item = std::move(*below);
      } else {
        auto scalar = value(rest, line.number);
        if (!scalar)
          return scalar;
        item = std::move(*scalar);
      }
      node.entries.push_back({key->scalar, line.number, std::move(item)});
    }
    return node;
  }

  llvm::Expected<YamlNode> nested(size_t indent, unsigned depth, unsigned line) {
    if (position < lines.size() && lines[position].indent > indent)
      return block(lines[position].indent, depth + 1);
    return YamlNode(YamlNode::Null, line);
  }

  /// Length of the key with its quotes when `text` is "key: ..." or "key:", else 0.
  static size_t keyLength(llvm::StringRef text) {
    size_t end = 0;
    if (text[0] == '"' || text[0] == '\'') {
      end = closingQuote(text);
      return end != llvm::StringRef::npos && (text.substr(end + 1) == ":" || text.substr(end + 1).starts_with(": "))
                 ? end + 1
                 : 0;
    }
    if (llvm::StringRef("[{&*!|>%@`?#,").contains(text[0]))
      return 0;
    end = text.find(": ");
    if (end == llvm::StringRef::npos)
      end = text.ends_with(":") ? text.size() - 1 : 0;
    return text.take_front(end).contains(" #") ? 0 : end;
  }

  /// Index of the quote that closes the one at the front, or npos.
  static size_t closingQuote(llvm::StringRef text) {
    char quote = text[0];
    for (size_t i = 1; i < text.size(); ++i) {
      if (quote == '"' && text[i] == '\\')
        ++i;
      else if (quote == '\'' && text.substr(i).starts_with("''"))
        ++i;
      else if (text[i] == quote)
        return i;
    }
    return llvm::StringRef::npos;
  }

  /// A value on one line: scalar or [scalars], then nothing but a comment.
  llvm::Expected<YamlNode> value(llvm::StringRef text, unsigned line) {
    llvm::StringRef rest = text;
    auto node = text[0] == '[' ? flow(rest, line) : scalar(rest, line, /*inFlow=*/false);
    if (!node)
      return node;
    rest = rest.ltrim(' ');
    if (!rest.empty() && rest[0] != '#')
      return fail(line, "expected the end of the line after a value, got '" + shorten(rest) + "'");
    return node;
  }

  llvm::Expected<YamlNode> flow(llvm::StringRef &rest, unsigned line) {
    YamlNode node(YamlNode::Sequence, line);
    rest = rest.drop_front(1).ltrim(' ');
    while (!rest.consume_front("]")) {
      if (rest.empty())
        return fail(line, "expected ']' on the same line, got its end");
      auto item = scalar(rest, line, /*inFlow=*/true);
      if (!item)
        return item;
      node.items.push_back(std::move(*item));
      rest = rest.ltrim(' ');
      if (!rest.consume_front(",") && !rest.starts_with("]"))
        return fail(line, "expected ',' or ']' in a sequence, got '" + shorten(rest) + "'");
      rest = rest.ltrim(' ');
    }
    return node;
  }

  llvm::Expected<YamlNode> scalar(llvm::StringRef &rest, unsigned line, bool inFlow) {
    YamlNode node(YamlNode::Scalar, line);
    if (rest[0] == '"' || rest[0] == '\'') {
      size_t end = closingQuote(rest);
      if (end == llvm::StringRef::npos)
        return fail(line, "expected a closing quote on the same line, got its end");
      if (llvm::Error error = unquote(rest.slice(1, end), rest[0], line, node.scalar))
        return std::move(error);
      rest = rest.drop_front(end + 1);
      return node;
    }
    if (llvm::StringRef("[]{}&*!|>%@`,").contains(rest[0]))
      return fail(line, llvm::Twine("expected a scalar, got '") + rest.take_front(1) +
                            "'; quote the text, or write the value without anchors, tags, braces and multi-line text");
    size_t end = inFlow ? rest.find_first_of(",[]{}") : rest.size();
    llvm::StringRef text = rest.take_front(end);
    text = text.take_front(text.find(" #"));
    if (text.contains(": "))
      return fail(line, "expected one value, got ': ' in it; quote the text");
    rest = rest.drop_front(text.size());
    node.scalar = text.rtrim(' ').str();
    return node;
  }

  llvm::Error unquote(llvm::StringRef body, char quote, unsigned line, std::string &out) {
    for (size_t i = 0; i < body.size(); ++i) {
      if (quote == '\'') {
        out += body[i];
        i += body[i] == '\''; // doubled
        continue;
      }
      if (body[i] != '\\') {
        out += body[i];
        continue;
      }
      llvm::StringRef escape = body.substr(i + 1);
      unsigned code = 0;
      if (escape.starts_with("\"") || escape.starts_with("\\")) {
        out += escape[0];
        i += 1;
      } else if (escape.starts_with("x") && escape.size() >= 3 && !escape.substr(1, 2).getAsInteger(16, code)) {
        out += char(code);
        i += 3;
      } else {
        return fail(line, "expected escape \\\", \\\\ or \\xNN, got '\\" + escape.take_front(1) + "'");
      }
    }
    return llvm::Error::success();
  }

  static std::string shorten(llvm::StringRef text) {
    return text.size() <= 60 ? text.str() : text.take_front(57).str() + "...";
  }

  llvm::StringRef fileName;
  std::vector<Line> lines;
  size_t position = 0;
};

} // namespace

llvm::Error yamlError(llvm::StringRef fileName, unsigned line, const llvm::Twine &message) {
  return llvm::createStringError(fileName + ":" + llvm::Twine(line) + ": " + message);
}

llvm::Expected<YamlNode> parseYamlSubset(llvm::StringRef text, llvm::StringRef fileName) {
  if (text.size() > maxBytes)
    return llvm::createStringError(fileName + ": expected at most 1048576 bytes, got " + llvm::Twine(text.size()));
  return Parser(fileName).parse(text);
}

llvm::Expected<std::string> readSmallFile(llvm::StringRef path) {
  // One byte more than allowed is enough to know that a file is too large, be it endless.
  auto file = llvm::sys::fs::openNativeFileForRead(path);
  if (!file)
    return llvm::createStringError(path + ": " + llvm::toString(file.takeError()));
  std::string text(maxBytes + 1, '\0');
  size_t filled = 0;
  llvm::Error failure = llvm::Error::success();
  while (filled < text.size()) {
    auto got =
        llvm::sys::fs::readNativeFile(*file, llvm::MutableArrayRef<char>(text.data() + filled, text.size() - filled));
    if (!got) {
      failure = llvm::joinErrors(std::move(failure), got.takeError());
      break;
    }
    if (*got == 0)
      break;
    filled += *got;
  }
  llvm::sys::fs::closeFile(*file);
  if (failure)
    return llvm::createStringError(path + ": " + llvm::toString(std::move(failure)));
  if (filled > maxBytes)
    return llvm::createStringError(path + ": expected at most 1048576 bytes, got more");
  text.resize(filled);
  return text;
}

std::string yamlQuote(llvm::StringRef text) {
  std::string quoted = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    if (c >= 0x20 && c != 0x7f) {
      quoted += char(c);
      continue;
    }
    quoted += "\\x";
    quoted += llvm::hexdigit(c >> 4);
    quoted += llvm::hexdigit(c & 15);
  }
  return quoted + "\"";
}

} // namespace wino
