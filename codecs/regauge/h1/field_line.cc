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

// Tells whether readers that take '_' for '-' see a framing field. A name with one of them too many
// or too few is nobody's.
bool is_underscore_alias(std::string_view name) {
  constexpr std::string_view kLength = "content-length";
  constexpr std::string_view kEncoding = "transfer-encoding";
  const auto reads_as = [name](std::string_view field) {
    return std::ranges::equal(name, field, [](char octet, char wanted) {
      return to_lower(octet) == wanted || (octet == '_' && wanted == '-');
    });
  };
  return name.contains('_') && (reads_as(kLength) || reads_as(kEncoding));
}

constexpr std::size_t kFirstLines = 16;
constexpr std::size_t kLinesAtOnce = 63;  // a bit each, and one behind them

}  // namespace

std::string_view trim_with_cr(std::string_view value) {
  constexpr std::string_view kWhite = " \t\r";
  const std::size_t begin = std::min(value.find_first_not_of(kWhite), value.size());
  return value.substr(begin, value.find_last_not_of(kWhite) + 1 - begin);
}

bool is_framing_field(http::FieldId id) {
  return id == http::FieldId::content_length || id == http::FieldId::transfer_encoding ||
         id == http::FieldId::host || id == http::FieldId::connection;
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

void FieldSectionParser::clear() {
  count_ = 0;
  octets_left_ = limits_.field_section_bytes_max;
  emitted_ = 0;
  control_.clear();
  seen_ = 0;
  last_ = Last::none;
  any_out_ = false;
  repaired_ = false;
  structure_changed_ = false;
}

void FieldSectionParser::shrink() {
  wire::free_memory(lines_);
  wire::free_memory(control_);
  room_ = 0;
}

// The lines that are taken at once. Where they might meet a limit it is one, or none: then the
// limit is met where it always is.
std::size_t FieldSectionParser::room_for(std::span<const wire::LineMark> marks,
                                         std::uint32_t begin) const {
  const auto charge = [begin](const wire::LineMark& last, std::size_t lines) {
    return last.line_feed - begin + lines * kLineCharge;
  };
  const std::size_t lines = std::min({marks.size(), room_ - count_, kLinesAtOnce});
  if (lines == 0 || charge(marks[lines - 1], lines) <= octets_left_) return lines;
  return charge(marks[0], 1) <= octets_left_ ? 1 : 0;
}

std::size_t FieldSectionParser::add_clean(std::span<const wire::LineMark> marks,
                                          std::uint32_t begin, std::uint64_t head_offset) {
  marks = marks.first(room_for(marks, begin));
  if (marks.empty()) return 0;
  const wire::Bytes text = text_.kept();
  const wire::Bytes lower_text = text_.lower();
  http::FieldLine* line = &lines_[count_];
  // What most lines do not need waits, so that there is no call in the loop.
  std::uint64_t unfinished = 0;
  std::uint64_t this_line = 1;
  std::size_t emitted = 0;
  std::size_t line_begin = begin;
  for (const wire::LineMark& mark : marks) {
    if (text[mark.separator] != ':') break;
    const std::size_t name_size = mark.separator - line_begin;
    const std::size_t end = mark.line_feed - 1;
    const std::size_t value = mark.separator + (text[mark.separator + 1] == ' ' ? 2U : 1U);
    const wire::Bytes lower = lower_text.subspan(line_begin);
    const http::FieldId id = http::short_field_id(lower, name_size);
    // Where the value is empty, the CR stands in its place.
    if (text[value] <= ' ' || text[end - 1] <= ' ' || needs_look(id, name_size)) {
      unfinished |= this_line;
    }
    line->name = wire::as_text(lower.first(name_size));
    line->value = wire::as_text(text.first(end).subspan(value));
    line->id = id;
    line->indexing = http::Indexing::allowed;
    emitted += name_size + end - value;
    ++line;
    this_line <<= 1U;
    line_begin = mark.line_feed + 1;
  }
  emitted_ += emitted;
  std::size_t taken = static_cast<std::size_t>(std::countr_zero(this_line));
  if (unfinished != 0) taken = finish_clean(marks.first(taken), begin, head_offset, unfinished);
  if (taken == 0) return 0;
  // Two octets of each line are its end, but for the last one, whose CR was not counted.
  octets_left_ -= marks[taken - 1].line_feed - begin + 1 + taken * (kLineCharge - 2);
  count_ += taken;
  last_ = Last::kept;
  return taken;
}

// Returns false if the line has to be looked at closely.
[[gnu::always_inline]] inline bool FieldSectionParser::finish_line(std::size_t place,
                                                                   std::uint64_t offset) {
  http::FieldLine& line = lines_[place];
  const std::size_t size = line.value.size();
  line.value = trim(line.value);
  emitted_ -= size - line.value.size();
  if (line.name.size() > http::kShortNameOctets && http::field_name(line.id) != line.name) {
    line.id = http::FieldId::unknown;
  }
  if (is_control_field(line.id)) {
    // Nothing in a framing field is ever repaired.
    if (is_framing_field(line.id) && wire::has_high_octet(line.value)) return false;
    seen_ |= bit_of(line.id);
    control_.push_back({line.id, static_cast<std::uint32_t>(place), offset});
    return true;
  }
  const bool known = line.id != http::FieldId::unknown;
  return known || line.name.size() < kAliasOctetsMin || !is_underscore_alias(line.name);
}

// Does what some of the lines need beyond the usual. Returns how many lines are good then: the one
// behind them has to be looked at closely.
std::size_t FieldSectionParser::finish_clean(std::span<const wire::LineMark> marks,
                                             std::uint32_t begin, std::uint64_t head_offset,
                                             std::uint64_t unfinished) {
  for (; unfinished != 0; unfinished &= unfinished - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(unfinished));
    const std::uint32_t line_begin = at == 0 ? begin : marks[at - 1].line_feed + 1;
    if (finish_line(count_ + at, head_offset + line_begin)) continue;
    for (const http::FieldLine& line : std::span(lines_).subspan(count_ + at, marks.size() - at)) {
      emitted_ -= line.name.size() + line.value.size();
    }
    return at;
  }
  return marks.size();
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
  emitted_ += line.name.size() + line.value.size();
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
  emitted_ += more.size() + 1;
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
    control_.push_back({id, static_cast<std::uint32_t>(count_), offset});
  }
  lines_[count_++] = {lower_name, kept, id, http::Indexing::allowed};
  emitted_ += lower_name.size() + kept.size();
  last_ = Last::kept;
  return true;
}

}  // namespace regauge::h1
