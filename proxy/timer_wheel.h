// Timer wheel: deadlines of many connections, set and cleared in constant time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "regauge/http/ids.h"

namespace regauge::proxy {

using http::Tick;

/// Is told when its deadline has passed. Lies in the object that waits; unlinks itself when that
/// dies.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() { cancel(); }

  /// Takes the timer out of its wheel; harmless when it is in none. Cost: constant.
  void cancel();
  [[nodiscard]] bool armed() const { return next_ != nullptr; }
  [[nodiscard]] Tick deadline() const { return deadline_; }

 protected:
  /// Runs when the deadline has passed; the timer is out of the wheel by then.
  virtual void expired(Tick now) = 0;

 private:
  friend class TimerWheel;
  Timer* next_ = nullptr;
  Timer* previous_ = nullptr;
  Tick deadline_;
};

/// Keeps timers in slots of 16 ms; far deadlines wait in the slot of their time modulo the wheel
/// and are looked at once a turn of 8 s. A timer fires up to one slot late, never early.
class TimerWheel {
 public:
  explicit TimerWheel(Tick now);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;
  ~TimerWheel();

  /// Sets the deadline of `timer`; a timer that is armed moves.
  void arm(Timer& timer, Tick deadline);
  /// Runs all timers whose deadline has passed. Cost: one step a slot passed and timer met.
  void advance(Tick now);
  /// Returns how long the loop may sleep: until the next slot that holds a timer, or nullopt.
  [[nodiscard]] std::optional<std::uint64_t> sleep_ms(Tick now) const;

 private:
  static constexpr std::uint64_t kSlotMs = 16;
  static constexpr std::size_t kSlots = 512;

  class Head final : public Timer {
    void expired(Tick) override {}
  };

  static void link(Timer& head, Timer& timer);
  void run_slot(std::size_t slot, Tick now);

  std::array<Head, kSlots> slots_;
  std::uint64_t position_;  // the next slot time to be run, in units of kSlotMs
};

}  // namespace regauge::proxy
