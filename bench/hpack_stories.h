// Connections that were recorded elsewhere, as bench/hpack_instructions hands them over: octets in
// hexadecimal digits, one item a line. A line is
//   story NAME          begins a connection
//   block DIGITS        a field block, followed by its lines
//   line DIGITS DIGITS  a name and a value
#pragma once

#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/hpack_worst.h"

namespace regauge::bench {

/// Holds one connection, decoded and encoded.
struct Story {
  DecoderInput blocks;
  EncoderInput lists;
};

/// Reads octets that are written in hexadecimal digits; "-" for none.
inline std::string octets_of(std::string_view digits) {
  std::string octets;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2) {
    octets.push_back(static_cast<char>(std::stoi(std::string(digits.substr(at, 2)), nullptr, 16)));
  }
  return octets;
}

/// Reads all connections of a file; none if there is no such file.
inline std::vector<Story> stories_of(std::string_view path) {
  std::vector<Story> stories;
  std::ifstream file{std::string(path)};
  for (std::string text; std::getline(file, text);) {
    std::istringstream words(text);
    std::string kind;
    std::string first;
    std::string second;
    words >> kind >> first >> second;
    if (kind == "story") stories.push_back({{first}, {first, {}}});
    if (kind == "block") {
      const std::string octets = octets_of(first);
      stories.back().blocks.blocks.push_back(hpack::BlockBytes().append(wire::as_bytes(octets)));
      stories.back().lists.sections.emplace_back();
    }
    if (kind == "line") {
      stories.back().lists.sections.back().push_back({octets_of(first), octets_of(second)});
    }
  }
  return stories;
}

}  // namespace regauge::bench
