// Priority: urgency and incremental delivery of a response (RFC 9218 §4).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace regauge::h2 {

/// Says whether a response is of use in parts (RFC 9218 §4.2).
enum class Incremental : bool { no, yes };

/// Holds the two parameters of RFC 9218 §4 with their defaults.
struct Priority {
  std::uint8_t urgency = 3;  ///< 0 is the most urgent, 7 the least
  Incremental incremental = Incremental::no;
  bool operator==(const Priority&) const = default;
};

/// Parses a Priority Field Value: a dictionary of structured fields (RFC 8941 §3.2).
///
/// Output:   the parameters; unknown keys and values of the wrong type or range are ignored.
/// Errors:   nothing if the value is no dictionary: RFC 9218 §5 wants it ignored as a whole.
/// Cost:     one step an octet; no allocation.
[[nodiscard]] std::optional<Priority> parse_priority(std::string_view value);

}  // namespace regauge::h2
