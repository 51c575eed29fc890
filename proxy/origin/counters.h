// Counters: what the origin saw, for tests that count connections and requests behind a proxy.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace regauge::origin {

/// Counts of one protocol.
struct Counters {
  std::uint64_t connections = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t connections_open_max = 0;
  std::uint64_t requests = 0;
  std::uint64_t requests_open = 0;
  std::uint64_t requests_open_max = 0;
  std::uint64_t abandoned = 0;  ///< requests whose client went away before the answer's end

  /// Counts a connection that was accepted.
  void connected() {
    ++connections;
    connections_open_max = std::max(connections_open_max, ++connections_open);
  }
  /// Counts a request whose head came.
  void requested() {
    ++requests;
    requests_open_max = std::max(requests_open_max, ++requests_open);
  }
};

/// Holds the counters of the process; one thread changes them.
struct Statistics {
  Counters h1;
  Counters h2;

  /// Returns one JSON object.
  [[nodiscard]] std::string json() const;
};

}  // namespace regauge::origin
