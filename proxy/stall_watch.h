// StallWatch: finds out that a peer takes nothing of what waits for it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace regauge::proxy {

/// Looks at the output of a connection four times in its limit and remembers which octet waits. A
/// peer that took none for the whole limit has stalled: told never early, and a quarter of the
/// limit late at most. Nothing is done where octets move: that costs nothing.
class StallWatch {
 public:
  explicit StallWatch(std::uint64_t limit_ms) : limit_ms_(std::max<std::uint64_t>(limit_ms, 1)) {}

  /// Begins to watch, unless it does already.
  void begin(std::uint64_t now_ms) {
    if (due_ms_ != 0) return;
    waits_ = false;
    due_ms_ = now_ms + step_ms();
  }
  /// Watches no more, and forgets what was seen.
  void end() { due_ms_ = 0; }
  /// Returns when to look next; 0 if nothing is watched.
  [[nodiscard]] std::uint64_t due_ms() const { return due_ms_; }

  /// Tells how the output of a connection stands.
  struct Output {
    bool waits = false;       ///< some was not taken by the peer yet
    std::uint64_t moved = 0;  ///< octets since the connection began: taken, or else a sign of life
  };
  /// Looks. Returns whether the peer has stalled. Cost: constant.
  [[nodiscard]] bool look(const Output& output, std::uint64_t now_ms) {
    due_ms_ = now_ms + step_ms();
    const bool moved = !waits_ || output.moved != moved_;
    waits_ = output.waits;
    moved_ = output.moved;
    if (moved) since_ms_ = now_ms;
    return waits_ && now_ms - since_ms_ >= limit_ms_;
  }

 private:
  [[nodiscard]] std::uint64_t step_ms() const { return std::max<std::uint64_t>(limit_ms_ / 4, 1); }

  std::uint64_t limit_ms_;
  std::uint64_t due_ms_ = 0;
  std::uint64_t since_ms_ = 0;  // the octet behind `moved_` waits at least as long
  std::uint64_t moved_ = 0;
  bool waits_ = false;
};

}  // namespace regauge::proxy
