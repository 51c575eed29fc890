// Small readers and writers of field values that both sides of an exchange need.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "regauge/grpc/media_type.h"
#include "regauge/http/characters.h"
#include "regauge/http/head.h"
#include "regauge/http/head_check.h"
#include "regauge/translate/text_store.h"

namespace regauge::translate {

/// Takes the next member of a comma list off `rest`, without its white space; it may be empty.
[[nodiscard]] inline std::string_view next_list_member(std::string_view& rest) {
  const std::size_t comma = rest.find(',');
  const std::string_view member = http::trim(rest.substr(0, comma));
  rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  return member;
}

/// Keeps a text with its ASCII letters in lower case.
[[nodiscard]] inline std::string_view keep_lower(std::string_view text, TextStore& texts) {
  const std::span<char> room = texts.take(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) room[i] = http::to_lower(text[i]);
  return {room.data(), room.size()};
}

/// Tells whether `octet` is a control that a preset may forgive. CR, LF and NUL never are.
[[nodiscard]] constexpr bool is_forgivable_control(char octet) {
  const auto code = static_cast<unsigned char>(octet);
  return (code < 0x20 || code == 0x7f) && octet != '\t' && octet != '\r' && octet != '\n' &&
         octet != '\0';
}

/// Returns `value` as it may be written. A preset may forgive a control; who reads behind us may
/// take it for the end of a line. RFC 9110 §5.5 keeps controls out of the reach of a HTTP parser,
/// hence each becomes a space, as it says for CR, LF and NUL. Those three stay, and are refused.
/// Lifetime: that of `value` and `texts`. Cost: one step per eight octets of a clean value.
[[nodiscard]] inline std::string_view without_controls(std::string_view value, TextStore& texts) {
  if (http::is_writable_value(value)) return value;
  const std::span<char> room = texts.take(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    room[i] = is_forgivable_control(value[i]) ? ' ' : value[i];
  }
  return http::trim({room.data(), room.size()});
}

/// Appends the trailers that may pass (RFC 9110 §6.5.1).
inline void take_trailers(http::FieldSection trailers, std::vector<http::FieldLine>& out,
                          TextStore& texts) {
  for (const http::FieldLine& line : trailers) {
    if (http::is_forbidden_in_trailers(line.id)) continue;
    out.push_back(line);
    out.back().value = without_controls(line.value, texts);
  }
}

/// Keeps a media type with its suffix, if there is one, in lower case.
[[nodiscard]] inline std::string_view media_type_with(grpc::Format format, std::string_view suffix,
                                                      TextStore& texts) {
  const std::string_view type = grpc::media_type_of(format);
  if (suffix.empty()) return type;
  return texts.join({type, "+", keep_lower(suffix, texts)});
}

}  // namespace regauge::translate
