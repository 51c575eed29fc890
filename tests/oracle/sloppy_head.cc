#include "tests/oracle/sloppy_head.h"

#include <algorithm>
#include <array>
#include <utility>

namespace regauge::oracle {
namespace {

constexpr std::array<std::string_view, kHabitCount> kNames{"crlf_alone_ends_lines",
                                                           "bare_cr_ends_lines",
                                                           "separators_end_lines",
                                                           "all_crs_are_dropped",
                                                           "nul_ends_text",
                                                           "mixed_end_ends_no_head",
                                                           "folds_are_lines",
                                                           "blank_fold_ends_head",
                                                           "no_colon_stops_fields",
                                                           "no_colon_ends_head",
                                                           "no_colon_is_next_message",
                                                           "empty_name_stops_fields",
                                                           "empty_name_ends_head",
                                                           "odd_octets_are_trimmed",
                                                           "space_before_colon_is_cut",
                                                           "name_is_first_word",
                                                           "name_is_last_word",
                                                           "underscore_is_hyphen",
                                                           "length_is_ignored",
                                                           "first_length_wins",
                                                           "last_length_wins",
                                                           "length_is_a_prefix",
                                                           "bad_length_is_ignored",
                                                           "no_content_with_get",
                                                           "coding_is_ignored",
                                                           "coding_is_ignored_in_http10",
                                                           "length_beats_coding",
                                                           "chunked_as_substring",
                                                           "chunked_as_whole_value",
                                                           "unknown_coding_is_no_content",
                                                           "first_coding_line_wins",
                                                           "last_coding_line_wins",
                                                           "first_coding_wins",
                                                           "chunk_size_is_a_prefix",
                                                           "chunk_size_wraps",
                                                           "chunk_line_ends_with_crlf_alone",
                                                           "chunk_line_ends_with_cr",
                                                           "quotes_span_chunk_lines",
                                                           "chunk_end_is_two_octets",
                                                           "chunk_end_is_a_line",
                                                           "chunk_end_is_optional",
                                                           "empty_lines_between_chunks",
                                                           "no_trailer_section"};

constexpr std::string_view kWhite = " \t";
constexpr std::string_view kSeparators = "\x0b\x0c\x1c\x1d\x1e";
// White space for readers that ask their language: also of Latin-1, some controls besides.
constexpr std::string_view kOdd = " \t\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0";

std::string_view trimmed(std::string_view text, std::string_view white) {
  const std::size_t first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::string lower(std::string_view text) {
  std::string low(text);
  for (char& octet : low) {
    if (octet >= 'A' && octet <= 'Z') octet = static_cast<char>(octet | 32);
  }
  return low;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char octet) {
    return octet > ' ' && octet < '\x7f' &&
           !std::string_view("\"(),/:;<=>?@[\\]{}").contains(octet);
  });
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!(line = trimmed(line, kWhite)).empty()) {
    words.push_back(line.substr(0, line.find_first_of(kWhite)));
    line.remove_prefix(words.back().size());
  }
  return words;
}

// What a reader knows of a head while it reads lines.
class HeadReader {
 public:
  HeadReader(std::string_view octets, const Habits& habits) : octets_(octets), habits_(habits) {
    if (has(Habit::bare_cr_ends_lines)) ends_ += '\r';
    if (has(Habit::separators_end_lines)) ends_ += kSeparators;
  }

  SloppyHead read();

 private:
  enum class Then : std::uint8_t { next_line, head, head_before_line, refused };

  [[nodiscard]] bool has(Habit habit) const { return habits_.has(habit); }
  [[nodiscard]] std::string_view white() const {
    return has(Habit::odd_octets_are_trimmed) ? kOdd : kWhite;
  }
  bool next_line(std::string_view& line);
  [[nodiscard]] bool is_empty(std::string_view line) const;
  Then take(std::string_view line);
  Then take_request_line(std::string_view line);
  Then take_field_line(std::string_view line);
  void take_field(std::string_view name, std::string_view value);
  bool weigh(SloppyHead& head) const;
  bool weigh_lengths(SloppyHead& head) const;
  [[nodiscard]] std::vector<std::string> coding_values() const;
  bool weigh_codings(const std::vector<std::string>& values, SloppyHead& head, bool& used) const;

  std::string_view octets_;
  const Habits& habits_;
  std::string ends_ = "\n";
  std::size_t at_ = 0;
  std::string_view end_;         // of the last line
  std::string_view end_before_;  // of the one before it
  bool started_ = false;
  bool stopped_ = false;  // fields are not seen any more
  bool http10_ = false;
  bool get_ = false;
  std::string* last_value_ = nullptr;
  std::string other_value_;
  std::vector<std::string> lengths_;
  std::vector<std::string> codings_;
};

bool HeadReader::next_line(std::string_view& line) {
  std::string_view text;
  std::size_t behind = at_;
  do {
    const auto next = cut_sloppy_line(octets_, behind, ends_, text);
    if (!next) return false;
    behind = *next;
    text = octets_.substr(at_, behind - at_);
  } while (has(Habit::crlf_alone_ends_lines) && !text.ends_with("\r\n"));
  const std::size_t end = text.ends_with("\r\n") ? 2 : 1;
  end_before_ = std::exchange(end_, text.substr(text.size() - end));
  line = text.substr(0, text.size() - end);
  if (has(Habit::all_crs_are_dropped)) line = line.substr(0, line.find_last_not_of('\r') + 1);
  if (has(Habit::nul_ends_text)) line = line.substr(0, line.find('\0'));
  at_ = behind;
  return true;
}

bool HeadReader::is_empty(std::string_view line) const {
  if (has(Habit::mixed_end_ends_no_head) && end_ != end_before_) return false;
  if (has(Habit::odd_octets_are_trimmed)) return trimmed(line, kOdd.substr(2)).empty();
  return line.empty() || (has(Habit::blank_fold_ends_head) && trimmed(line, kWhite).empty());
}

HeadReader::Then HeadReader::take_request_line(std::string_view line) {
  if (line.starts_with(' ') || line.starts_with('\t')) return Then::refused;
  // An octet like others, but none of a start line (theorem, clause d).
  if (line.contains('\n')) return Then::refused;
  const auto words = words_of(line);
  if (words.size() < 3 || !is_token(words[0])) return Then::refused;
  const std::string_view target = words[1];
  const bool form = target.starts_with('/') || target == "*" || target.contains("://") ||
                    (words[0] == "CONNECT" && target.contains(':'));
  const std::string_view version = words.back();
  if (!form || version.size() < 8 || !version.starts_with("HTTP/1.")) return Then::refused;
  http10_ = version.starts_with("HTTP/1.0");
  get_ = words[0] == "GET";
  return Then::next_line;
}

void HeadReader::take_field(std::string_view name, std::string_view value) {
  last_value_ = &other_value_;
  constexpr std::size_t kLengthSize = std::string_view("content-length").size();
  constexpr std::size_t kCodingSize = std::string_view("transfer-encoding").size();
  if (stopped_ || (name.size() != kLengthSize && name.size() != kCodingSize)) return;
  std::string known = lower(name);
  if (has(Habit::underscore_is_hyphen)) std::ranges::replace(known, '_', '-');
  auto* values = known == "content-length" ? &lengths_ : &codings_;
  if (known != "content-length" && known != "transfer-encoding") return;
  last_value_ = &values->emplace_back(trimmed(value, white()));
}

HeadReader::Then HeadReader::take_field_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    if (has(Habit::no_colon_is_next_message)) return Then::head_before_line;
    stopped_ = stopped_ || has(Habit::no_colon_stops_fields);
    return has(Habit::no_colon_ends_head) ? Then::head : Then::next_line;
  }
  std::string_view name = line.substr(0, colon);
  if (has(Habit::odd_octets_are_trimmed)) name = trimmed(name, kOdd);
  if (name.empty()) {
    stopped_ = stopped_ || has(Habit::empty_name_stops_fields);
    return has(Habit::empty_name_ends_head) ? Then::head : Then::next_line;
  }
  if (has(Habit::space_before_colon_is_cut)) name = trimmed(name, kWhite);
  if (has(Habit::name_is_first_word) || has(Habit::name_is_last_word)) {
    const auto words = words_of(name);
    if (!words.empty()) name = has(Habit::name_is_first_word) ? words.front() : words.back();
  }
  take_field(name, line.substr(colon + 1));
  return Then::next_line;
}

HeadReader::Then HeadReader::take(std::string_view line) {
  if (is_empty(line)) return started_ ? Then::head : Then::next_line;
  if (!std::exchange(started_, true)) return take_request_line(line);
  const bool fold = line.starts_with(' ') || line.starts_with('\t');
  if (!fold) return take_field_line(line);
  if (has(Habit::folds_are_lines)) return take_field_line(trimmed(line, kWhite));
  if (last_value_ != nullptr) {
    *last_value_ += ' ';
    *last_value_ += trimmed(line, white());
  }
  return Then::next_line;
}

SloppyHead HeadReader::read() {
  SloppyHead head;
  std::string_view line;
  while (true) {
    const std::size_t begin = at_;
    if (!next_line(line)) {
      head.verdict = Verdict::incomplete_head;
      return head;
    }
    const Then then = take(line);
    if (then == Then::refused) return head;
    if (then == Then::next_line) continue;
    head.octets = then == Then::head_before_line ? begin : at_;
    if (weigh(head)) head.verdict = Verdict::complete;
    return head;
  }
}

std::optional<std::size_t> decimal(std::string_view text, bool prefix) {
  if (prefix) {
    text.remove_prefix(std::min(text.find_first_not_of(kOdd), text.size()));
    if (text.starts_with('+')) text.remove_prefix(1);
    text = text.substr(0, text.find_first_not_of("0123456789"));
    if (text.empty()) return 0;
  }
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::size_t value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + static_cast<std::size_t>(digit - '0');
  }
  return value;
}

bool HeadReader::weigh_lengths(SloppyHead& head) const {
  std::optional<std::size_t> length;
  for (std::string_view value : lengths_) {
    if (has(Habit::last_length_wins)) value = lengths_.back();
    auto one = decimal(value, has(Habit::length_is_a_prefix));
    const std::size_t comma = value.find(',');
    if (!one && comma != std::string_view::npos) {
      // A list of equal values is one value (RFC 9110 §8.6).
      const auto first = decimal(trimmed(value.substr(0, comma), kWhite), false);
      const auto last = decimal(trimmed(value.substr(value.rfind(',') + 1), kWhite), false);
      const bool chosen = has(Habit::first_length_wins) || has(Habit::last_length_wins);
      if (first == last || chosen) one = has(Habit::last_length_wins) ? last : first;
    }
    if (!one && has(Habit::bad_length_is_ignored)) continue;
    if (!one || (length && length != one)) return false;
    length = one;
    if (has(Habit::first_length_wins)) break;
  }
  head.length = length.value_or(0);
  return true;
}

std::vector<std::string> HeadReader::coding_values() const {
  if (codings_.empty() || has(Habit::coding_is_ignored)) return {};
  if (http10_ && has(Habit::coding_is_ignored_in_http10)) return {};
  if (has(Habit::first_coding_line_wins)) return {codings_.front()};
  if (has(Habit::last_coding_line_wins)) return {codings_.back()};
  return codings_;
}

// Decides whether content is chunked; `used` says whether Transfer-Encoding counts at all.
bool HeadReader::weigh_codings(const std::vector<std::string>& values, SloppyHead& head,
                               bool& used) const {
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ",") + lower(value);
  used = true;
  if (has(Habit::chunked_as_substring)) {
    used = head.chunked = list.contains("chunked");
    return true;
  }
  if (has(Habit::chunked_as_whole_value)) {
    used = head.chunked = list == "chunked";
    return true;
  }
  std::vector<std::string_view> elements;
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view element = trimmed(rest.substr(0, comma), white());
    if (!element.empty()) elements.push_back(element);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (elements.empty()) {
    used = false;
    return true;
  }
  const auto counts = has(Habit::first_coding_wins) ? elements.front() : elements.back();
  head.chunked = counts == "chunked";
  return head.chunked || counts == "identity" || has(Habit::unknown_coding_is_no_content);
}

bool HeadReader::weigh(SloppyHead& head) const {
  const auto codings = coding_values();
  bool used = false;
  if (!codings.empty() && !weigh_codings(codings, head, used)) return false;
  if (used && head.chunked && !lengths_.empty() && has(Habit::length_beats_coding)) {
    used = head.chunked = false;
  }
  if (get_ && has(Habit::no_content_with_get)) {
    head.chunked = false;
    return true;
  }
  if (head.chunked) return true;
  if (has(Habit::length_is_ignored)) return true;
  if (used && has(Habit::unknown_coding_is_no_content)) return true;
  return weigh_lengths(head);
}

}  // namespace

std::string_view name_of(Habit habit) { return kNames.at(static_cast<std::size_t>(habit)); }

std::optional<std::size_t> cut_sloppy_line(std::string_view octets, std::size_t at,
                                           std::string_view ends, std::string_view& line) {
  const std::size_t end = octets.find_first_of(ends, at);
  if (end == std::string_view::npos) return std::nullopt;
  line = octets.substr(at, end - at);
  if (octets[end] == '\r' && octets.substr(end + 1).starts_with('\n')) return end + 2;
  if (octets[end] == '\n' && line.ends_with('\r')) line.remove_suffix(1);
  return end + 1;
}

SloppyHead read_sloppy_head(std::string_view octets, const Habits& habits) {
  return HeadReader(octets, habits).read();
}

}  // namespace regauge::oracle
