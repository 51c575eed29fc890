// Media types of gRPC and gRPC-Web (gRPC over HTTP/2, "Requests"; gRPC-Web, "Content-Type").
#pragma once

#include <cstdint>
#include <string_view>

namespace regauge::grpc {

/// Says which wire format a media type names.
enum class Format : std::uint8_t {
  none,      ///< neither gRPC nor gRPC-Web
  grpc,      ///< application/grpc: messages, then an HTTP trailer section
  web,       ///< application/grpc-web: messages, then a trailer frame
  web_text,  ///< application/grpc-web-text: the same in base64
};

/// Holds a parsed media type.
struct MediaType {
  Format format = Format::none;
  std::string_view suffix;  ///< what follows the plus, such as "proto"; empty without one
};

/// Parses the value of content-type or accept; parameters are ignored, letter case too.
/// A plus with nothing behind it is no valid type: `none`. Lifetime of the suffix: that of `value`.
/// Cost: one step an octet.
[[nodiscard]] MediaType parse_media_type(std::string_view value);

/// Names a format without suffix. Lifetime: static.
[[nodiscard]] std::string_view media_type_of(Format format);

}  // namespace regauge::grpc
