// Reads conformance cases: one JSON object a line, octets in base64, strings as latin-1.
#pragma once

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace regauge::tests {

inline std::string from_base64(std::string_view text) {
  std::string octets;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) throw std::invalid_argument("base64");
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      octets.push_back(static_cast<char>(static_cast<unsigned char>(bits >> count)));
    }
  }
  return octets;
}

/// Turns UTF-8 of U+0000 to U+00FF into the octets it stands for.
inline std::string from_latin1(std::string_view text) {
  std::string octets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      octets.push_back(text[i]);
      continue;
    }
    if (lead > 0xc3 || i + 1 == text.size()) throw std::invalid_argument("above U+00FF");
    const unsigned next = static_cast<unsigned char>(text[++i]);
    octets.push_back(
        static_cast<char>(static_cast<unsigned char>(((lead & 0x03U) << 6U) | (next & 0x3fU))));
  }
  return octets;
}

/// Reads all cases of tests/cases/`name`; throws when the file is missing or empty.
inline std::vector<boost::json::object> read_cases(std::string_view name) {
  std::ifstream file(std::string(REGAUGE_SOURCE_DIR) + "/tests/cases/" + std::string(name));
  std::vector<boost::json::object> cases;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) cases.push_back(boost::json::parse(line).as_object());
  }
  if (cases.empty()) throw std::runtime_error("no cases in " + std::string(name));
  return cases;
}

}  // namespace regauge::tests
