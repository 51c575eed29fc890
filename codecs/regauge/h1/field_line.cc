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

bool has_obs_text(std::string_view value) {
  unsigned all = 0;
  for (const char octet : value) all |= static_cast<unsigned char>(octet);
  return all >= 0x80;
}

bool is_underscore_alias(std::string_view name) {
  return name.contains('_') && looks_like_framing(name);
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
  seen_.reset();
  any_line_ = false;
  last_dropped_ = false;
  repaired_ = false;
  structure_changed_ = false;
}

bool FieldSectionParser::drop(Deviation deviation, std::uint64_t offset) {
  if (request() && repaired_) {
    return report_.refuse(Deviation::dropped_line_after_repair, offset);
  }
  last_dropped_ = true;
  repaired_ = true;
  return report_.note(deviation, offset);
}

// Reads a line without anything unusual: a token, a colon, a value of field text. Returns false,
// and nothing is changed, if the line has to be looked at closer: all leniency is there.
bool FieldSectionParser::add_clean(std::string_view line, std::uint64_t offset) {
  FieldRecord record;
  record.name = arena_.append_token(line);
  const std::size_t colon = record.name.size;
  const std::string_view value = trim(line.substr(std::min(colon + 1, line.size())));
  const bool clean =
      colon > 0 && colon < line.size() && line[colon] == ':' && wire::all_field_text(value);
  const std::string_view name = arena_.view(record.name);
  if (clean) record.id = http::field_id(name);
  const bool unknown = record.id == http::FieldId::unknown;
  // A framing field has no obs-text either; nothing in it is ever repaired.
  const bool odd = is_framing_field(record.id) && has_obs_text(value);
  if (!clean || odd || (unknown && is_underscore_alias(name))) {
    arena_.drop(record.name);
    return false;
  }
  record.offset = offset;
  record.value = arena_.append(value);
  any_line_ = true;
  last_dropped_ = false;
  keep(record);
  return true;
}

bool FieldSectionParser::add(std::string_view line, std::uint64_t offset) {
  return add_clean(line, offset) || add_closely(line, offset);
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
  if (trimmed.size() == name.size() || !is_token(trimmed)) return add_odd_name(name, offset);
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
    return drop(Deviation::space_before_first_field, offset);
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
  const std::string_view before = trim(arena_.view(record.value));
  if (text.empty()) {
    record.value.size = static_cast<std::uint32_t>(before.size());
    return true;
  }
  // The value is the last text of the arena: it can grow in place.
  if (!before.empty()) record.value.size += arena_.append(" ").size;
  record.value.size += arena_.append_without_cr(text).size;
  return true;
}

bool FieldSectionParser::add_without_colon(std::string_view line, std::uint64_t offset) {
  const std::size_t word_end = line.find_first_of(" \t=;,");
  if (request() && looks_like_framing(line.substr(0, word_end))) {
    return report_.refuse(Deviation::field_without_colon_framing, offset);
  }
  structure_changed_ = true;
  return drop(Deviation::field_without_colon, offset);
}

bool FieldSectionParser::add_odd_name(std::string_view name, std::uint64_t offset) {
  if (name.empty()) {
    structure_changed_ = true;
    return drop(Deviation::empty_field_name, offset);
  }
  if (looks_like_framing(name)) {
    return report_.refuse(Deviation::framing_lookalike_name, offset);
  }
  return drop(Deviation::non_token_field_name, offset);
}

bool FieldSectionParser::judge_value(std::string_view value, http::FieldId id,
                                     std::uint64_t offset) {
  const bool framing = is_framing_field(id);
  if (all_of_class(value, kFieldText) && !framing) return true;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char octet = value[i];
    if (octet == '\r') {
      if (framing) return report_.refuse(Deviation::bare_cr_framing, offset + i);
      repaired_ = true;
      structure_changed_ = true;
      if (!report_.has(Deviation::bare_cr_in_value) &&
          !report_.note(Deviation::bare_cr_in_value, offset + i)) {
        return false;
      }
    } else if (!has_class(octet, kFieldText)) {
      if (framing) return report_.refuse(Deviation::ctl_framing, offset + i);
      if (is_separator_control(octet)) repaired_ = structure_changed_ = true;
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
    return report_.note(Deviation::underscore_framing_alias, offset);
  }
  FieldRecord record;
  record.offset = offset;
  record.name = arena_.append_lower(name);
  record.id = http::field_id(arena_.view(record.name));
  if (!judge_value(trim(value), record.id, offset + name.size() + 1)) return false;
  record.value =
      value.contains('\r') ? arena_.append_without_cr(trim(value)) : arena_.append(trim(value));
  const std::string_view stored = arena_.view(record.value);
  // A CR at the end was read as SP and belongs to the white space around the value.
  while (record.value.size > 0 && is_white(stored[record.value.size - 1])) --record.value.size;
  keep(record);
  return true;
}

}  // namespace regauge::h1
