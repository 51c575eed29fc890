// LongNames: names that several entries of a dynamic table share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "regauge/wire/bytes.h"

namespace regauge::hpack {

/// Holds names that are too long to be copied for each entry. A two-octet representation may insert
/// an entry with the name of an older one (RFC 7541 §6.2.1), so what that copies has to be bounded.
/// Cost: one allocation for a name that came as a literal, constant for every further use.
class LongNames {
 public:
  /// Numbers a name; 0 is none.
  using Number = std::uint16_t;

  /// Copies `name` in and returns its number with one use.
  [[nodiscard]] Number add(wire::Bytes name);
  /// Adds one use.
  void retain(Number number) { ++slots_[number - 1U].uses; }
  /// Drops one use and frees the name with the last one.
  void release(Number number);
  /// Views a name. Lifetime: while it has a use.
  [[nodiscard]] wire::Bytes view(Number number) const [[clang::lifetimebound]] {
    return slots_[number - 1U].octets;
  }
  /// Returns the octets of memory held.
  [[nodiscard]] std::size_t held_bytes() const;

 private:
  struct Slot {
    std::vector<std::uint8_t> octets;
    std::uint32_t uses = 0;
  };

  std::vector<Slot> slots_;
  std::vector<Number> free_;
};

}  // namespace regauge::hpack
