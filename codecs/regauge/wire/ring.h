// Ring: a bounded first-in-first-out queue that grows by doubling up to a named limit.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "regauge/wire/assert.h"
#include "regauge/wire/free_memory.h"

namespace regauge::wire {

/// Queues values in order. Memory: nothing until the first push, then a power of two of slots, at
/// most `limit`. Cost: amortised constant; no allocation once it has grown to its working size.
template <typename Value>
class Ring {
 public:
  /// `limit` bounds the values held at once; `push` never passes it.
  explicit Ring(std::size_t limit) : limit_(limit) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool full() const { return size_ == limit_; }
  /// Appends `value`. The ring is not full.
  void push(Value value) {
    RG_ASSERT(!full());
    if (size_ == slots_.size()) grow();
    slots_[(head_ + size_) & (slots_.size() - 1)] = std::move(value);
    ++size_;
  }
  /// Returns the oldest value. The ring is not empty.
  [[nodiscard]] Value& front() {
    RG_ASSERT(!empty());
    return slots_[head_];
  }
  /// Returns the value `index` places behind the oldest one.
  [[nodiscard]] Value& at(std::size_t index) {
    RG_ASSERT(index < size_);
    return slots_[(head_ + index) & (slots_.size() - 1)];
  }
  /// Returns the value `index` places behind the oldest one.
  [[nodiscard]] const Value& at(std::size_t index) const {
    RG_ASSERT(index < size_);
    return slots_[(head_ + index) & (slots_.size() - 1)];
  }
  /// Returns the newest value. The ring is not empty.
  [[nodiscard]] Value& back() { return at(size_ - 1); }
  /// Drops the oldest value and what it owns.
  void pop() {
    RG_ASSERT(!empty());
    slots_[head_] = Value();
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
  }
  /// Drops all values and what they own; the slots stay. Cost: one step a value.
  void clear() {
    while (!empty()) pop();
  }
  /// Gives all memory back; the ring is empty.
  void shrink() {
    if (empty()) wire::free_memory(slots_);
    head_ = empty() ? 0 : head_;
  }

 private:
  void grow() {
    std::vector<Value> wider(slots_.empty() ? 4 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) wider[i] = std::move(at(i));
    slots_.swap(wider);
    head_ = 0;
  }

  std::vector<Value> slots_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  std::size_t limit_;
};

}  // namespace regauge::wire
