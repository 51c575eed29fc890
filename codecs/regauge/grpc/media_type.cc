#include "regauge/grpc/media_type.h"

#include "regauge/http/characters.h"

namespace regauge::grpc {
namespace {

constexpr std::string_view kPrefix = "application/grpc";

// Tells whether `text` starts with `prefix` in any letter case.
bool starts_with_fold(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && http::equal_fold(text.substr(0, prefix.size()), prefix);
}

}  // namespace

MediaType parse_media_type(std::string_view value) {
  std::string_view type = http::trim(value.substr(0, value.find(';')));
  if (!starts_with_fold(type, kPrefix)) return {};
  type.remove_prefix(kPrefix.size());
  Format format = Format::grpc;
  // The longest name first: each is the beginning of the next.
  constexpr std::string_view kTextBase64 = "-web-text-base64";
  constexpr std::string_view kText = "-web-text";
  constexpr std::string_view kWeb = "-web";
  if (starts_with_fold(type, kTextBase64)) {
    format = Format::web_text;
    type.remove_prefix(kTextBase64.size());
  } else if (starts_with_fold(type, kText)) {
    format = Format::web_text;
    type.remove_prefix(kText.size());
  } else if (starts_with_fold(type, kWeb)) {
    format = Format::web;
    type.remove_prefix(kWeb.size());
  }
  if (type.empty()) return {format, {}};
  if (type.front() != '+' || !http::is_token(type.substr(1))) return {};
  return {format, type.substr(1)};
}

std::string_view media_type_of(Format format) {
  switch (format) {
    case Format::none: return {};
    case Format::grpc: return "application/grpc";
    case Format::web: return "application/grpc-web";
    case Format::web_text: return "application/grpc-web-text";
  }
  return {};
}

}  // namespace regauge::grpc
