// One field line of a head or trailer section: the clean path, and behind it all leniency.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "regauge/h1/report.h"
#include "regauge/h1/target.h"
#include "regauge/h1/text_arena.h"
#include "regauge/wire/line_marks.h"

namespace regauge::h1 {

/// States where the next field line begins and how much may still come.
struct SectionPlace {
  std::uint32_t begin = 0;        ///< among the received octets
  std::uint64_t head_offset = 0;  ///< of the first received octet in the input
  std::uint64_t octets = 0;       ///< of the section so far, with 32 a line
  std::uint64_t octets_max = 0;
  std::uint32_t line_octets_max = 0;
  std::uint32_t lines_max = 0;
};

/// Collects the field lines of one head (RFC 9112 §5), line by line.
class FieldSectionParser {
 public:
  /// Copies go to `arena`, deviations to `report`; both outlive the parser.
  FieldSectionParser(TextArena& arena, Report& report) : arena_(arena), report_(report) {}

  /// Takes lines without anything unusual from the front of `marks`, each of them a token, a colon,
  /// a value of field text and CRLF, as long as there is room for them.
  /// Input:  what the scan found in the received lines that begin at `section.begin`.
  /// Output: how many were taken; the next one has to be looked at closer.
  /// Cost:   a step per sixteen octets of the names; values stay where they are.
  [[nodiscard]] std::size_t add_clean(std::span<const wire::LineMark> marks, SectionPlace& section);
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
  [[nodiscard]] bool seen(http::FieldId id) const {
    const unsigned bit = std::to_underlying(id);
    return (seen_[bit / 64U] >> bit % 64U & 1U) != 0;
  }
  /// Counts the Host lines.
  [[nodiscard]] std::uint32_t host_lines() const { return host_lines_; }
  /// Returns the first Host line; there is one, and no line was taken out yet.
  [[nodiscard]] const FieldRecord& first_host() const { return records_[first_host_]; }
  /// Tells whether a neighbour may see other field lines: then there must be no content.
  [[nodiscard]] bool structure_changed() const { return structure_changed_; }

 private:
  [[nodiscard]] bool has_room(std::span<const wire::LineMark> marks,
                              const SectionPlace& section) const;
  void keep(const FieldRecord& record) {
    see(record.id);
    records_.push_back(record);
  }
  void see(http::FieldId id) {
    if (id == http::FieldId::host && host_lines_++ == 0) first_host_ = records_.size();
    const unsigned bit = std::to_underlying(id);
    seen_[bit / 64U] |= std::uint64_t{1} << bit % 64U;
  }
  [[nodiscard]] bool add_fold(std::string_view line, std::uint64_t offset);
  void trim_appended(Run& value);
  [[nodiscard]] bool add_without_colon(std::string_view line, std::uint64_t offset);
  [[nodiscard]] bool add_odd_name(std::string_view name, std::string_view line,
                                  std::uint64_t offset);
  [[nodiscard]] bool add_field(std::string_view name, std::string_view value, std::uint64_t offset);
  [[nodiscard]] bool judge_value(std::string_view value, http::FieldId id, std::uint64_t offset);
  // Notes a line that is dropped; in a request nothing may be dropped behind a repair, nor what may
  // be a request line.
  [[nodiscard]] bool drop(Deviation deviation, std::string_view line, std::uint64_t offset);
  [[nodiscard]] bool request() const { return report_.policy().side() == Side::request; }

  TextArena& arena_;
  Report& report_;
  std::vector<FieldRecord> records_;
  std::array<std::uint64_t, 2> seen_{};  // a bit for each known name
  static_assert(std::to_underlying(http::FieldId::count_) <= 128);
  std::size_t first_host_ = 0;
  std::uint32_t host_lines_ = 0;
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
