// The account of what a peer makes a connection do, in plain numbers: what the table of ledger.h
// says, added up apart from the codec.
#pragma once

#include <algorithm>
#include <cstdint>

namespace regauge::fuzz {

/// Keeps the credits of one connection in thousandths.
class AccountModel {
 public:
  /// Adds what the time earns: 700 credits a second.
  void advance(std::uint64_t now_ms) {
    if (started_ && now_ms > last_ms_) {
      credits_ = std::min<std::uint64_t>(kFull, credits_ + (now_ms - last_ms_) * 700);
    }
    started_ = true;
    last_ms_ = std::max(last_ms_, now_ms);
  }
  /// Takes credits.
  void charge(std::uint64_t credits) {
    charged_ += credits;
    credits_ -= std::min(credits_, credits * 1000);
  }
  /// Takes up to so many credits: how many depends on what only the codec knows.
  void charge_up_to(std::uint64_t credits) { unsure_ += credits; }
  /// Charges a WINDOW_UPDATE, unless DATA of ours has earned it.
  void charge_window_update() {
    charge(1);
    if (updates_earned_ == 0) return;
    --updates_earned_;
    refund(1);
  }
  /// Notes a DATA frame that was sent: two updates are free, 16,000 at most.
  void earn_window_updates() {
    updates_earned_ = std::min<std::uint64_t>(updates_earned_ + 2, 16'000);
  }
  /// Gives credits back.
  void refund(std::uint64_t credits) {
    refunded_ += credits;
    credits_ = std::min(kFull, credits_ + credits * 1000);
  }

  [[nodiscard]] std::uint64_t credits() const { return credits_ / 1000; }
  [[nodiscard]] std::uint64_t charged() const { return charged_; }
  [[nodiscard]] std::uint64_t refunded() const { return refunded_; }
  /// Says by how much the numbers may be wrong.
  [[nodiscard]] std::uint64_t unsure() const { return unsure_; }
  /// Tells whether 3,000 credits are spent: GOAWAY.
  [[nodiscard]] bool must_leave() const { return credits() <= 1000; }
  /// Tells whether all credits are spent: ENHANCE_YOUR_CALM.
  [[nodiscard]] bool spent() const { return credits() == 0; }
  /// Tells whether the codec may stand elsewhere than the model.
  [[nodiscard]] bool lost() const { return unsure_ > 0 && credits() <= 1000 + unsure_; }

 private:
  static constexpr std::uint64_t kFull = 4'000'000;

  std::uint64_t credits_ = kFull;
  std::uint64_t charged_ = 0;
  std::uint64_t refunded_ = 0;
  std::uint64_t unsure_ = 0;
  std::uint64_t updates_earned_ = 0;
  std::uint64_t last_ms_ = 0;
  bool started_ = false;
};

}  // namespace regauge::fuzz
