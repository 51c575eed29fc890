// h1::Decoder behind the last chunk: the trailer section (RFC 9112 §7.1.2, RFC 9110 §6.5).
#include <algorithm>

#include "regauge/h1/characters.h"
#include "regauge/h1/decoder.h"

namespace regauge::h1 {
namespace {

using http::FieldId;

// Dropping one of these hides more than a misplaced field: see the note on `common` in README.md.
bool is_framing_or_connection(FieldId id) {
  return id == FieldId::content_length || id == FieldId::transfer_encoding || id == FieldId::host ||
         id == FieldId::te || id == FieldId::trailer || id == FieldId::connection;
}

// What a neighbour may take for a line end.
bool may_end_line(char octet) { return octet == '\r' || is_separator_control(octet); }

}  // namespace

PartKind Decoder::step_trailer_line(wire::Slice& input) {
  const auto line = cut_line(input, limits_.line_bytes_max);
  if (!line) {
    if (!lines_.too_long()) return PartKind::need_more;
    return fail(Deviation::line_too_long, line_offset_);
  }
  const bool lf = line->end == LineEnd::lf;
  if (lf && ends_ != Ends::lf) return fail(Deviation::bare_lf_trailer, line_offset_);
  if (!lf && ends_ == Ends::lf) {
    if (request()) return fail(Deviation::mixed_eol_with_body, line_offset_);
    if (!note_crlf_in_content()) return failed();
  }
  const std::size_t octets = line->text.size() + (lf ? 1U : 2U);
  if (!charge_chunk_octets(octets)) return failed();
  if (line->text.empty()) return finish_trailers();
  trailer_bytes_ += octets + 32;
  work_.steps += octets;
  work_.copies += octets;
  if (trailer_bytes_ > limits_.trailer_section_bytes_max) {
    return fail(Deviation::too_many_fields, line_offset_);
  }
  return take_trailer(line->text) ? PartKind::need_more : failed();
}

bool Decoder::judge_trailer_value(std::string_view value) {
  if (all_of_class(value, kFieldText)) return true;
  for (const char octet : value) {
    if (octet == '\0') return report_.refuse(Deviation::nul_in_field, line_offset_);
  }
  if (value.contains('\r') && !report_.note(Deviation::bare_cr_in_value, line_offset_))
    return false;
  const auto is_control = [](char octet) { return octet != '\r' && !has_class(octet, kFieldText); };
  if (std::ranges::any_of(value, is_control) &&
      !report_.note(Deviation::ctl_in_value, line_offset_)) {
    return false;
  }
  // A request with trailers has content: nothing that may end a line for a neighbour is repaired.
  const bool restructured = std::ranges::any_of(value, may_end_line);
  return !restructured || !request() ||
         report_.refuse(Deviation::structure_with_body, line_offset_);
}

bool Decoder::take_trailer(std::string_view line) {
  if (is_white(line.front())) return report_.refuse(Deviation::obs_fold_trailer, line_offset_);
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (name.contains('\0')) return report_.refuse(Deviation::nul_in_field, line_offset_);
  if (name.contains('\r')) return report_.refuse(Deviation::bare_cr_line, line_offset_);
  if (colon == std::string_view::npos || !is_token(name)) {
    if (looks_like_framing(name)) {
      return report_.refuse(Deviation::framing_lookalike_name, line_offset_);
    }
    return report_.note(Deviation::malformed_trailer, line_offset_);
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (!judge_trailer_value(value)) return false;
  const std::string_view lower_name = text_.append_lower(name);
  const FieldId id = http::field_id(lower_name);
  if (is_framing_or_connection(id)) {
    return report_.note(Deviation::forbidden_trailer_framing, line_offset_);
  }
  if (http::is_forbidden_in_trailers(id)) {
    return report_.note(Deviation::forbidden_trailer_field, line_offset_);
  }
  const std::string_view kept = text_.extend_without_cr({}, trim_with_cr(value));
  const bool keeps = spelling_ == Spelling::keep;
  trailer_lines_.push_back({lower_name, kept, id, http::Indexing::allowed,
                            keeps ? text_.append(name) : std::string_view()});
  work_.bytes_emitted += name.size() + kept.size();
  return true;
}

PartKind Decoder::finish_trailers() {
  state_ = State::end;
  if (trailer_lines_.empty()) return PartKind::need_more;
  return PartKind::trailers;
}

}  // namespace regauge::h1
