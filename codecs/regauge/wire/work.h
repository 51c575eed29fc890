// Work: the deterministic counter that the work laws are stated in (idea C: bounded work).
#pragma once

#include <cstdint>

namespace regauge::wire {

/// Counts what a codec did since it was made. Every loop over input, table or output adds here, so
/// that `total() <= a * bytes_in + b * bytes_emitted + c * messages` can be asserted anywhere.
struct Work {
  std::uint64_t bytes_in = 0;       ///< octets taken from the peer
  std::uint64_t bytes_emitted = 0;  ///< octets of names, values and content handed out
  std::uint64_t messages = 0;       ///< frames, lines or field blocks begun
  std::uint64_t steps = 0;          ///< iterations of scanning and decoding loops
  std::uint64_t probes = 0;         ///< look-ups in an index or a stream table
  std::uint64_t compares = 0;       ///< octets compared
  std::uint64_t copies = 0;         ///< octets copied
  std::uint64_t evictions = 0;      ///< table entries dropped

  /// Returns the sum that the laws bound: everything done, without what went in and out.
  [[nodiscard]] std::uint64_t total() const {
    return steps + probes + compares + copies + evictions;
  }
  Work& operator+=(const Work& other) {
    bytes_in += other.bytes_in;
    bytes_emitted += other.bytes_emitted;
    messages += other.messages;
    steps += other.steps;
    probes += other.probes;
    compares += other.compares;
    copies += other.copies;
    evictions += other.evictions;
    return *this;
  }
};

}  // namespace regauge::wire
