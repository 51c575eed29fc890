// The retry rule: when a request may be sent once more (RFC 9110 §9.2.2, RFC 9113 §8.7).
#pragma once

#include <cstdint>

namespace regauge::translate {

/// Holds everything that decides about a retry.
struct RetryFacts {
  bool surely_unprocessed = false;  ///< REFUSED_STREAM, GOAWAY below the stream, never written
  bool connection_reused = false;   ///< the connection had carried another exchange before
  bool response_begun = false;      ///< any octet of the response came, or an interim response
  bool idempotent = false;          ///< the method is (RFC 9110 §9.2.2)
  bool replayable = false;          ///< nothing of the content was given away yet
  std::uint32_t attempts = 0;       ///< made so far, this one included
};

/// Bounds the attempts for one request: the first and one more, and one more again when the request
/// never left.
inline constexpr std::uint32_t kAttemptsMax = 3;

/// Tells whether the request may be sent once more. Cost: constant.
[[nodiscard]] constexpr bool may_retry(const RetryFacts& facts) {
  if (!facts.replayable || facts.response_begun || facts.attempts >= kAttemptsMax) return false;
  if (facts.surely_unprocessed) return true;
  // A connection that was idle may be closed by the peer at the very moment we write. Only then,
  // and only for a method that can be repeated, is an answer worth more than certainty.
  return facts.connection_reused && facts.idempotent && facts.attempts < 2;
}

}  // namespace regauge::translate
