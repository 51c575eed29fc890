// Small readers and writers of field values that both sides of an exchange need.
#pragma once

#include <string_view>

#include "regauge/grpc/media_type.h"
#include "regauge/http/characters.h"
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

/// Keeps a media type with its suffix, if there is one, in lower case.
[[nodiscard]] inline std::string_view media_type_with(grpc::Format format, std::string_view suffix,
                                                      TextStore& texts) {
  const std::string_view type = grpc::media_type_of(format);
  if (suffix.empty()) return type;
  return texts.join({type, "+", keep_lower(suffix, texts)});
}

}  // namespace regauge::translate
