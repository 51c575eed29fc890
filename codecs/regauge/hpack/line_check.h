// LineCheck: a judgement of field lines that is made once and kept with the table entry.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "regauge/hpack/field_arena.h"
#include "regauge/hpack/static_table.h"
#include "regauge/http/field_id.h"

namespace regauge::hpack {

/// Judges field lines, such as by the rules of RFC 9113 §8.2.1, and says so in marks. A literal
/// whose name stands in a table keeps the mark of that name, and an indexed line the mark of its
/// entry, so that each octet on the wire is judged once however often it is referred to.
struct LineCheck {
  /// Judges a name that came as a literal.
  using NameCheck = Mark (*)(std::string_view name, http::FieldId id);
  /// Judges a value and returns the mark of the whole line.
  using ValueCheck = Mark (*)(std::string_view value, http::FieldId id, Mark name_mark);

  NameCheck name = nullptr;                             ///< nullptr: all marks are 0
  ValueCheck value = nullptr;                           ///< as `name`: both or none
  std::array<Mark, kStaticEntries + 1> static_names{};  ///< by index; [0] is unused
  std::array<Mark, kStaticEntries + 1> static_lines{};  ///< as above
};

/// Makes a LineCheck of two functions; constant-evaluated if they are constexpr.
[[nodiscard]] constexpr LineCheck line_check(LineCheck::NameCheck name,
                                             LineCheck::ValueCheck value) {
  LineCheck made{name, value, {}, {}};
  for (std::size_t index = 1; index <= kStaticEntries; ++index) {
    const http::FieldLine& line = kStaticTable[index];
    made.static_names[index] = name(line.name, line.id);
    made.static_lines[index] = value(line.value, line.id, made.static_names[index]);
  }
  return made;
}

/// Marks every line with 0.
inline constexpr LineCheck kNoCheck{};

}  // namespace regauge::hpack
