#include "regauge/h1/chunk_line.h"

#include <array>
#include <cstddef>

#include "regauge/h1/characters.h"

namespace regauge::h1 {
namespace {

constexpr std::size_t kDigitsMax = 32;
constexpr std::uint64_t kSizeMax = (std::uint64_t{1} << 63U) - 1;

constexpr std::uint64_t hex_value(char digit) {
  if (digit <= '9') return static_cast<std::uint64_t>(digit - '0');
  return static_cast<std::uint64_t>(to_lower(digit) - 'a') + 10;
}

// The value of each hexadecimal digit.
constexpr std::uint8_t kNoDigit = 16;
constexpr std::array<std::uint8_t, 256> kHexValues = [] {
  std::array<std::uint8_t, 256> values{};
  for (unsigned octet = 0; octet < values.size(); ++octet) {
    const auto digit = static_cast<char>(octet);
    const bool found = has_class(digit, kHexDigit);
    values[octet] = found ? static_cast<std::uint8_t>(hex_value(digit)) : kNoDigit;
  }
  return values;
}();

enum class Extension : std::uint8_t { well_formed, malformed, unbalanced_quote };

std::size_t skip_white(std::string_view text, std::size_t at) {
  while (at < text.size() && is_white(text[at])) ++at;
  return at;
}

std::size_t skip_token(std::string_view text, std::size_t at) {
  while (at < text.size() && has_class(text[at], kToken)) ++at;
  return at;
}

// Returns the place behind the closing quote, or npos. `at` is behind the opening one.
std::size_t skip_quoted(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (text[at] == '"') return at + 1;
    at += text[at] == '\\' ? 2U : 1U;
  }
  return std::string_view::npos;
}

// Walks *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ). What is malformed is
// skipped octet by octet, but a quote must close wherever it opens.
Extension judge_extension(std::string_view text) {
  Extension verdict = Extension::well_formed;
  std::size_t at = 0;
  bool name_expected = false;
  while ((at = skip_white(text, at)) < text.size()) {
    const char octet = text[at];
    if (octet == ';') {
      if (name_expected) verdict = Extension::malformed;
      name_expected = true;
      ++at;
    } else if (octet == '"') {
      verdict = Extension::malformed;  // a quoted string stands behind "=" only
      at = skip_quoted(text, at + 1);
      if (at == std::string_view::npos) return Extension::unbalanced_quote;
    } else if (!name_expected || skip_token(text, at) == at) {
      verdict = Extension::malformed;
      ++at;
    } else {
      name_expected = false;
      at = skip_white(text, skip_token(text, at));
      if (at == text.size() || text[at] != '=') continue;
      at = skip_white(text, at + 1);
      if (at < text.size() && text[at] == '"') {
        at = skip_quoted(text, at + 1);
        if (at == std::string_view::npos) return Extension::unbalanced_quote;
        continue;
      }
      const std::size_t end = skip_token(text, at);
      if (end == at) verdict = Extension::malformed;
      at = end;
    }
  }
  // White space stands before ";" and around "=", not at the end.
  return name_expected || is_white(text.back()) ? Extension::malformed : verdict;
}

bool refuse_controls(std::string_view line, std::uint64_t offset, Report& report) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\r') return report.refuse(Deviation::bare_cr_chunk_line, offset + i);
    if (!has_class(line[i], kFieldText)) {
      return report.refuse(Deviation::chunk_ext_ctl, offset + i);
    }
  }
  return true;
}

bool judge_rest(std::string_view rest, std::uint64_t offset, ChunkLeniency leniency,
                Report& report) {
  const std::size_t begin = skip_white(rest, 0);
  if (begin < rest.size() && rest[begin] != ';' && rest[begin] != '\r') {
    return report.refuse(Deviation::chunk_size_invalid, offset);
  }
  if (!refuse_controls(rest, offset, report)) return false;
  const bool strict = leniency == ChunkLeniency::none;
  if (begin == rest.size()) {
    return strict ? report.refuse(Deviation::chunk_size_trailing_ws, offset)
                  : report.note(Deviation::chunk_size_trailing_ws, offset);
  }
  switch (judge_extension(rest)) {
    case Extension::well_formed: return true;
    case Extension::unbalanced_quote:
      return report.refuse(Deviation::chunk_ext_unbalanced_quote, offset);
    case Extension::malformed:
      return strict ? report.refuse(Deviation::chunk_ext_malformed, offset)
                    : report.note(Deviation::chunk_ext_malformed, offset);
  }
  return false;
}

}  // namespace

std::optional<std::uint64_t> parse_chunk_line(std::string_view line, std::uint64_t offset,
                                              ChunkLeniency leniency, Report& report) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  while (digits < line.size() && has_class(line[digits], kHexDigit)) {
    if (digits == kDigitsMax || size > (kSizeMax >> 4U)) {
      report.refuse(Deviation::chunk_size_overflow, offset);
      return std::nullopt;
    }
    size = (size << 4U) | hex_value(line[digits]);
    ++digits;
  }
  if (digits == 0) {
    const bool cr = !line.empty() && line.front() == '\r';
    report.refuse(cr ? Deviation::bare_cr_chunk_line : Deviation::chunk_size_invalid, offset);
    return std::nullopt;
  }
  const std::string_view rest = line.substr(digits);
  if (!rest.empty() && !judge_rest(rest, offset + digits, leniency, report)) return std::nullopt;
  return size;
}

PlainChunkLine read_plain_chunk_line(wire::Bytes input) {
  constexpr std::size_t kDigits = 6;
  if (input.size() < kDigits + 2) return {};
  std::uint64_t rest = wire::load_octets(input);
  std::uint64_t size = 0;
  for (std::size_t digits = 0; digits <= kDigits; ++digits) {
    const std::uint8_t value = kHexValues[rest & 0xffU];
    if (value == kNoDigit) {
      constexpr std::uint64_t kLineEnd = '\r' | '\n' << 8;
      return digits > 0 && (rest & 0xffffU) == kLineEnd ? PlainChunkLine{size, digits + 2}
                                                        : PlainChunkLine();
    }
    size = size << 4U | value;
    rest >>= 8U;
  }
  return {};
}

}  // namespace regauge::h1
