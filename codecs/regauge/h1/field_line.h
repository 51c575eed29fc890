// One field line of a head or trailer section: the clean path, and behind it all leniency.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "regauge/h1/report.h"
#include "regauge/h1/target.h"
#include "regauge/h1/text_arena.h"
#include "regauge/wire/line_marks.h"

namespace regauge::h1 {

/// Collects the field lines of one head (RFC 9112 §5), line by line.
class FieldSectionParser {
 public:
  /// Copies go to `arena`, deviations to `report`; both outlive the parser.
  FieldSectionParser(TextArena& arena, Report& report) : arena_(arena), report_(report) {}

  /// Takes a line without anything unusual: a token, a colon, a value of field text, CRLF. `mark`
  /// says what the scan found in the received line that begins at `begin`; its one control is the
  /// CR before its LF. Returns false, and keeps nothing, if the line has to be looked at closer.
  /// Cost: a step per sixteen octets of the name; the value stays where it is.
  [[nodiscard]] bool add_clean(std::uint32_t begin, const wire::LineMark& mark,
                               std::uint64_t offset);
  /// Takes one received line without its line end; `offset` is that of the line in the input. All
  /// leniency is here.
  /// Errors: false, with the violation in the report. Cost: one pass, and one copy of what is kept.
  [[nodiscard]] bool add_closely(std::string_view line, std::uint64_t offset);
  /// Notes that line ends are mixed, which counts as a repair.
  void mark_repaired() { repaired_ = true; }
  /// Starts the next head.
  void clear();

  /// Returns the lines so far. Lifetime: until `clear`.
  [[nodiscard]] std::vector<FieldRecord>& records() { return records_; }
  /// Tells whether a line with this known name was kept since `clear`.
  [[nodiscard]] bool seen(http::FieldId id) const { return seen_[std::to_underlying(id)]; }
  /// Tells whether a neighbour may see other field lines: then there must be no content.
  [[nodiscard]] bool structure_changed() const { return structure_changed_; }

 private:
  void keep(const FieldRecord& record) {
    seen_[std::to_underlying(record.id)] = true;
    records_.push_back(record);
  }
  [[nodiscard]] bool add_fold(std::string_view line, std::uint64_t offset);
  void trim_appended(Run& value);
  [[nodiscard]] bool add_without_colon(std::string_view line, std::uint64_t offset);
  [[nodiscard]] bool add_odd_name(std::string_view name, std::uint64_t offset);
  [[nodiscard]] bool add_field(std::string_view name, std::string_view value, std::uint64_t offset);
  [[nodiscard]] bool judge_value(std::string_view value, http::FieldId id, std::uint64_t offset);
  // Notes a line that is dropped; in a request nothing may be dropped behind a repair.
  [[nodiscard]] bool drop(Deviation deviation, std::uint64_t offset);
  [[nodiscard]] bool request() const { return report_.policy().side() == Side::request; }

  TextArena& arena_;
  Report& report_;
  std::vector<FieldRecord> records_;
  std::bitset<std::to_underlying(http::FieldId::count_)> seen_;
  bool any_line_ = false;
  bool last_dropped_ = false;
  bool repaired_ = false;
  bool structure_changed_ = false;
};

/// Tells whether a field decides where a message ends or where it goes: its value is never
/// repaired.
[[nodiscard]] bool is_framing_field(http::FieldId id);

/// Tells whether `name`, without all that is no letter, reads as content-length or
/// transfer-encoding.
[[nodiscard]] bool looks_like_framing(std::string_view name);

}  // namespace regauge::h1
