// Reads a message model from octets, for targets that start with what is to be written: lines like
// those of a message, but whatever is in them reaches the encoder, also what no message may have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace regauge::fuzz {

/// A message as somebody wants it written.
struct Wanted {
  using Lines = std::vector<std::pair<std::string, std::string>>;
  bool response = false;
  std::string method;  ///< or the status code in digits
  std::string target;  ///< or the reason phrase
  std::string authority;
  Lines fields;
  Lines trailers;
  std::string content;
  bool known_length = true;
};

/// Reads the model. The first line is `method target authority` or `HTTP/ status reason`; a line
/// `name:value` is a field, and a trailer if it begins with `+`; behind an empty line stands
/// content, of unknown length if that line is `~`. The octet 0x1F stands for LF.
inline Wanted read_wanted(std::string_view text) {
  Wanted wanted;
  const auto next_line = [&text] {
    const std::size_t lf = text.find('\n');
    std::string line(text.substr(0, lf));
    text.remove_prefix(lf == std::string_view::npos ? text.size() : lf + 1);
    if (line.ends_with('\r')) line.pop_back();
    std::ranges::replace(line, '\x1f', '\n');
    return line;
  };
  const auto cut_word = [](std::string& line) {
    const std::size_t space = std::min(line.find(' '), line.size());
    std::string word = line.substr(0, space);
    line.erase(0, space + 1);
    return word;
  };
  std::string line = next_line();
  wanted.response = line.starts_with("HTTP/");
  if (wanted.response) cut_word(line);
  wanted.method = cut_word(line);
  wanted.target = wanted.response ? line : cut_word(line);
  if (!wanted.response) wanted.authority = line;
  while (!text.empty()) {
    line = next_line();
    wanted.known_length = line != "~";
    if (line.empty() || line == "~") break;
    const bool trailer = line.starts_with('+');
    if (trailer) line.erase(0, 1);
    const std::size_t colon = std::min(line.find(':'), line.size());
    auto& lines = trailer ? wanted.trailers : wanted.fields;
    lines.emplace_back(line.substr(0, colon), colon < line.size() ? line.substr(colon + 1) : "");
  }
  wanted.content = text;
  return wanted;
}

}  // namespace regauge::fuzz
