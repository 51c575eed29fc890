// The state machine of h1::Decoder: start line, field lines, content, chunks, trailers.
#include "regauge/h1/decoder.h"

#include <algorithm>
#include <utility>

#include "regauge/h1/characters.h"
#include "regauge/wire/assert.h"

namespace regauge::h1 {

Decoder::Decoder(const Policy& policy, const http::Limits& limits, std::uint64_t first_offset)
    : limits_(limits), report_(policy), fields_(arena_, report_), offset_(first_offset) {}

// Notes belong to the next part that is handed out, however many calls that takes.
void Decoder::drop_told_notes() {
  if (std::exchange(notes_told_, false)) report_.take_notes();
}

Part Decoder::tell(Part part) {
  notes_told_ = part.kind != PartKind::need_more && part.kind != PartKind::content;
  if (notes_told_) part.notes = report_.notes();
  return part;
}

Part Decoder::next(wire::Slice& input) {
  drop_told_notes();
  while (true) {
    Part part;
    switch (state_) {
      case State::start: part = step_start(input); break;
      case State::fields: part = step_fields(input); break;
      case State::content: part = step_content(input); break;
      case State::chunk_line: part = step_chunk_line(input); break;
      case State::chunk_data: part = step_chunk_data(input); break;
      case State::chunk_terminator: part = step_chunk_terminator(input); break;
      case State::trailer_line: part = step_trailer_line(input); break;
      case State::end: return step_end();
      case State::done: return waiting();
      case State::failed: return failed();
    }
    if (state_ == State::failed) return failed();
    if (part.kind != PartKind::need_more || input.empty()) {
      // An end that needs no octet is told at once, not with the next input.
      if (part.kind == PartKind::need_more && state_ == State::end) return step_end();
      return tell(std::move(part));
    }
  }
}

Part Decoder::failed() {
  if (state_ != State::failed) failed_in_ = state_;
  state_ = State::failed;
  return tell({PartKind::violation, {}, {}});
}

Part Decoder::fail(Deviation deviation, std::uint64_t offset) {
  report_.refuse(deviation, offset);
  return failed();
}

Part Decoder::step_end() {
  state_ = State::done;
  if (close_after()) report_.set_close();
  return tell({tunnel_ ? PartKind::tunnel : PartKind::end, {}, {}});
}

std::optional<Line> Decoder::cut_line(wire::Slice& input, std::size_t bytes_max) {
  if (lines_.pending() == 0) line_offset_ = offset_;
  const std::size_t before = input.size();
  const auto line = lines_.cut(input, bytes_max, work_);
  offset_ += before - input.size();
  work_.bytes_in += before - input.size();
  if (line) ++work_.messages;
  return line;
}

bool Decoder::in_message() const {
  return state_ != State::done && (state_ != State::start || lines_.pending() > 0);
}

// --- start line ------------------------------------------------------------------------------

bool Decoder::skip_empty_line(LineEnd end) {
  if (!request()) return report_.refuse(Deviation::leading_crlf_response, line_offset_);
  ++empty_lines_;
  if (empty_lines_ > limits_.leading_empty_lines_max) {
    return report_.refuse(Deviation::leading_crlf_flood, line_offset_);
  }
  if (end == LineEnd::lf) return report_.note(Deviation::leading_lf, line_offset_);
  // RFC 9112 §2.2: a server should ignore at least one empty line.
  if (empty_lines_ > 1) return report_.note(Deviation::leading_crlf, line_offset_);
  report_.remark(Deviation::leading_crlf, line_offset_);
  return true;
}

// A response that does not begin like a status line has to be told apart before a line ends: its
// octets may be content of HTTP/0.9.
bool Decoder::looks_like_status_line(const wire::Slice& input, bool& undecided) {
  constexpr std::string_view kNames[] = {"HTTP/", "ICY ", "ICY\t", "\r", "\n"};
  const std::string_view kept = lines_.partial();
  const std::string_view more = wire::as_text(input.bytes());
  undecided = false;
  for (const std::string_view name : kNames) {
    const std::size_t from_kept = std::min(kept.size(), name.size());
    const std::size_t from_more = std::min(more.size(), name.size() - from_kept);
    const bool same = equal_fold(kept.substr(0, from_kept), name.substr(0, from_kept)) &&
                      equal_fold(more.substr(0, from_more), name.substr(from_kept, from_more));
    if (same && from_kept + from_more == name.size()) return true;
    undecided = undecided || same;
  }
  return false;
}

Part Decoder::start_http09_response() {
  if (!context_.first_on_connection) return fail(Deviation::http09_response, line_offset_);
  if (!report_.note(Deviation::http09_response, line_offset_)) return failed();
  response_ = {};
  response_.version = http::Version::http_0_9;
  response_.content.framing = http::Framing::until_close;
  framing_ = http::Framing::until_close;
  close_after_ = true;
  first_line_seen_ = true;
  state_ = State::content;
  response_.notes = report_.notes();
  return {PartKind::head, {}, {}};
}

Part Decoder::step_start(wire::Slice& input) {
  if (input.empty()) return waiting();
  if (!request()) {
    if (lines_.pending() == 0) line_offset_ = offset_;
    bool undecided = false;
    if (!looks_like_status_line(input, undecided) && !undecided) return start_http09_response();
  }
  const auto line = cut_line(input, limits_.line_bytes_max);
  if (!line) {
    if (!lines_.too_long()) return waiting();
    return fail(request() ? Deviation::target_too_long : Deviation::line_too_long, line_offset_);
  }
  if (line->text.empty()) return skip_empty_line(line->end) ? waiting() : failed();
  if (!take_start_line(*line)) return failed();
  first_line_seen_ = true;
  state_ = State::fields;
  if (request_line_.version == http::Version::http_0_9) return finish_request();
  return waiting();
}

bool Decoder::take_start_line(const Line& line) {
  if (!note_line_end(line.end)) return false;
  const HeadScratch scratch{arena_, report_};
  if (request()) return parse_request_line(line.text, line_offset_, scratch, request_line_);
  return parse_status_line(line.text, line_offset_, scratch, status_line_);
}

bool Decoder::note_line_end(LineEnd end) {
  if (end == LineEnd::crlf && ends_ == Ends::crlf) return true;
  const Ends now = end == LineEnd::lf ? Ends::lf : Ends::crlf;
  if (ends_ == Ends::unknown) {
    ends_ = now;
    return now == Ends::crlf || report_.note(Deviation::bare_lf_start_line, line_offset_);
  }
  if (now == Ends::lf && !report_.has(Deviation::bare_lf_field_line) &&
      !report_.note(Deviation::bare_lf_field_line, line_offset_)) {
    return false;
  }
  if (ends_ == now || ends_ == Ends::mixed) return true;
  ends_ = Ends::mixed;
  fields_.mark_repaired();
  return report_.note(Deviation::mixed_eol, line_offset_);
}

// --- field lines -----------------------------------------------------------------------------

Part Decoder::step_fields(wire::Slice& input) {
  while (true) {
    const auto line = cut_line(input, limits_.line_bytes_max);
    if (!line) {
      if (!lines_.too_long()) return waiting();
      return fail(Deviation::line_too_long, line_offset_);
    }
    if (!note_line_end(line->end)) return failed();
    if (line->text.empty()) return finish_head();
    if (!take_field_line(line->text)) return failed();
  }
}

bool Decoder::take_field_line(std::string_view line) {
  // Accounted as in HTTP/2: 32 octets a line for what we keep of it.
  head_bytes_ += line.size() + 32;
  work_.steps += line.size();
  work_.copies += line.size();
  if (!fields_.add(line, line_offset_)) return false;
  const bool many = fields_.records().size() > limits_.field_lines_max ||
                    head_bytes_ > limits_.field_section_bytes_max;
  return !many || report_.refuse(Deviation::too_many_fields, line_offset_);
}

// --- content ---------------------------------------------------------------------------------

void Decoder::enter_body(const BodyPlan& plan) {
  framing_ = plan.content.framing;
  left_ = plan.content.length;
  chunked_octets_max_ = plan.chunked_octets_max;
  chunk_leniency_ = plan.strict_chunk_lines ? ChunkLeniency::none : ChunkLeniency::by_policy;
  switch (framing_) {
    case http::Framing::none: state_ = State::end; break;
    case http::Framing::tunnel:
      tunnel_ = true;
      close_after_ = true;
      state_ = State::end;
      break;
    case http::Framing::length: state_ = State::content; break;
    case http::Framing::until_close:
      close_after_ = true;
      state_ = State::content;
      break;
    case http::Framing::stream: state_ = State::chunk_line; break;
  }
}

Part Decoder::step_content(wire::Slice& input) {
  if (input.empty()) return waiting();
  std::size_t take = input.size();
  if (framing_ == http::Framing::length) {
    take = static_cast<std::size_t>(std::min<std::uint64_t>(take, left_));
    left_ -= take;
    if (left_ == 0) state_ = State::end;
  }
  Part part{PartKind::content, input.sub(0, take), {}};
  input.drop_front(take);
  offset_ += take;
  work_.bytes_in += take;
  work_.bytes_emitted += take;
  return part;
}

// --- chunked ---------------------------------------------------------------------------------

// Counts octets of chunked framing and data. With a Content-Length beside it, a request must not
// be read further than that says (theorem, clause c).
bool Decoder::charge_chunk_octets(std::uint64_t octets) {
  chunk_octets_ += octets;
  if (chunked_octets_max_ && chunk_octets_ > *chunked_octets_max_) {
    return report_.refuse(Deviation::cl_and_te_overrun, line_offset_);
  }
  return true;
}

Part Decoder::step_chunk_line(wire::Slice& input) {
  const auto line = cut_line(input, limits_.chunk_line_bytes_max);
  if (!line) {
    if (!lines_.too_long()) return waiting();
    return fail(Deviation::chunk_line_too_long, line_offset_);
  }
  if (line->end == LineEnd::lf && ends_ != Ends::lf) {
    return fail(Deviation::bare_lf_chunk_line, line_offset_);
  }
  if (line->end == LineEnd::crlf && ends_ == Ends::lf) {
    if (request()) return fail(Deviation::mixed_eol_with_body, line_offset_);
    if (!report_.note(Deviation::mixed_eol, line_offset_)) return failed();
  }
  const std::size_t framing = line->text.size() + (line->end == LineEnd::crlf ? 2U : 1U);
  work_.steps += framing;
  const auto size = parse_chunk_line(line->text, line_offset_, chunk_leniency_, report_);
  if (!size || !charge_chunk_octets(framing)) return failed();
  if (chunked_octets_max_ && *size > *chunked_octets_max_ - chunk_octets_) {
    return fail(Deviation::cl_and_te_overrun, line_offset_);
  }
  const std::uint64_t overhead = chunk_octets_ - chunk_data_octets_;
  if (overhead > limits_.chunk_overhead_bytes && overhead > 3 * (chunk_data_octets_ + *size)) {
    return fail(Deviation::chunk_overhead, line_offset_);
  }
  left_ = *size;
  state_ = *size == 0 ? State::trailer_line : State::chunk_data;
  return waiting();
}

Part Decoder::step_chunk_data(wire::Slice& input) {
  if (input.empty()) return waiting();
  const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), left_));
  Part part{PartKind::content, input.sub(0, take), {}};
  input.drop_front(take);
  offset_ += take;
  left_ -= take;
  chunk_data_octets_ += take;
  work_.bytes_in += take;
  work_.bytes_emitted += take;
  if (!charge_chunk_octets(take)) return failed();
  if (left_ == 0) {
    state_ = State::chunk_terminator;
    cr_seen_ = false;
    line_offset_ = offset_;
  }
  return part;
}

Part Decoder::step_chunk_terminator(wire::Slice& input) {
  // An overrun is met by the octet that makes it, so that it does not depend on the cut.
  const bool fits = !chunked_octets_max_ || chunk_octets_ + 2 <= *chunked_octets_max_;
  if (fits && ends_ != Ends::lf && !cr_seen_ && wire::as_text(input.bytes()).starts_with("\r\n")) {
    input.drop_front(2);
    offset_ += 2;
    work_.bytes_in += 2;
    chunk_octets_ += 2;
    state_ = State::chunk_line;
    return waiting();
  }
  while (!input.empty()) {
    const std::uint8_t octet = input.bytes().front();
    const bool lf_only = ends_ == Ends::lf;
    const bool ends = octet == '\n' && (cr_seen_ || lf_only);
    const bool goes_on = octet == '\r' && !cr_seen_ && (!lf_only || !request());
    if (!ends && !goes_on) return fail(Deviation::chunk_data_terminator, line_offset_);
    input.drop_front(1);
    ++offset_;
    ++work_.bytes_in;
    if (!charge_chunk_octets(1)) return failed();
    cr_seen_ = true;
    if (ends) {
      state_ = State::chunk_line;
      return waiting();
    }
  }
  return waiting();
}

// --- ends ------------------------------------------------------------------------------------

Part Decoder::end_of_input(http::Truncation how) {
  drop_told_notes();
  switch (state_) {
    case State::failed: return failed();
    case State::done: return waiting();
    case State::end: return step_end();
    case State::start:
      if (!first_line_seen_ && lines_.pending() == 0) return waiting();
      return fail(Deviation::incomplete, offset_);
    case State::fields: return fail(Deviation::incomplete, offset_);
    case State::content:
      if (framing_ == http::Framing::until_close && how == http::Truncation::clean) {
        return step_end();
      }
      return fail(Deviation::truncated, offset_);
    case State::trailer_line:
      if (!request() && trailer_bytes_ == 0 && lines_.pending() == 0 &&
          how == http::Truncation::clean) {
        if (!report_.note(Deviation::eof_after_last_chunk, offset_)) return failed();
        return step_end();
      }
      return fail(Deviation::truncated, offset_);
    case State::chunk_line:
    case State::chunk_data:
    case State::chunk_terminator: return fail(Deviation::truncated, offset_);
  }
  std::unreachable();
}

void Decoder::next_message() {
  RG_ASSERT(state_ == State::done);
  report_.clear();
  arena_.clear();
  fields_.clear();
  lines_.clear();
  request_line_ = {};
  status_line_ = {};
  field_lines_.clear();
  trailer_arena_.clear();
  trailer_records_.clear();
  trailer_lines_.clear();
  head_bytes_ = chunk_octets_ = chunk_data_octets_ = trailer_bytes_ = 0;
  chunked_octets_max_.reset();
  empty_lines_ = 0;
  chunk_leniency_ = ChunkLeniency::by_policy;
  state_ = State::start;
  ends_ = Ends::unknown;
  close_after_ = tunnel_ = first_line_seen_ = cr_seen_ = false;
}

void Decoder::shrink() {
  if (state_ != State::start || first_line_seen_) return;
  arena_.shrink();
  trailer_arena_.shrink();
  lines_.shrink();
  report_.shrink();
  std::vector<http::FieldLine>().swap(field_lines_);
  std::vector<http::FieldLine>().swap(trailer_lines_);
  std::vector<FieldRecord>().swap(fields_.records());
  std::vector<FieldRecord>().swap(trailer_records_);
}

}  // namespace regauge::h1
