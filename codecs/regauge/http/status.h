// Status codes (RFC 9110 §15) and the registered reason phrases toward H1.
#pragma once

#include <cstdint>
#include <string_view>

namespace regauge::http {

/// Holds a three-digit status code, 100 to 999.
struct Status {
  std::uint16_t value = 200;
  bool operator==(const Status&) const = default;
};

/// Tells whether the status is interim: a final response must follow (RFC 9110 §15.2).
[[nodiscard]] constexpr bool is_interim(Status status) { return status.value < 200; }
/// Tells whether a response of this status never has content (RFC 9110 §6.4.1).
[[nodiscard]] constexpr bool is_bodyless(Status status) {
  return is_interim(status) || status.value == 204 || status.value == 304;
}
/// Returns the registered reason phrase, or an empty one (RFC 9110 §15). Lifetime: static.
[[nodiscard]] std::string_view reason_phrase(Status status);

}  // namespace regauge::http
