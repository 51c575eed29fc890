#include "regauge/grpc/web_trailers.h"

#include "regauge/grpc/message_frame.h"
#include "regauge/http/characters.h"
#include "regauge/http/head_check.h"

namespace regauge::grpc {
namespace {

constexpr std::size_t kColonAndCrLf = 3;

std::size_t message_bytes(http::FieldSection section) {
  std::size_t size = 0;
  for (const http::FieldLine& line : section) {
    size += line.name.size() + line.value.size() + kColonAndCrLf;
  }
  return size;
}

// RFC 9113 §8.2.2, RFC 9110 §6.5.1: what would change how a message is read is an attack.
bool is_of_framing(http::FieldId id) {
  return http::is_connection_specific(id) || id == http::FieldId::content_length ||
         id == http::FieldId::host || id == http::FieldId::te || id == http::FieldId::trailer;
}

}  // namespace

std::size_t trailer_frame_bytes(http::FieldSection section) {
  return kPrefixBytes + message_bytes(section);
}

void write_trailer_frame(http::FieldSection section, wire::Writer& to) {
  const auto length = static_cast<std::uint32_t>(message_bytes(section));
  to.bytes(write_prefix({kTrailerFlag, length}));
  for (const http::FieldLine& line : section) {
    to.text(line.name);
    to.text(":");
    to.text(line.value);
    to.text("\r\n");
  }
}

bool parse_trailer_message(wire::MutableBytes message, std::vector<http::FieldLine>& lines) {
  lines.clear();
  std::size_t start = 0;
  while (start < message.size()) {
    const std::string_view rest = wire::as_text(message.subspan(start));
    const std::size_t line_end = rest.find("\r\n");
    const std::string_view text = rest.substr(0, line_end);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || lines.size() == kTrailerLinesMax) return false;
    for (std::uint8_t& octet : message.subspan(start, colon)) {
      octet = static_cast<std::uint8_t>(http::to_lower(static_cast<char>(octet)));
    }
    const http::FieldLine line =
        http::field_line(text.substr(0, colon), http::trim(text.substr(colon + 1)));
    if (!http::is_writable_name(line.name) || !http::is_writable_value(line.value) ||
        is_of_framing(line.id)) {
      return false;
    }
    lines.push_back(line);
    start += text.size() + (line_end == std::string_view::npos ? 0 : 2);
  }
  return true;
}

}  // namespace regauge::grpc
