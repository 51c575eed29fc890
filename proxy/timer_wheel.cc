#include "proxy/timer_wheel.h"

#include <algorithm>

namespace regauge::proxy {

void Timer::cancel() {
  if (next_ == nullptr) return;
  next_->previous_ = previous_;
  previous_->next_ = next_;
  next_ = previous_ = nullptr;
}

TimerWheel::TimerWheel(Tick now) : position_(now.ms / kSlotMs) {
  for (Head& head : slots_) head.next_ = head.previous_ = &head;
}

TimerWheel::~TimerWheel() {
  for (Head& head : slots_) {
    while (head.next_ != &head) head.next_->cancel();
    head.next_ = head.previous_ = nullptr;
  }
}

void TimerWheel::link(Timer& head, Timer& timer) {
  timer.previous_ = head.previous_;
  timer.next_ = &head;
  head.previous_->next_ = &timer;
  head.previous_ = &timer;
}

void TimerWheel::arm(Timer& timer, Tick deadline) {
  // Rounded up: a timer never fires before its time, and never waits in the slot that is being run.
  const std::uint64_t slot_time = std::max(deadline.ms / kSlotMs, position_) + 1;
  const bool same_slot = timer.armed() && timer.deadline_.ms / kSlotMs == deadline.ms / kSlotMs;
  timer.deadline_ = deadline;
  if (same_slot) return;
  timer.cancel();
  link(slots_[slot_time % kSlots], timer);
}

void TimerWheel::run_slot(std::size_t slot, Tick now) {
  Head& head = slots_[slot];
  // Taken off as a whole first: what expires may arm timers in this very slot.
  Head due;
  due.next_ = due.previous_ = &due;
  while (head.next_ != &head) {
    Timer& timer = *head.next_;
    timer.cancel();
    link(due, timer);
  }
  while (due.next_ != &due) {
    Timer& timer = *due.next_;
    timer.cancel();
    if (timer.deadline_.ms >= now.ms) {
      link(head, timer);  // of a later turn of the wheel
    } else {
      timer.expired(now);
    }
  }
  due.next_ = due.previous_ = nullptr;
}

void TimerWheel::advance(Tick now) {
  const std::uint64_t until = now.ms / kSlotMs;
  // After a long sleep one turn of the wheel meets every timer.
  if (until > position_ + kSlots) position_ = until - kSlots;
  while (position_ <= until) {
    run_slot(position_ % kSlots, now);
    ++position_;
  }
}

std::optional<std::uint64_t> TimerWheel::sleep_ms(Tick now) const {
  for (std::uint64_t ahead = 0; ahead < kSlots; ++ahead) {
    const Head& head = slots_[(position_ + ahead) % kSlots];
    if (head.next_ == &head) continue;
    const std::uint64_t due = (position_ + ahead) * kSlotMs;
    return due > now.ms ? due - now.ms : 0;
  }
  return std::nullopt;
}

}  // namespace regauge::proxy
