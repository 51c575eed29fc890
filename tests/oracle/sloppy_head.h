// How readers of HTTP/1.x go wrong, habit by habit, and a reader of heads that has some of them.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/reading.h"

namespace regauge::oracle {

/// Names habits that were found in servers, one class of bugs each. Without any of them the reader
/// takes LF or CRLF for a line end and passes over lines that it does not understand.
enum class Habit : std::uint8_t {
  // lines of the head
  crlf_alone_ends_lines,     ///< a bare LF is an octet like others
  bare_cr_ends_lines,        ///< as well as LF
  separators_end_lines,      ///< VT, FF, FS, GS, RS: what "split into lines" does in some languages
  all_crs_are_dropped,       ///< CR CR LF is a line end
  nul_ends_text,             ///< what stands behind a NUL on its line is not seen
  mixed_end_ends_no_head,    ///< the empty line counts only if the line before it ends alike
  folds_are_lines,           ///< white space in front of a field line is dropped
  blank_fold_ends_head,      ///< a line of white space is an empty one
  no_colon_stops_fields,     ///< fields behind a line without colon are not seen
  no_colon_ends_head,        ///< content begins behind a line without colon
  no_colon_is_next_message,  ///< content begins with a line without colon
  empty_name_stops_fields,   ///< fields behind an empty name are not seen
  empty_name_ends_head,      ///< content begins behind a line with an empty name
  // names and values
  odd_octets_are_trimmed,     ///< controls, NEL and NBSP count as white space
  space_before_colon_is_cut,  ///< the name ends before white space
  name_is_first_word,         ///< what stands between the first word and the colon is not seen
  name_is_last_word,          ///< what stands in front of the last word is not seen
  underscore_is_hyphen,
  // Content-Length
  length_is_ignored,
  first_length_wins,
  last_length_wins,
  length_is_a_prefix,  ///< "+5", " 5", "5x" are 5, "x" is 0
  bad_length_is_ignored,
  no_content_with_get,
  // Transfer-Encoding
  coding_is_ignored,
  coding_is_ignored_in_http10,
  length_beats_coding,
  chunked_as_substring,    ///< wherever the octets "chunked" stand
  chunked_as_whole_value,  ///< any other value is ignored
  unknown_coding_is_no_content,
  first_coding_line_wins,
  last_coding_line_wins,
  first_coding_wins,
  // chunks
  chunk_size_is_a_prefix,  ///< "0x5", "+5", " 5", "5 x", "5_0"; an empty one is 0
  chunk_size_wraps,        ///< modulo 2^64
  chunk_line_ends_with_crlf_alone,
  chunk_line_ends_with_cr,
  quotes_span_chunk_lines,  ///< a quoted string of an extension may hold line ends
  chunk_end_is_two_octets,  ///< whatever they are
  chunk_end_is_a_line,      ///< octets up to the next LF
  chunk_end_is_optional,
  empty_lines_between_chunks,
  no_trailer_section,  ///< two octets behind the last chunk line end the message
  count_,
};

/// Counts the habits.
inline constexpr std::size_t kHabitCount = static_cast<std::size_t>(Habit::count_);

/// Holds the habits of one reader.
class Habits {
 public:
  Habits() = default;
  Habits(std::initializer_list<Habit> habits) {
    for (const Habit habit : habits) set_.set(static_cast<std::size_t>(habit));
  }
  [[nodiscard]] bool has(Habit habit) const { return set_.test(static_cast<std::size_t>(habit)); }

 private:
  std::bitset<kHabitCount> set_;
};

/// Returns the name of a habit, for messages.
[[nodiscard]] std::string_view name_of(Habit habit);

/// States how a sloppy reader reads the content of one message.
struct SloppyHead {
  Verdict verdict = Verdict::refused;  ///< complete: of the head
  std::size_t octets = 0;              ///< of the head and what stands in front of it
  bool chunked = false;
  std::size_t length = 0;
};

/// Reads the head at the front of `octets`.
[[nodiscard]] SloppyHead read_sloppy_head(std::string_view octets, const Habits& habits);

/// Returns the offset behind the line at `at` and cuts its end off `line`; nothing if it goes on.
[[nodiscard]] std::optional<std::size_t> cut_sloppy_line(std::string_view octets, std::size_t at,
                                                         std::string_view ends,
                                                         std::string_view& line);

}  // namespace regauge::oracle
