// WaitingTrailers: trailer sections that wait behind queued content, with their octets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regauge/http/field.h"

namespace regauge::h2 {

/// Keeps copies of trailer sections by number. Memory: slots are reused with what they hold.
class WaitingTrailers {
 public:
  /// Copies a section and returns its number. Cost: one copy.
  [[nodiscard]] std::uint32_t keep(http::FieldSection section);
  /// Views a section. Lifetime: until `drop`.
  [[nodiscard]] http::FieldSection at(std::uint32_t number) const { return slots_[number].lines; }
  /// Frees a number.
  void drop(std::uint32_t number) { free_.push_back(number); }

 private:
  struct Slot {
    std::vector<http::FieldLine> lines;
    std::vector<char> octets;
  };

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace regauge::h2
