// grpc-timeout: how long a caller waits (gRPC over HTTP/2, "Requests").
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace regauge::grpc {

/// Parses 1 to 8 digits and a unit (H, M, S, m, u, n). Output: milliseconds, rounded up, so that a
/// timeout above 0 never becomes 0. Errors: nothing if the value has another form.
[[nodiscard]] constexpr std::optional<std::uint64_t> parse_timeout(std::string_view value) {
  constexpr std::size_t kDigitsMax = 8;
  if (value.size() < 2 || value.size() > kDigitsMax + 1) return std::nullopt;
  std::uint64_t count = 0;
  for (const char digit : value.substr(0, value.size() - 1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    count = count * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  switch (value.back()) {
    case 'H': return count * 3'600'000;
    case 'M': return count * 60'000;
    case 'S': return count * 1'000;
    case 'm': return count;
    case 'u': return (count + 999) / 1'000;
    case 'n': return (count + 999'999) / 1'000'000;
    default: return std::nullopt;
  }
}

}  // namespace regauge::grpc
