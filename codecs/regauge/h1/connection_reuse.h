// When a client may use an H1 connection for another exchange (RFC 9112 §9.3, §9.6): a pure
// function, so that its truth table is a test.
#pragma once

#include <cstdint>

#include "regauge/http/head.h"

namespace regauge::h1 {

/// Names what the Connection fields of a message say together; `close` wins (RFC 9112 §9.3).
enum class ConnectionOption : std::uint8_t { nothing, keep_alive, close };

/// Tells whether the sender of a message keeps the connection, by its version and options.
[[nodiscard]] constexpr bool is_persistent(http::Version version, ConnectionOption option) {
  if (option == ConnectionOption::close) return false;
  if (version == http::Version::http_1_1) return true;
  return version == http::Version::http_1_0 && option == ConnectionOption::keep_alive;
}

/// Holds everything that decides whether the connection of an exchange may be used again.
struct ReuseFacts {
  http::MethodId method = http::MethodId::get;      ///< of the request
  http::Status status;                              ///< of the final response
  http::Framing framing = http::Framing::none;      ///< of the response
  http::Version version = http::Version::http_1_1;  ///< of the response
  ConnectionOption option = ConnectionOption::nothing;
  bool request_complete = false;   ///< all of the request was queued
  bool response_complete = false;  ///< all of the response was read, to its last octet
  bool leftover = false;           ///< octets came that no request asked for
};

/// Tells whether another request may be sent. Cost: constant.
///
/// An octet too many is decisive: it would be read as the answer to the next request, which may be
/// somebody else's (response queue poisoning).
[[nodiscard]] constexpr bool may_reuse(const ReuseFacts& facts) {
  if (!facts.request_complete || !facts.response_complete || facts.leftover) return false;
  if (!is_persistent(facts.version, facts.option)) return false;
  if (facts.framing == http::Framing::until_close || facts.framing == http::Framing::tunnel) {
    return false;
  }
  const bool success = facts.status.value >= 200 && facts.status.value < 300;
  if (http::is_interim(facts.status)) return false;
  return !(facts.method == http::MethodId::connect && success);
}

}  // namespace regauge::h1
