#include "proxy/json_text.h"

#include <cstdint>
#include <vector>

#include "regauge/grpc/base64.h"
#include "regauge/wire/writer.h"

namespace regauge::proxy {

std::string to_latin1_text(std::string_view octets) {
  std::string text;
  text.reserve(octets.size());
  for (const char octet : octets) {
    const auto byte = static_cast<unsigned char>(octet);
    if (byte < 0x80) {
      text.push_back(octet);
      continue;
    }
    text.push_back(static_cast<char>(0xc0U | byte >> 6U));
    text.push_back(static_cast<char>(0x80U | (byte & 0x3fU)));
  }
  return text;
}

std::optional<std::string> from_latin1_text(std::string_view text) {
  std::string octets;
  octets.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      octets.push_back(text[i]);
      continue;
    }
    if ((lead != 0xc2 && lead != 0xc3) || i + 1 == text.size()) return std::nullopt;
    const auto next = static_cast<unsigned char>(text[++i]);
    if ((next & 0xc0U) != 0x80) return std::nullopt;
    octets.push_back(static_cast<char>((lead & 0x03U) << 6U | (next & 0x3fU)));
  }
  return octets;
}

std::string to_base64(std::string_view octets) {
  std::vector<std::uint8_t> room(grpc::Base64Encoder::encoded_bytes_max(octets.size()));
  wire::Writer text(room);
  grpc::Base64Encoder encoder;
  encoder.encode(wire::as_bytes(octets), text);
  encoder.flush(text);
  return std::string(wire::as_text(text.written()));
}

std::optional<std::string> from_base64(std::string_view text) {
  std::vector<std::uint8_t> room(grpc::Base64Decoder::decoded_bytes_max(text.size()));
  wire::Writer octets(room);
  grpc::Base64Decoder decoder;
  if (!decoder.decode(wire::as_bytes(text), octets) || !decoder.complete()) return std::nullopt;
  return std::string(wire::as_text(octets.written()));
}

}  // namespace regauge::proxy
