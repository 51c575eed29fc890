// LineCheck: a judgement of field lines that is made once and kept with the table entry.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "regauge/hpack/field_arena.h"
#include "regauge/hpack/static_table.h"
#include "regauge/http/field_id.h"

namespace regauge::hpack {

/// Judges one line, such as by the rules of RFC 9113 §8.2.1, and says so in a mark.
using CheckFunction = Mark (*)(std::string_view name, std::string_view value, http::FieldId id);

/// Holds a check and its marks for the static table, so that an indexed line is never judged again.
/// It is called once for each literal; a dynamic entry keeps the mark of the literal it came from.
struct LineCheck {
  CheckFunction check = nullptr;                        ///< nullptr: all marks are 0
  std::array<Mark, kStaticEntries + 1> static_marks{};  ///< by index; [0] is unused
};

/// Makes a LineCheck of a function; constant-evaluated if the function is constexpr.
[[nodiscard]] constexpr LineCheck line_check(CheckFunction check) {
  LineCheck made{check, {}};
  for (std::size_t index = 1; index <= kStaticEntries; ++index) {
    const http::FieldLine& entry = kStaticTable[index];
    made.static_marks[index] = check(entry.name, entry.value, entry.id);
  }
  return made;
}

/// Marks every line with 0.
inline constexpr LineCheck kNoCheck{};

}  // namespace regauge::hpack
