// Why an exchange is refused, as a rule with the status that answers it.
#pragma once

#include <cstdint>

#include "regauge/http/rule.h"

namespace regauge::translate {

/// Names what makes a request or response impossible to translate.
enum class Fault : std::uint8_t {
  scheme_unknown,          ///< neither http nor https
  authority_missing,       ///< no Host, no authority, no default
  connect_host_mismatch,   ///< CONNECT whose Host names another target
  nominated_field,         ///< Connection names a field that belongs to the message
  expectation_unknown,     ///< Expect says something else than 100-continue
  max_forwards_reached,    ///< Max-Forwards is 0
  upgrade_with_content,    ///< a WebSocket handshake with content
  websocket_key,           ///< no Sec-WebSocket-Key, or no 16 octets
  websocket_method,        ///< a WebSocket handshake that is no GET
  protocol_unknown,        ///< `:protocol` other than websocket
  protocol_not_supported,  ///< the upstream has not enabled extended CONNECT
  websocket_accept,        ///< Sec-WebSocket-Accept does not fit the key
  websocket_declined,      ///< 2xx where 101 was due: to an H2 client it would open a tunnel
  upgrade_unsolicited,     ///< 101 that nobody asked for
  head_not_writable,       ///< the serialiser refuses the head
  message_cut,             ///< the stream was reset or closed before the message was complete
  web_method,              ///< a gRPC call that is no POST
  web_media_type,          ///< no gRPC media type where one is needed
  web_text,                ///< base64 that is none
  web_frame_flags,         ///< a flag that no request frame has
  web_truncated,           ///< the request ends inside a message
  web_message_too_large,   ///< above message_bytes_max
  count_,                  ///< the number of enumerators before it, not a fault
};

/// Describes a fault: what it is called, and the status that answers a request with it.
struct FaultRow {
  Fault fault;
  http::Rule rule;
  std::uint16_t status;  ///< toward the client; a response with a fault is answered by 502
};

/// Answers a request whose response has a fault or breaks a rule (RFC 9110 §15.6.3).
inline constexpr std::uint16_t kBadResponseStatus = 502;

/// Returns the row of a fault. Cost: constant. Lifetime: static.
[[nodiscard]] const FaultRow& row_of(Fault fault);

}  // namespace regauge::translate
