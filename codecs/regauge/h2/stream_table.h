// StreamTable: the records of the streams that live, found by identifier in constant work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "regauge/h2/stream.h"
#include "regauge/wire/hash_key.h"

namespace regauge::h2 {

/// Holds stream records. Identifiers map to records by a hash table with linear probing at a load
/// of one half at most; a removal moves the entries behind it back, so that no look-up meets
/// graves. Memory: nothing until the first stream; grows by doubling; records are reused.
class StreamTable {
 public:
  /// `key` is a secret of the process: a peer that chooses identifiers cannot choose where they
  /// lie.
  explicit StreamTable(wire::HashKey key) : multiplier_(kMultiplier ^ (key.second << 1U)) {}

  /// Finds the record of a stream, or kNone. Cost: 2 probes expected.
  [[nodiscard]] StreamIndex find(http::StreamId id) const;
  /// Makes a record. The stream is not in the table. Amortised constant.
  StreamIndex insert(http::StreamId id);
  /// Frees a record; its index may be given out again.
  void erase(StreamIndex index);
  /// Returns a record. Lifetime of the reference: until the next `insert`.
  [[nodiscard]] Stream& at(StreamIndex index) { return records_[index]; }
  [[nodiscard]] const Stream& at(StreamIndex index) const { return records_[index]; }
  /// Counts the records.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Bounds the indices given out: all records lie below it; freed ones have identifier 0.
  [[nodiscard]] StreamIndex capacity() const { return static_cast<StreamIndex>(records_.size()); }
  /// Counts the slots that were looked at, for the work laws.
  [[nodiscard]] std::uint64_t probes() const { return probes_; }

 private:
  // Odd, whatever the key; with key 0 the multiplier of Fibonacci hashing.
  static constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15;

  [[nodiscard]] std::size_t slot_of(http::StreamId id) const;
  void widen();
  void place(StreamIndex index);

  std::uint64_t multiplier_;
  std::vector<Stream> records_;
  std::vector<StreamIndex> slots_;
  std::vector<StreamIndex> free_;
  std::size_t size_ = 0;
  mutable std::uint64_t probes_ = 0;  // a look-up changes nothing else
};

}  // namespace regauge::h2
