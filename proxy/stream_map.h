// StreamMap: finds what a host keeps for a stream of a connection by its identifier.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "regauge/http/ids.h"
#include "regauge/wire/free_memory.h"

namespace regauge::proxy {

/// Maps identifiers to objects of the host, which owns them, by a hash table with linear probing at
/// a load of one half at most. A removal moves the entries behind it back, so that no look-up meets
/// graves. Memory: nothing until the first entry.
template <typename Value>
class StreamMap {
 public:
  /// Finds the object of a stream, or nullptr. Cost: constant, expected; a peer that chooses
  /// identifiers must choose them rising, and few of them live.
  [[nodiscard]] Value* find(http::StreamId stream) const {
    if (size_ == 0) return nullptr;
    for (std::size_t slot = home_of(stream);; slot = next(slot)) {
      if (slots_[slot].value == nullptr || slots_[slot].stream == stream) return slots_[slot].value;
    }
  }
  /// Adds the object of a stream that has none.
  void add(http::StreamId stream, Value& value) {
    if (2 * (size_ + 1) > slots_.size()) widen();
    place({stream, &value});
    ++size_;
  }
  /// Takes a stream out; harmless if it is not there.
  void remove(http::StreamId stream) {
    if (find(stream) == nullptr) return;
    std::size_t hole = home_of(stream);
    while (slots_[hole].stream != stream) hole = next(hole);
    for (std::size_t slot = next(hole); slots_[slot].value != nullptr; slot = next(slot)) {
      const std::size_t home = home_of(slots_[slot].stream);
      // An entry may move back into the hole unless its home lies behind the hole.
      if (((slot - home) & mask()) < ((slot - hole) & mask())) continue;
      slots_[hole] = slots_[slot];
      hole = slot;
    }
    slots_[hole] = {};
    --size_;
  }
  /// Counts the streams.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Gives all memory back if there is no stream.
  void shrink() {
    if (size_ == 0) wire::free_memory(slots_);
  }

 private:
  struct Slot {
    http::StreamId stream;
    Value* value = nullptr;
  };
  static constexpr std::size_t kSlotsFirst = 4;
  // Spreads consecutive identifiers (multiplicative hashing by the golden ratio).
  static constexpr std::uint32_t kMultiplier = 2654435769U;

  [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
  [[nodiscard]] std::size_t next(std::size_t slot) const { return (slot + 1) & mask(); }
  [[nodiscard]] std::size_t home_of(http::StreamId stream) const {
    return (stream.value * kMultiplier >> 7U) & mask();
  }
  void place(const Slot& entry) {
    std::size_t slot = home_of(entry.stream);
    while (slots_[slot].value != nullptr) slot = next(slot);
    slots_[slot] = entry;
  }
  void widen() {
    std::vector<Slot> narrow(slots_.empty() ? kSlotsFirst : slots_.size() * 2);
    narrow.swap(slots_);
    for (const Slot& entry : narrow) {
      if (entry.value != nullptr) place(entry);
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace regauge::proxy
