// WebSocket over H1 and H2: the two handshakes of RFC 6455 §4 and RFC 8441 §5 and what joins them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "regauge/wire/bytes.h"

namespace regauge::translate {

/// Tells whether a value is base64 of 16 octets: a Sec-WebSocket-Key (RFC 6455 §4.1).
[[nodiscard]] bool is_websocket_key(std::string_view key);
/// Holds a key or accept value as text.
template <std::size_t kSize>
struct HandshakeText {
  std::array<char, kSize> characters{};
  /// Views the text. Lifetime: that of this object.
  [[nodiscard]] std::string_view view() const { return {characters.data(), characters.size()}; }
};
/// Makes a key of 16 random octets (RFC 6455 §4.1).
[[nodiscard]] HandshakeText<24> websocket_key(const std::array<std::uint8_t, 16>& nonce);
/// Computes Sec-WebSocket-Accept of a key (RFC 6455 §4.2.2): base64 of SHA-1 of key and GUID.
/// SHA-1 is no secret here: it only shows that the peer understood the handshake.
[[nodiscard]] HandshakeText<28> websocket_accept(std::string_view key);

}  // namespace regauge::translate
