#include "proxy/origin/json.h"

#include <fmt/format.h>

namespace regauge::origin {

std::string json_of(std::string_view octets) {
  std::string text = "\"";
  for (const char each : octets) {
    const auto octet = static_cast<unsigned char>(each);
    if (each == '"' || each == '\\') {
      text += '\\';
      text += each;
    } else if (octet < 0x20 || octet >= 0x7f) {
      text += fmt::format("\\u{:04x}", octet);
    } else {
      text += each;
    }
  }
  return text + '"';
}

std::string json_of(const Lines& lines) {
  std::string text = "[";
  for (const Line& line : lines) {
    if (text.size() > 1) text += ',';
    text += '[' + json_of(line.name) + ',' + json_of(line.value) + ']';
  }
  return text + ']';
}

}  // namespace regauge::origin
