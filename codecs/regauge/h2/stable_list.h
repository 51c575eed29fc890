// StableList: values that keep their place until the list is reset.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace regauge::h2 {

/// Appends values that never move. Memory: chunks of 16 from the first use on, kept over `reset`.
template <typename Value>
class StableList {
 public:
  /// Appends a value. Lifetime of the result: until `reset`. Cost: amortised constant.
  [[nodiscard]] Value& push(const Value& value) {
    if (used_ == chunks_.size() * kChunk) chunks_.push_back(std::make_unique<Chunk>());
    Value& slot = (*chunks_[used_ / kChunk])[used_ % kChunk];
    ++used_;
    slot = value;
    return slot;
  }
  /// Forgets all values and keeps the memory.
  void reset() { used_ = 0; }

 private:
  static constexpr std::size_t kChunk = 16;
  using Chunk = std::array<Value, kChunk>;

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::size_t used_ = 0;
};

}  // namespace regauge::h2
