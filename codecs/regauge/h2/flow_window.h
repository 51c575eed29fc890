// Flow-control windows (RFC 9113 §5.2, §6.9).
//
// The window of a stream is kept as its difference to the initial window of all streams, so that a
// change of SETTINGS_INITIAL_WINDOW_SIZE (§6.9.2) changes one number whatever the number of
// streams.
#pragma once

#include <cstdint>

namespace regauge::h2 {

/// Names the largest window: 2^31 - 1 octets (§6.9.1).
inline constexpr std::int64_t kWindowMax = 0x7fffffff;
/// States the window of a connection before any WINDOW_UPDATE (§6.9.2).
inline constexpr std::int64_t kInitialWindow = 65535;

/// Counts what one end still grants or may still send, as a difference to a base that is given with
/// each call: the initial window of streams, or 0 for the connection. May be negative (§6.9.2).
class FlowWindow {
 public:
  FlowWindow() = default;
  explicit FlowWindow(std::int64_t delta) : delta_(delta) {}

  /// Returns the window in octets.
  [[nodiscard]] std::int64_t left(std::int64_t base) const { return base + delta_; }
  /// Returns the difference to the base.
  [[nodiscard]] std::int64_t delta() const { return delta_; }
  /// Takes octets out of the window.
  void take(std::uint32_t octets) { delta_ -= octets; }
  /// Puts octets into the window. Returns false and changes nothing above kWindowMax (§6.9.1).
  [[nodiscard]] bool put(std::uint32_t octets, std::int64_t base) {
    if (left(base) + octets > kWindowMax) return false;
    delta_ += octets;
    return true;
  }

 private:
  std::int64_t delta_ = 0;
};

/// Holds the receive side of a window: what the peer may send, and what was taken from it, is used
/// up by now and has not been granted again. Invariant: window + held by the host + credit = size.
struct ReceiveWindow {
  FlowWindow window;
  std::uint32_t credit = 0;  ///< octets that may be granted again

  /// Tells whether granting again is due: half of `size` at least, so that a stream of small reads
  /// costs two WINDOW_UPDATE frames a window at most.
  [[nodiscard]] bool due(std::int64_t size) const {
    return credit > 0 && 2 * std::int64_t{credit} >= size;
  }
  /// Grants the credit. Returns the increment for the WINDOW_UPDATE frame.
  [[nodiscard]] std::uint32_t grant() {
    const std::uint32_t increment = credit;
    window = FlowWindow(window.delta() + increment);
    credit = 0;
    return increment;
  }
};

}  // namespace regauge::h2
