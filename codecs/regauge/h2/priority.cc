#include "regauge/h2/priority.h"

#include "regauge/http/characters.h"

namespace regauge::h2 {
namespace {

constexpr std::uint8_t kUrgencyMax = 7;

bool is_key_octet(char octet) {
  return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '_' ||
         octet == '-' || octet == '.' || octet == '*';
}

// Takes a key (RFC 8941 §3.1.2); empty if there is none.
std::string_view take_key(std::string_view& text) {
  const bool starts = !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || text[0] == '*');
  std::size_t size = 0;
  while (starts && size < text.size() && is_key_octet(text[size])) ++size;
  const std::string_view key = text.substr(0, size);
  text.remove_prefix(size);
  return key;
}

// Takes a bare item or a parameter up to its end, quoted strings whole.
std::string_view take_value(std::string_view& text) {
  bool quoted = false;
  std::size_t size = 0;
  for (; size < text.size(); ++size) {
    if (text[size] == '"') quoted = !quoted;
    if (quoted) continue;
    if (text[size] == ',' || text[size] == ';' || http::is_white(text[size])) break;
  }
  const std::string_view value = text.substr(0, size);
  text.remove_prefix(size);
  return value;
}

void apply(std::string_view key, std::string_view value, Priority& priority) {
  if (key == "u" && value.size() == 1 && value[0] >= '0' && value[0] <= '0' + kUrgencyMax) {
    priority.urgency = static_cast<std::uint8_t>(value[0] - '0');
  }
  if (key != "i") return;
  if (value.empty() || value == "?1") priority.incremental = Incremental::yes;
  if (value == "?0") priority.incremental = Incremental::no;
}

}  // namespace

std::optional<Priority> parse_priority(std::string_view value) {
  Priority priority;
  std::string_view rest = http::trim(value);
  while (!rest.empty()) {
    const std::string_view key = take_key(rest);
    if (key.empty()) return std::nullopt;
    std::string_view item;
    if (rest.starts_with('=')) {
      rest.remove_prefix(1);
      item = take_value(rest);
      if (item.empty()) return std::nullopt;
    }
    apply(key, item, priority);
    while (rest.starts_with(';')) {
      rest = http::trim(rest.substr(1));
      static_cast<void>(take_value(rest));
    }
    rest = http::trim(rest);
    if (rest.empty()) break;
    if (!rest.starts_with(',')) return std::nullopt;
    rest = http::trim(rest.substr(1));
    if (rest.empty()) return std::nullopt;  // a comma with nothing behind it (RFC 8941 §4.2.2)
  }
  return priority;
}

}  // namespace regauge::h2
