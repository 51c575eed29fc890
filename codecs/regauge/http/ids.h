// Strong types and closed vocabularies that both protocol versions share.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace regauge::http {

/// Names a stream of one connection: the wire's number in H2, the ordinal of the exchange in H1
/// (1, 2, 3, …). 0 is the connection itself.
struct StreamId {
  std::uint32_t value = 0;
  auto operator<=>(const StreamId&) const = default;
};
inline constexpr StreamId kConnectionStream{0};  ///< the connection itself (RFC 9113 §5.1.1)

/// States a moment on the host's steady clock in milliseconds; codecs never read a clock.
struct Tick {
  std::uint64_t ms = 0;
  auto operator<=>(const Tick&) const = default;
};

/// Lists the error codes of RFC 9113 §7; H1 uses the same words for the ends of its exchanges.
enum class ErrorCode : std::uint32_t {
  no_error = 0x0,
  protocol_error = 0x1,
  internal_error = 0x2,
  flow_control_error = 0x3,
  settings_timeout = 0x4,
  stream_closed = 0x5,
  frame_size_error = 0x6,
  refused_stream = 0x7,
  cancel = 0x8,
  compression_error = 0x9,
  connect_error = 0xa,
  enhance_your_calm = 0xb,
  inadequate_security = 0xc,
  http_1_1_required = 0xd,
};

/// Returns the RFC's name, such as "PROTOCOL_ERROR"; "UNKNOWN" for a code of no name.
[[nodiscard]] constexpr std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::no_error: return "NO_ERROR";
    case ErrorCode::protocol_error: return "PROTOCOL_ERROR";
    case ErrorCode::internal_error: return "INTERNAL_ERROR";
    case ErrorCode::flow_control_error: return "FLOW_CONTROL_ERROR";
    case ErrorCode::settings_timeout: return "SETTINGS_TIMEOUT";
    case ErrorCode::stream_closed: return "STREAM_CLOSED";
    case ErrorCode::frame_size_error: return "FRAME_SIZE_ERROR";
    case ErrorCode::refused_stream: return "REFUSED_STREAM";
    case ErrorCode::cancel: return "CANCEL";
    case ErrorCode::compression_error: return "COMPRESSION_ERROR";
    case ErrorCode::connect_error: return "CONNECT_ERROR";
    case ErrorCode::enhance_your_calm: return "ENHANCE_YOUR_CALM";
    case ErrorCode::inadequate_security: return "INADEQUATE_SECURITY";
    case ErrorCode::http_1_1_required: return "HTTP_1_1_REQUIRED";
  }
  return "UNKNOWN";
}

/// Tells whether a message or stream side ends with this call or event.
enum class EndStream : bool { no, yes };
/// Names the role of a connection end.
enum class Role : std::uint8_t { server, client };
/// Names who did something: the peer, or this end.
enum class By : std::uint8_t { peer, us };
/// Bounds what a violation ends.
enum class Scope : std::uint8_t { message, stream, connection };
/// Says how the input of a transport ended.
enum class Truncation : std::uint8_t {
  clean,    ///< FIN, or close_notify under TLS
  aborted,  ///< reset, or FIN without close_notify: a message that ends with the connection is cut
};
/// States the version that a peer spoke (RFC 9110 §2.5).
enum class Version : std::uint8_t { http_0_9, http_1_0, http_1_1, http_2 };

}  // namespace regauge::http
