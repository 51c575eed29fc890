// Field lines of the neutral model (RFC 9110 §5, §6.3, §6.5).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "regauge/http/field_id.h"

namespace regauge::http {

/// Marks a field line whose value no intermediary may put into a compression table.
enum class Indexing : std::uint8_t { allowed, never };  // RFC 7541 §7.1.3

/// Views one field line: `name` lower-case, `value` without surrounding white space.
/// Lifetime: that of the event, arena or caller's memory which it was taken from.
struct FieldLine {
  std::string_view name;
  std::string_view value;
  FieldId id = FieldId::unknown;  ///< the known-field id of `name`
  Indexing indexing = Indexing::allowed;
  /// Says how a peer of H1 wrote `name`; empty: not known.
  // The initializer lets aggregates leave the member out under -Wmissing-field-initializers.
  std::string_view spelling = {};  // NOLINT(readability-redundant-member-init)
};

/// Says how names begin whose spelling is not known (RFC 9110 §5.1: case means nothing, but some
/// old peers look at it).
enum class NameStyle : std::uint8_t { lower, title };

/// Returns the style of a spelling.
[[nodiscard]] inline NameStyle style_of(std::string_view spelling) {
  const bool capital = !spelling.empty() && spelling.front() >= 'A' && spelling.front() <= 'Z';
  return capital ? NameStyle::title : NameStyle::lower;
}

/// Views the field lines of one section in wire order; same-name lines are never joined.
using FieldSection = std::span<const FieldLine>;

/// Returns the first line with this known name, or nullptr. Cost: one step a line.
[[nodiscard]] inline const FieldLine* find_field(FieldSection section, FieldId id) {
  for (const FieldLine& line : section) {
    if (line.id == id) return &line;
  }
  return nullptr;
}

/// Makes a field line and looks its id up. `name` is lower-case.
[[nodiscard]] inline FieldLine field_line(std::string_view name, std::string_view value) {
  return {name, value, field_id(name), Indexing::allowed, {}};
}

}  // namespace regauge::http
