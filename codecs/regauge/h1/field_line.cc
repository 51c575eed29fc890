#include "regauge/h1/field_line.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "regauge/h1/characters.h"
#include "regauge/wire/simd_scan.h"

namespace regauge::h1 {
namespace {

// Controls that some readers take for a line end or white space: VT, FF, FS, GS, RS.
constexpr bool is_separator_control(char octet) {
  return octet == '\x0b' || octet == '\x0c' || (octet >= '\x1c' && octet <= '\x1e');
}

// The value between colon and line end, without the white space around it.
Run trimmed(wire::Bytes text, std::uint32_t begin, std::uint32_t end) {
  if (begin < end && text[begin] == ' ') ++begin;
  const bool plain = begin < end && text[begin] > ' ' && text[end - 1] > ' ';
  while (!plain && begin < end && is_white(static_cast<char>(text[begin]))) ++begin;
  while (!plain && begin < end && is_white(static_cast<char>(text[end - 1]))) --end;
  return {begin, end - begin};
}

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

}  // namespace

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
  records_.clear();
  seen_ = {};
  host_lines_ = 0;
  any_line_ = false;
  last_dropped_ = false;
  repaired_ = false;
  structure_changed_ = false;
}

bool FieldSectionParser::drop(Deviation deviation, std::string_view line, std::uint64_t offset) {
  if (request() && repaired_) {
    return report_.refuse(Deviation::dropped_line_after_repair, offset);
  }
  // Some readers end the head in front of such a line.
  if (request() && may_hold_request_line(line)) return report_.refuse(deviation, offset);
  last_dropped_ = true;
  repaired_ = true;
  return report_.note(deviation, offset);
}

bool FieldSectionParser::has_room(std::span<const wire::LineMark> marks,
                                  const SectionPlace& section) const {
  const std::uint32_t octets = marks.back().line_feed - section.begin;
  return octets <= section.line_octets_max &&
         section.octets + octets + marks.size() * 32 <= section.octets_max &&
         records_.size() + marks.size() <= section.lines_max;
}

std::size_t FieldSectionParser::add_clean(std::span<const wire::LineMark> marks,
                                          SectionPlace& section) {
  // All of them at once, or the first one alone: a limit is met where it always is.
  if (!has_room(marks, section)) marks = marks.first(1);
  if (!has_room(marks, section)) return 0;
  const wire::MutableBytes text = arena_.received();
  const std::size_t before = records_.size();
  std::uint32_t begin = section.begin;
  std::uint64_t octets = 0;
  for (const wire::LineMark& mark : marks) {
    const std::uint32_t name_size = mark.separator - begin;
    if (mark.control + 1 != mark.line_feed || text[mark.control] != '\r' || name_size == 0 ||
        text[mark.separator] != ':') {
      break;
    }
    const Run value = trimmed(text, mark.separator + 1, mark.control);
    const bool underscore = wire::lower_in_place(text.subspan(begin), name_size);
    const std::string_view name = wire::as_text(text.subspan(begin, name_size));
    const http::FieldId id = http::field_id(name);
    if (id == http::FieldId::unknown) {
      if (underscore && looks_like_framing(name)) break;
    } else {
      // Nothing in a framing field is ever repaired.
      if (is_framing_field(id) && wire::has_high_octet(arena_.view(value))) break;
      see(id);
    }
    records_.push_back({{begin, name_size}, value, id, section.head_offset + begin});
    octets += mark.control - begin + 32;
    begin = mark.line_feed + 1;
  }
  const std::size_t taken = records_.size() - before;
  section.begin = begin;
  section.octets += octets;
  if (taken > 0) {
    any_line_ = true;
    last_dropped_ = false;
  }
  return taken;
}

bool FieldSectionParser::add_closely(std::string_view line, std::uint64_t offset) {
  const std::size_t nul = line.find('\0');
  if (nul != std::string_view::npos) {
    return report_.refuse(Deviation::nul_in_field, offset + nul);
  }
  if (is_white(line.front())) return add_fold(line, offset);
  const std::size_t colon = line.find(':');
  const std::size_t cr = line.find('\r');
  if (cr < colon) return report_.refuse(Deviation::bare_cr_line, offset + cr);
  any_line_ = true;
  if (colon == std::string_view::npos) return add_without_colon(line, offset);
  const std::string_view name = line.substr(0, colon);
  last_dropped_ = false;
  if (is_token(name)) return add_field(name, line.substr(colon + 1), offset);
  std::string_view trimmed = name;
  while (!trimmed.empty() && is_white(trimmed.back())) trimmed.remove_suffix(1);
  if (trimmed.size() == name.size() || !is_token(trimmed)) {
    // What a neighbour may take for a line end counts in a line that is dropped, too.
    return add_odd_name(name, line, offset) &&
           judge_value(line.substr(colon + 1), http::FieldId::unknown, offset + colon + 1);
  }
  if (request() && looks_like_framing(trimmed)) {
    return report_.refuse(Deviation::space_before_colon_framing, offset);
  }
  return report_.note(Deviation::space_before_colon, offset + trimmed.size()) &&
         add_field(trimmed, line.substr(colon + 1), offset);
}

bool FieldSectionParser::add_fold(std::string_view line, std::uint64_t offset) {
  const std::string_view text = trim(line);
  if (!any_line_) {
    if (request() && looks_like_framing(text.substr(0, text.find(':')))) {
      return report_.refuse(Deviation::space_before_first_field_framing, offset);
    }
    structure_changed_ = true;
    return drop(Deviation::space_before_first_field, line, offset);
  }
  if (last_dropped_) {
    // The line that it continues is gone: a neighbour may read this one by itself.
    if (request()) return report_.refuse(Deviation::dropped_line_after_repair, offset);
    return report_.note(Deviation::obs_fold, offset);
  }
  FieldRecord& record = records_.back();
  if (is_framing_field(record.id)) return report_.refuse(Deviation::obs_fold_framing, offset);
  repaired_ = true;
  if (text.empty() || text.contains(':')) structure_changed_ = true;
  if (!report_.note(Deviation::obs_fold, offset) || !judge_value(text, record.id, offset)) {
    return false;
  }
  arena_.reopen(record.value, record.value.size);
  if (text.empty()) return true;
  if (record.value.size > 0) record.value.size += arena_.append(" ").size;
  record.value.size += arena_.append_without_cr(text).size;
  trim_appended(record.value);
  return true;
}

// A CR at an end was read as SP and belongs to the white space around the value.
void FieldSectionParser::trim_appended(Run& value) {
  const std::string_view stored = arena_.view(value);
  const std::size_t front = std::min(stored.find_first_not_of(" \t"), stored.size());
  value.offset += static_cast<std::uint32_t>(front);
  value.size -= static_cast<std::uint32_t>(front);
  arena_.reopen(value, trim(stored).size());
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

bool FieldSectionParser::add_field(std::string_view name, std::string_view value,
                                   std::uint64_t offset) {
  if (is_underscore_alias(name)) {
    structure_changed_ = true;
    last_dropped_ = true;
    return report_.note(Deviation::underscore_framing_alias, offset) &&
           judge_value(value, http::FieldId::unknown, offset + name.size() + 1);
  }
  FieldRecord record;
  record.offset = offset;
  record.name = arena_.append_lower(name);
  record.id = http::field_id(arena_.view(record.name));
  if (!judge_value(trim(value), record.id, offset + name.size() + 1)) return false;
  record.value =
      value.contains('\r') ? arena_.append_without_cr(trim(value)) : arena_.append(trim(value));
  trim_appended(record.value);
  keep(record);
  return true;
}

}  // namespace regauge::h1
