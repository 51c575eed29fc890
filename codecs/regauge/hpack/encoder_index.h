// EncoderIndex: finds an equal line, or an equal name, in the encoder's table in constant work.
//
// It is lossy: a set has four ways, a new entry overwrites the oldest of them. Nothing is ever
// deleted; a way is dead when its sequence number has left the table. A lost way only costs a
// literal, so neither collisions nor many values of one name can make a look-up longer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "regauge/wire/bytes.h"
#include "regauge/wire/hash_key.h"
#include "regauge/wire/work.h"

namespace regauge::hpack {

using wire::HashKey;

/// Hashes octets under a key and a seed. Cost: one multiplication for 16 octets.
[[nodiscard]] std::uint64_t keyed_hash(HashKey key, std::uint64_t seed, wire::Bytes octets);

/// Maps hashes to sequence numbers of table entries, four ways a set.
class EncoderIndex {
 public:
  /// Counts the slots that a hash may stand in.
  static constexpr std::size_t kWays = 4;
  /// Numbers the entry as DynamicTable::inserted did before its insertion.
  using Sequence = std::uint32_t;

  /// Looks `hash` up among the `live` entries before `next`, and asks `matches` about at most
  /// `asks` of those that it finds; returns the first that does. Counts kWays probes.
  template <typename Matches>
  [[nodiscard]] std::optional<Sequence> find(std::uint64_t hash, Sequence next, std::uint32_t live,
                                             wire::Work& work, Matches matches) const {
    if (ways_.empty()) return std::nullopt;
    const auto tag = static_cast<std::uint32_t>(hash);
    work.probes += kWays;
    int asks = kAsksMax;
    for (const Way& way : std::span(ways_).subspan(first_way(tag), kWays)) {
      if (way.tag != tag || next - 1 - way.sequence >= live) continue;
      if (matches(way.sequence)) return way.sequence;
      if (--asks == 0) break;
    }
    return std::nullopt;
  }
  /// Maps `hash` to `sequence` in place of the oldest way of its set. The index has memory.
  void insert(std::uint64_t hash, Sequence sequence);
  /// Returns the number of ways; 0 before the first `grow`.
  [[nodiscard]] std::size_t ways() const { return ways_.size(); }
  /// Widens the index to `ways`, a power of two of at least kWays, and keeps what it
  /// knows of the `live` entries before `next`.
  void grow(std::size_t ways, Sequence next, std::uint32_t live);

 private:
  struct Way {
    std::uint32_t tag = 0;
    Sequence sequence = 0;
  };

  // Two entries under one tag are a matter of chance; more are not worth looking at.
  static constexpr int kAsksMax = 2;

  // The top bits of the tag number the set, so that a wider index needs no hash anew.
  [[nodiscard]] std::size_t first_way(std::uint32_t tag) const {
    return (std::uint64_t{tag} * (ways_.size() / kWays) >> 32U) * kWays;
  }

  std::vector<Way> ways_;
};

}  // namespace regauge::hpack
