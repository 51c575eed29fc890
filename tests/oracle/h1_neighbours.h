// Other readers of the octets that we read: what may stand in front of us or behind us.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "tests/oracle/reading.h"
#include "tests/oracle/sloppy_head.h"

namespace regauge::oracle {

/// One reader, and where it is not held against us because it does not read a conformant message
/// (codecs/regauge/h1/README.md).
struct Neighbour {
  std::string name;
  std::function<Reading(std::string_view octets)> read;
  bool passes_over_length = false;    ///< it goes on without a Content-Length that is there
  bool passes_over_trailers = false;  ///< a message with a trailer section ends in front of it
};

/// Returns our own strict decoder, Boost.Beast, http_parser strict and lenient, the reader without
/// a habit, and one reader for each habit. Built at the first call.
[[nodiscard]] std::span<const Neighbour> h1_neighbours();
/// Tells whether the theorem speaks of readers with these habits together: what each of them may do
/// is safe, but a few meet in one place.
[[nodiscard]] bool in_scope(const Habits& habits);
/// Makes a reader with several habits at once.
[[nodiscard]] Neighbour sloppy_neighbour(const Habits& habits);

}  // namespace regauge::oracle
