// Reads a message model from octets, for targets that start with what is to be written: lines like
// those of a message, but whatever is in them reaches the encoder, also what no message may have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regauge/h1/encoder.h"
#include "regauge/http/characters.h"
#include "regauge/http/field.h"

namespace regauge::fuzz {

/// A message as somebody wants it written.
struct Wanted {
  using Lines = std::vector<std::pair<std::string, std::string>>;
  using Spellings = std::vector<std::string>;
  bool response = false;
  std::string method;  ///< or the status code in digits
  std::string target;  ///< or the reason phrase
  std::string authority;
  Lines fields;
  Lines trailers;
  std::string content;
  bool known_length = true;
  std::string choices;
  Spellings spellings;          ///< of fields
  Spellings trailer_spellings;  ///< of trailers

  /// Tells whether the host has made this choice.
  [[nodiscard]] bool chose(char choice) const { return choices.contains(choice); }
};

/// Reads the model. A line before it that begins with `@` holds letters, each a choice of the host:
///
///   t, r  names are written as titles, or as they were received: then the model has them in small
///         letters; d: without a spelling as titles; m: the spelling is that of another name
///   a     the target is absolute; s, x: its scheme is https, or is none
///   c     the connection is to close; o, z: the peer speaks HTTP/1.0, or 0.9
///   e     nothing follows the head; i: the head is that of an interim response
///   h, k  it answers HEAD, or CONNECT
///   n, f, u  there is no content, or a tunnel, or content up to the close
///   l     one octet more is announced than there is
///   p     a request asks for a protocol; v: it was read as HTTP/1.0
///   b     the message before it is not complete
///   g, j, y, q, G  a value, a name, all lines, the target, or the trailers are too large
///
/// The first line then is `method target authority` or `HTTP/ status reason`; a line
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
  if (line.starts_with('@')) wanted.choices = std::exchange(line, next_line()).substr(1);
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
    std::string& name = lines.back().first;
    auto& spellings = trailer ? wanted.trailer_spellings : wanted.spellings;
    spellings.push_back(name);
    if (!wanted.chose('r')) continue;
    for (char& octet : name) octet = http::to_lower(octet);
  }
  wanted.content = text;
  return wanted;
}

/// Writes each word of a name with a capital.
inline std::string title(std::string_view text) {
  std::string name(text);
  bool begins = true;
  for (char& octet : name) {
    if (begins && octet >= 'a' && octet <= 'z') octet = static_cast<char>(octet - 'a' + 'A');
    begins = octet == '-';
  }
  return name;
}

/// Returns what an encoder is made with.
inline h1::EncoderOptions options_of(const Wanted& wanted) {
  h1::EncoderOptions options;
  if (wanted.chose('r')) options.name_case = h1::NameCase::received;
  if (wanted.chose('t')) options.name_case = h1::NameCase::title;
  if (wanted.chose('a')) options.target_form = h1::TargetForm::absolute;
  return options;
}

/// Returns what a connection would know of the message.
inline h1::Situation situation_of(const Wanted& wanted) {
  h1::Situation situation;
  if (wanted.chose('h')) situation.request_method = http::MethodId::head;
  if (wanted.chose('k')) situation.request_method = http::MethodId::connect;
  if (wanted.chose('o')) situation.peer_version = http::Version::http_1_0;
  if (wanted.chose('z')) situation.peer_version = http::Version::http_0_9;
  if (wanted.chose('c')) situation.persistence = h1::Persistence::close;
  if (wanted.chose('e')) situation.end_stream = http::EndStream::yes;
  return situation;
}

/// Returns what the head says of content.
inline http::Content content_of(const Wanted& wanted) {
  if (wanted.chose('n')) return {http::Framing::none, 0};
  if (wanted.chose('f')) return {http::Framing::tunnel, 0};
  if (wanted.chose('u')) return {http::Framing::until_close, 0};
  if (!wanted.known_length) return {http::Framing::stream, 0};
  return {http::Framing::length, wanted.content.size() + (wanted.chose('l') ? 1U : 0U)};
}

/// Says how a name is written.
inline std::string written_name(const Wanted& wanted, std::string_view name,
                                std::string_view spelling) {
  const bool received = wanted.chose('r') && !wanted.chose('t');
  if (received && !wanted.chose('m') && !spelling.empty()) return std::string(spelling);
  return wanted.chose(received ? 'd' : 't') ? title(name) : std::string(name);
}

/// Returns the lines as an encoder takes them; `large` holds choices of lines that are too large.
/// Lifetime: views `lines`, `spellings` and octets that are always there.
inline std::vector<http::FieldLine> lines_to_write(const Wanted& wanted, const Wanted::Lines& lines,
                                                   const Wanted::Spellings& spellings,
                                                   std::string_view large) {
  static const std::string kText(h1::Encoder::kHeadBytesMax + 1, 'x');
  std::vector<http::FieldLine> view;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    view.push_back(http::field_line(lines[i].first, lines[i].second));
    view.back().spelling = wanted.chose('m') ? "another" : std::string_view(spellings.at(i));
  }
  if (large.contains('g')) view.push_back(http::field_line("x-large", kText));
  if (large.contains('j')) view.push_back(http::field_line(kText, "x"));
  const std::string_view half = std::string_view(kText).substr(kText.size() / 2);
  if (large.contains('y')) view.insert(view.end(), 2, http::field_line("x-large", half));
  return view;
}

}  // namespace regauge::fuzz
