#include "proxy/origin/exchange.h"

#include <charconv>

#include <boost/beast/core/string.hpp>

namespace regauge::origin {

const std::string* find(const Lines& lines, std::string_view name) {
  for (const Line& line : lines) {
    if (boost::beast::iequals(line.name, name)) return &line.value;
  }
  return nullptr;
}

std::uint64_t RequestHead::number(std::string_view name, std::uint64_t otherwise) const {
  const std::size_t question = target.find('?');
  std::string_view rest = target;
  rest.remove_prefix(question == std::string::npos ? rest.size() : question + 1);
  while (!rest.empty()) {
    const std::string_view each = rest.substr(0, rest.find('&'));
    rest.remove_prefix(each.size() == rest.size() ? each.size() : each.size() + 1);
    if (!each.starts_with(name) || each.substr(name.size(), 1) != "=") continue;
    const std::string_view digits = each.substr(name.size() + 1);
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, value);
    if (parsed.ec == std::errc() && parsed.ptr == end) return value;
  }
  return otherwise;
}

}  // namespace regauge::origin
