// Numbers that follow from a seed, for mutators.
#pragma once

#include <cstddef>
#include <cstdint>

namespace regauge::fuzz {

/// Throws dice (splitmix64): the same seed gives the same numbers.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  /// Returns a number below `limit`; 0 if that is 0.
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : next() % limit; }
  /// Returns true once in so many throws.
  bool one_in(std::size_t sides) { return below(sides) == 0; }
  /// Returns one of a table.
  template <typename Table>
  const auto& one_of(const Table& table) {
    return table.at(below(table.size()));
  }

 private:
  std::uint64_t next() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return (mixed ^ (mixed >> 31U)) >> 1U;
  }

  std::uint64_t state_;
};

}  // namespace regauge::fuzz
