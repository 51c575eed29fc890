#include "regauge/h1/field_line.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>

#include "regauge/h1/characters.h"
#include "regauge/wire/free_memory.h"
#include "regauge/wire/simd_scan.h"

namespace regauge::h1 {
namespace {

// Tells whether a request line may stand in `text`. Where a neighbour ends a message inside of it,
// that would be the neighbour's next request (theorem, clause a).
bool may_hold_request_line(std::string_view text) {
  return text.contains(" HTTP/") || text.contains("\tHTTP/");
}

// Tells whether one of the words of a name with white space reads as a framing field: some readers
// take the first for the name, some the last.
bool has_framing_word(std::string_view name) {
  while (!name.empty()) {
    const std::size_t end = std::min(name.find_first_of(" \t"), name.size());
    if (looks_like_framing(name.substr(0, end))) return true;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return false;
}

constexpr std::string_view kContentLength = "content-length";
constexpr std::string_view kTransferEncoding = "transfer-encoding";
static_assert(kTransferEncoding.size() > http::kShortNameOctets);

// Tells whether readers that take '_' for '-' see a framing field. A name with one of them too many
// or too few is nobody's.
bool is_underscore_alias(std::string_view name) {
  const auto reads_as = [name](std::string_view field) {
    return std::ranges::equal(name, field, [](char octet, char wanted) {
      return to_lower(octet) == wanted || (octet == '_' && wanted == '-');
    });
  };
  return name.contains('_') && (reads_as(kContentLength) || reads_as(kTransferEncoding));
}

constexpr std::size_t kFirstLines = 16;
constexpr std::size_t kFirstControlLines = 8;

bool is_loose(std::string_view value) {
  return value.empty() || is_white(value.front()) || is_white(value.back());
}

}  // namespace

std::string_view trim_with_cr(std::string_view value) {
  constexpr std::string_view kWhite = " \t\r";
  const std::size_t begin = std::min(value.find_first_not_of(kWhite), value.size());
  return value.substr(begin, value.find_last_not_of(kWhite) + 1 - begin);
}

bool looks_like_framing(std::string_view name) {
  constexpr std::string_view kLength = "contentlength";
  constexpr std::string_view kEncoding = "transferencoding";
  std::size_t length_at = 0;
  std::size_t encoding_at = 0;
  for (const char octet : name) {
    const char letter = to_lower(octet);
    if (letter < 'a' || letter > 'z') continue;
    // An index behind the end stays there: the name has a letter too many.
    length_at = length_at < kLength.size() && kLength[length_at] == letter ? length_at + 1
                                                                           : kLength.size() + 1;
    encoding_at = encoding_at < kEncoding.size() && kEncoding[encoding_at] == letter
                      ? encoding_at + 1
                      : kEncoding.size() + 1;
  }
  return length_at == kLength.size() || encoding_at == kEncoding.size();
}

void FieldSectionParser::shrink() {
  wire::free_memory(lines_);
  wire::free_memory(control_);
  room_ = 0;
}

// Reads a line that the scan found clean, whose colon is at its separator and whose end begins at
// the place `end`. Returns whether there is nothing more to do for it.
[[gnu::always_inline]] inline bool FieldSectionParser::read_clean(const HeadHalves& text,
                                                                  const wire::LineMark& mark,
                                                                  std::size_t end,
                                                                  http::FieldLine& line) {
  const std::size_t name_size = mark.separator - mark.begin;
  const std::size_t value = mark.separator + (text.kept[mark.separator + 1] == ' ' ? 2U : 1U);
  const wire::Bytes lower = text.lower.subspan(mark.begin);
  const http::FieldId id = http::short_field_id(lower, name_size);
  line.name = wire::as_text(lower.first(name_size));
  line.value = wire::as_text(text.kept.first(end).subspan(value));
  line.id = id;
  line.indexing = http::Indexing::allowed;
  // Where the value is empty, the line end stands in its place.
  if (text.kept[value] <= ' ' || text.kept[end - 1] <= ' ') return false;
  // What `is_underscore_alias` finds is as long, or has the id of the name that it imitates: of a
  // long one only the ends are compared here.
  if (id == http::FieldId::unknown) return name_size != kContentLength.size();
  return !is_control_field(id) && name_size <= http::kShortNameOctets;
}

FieldSectionParser::Clean FieldSectionParser::add_clean(wire::LineScan& scan,
                                                        std::uint64_t head_offset) {
  const HeadHalves text = text_.from(scan.first());
  const std::span<http::FieldLine> room = std::span(lines_).first(room_).subspan(count_);
  const std::size_t begin = scan.line_begin();
  // Near the limit lines are taken one by one; all of these end in what was classified.
  constexpr std::size_t kMost = wire::LineScan::kOctetsMax + kLinesAtOnce * kLineCharge;
  if (octets_left_ < kMost || one_by_one_) return {0, scan.pass_empty_line()};
  // What most lines do not need waits, so that there is no call in the loop.
  std::uint64_t unfinished = 0;
  http::FieldLine* line = room.data();
  std::size_t taken = scan.take_clean(std::min(room.size(), kLinesAtOnce),
                                      [&](const wire::LineMark& mark, std::size_t number) {
                                        if (text.kept[mark.separator] != ':') return false;
                                        if (!read_clean(text, mark, mark.line_feed - 1, *line)) {
                                          unfinished |= std::uint64_t{1} << number;
                                        }
                                        ++line;
                                        return true;
                                      });
  for (; unfinished != 0; unfinished &= unfinished - 1) {
    const auto number = static_cast<std::size_t>(std::countr_zero(unfinished));
    if (finish_clean(count_ + number, head_offset)) continue;
    // Those behind it are offered again, but not twice.
    one_by_one_ = true;
    scan.go_back(taken - number);
    taken = number;
    break;
  }
  // Two octets of a line are its end.
  octets_left_ -= scan.line_begin() - begin + taken * (kLineCharge - 2);
  count_ += taken;
  if (taken > 0) last_ = Last::kept;
  return {taken, scan.pass_empty_line()};
}

bool FieldSectionParser::add_clean(const wire::LineMark& mark, std::uint64_t head_offset) {
  const std::size_t end = mark.kind == wire::LineKind::clean ? mark.line_feed - 1 : mark.line_feed;
  const std::uint64_t charge = end - mark.begin + kLineCharge;
  const HeadHalves text = text_.from(0);
  if (count_ == room_ || charge > octets_left_ || text.kept[mark.separator] != ':') return false;
  if (!read_clean(text, mark, end, lines_[count_]) && !finish_clean(count_, head_offset)) {
    return false;
  }
  octets_left_ -= charge;
  ++count_;
  last_ = Last::kept;
  return true;
}

void FieldSectionParser::make_control_room() {
  control_.resize(std::max(kFirstControlLines, 2 * control_count_));
}

[[gnu::always_inline]] inline void FieldSectionParser::add_control(const ControlLine& line) {
  if (control_count_ == control_.size()) make_control_room();
  control_[control_count_++] = line;
}

// Drops the id of a long name of which only the ends were compared. Apart, since it calls.
[[gnu::noinline]] void judge_long_name(http::FieldLine& line) {
  if (http::field_name(line.id) != line.name) line.id = http::FieldId::unknown;
}

// Does what some lines need beyond the usual. Returns false if it has to be looked at closely.
bool FieldSectionParser::finish_clean(std::size_t place, std::uint64_t head_offset) {
  http::FieldLine& line = lines_[place];
  if (is_loose(line.value)) line.value = trim(line.value);
  if (line.name.size() > http::kShortNameOctets) judge_long_name(line);
  if (!is_control_field(line.id)) {
    return line.id != http::FieldId::unknown || !is_underscore_alias(line.name);
  }
  // Nothing in a framing field is ever repaired.
  if (is_framing_field(line.id) && wire::has_high_octet(line.value)) return false;
  seen_ |= bit_of(line.id);
  const auto begin =
      static_cast<std::uint64_t>(line.name.data() - wire::as_text(text_.lower()).data());
  add_control({line.id, static_cast<std::uint32_t>(place), head_offset + begin});
  return true;
}

// Makes room for one line more, also for one of our own behind the last that may come.
void FieldSectionParser::make_room() {
  if (count_ < lines_.size()) return;
  const std::size_t most = std::size_t{limits_.field_lines_max} + 2;
  lines_.resize(std::min(most, std::max(kFirstLines, 2 * lines_.size())));
  room_ = std::min<std::size_t>(lines_.size(), limits_.field_lines_max);
}

void FieldSectionParser::keep_spellings() {
  for (http::FieldLine& line : std::span(lines_).first(count_)) {
    line.spelling = text_.spelling_of(line.name);
  }
}

void FieldSectionParser::add_own(const http::FieldLine& line) {
  make_room();
  lines_[count_++] = line;
}

void FieldSectionParser::drop_out() {
  const auto is_out = [](const http::FieldLine& line) { return line.name.empty(); };
  const auto gaps = std::ranges::remove_if(lines(), is_out);
  count_ -= gaps.size();
}

bool FieldSectionParser::drop(Deviation deviation, std::string_view line, std::uint64_t offset) {
  if (request() && repaired_) {
    return report_.refuse(Deviation::dropped_line_after_repair, offset);
  }
  // Some readers end the head in front of such a line.
  if (request() && may_hold_request_line(line)) return report_.refuse(deviation, offset);
  // A line before the first field line leaves the next one the first.
  if (deviation != Deviation::space_before_first_field) last_ = Last::dropped;
  repaired_ = true;
  return report_.note(deviation, offset);
}

bool FieldSectionParser::add_closely(std::string_view line, std::size_t begin,
                                     std::uint64_t offset) {
  if (!add_line(line, begin, offset)) return false;
  const std::uint64_t charge = line.size() + kLineCharge;
  if (count_ > limits_.field_lines_max || charge > octets_left_) {
    return report_.refuse(Deviation::too_many_fields, offset);
  }
  octets_left_ -= charge;
  return true;
}

bool FieldSectionParser::add_line(std::string_view line, std::size_t begin, std::uint64_t offset) {
  const std::size_t nul = line.find('\0');
  if (nul != std::string_view::npos) {
    return report_.refuse(Deviation::nul_in_field, offset + nul);
  }
  if (is_white(line.front())) return add_fold(line, offset);
  const std::size_t colon = line.find(':');
  const std::size_t cr = line.find('\r');
  if (cr < colon) return report_.refuse(Deviation::bare_cr_line, offset + cr);
  if (colon == std::string_view::npos) return add_without_colon(line, offset);
  const std::string_view name = line.substr(0, colon);
  std::string_view trimmed = name;
  while (!trimmed.empty() && is_white(trimmed.back())) trimmed.remove_suffix(1);
  if (!is_token(trimmed)) {
    // What a neighbour may take for a line end counts in a line that is dropped, too.
    return add_odd_name(name, line, offset) &&
           judge_value(line.substr(colon + 1), http::FieldId::unknown, offset + colon + 1);
  }
  if (trimmed.size() < name.size()) {
    if (request() && looks_like_framing(trimmed)) {
      return report_.refuse(Deviation::space_before_colon_framing, offset);
    }
    if (!report_.note(Deviation::space_before_colon, offset + trimmed.size())) return false;
  }
  return add_field(text_.lower(begin, begin + trimmed.size()), line.substr(colon + 1), offset);
}

bool FieldSectionParser::add_fold(std::string_view line, std::uint64_t offset) {
  const std::string_view text = trim(line);
  if (last_ == Last::none) {
    if (request() && looks_like_framing(text.substr(0, text.find(':')))) {
      return report_.refuse(Deviation::space_before_first_field_framing, offset);
    }
    structure_changed_ = true;
    return drop(Deviation::space_before_first_field, line, offset);
  }
  if (last_ == Last::dropped) {
    // The line that it continues is gone: a neighbour may read this one by itself.
    if (request()) return report_.refuse(Deviation::dropped_line_after_repair, offset);
    return report_.note(Deviation::obs_fold, offset);
  }
  http::FieldLine& field = lines_[count_ - 1];
  if (is_framing_field(field.id)) return report_.refuse(Deviation::obs_fold_framing, offset);
  repaired_ = true;
  if (text.empty() || text.contains(':')) structure_changed_ = true;
  if (!report_.note(Deviation::obs_fold, offset) || !judge_value(text, field.id, offset)) {
    return false;
  }
  const std::string_view more = trim_with_cr(text);
  if (more.empty()) return true;
  if (!field.value.empty()) field.value = text_.extend(field.value, " ");
  field.value = text_.extend_without_cr(field.value, more);
  return true;
}

bool FieldSectionParser::add_without_colon(std::string_view line, std::uint64_t offset) {
  const std::size_t word_end = line.find_first_of(" \t=;,");
  if (request() && looks_like_framing(line.substr(0, word_end))) {
    return report_.refuse(Deviation::field_without_colon_framing, offset);
  }
  structure_changed_ = true;
  return drop(Deviation::field_without_colon, line, offset);
}

bool FieldSectionParser::add_odd_name(std::string_view name, std::string_view line,
                                      std::uint64_t offset) {
  if (name.empty()) {
    structure_changed_ = true;
    return drop(Deviation::empty_field_name, line, offset);
  }
  if (looks_like_framing(name) || (request() && has_framing_word(name))) {
    return report_.refuse(Deviation::framing_lookalike_name, offset);
  }
  if (std::ranges::any_of(name, is_separator_control)) structure_changed_ = true;
  return drop(Deviation::non_token_field_name, line, offset);
}

bool FieldSectionParser::judge_value(std::string_view value, http::FieldId id,
                                     std::uint64_t offset) {
  const bool framing = is_framing_field(id);
  if (all_of_class(value, kFieldText) && !framing) return true;
  const bool holds_request_line = request() && may_hold_request_line(value);
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char octet = value[i];
    if (octet == '\r') {
      if (framing) return report_.refuse(Deviation::bare_cr_framing, offset + i);
      if (holds_request_line) return report_.refuse(Deviation::bare_cr_in_value, offset + i);
      repaired_ = true;
      structure_changed_ = true;
      if (!report_.has(Deviation::bare_cr_in_value) &&
          !report_.note(Deviation::bare_cr_in_value, offset + i)) {
        return false;
      }
    } else if (!has_class(octet, kFieldText)) {
      if (framing) return report_.refuse(Deviation::ctl_framing, offset + i);
      if (is_separator_control(octet)) {
        if (holds_request_line) return report_.refuse(Deviation::ctl_in_value, offset + i);
        repaired_ = structure_changed_ = true;
      }
      if (!report_.has(Deviation::ctl_in_value) &&
          !report_.note(Deviation::ctl_in_value, offset + i)) {
        return false;
      }
    } else if (framing && static_cast<unsigned char>(octet) >= 0x80) {
      return report_.refuse(Deviation::obs_text_framing, offset + i);
    }
  }
  return true;
}

bool FieldSectionParser::add_field(std::string_view lower_name, std::string_view value,
                                   std::uint64_t offset) {
  if (is_underscore_alias(lower_name)) {
    structure_changed_ = true;
    // A neighbour may have read content by it: no line may be dropped behind it.
    repaired_ = true;
    last_ = Last::dropped;
    return report_.note(Deviation::underscore_framing_alias, offset) &&
           judge_value(value, http::FieldId::unknown, offset + lower_name.size() + 1);
  }
  const http::FieldId id = http::field_id(lower_name);
  if (!judge_value(trim(value), id, offset + lower_name.size() + 1)) return false;
  std::string_view kept = trim_with_cr(value);
  if (kept.contains('\r')) kept = text_.extend_without_cr({}, kept);
  make_room();
  if (is_control_field(id)) {
    seen_ |= bit_of(id);
    add_control({id, static_cast<std::uint32_t>(count_), offset});
  }
  lines_[count_++] = {lower_name, kept, id, http::Indexing::allowed};
  last_ = Last::kept;
  return true;
}

}  // namespace regauge::h1
