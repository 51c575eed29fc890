// Ledger: the one account of what a peer makes us do (RFC 9113 §10.5).
//
// Integer credits, and time only as a number that is passed in: the same octets with the same ticks
// give the same verdict. A peer that does lawful work earns what it spends.
#pragma once

#include <algorithm>
#include <cstdint>

#include "regauge/http/ids.h"

namespace regauge::h2 {

/// Lists what events cost a peer or earn it, in credits.
namespace credits {
inline constexpr std::uint32_t kStreamCancelled = 1;    ///< reset before it was surfaced
inline constexpr std::uint32_t kStreamReset = 4;        ///< reset while its handler runs
inline constexpr std::uint32_t kForcedReset = 4;        ///< our RST_STREAM for a fault of the peer
inline constexpr std::uint32_t kStreamRefused = 1;      ///< opened above a limit, or after GOAWAY
inline constexpr std::uint32_t kExchangeCompleted = 8;  ///< earned
inline constexpr std::uint32_t kControlFrame = 1;       ///< PING, PRIORITY, unknown frames, …
inline constexpr std::uint32_t kSettings = 2;           ///< and one for each four entries
inline constexpr std::uint32_t kSettingsEntriesEach = 4;  ///< entries for that one
inline constexpr std::uint32_t kWindowUpdate = 1;
inline constexpr std::uint32_t kUpdatesEarned = 2;  ///< updates free for a DATA frame of ours
inline constexpr std::uint32_t kUpdatesEarnedMax = 16'000;  ///< kept free at most
inline constexpr std::uint32_t kCutShortMin = 256;  ///< octets of DATA cut short that earn as well
inline constexpr std::uint32_t kInterimResponse = 4;      ///< beyond those that are free
inline constexpr std::uint8_t kInterimResponsesFree = 8;  ///< for each request
inline constexpr std::uint32_t kUnreadSmallMax = 2000;    ///< for small content of a response
inline constexpr std::uint32_t kContinuation = 1;
inline constexpr std::uint32_t kShortContinuation = 1;  ///< on top, below 1 kB
inline constexpr std::uint32_t kLateFrame = 1;          ///< on a closed stream, beyond its due
inline constexpr std::uint32_t kStreamsEach = 16;       ///< one credit for so many streams walked

/// Returns what a DATA frame of `octets` costs that does not end its stream; 0 from 256 octets on.
[[nodiscard]] constexpr std::uint32_t small_data(std::uint32_t octets) {
  return octets >= 256 ? 0 : (256 - octets) / 64 + 1;
}
}  // namespace credits

/// Says what the account allows.
enum class Standing : std::uint8_t {
  good,
  going_away,  ///< kGoawaySpent was reached: no further streams
  spent,       ///< nothing is left: the connection ends with ENHANCE_YOUR_CALM
};

/// Keeps the account of one connection. Cost of every call: constant.
class Ledger {
 public:
  static constexpr std::uint32_t kCapacity = 4000;      ///< credits at the start and at most
  static constexpr std::uint32_t kRefillASecond = 700;  ///< credits
  static constexpr std::uint32_t kGoawaySpent = 3000;   ///< credits spent when GOAWAY goes out

  /// Adds what the time since the last call earns. Exact whatever the steps: 0.7 credits a ms.
  void advance(http::Tick now) {
    if (!started_) {
      started_ = true;
      last_ = now;
    }
    if (now <= last_) return;
    const std::uint64_t elapsed = std::min(now.ms - last_.ms, kFillMs);
    last_ = now;
    thousandths_ = std::min(thousandths_ + elapsed * kRefillASecond, kFull);
  }
  /// Takes credits; the account does not go below 0.
  void charge(std::uint32_t credits) {
    charged_ += credits;
    const std::uint64_t due = std::uint64_t{credits} * kThousand;
    thousandths_ = thousandths_ > due ? thousandths_ - due : 0;
  }
  /// Notes a DATA frame that was sent: the peer may credit it, to its stream and to the connection.
  void data_frame_sent() {
    updates_earned_ =
        std::min(updates_earned_ + credits::kUpdatesEarned, credits::kUpdatesEarnedMax);
  }
  /// Charges a WINDOW_UPDATE, and gives it back at once where DATA of ours has earned it: DATA
  /// never earns more than the frames that credit it cost.
  void charge_window_update() {
    charge(credits::kWindowUpdate);
    if (updates_earned_ == 0) return;
    --updates_earned_;
    refund(credits::kWindowUpdate);
  }
  /// Gives credits back, up to the capacity.
  void refund(std::uint32_t credits) {
    refunded_ += credits;
    thousandths_ = std::min(thousandths_ + std::uint64_t{credits} * kThousand, kFull);
  }

  /// Returns whole credits.
  [[nodiscard]] std::uint32_t credits() const {
    return static_cast<std::uint32_t>(thousandths_ / kThousand);
  }
  [[nodiscard]] std::uint64_t charged() const { return charged_; }
  [[nodiscard]] std::uint64_t refunded() const { return refunded_; }
  /// Says what the account allows now.
  [[nodiscard]] Standing standing() const {
    if (credits() == 0) return Standing::spent;
    return credits() <= kCapacity - kGoawaySpent ? Standing::going_away : Standing::good;
  }

 private:
  static constexpr std::uint64_t kThousand = 1000;
  static constexpr std::uint64_t kFull = kCapacity * kThousand;
  static constexpr std::uint64_t kFillMs = kFull / kRefillASecond + 1;

  std::uint64_t thousandths_ = kFull;
  std::uint64_t charged_ = 0;
  std::uint64_t refunded_ = 0;
  std::uint32_t updates_earned_ = 0;
  http::Tick last_;
  bool started_ = false;
};

}  // namespace regauge::h2
