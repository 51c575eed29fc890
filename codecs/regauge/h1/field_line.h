// One field line of a head: the clean path, and behind it all leniency.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "regauge/h1/head_text.h"
#include "regauge/h1/report.h"
#include "regauge/http/field.h"
#include "regauge/http/field_lookup.h"
#include "regauge/http/limits.h"
#include "regauge/wire/line_scan.h"

namespace regauge::h1 {

/// Names a line of the section whose value the decoder itself reads.
struct ControlLine {
  http::FieldId id = http::FieldId::unknown;
  std::uint32_t line = 0;    ///< its place in the section
  std::uint64_t offset = 0;  ///< of the line in the connection's input
};

/// Tells whether a field decides where a message ends or where it goes: its value is never
/// repaired.
[[nodiscard]] constexpr bool is_framing_field(http::FieldId id) {
  return id == http::FieldId::content_length || id == http::FieldId::transfer_encoding ||
         id == http::FieldId::host || id == http::FieldId::connection;
}

/// Collects the field lines of one head (RFC 9112 §5), line by line.
class FieldSectionParser {
 public:
  /// Text goes to `text`, deviations to `report`; both outlive the parser, as does `limits`.
  FieldSectionParser(HeadText& text, Report& report, const http::Limits& limits)
      : text_(text),
        report_(report),
        limits_(limits),
        octets_left_(limits.field_section_bytes_max) {}

  /// Tells how many lines `add_clean` took, and whether the empty line came behind them.
  struct Clean {
    std::size_t lines;
    bool empty_line;
  };
  /// Takes the next lines of a scan without anything unusual: a token, a colon, a value of field
  /// text, CRLF.
  /// Input:  a scan whose places are those of the text; the offset in the input of the place 0.
  /// Output: how many were taken, at most kLinesAtOnce. If they are fewer, the next one, if it has
  ///         come, has to be looked at closely: it is odd, or there may be no room for it; or it is
  ///         the empty line, which was passed then.
  /// Cost:   a look-up of each name; the octets stay where they are.
  [[nodiscard]] Clean add_clean(wire::LineScan& scan, std::uint64_t head_offset);
  /// Takes one such line, which may also end with a bare LF. Returns whether it was taken.
  [[nodiscard]] bool add_clean(const wire::LineMark& mark, std::uint64_t head_offset);
  /// Bounds the lines that are taken at once.
  static constexpr std::size_t kLinesAtOnce = 64;
  /// Takes one received line without its line end, which begins at the place `begin`; `offset` is
  /// that of the line in the input. All leniency is here.
  /// Errors: false, with the violation in the report. Cost: one pass, and one copy of what is
  ///         written anew.
  [[nodiscard]] bool add_closely(std::string_view line, std::size_t begin, std::uint64_t offset);
  /// Notes that line ends are mixed, which counts as a repair.
  void mark_repaired() { repaired_ = true; }
  /// Notes how the names of the lines were spelled. Cost: a step a line.
  void keep_spellings();
  /// Starts the next head.
  void clear() {
    count_ = 0;
    octets_left_ = limits_.field_section_bytes_max;
    control_count_ = 0;
    seen_ = 0;
    last_ = Last::none;
    any_out_ = one_by_one_ = repaired_ = structure_changed_ = false;
  }
  /// Gives the memory back; there are no lines.
  void shrink();

  /// Views the lines so far. Lifetime: until the next line or `clear`; the text until that of the
  /// head goes.
  [[nodiscard]] std::span<http::FieldLine> lines() { return std::span(lines_).first(count_); }
  /// Names the lines that the decoder itself reads, in wire order.
  [[nodiscard]] std::span<const ControlLine> control_lines() const {
    return std::span(control_).first(control_count_);
  }
  /// Returns the value of such a line.
  [[nodiscard]] std::string_view value_of(const ControlLine& line) const {
    return lines_[line.line].value;
  }
  /// Tells whether there is a line of this name, one of those that the decoder itself reads.
  [[nodiscard]] bool seen(http::FieldId id) const { return (seen_ & bit_of(id)) != 0; }
  /// Changes the value of a line.
  void set_value(const ControlLine& line, std::string_view value) {
    lines_[line.line].value = value;
  }
  /// Takes a line out, once `drop_out` is called.
  void take_out(const ControlLine& line) {
    lines_[line.line].name = {};
    any_out_ = true;
  }
  [[nodiscard]] bool any_out() const { return any_out_; }
  /// Closes the gaps that `take_out` made. Cost: one step a line.
  void drop_out();
  /// Adds a line of our own.
  void add_own(const http::FieldLine& line);
  /// Counts the octets of the received lines without their ends, and some more for those that were
  /// not kept; before `drop_out` and `add_own`.
  [[nodiscard]] std::uint64_t emitted() const {
    return limits_.field_section_bytes_max - octets_left_ - count_ * kLineCharge;
  }
  /// Tells whether a neighbour may see other field lines: then there must be no content.
  [[nodiscard]] bool structure_changed() const { return structure_changed_; }

 private:
  enum class Last : std::uint8_t { none, kept, dropped };
  // Accounted as in HTTP/2: 32 octets a line for what we keep of it (RFC 9113 §6.5.2).
  static constexpr std::uint64_t kLineCharge = 32;
  // A bit for each name that the decoder itself reads.
  static constexpr auto kControlBits = [] {
    std::array<std::uint8_t, std::to_underlying(http::FieldId::count_)> bits{};
    bits[std::to_underlying(http::FieldId::host)] = 1;
    bits[std::to_underlying(http::FieldId::content_length)] = 2;
    bits[std::to_underlying(http::FieldId::transfer_encoding)] = 4;
    bits[std::to_underlying(http::FieldId::connection)] = 8;
    bits[std::to_underlying(http::FieldId::expect)] = 16;
    return bits;
  }();
  static std::uint8_t bit_of(http::FieldId id) { return kControlBits[std::to_underlying(id)]; }
  static bool is_control_field(http::FieldId id) { return bit_of(id) != 0; }
  static bool read_clean(const HeadHalves& text, const wire::LineMark& mark, std::size_t end,
                         http::FieldLine& line);
  [[nodiscard]] bool finish_clean(std::size_t place, std::uint64_t head_offset);
  void make_room();
  void make_control_room();
  void add_control(const ControlLine& line);
  [[nodiscard]] bool add_line(std::string_view line, std::size_t begin, std::uint64_t offset);
  [[nodiscard]] bool add_fold(std::string_view line, std::uint64_t offset);
  [[nodiscard]] bool add_without_colon(std::string_view line, std::uint64_t offset);
  [[nodiscard]] bool add_odd_name(std::string_view name, std::string_view line,
                                  std::uint64_t offset);
  [[nodiscard]] bool add_field(std::string_view lower_name, std::string_view value,
                               std::uint64_t offset);
  [[nodiscard]] bool judge_value(std::string_view value, http::FieldId id, std::uint64_t offset);
  // Notes a line that is dropped; in a request nothing may be dropped behind a repair, nor what may
  // be a request line.
  [[nodiscard]] bool drop(Deviation deviation, std::string_view line, std::uint64_t offset);
  [[nodiscard]] bool request() const { return report_.policy().side() == Side::request; }

  HeadText& text_;
  Report& report_;
  const http::Limits& limits_;
  std::vector<http::FieldLine> lines_;  // as many as were ever needed
  std::size_t count_ = 0;               // those of this head
  std::size_t room_ = 0;                // the lines that a clean line may be put behind
  std::uint64_t octets_left_;
  std::vector<ControlLine> control_;  // as many as were ever needed
  std::size_t control_count_ = 0;
  std::uint8_t seen_ = 0;
  Last last_ = Last::none;
  bool any_out_ = false;
  bool one_by_one_ = false;  // a clean line had to be looked at closely
  bool repaired_ = false;
  bool structure_changed_ = false;
};

/// Tells whether an octet is a control that some readers take for a line end or white space: VT,
/// FF, FS, GS, RS.
[[nodiscard]] constexpr bool is_separator_control(char octet) {
  return octet == '\x0b' || octet == '\x0c' || (octet >= '\x1c' && octet <= '\x1e');
}

/// Drops the white space around a value, where a bare CR is read as SP (RFC 9110 §5.5).
[[nodiscard]] std::string_view trim_with_cr(std::string_view value);

/// Tells whether `name`, without all that is no letter, reads as content-length or
/// transfer-encoding.
[[nodiscard]] bool looks_like_framing(std::string_view name);

}  // namespace regauge::h1
