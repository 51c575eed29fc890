// The state machine of h1::Decoder: start line, field lines, content, chunks, trailers.
#include "regauge/h1/decoder.h"

#include <algorithm>
#include <utility>

#include "regauge/h1/characters.h"
#include "regauge/wire/assert.h"
#include "regauge/wire/free_memory.h"

namespace regauge::h1 {

Decoder::Decoder(const Policy& policy, const http::Limits& limits, std::uint64_t first_offset,
                 Spelling spelling)
    : limits_(limits),
      report_(policy),
      fields_(text_, report_, limits_),
      offset_(first_offset),
      spelling_(spelling) {}

// Notes belong to the next part that is handed out, however many calls that takes.
[[gnu::always_inline]] inline void Decoder::drop_told_notes() {
  if (std::exchange(notes_told_, false)) report_.take_notes();
}

[[gnu::always_inline]] inline void Decoder::tell(Part& part) {
  if (part.kind == PartKind::need_more || part.kind == PartKind::content) return;
  part.notes = report_.notes();
  if (part.notes.empty()) return;
  notes_told_ = true;
  // Host and framing are judged behind the lines that follow them.
  report_.order_notes();
}

Part Decoder::next(wire::Slice& input) {
  drop_told_notes();
  Part part;
  part.kind = step(input, part.content);
  tell(part);
  return part;
}

PartKind Decoder::step(wire::Slice& input, wire::Slice& content) {
  while (true) {
    PartKind kind = PartKind::need_more;
    switch (state_) {
      case State::start:
      case State::fields: kind = step_head(input); break;
      case State::content: kind = step_content(input, content); break;
      case State::chunk_line:
      case State::chunk_data:
      case State::chunk_terminator: kind = step_chunk(input, content); break;
      case State::trailer_line: kind = step_trailer_line(input); break;
      case State::end: return step_end();
      case State::done: return PartKind::need_more;
      case State::failed: return failed();
    }
    if (kind != PartKind::need_more) return kind;
    // An end that needs no octet is told at once, not with the next input.
    if (input.empty() && state_ != State::end) return kind;
  }
}

PartKind Decoder::failed() {
  if (state_ != State::failed) failed_in_ = state_;
  state_ = State::failed;
  return PartKind::violation;
}

PartKind Decoder::fail(Deviation deviation, std::uint64_t offset) {
  report_.refuse(deviation, offset);
  return failed();
}

PartKind Decoder::step_end() {
  state_ = State::done;
  if (close_after()) report_.set_close();
  return tunnel_ ? PartKind::tunnel : PartKind::end;
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
  return state_ != State::done && (state_ != State::start || pending_octets() > 0);
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
    case http::Framing::stream:
      chunk_octets_ = chunk_data_octets_ = trailer_bytes_ = 0;
      state_ = State::chunk_line;
      break;
  }
}

// Takes octets of content off the input.
[[gnu::always_inline]] inline void Decoder::take_content(wire::Slice& input, std::size_t octets,
                                                         wire::Slice& content) {
  if (octets == input.size()) {
    content = std::exchange(input, {});
  } else {
    content = input.sub(0, octets);
    input.drop_front(octets);
  }
  offset_ += octets;
  work_.bytes_in += octets;
  work_.bytes_emitted += octets;
}

PartKind Decoder::step_content(wire::Slice& input, wire::Slice& content) {
  if (pending_octets() > 0) return give_pending_octets(content);
  if (input.empty()) return PartKind::need_more;
  std::size_t take = input.size();
  if (framing_ == http::Framing::length) {
    take = static_cast<std::size_t>(std::min<std::uint64_t>(take, left_));
    left_ -= take;
    if (left_ == 0) state_ = State::end;
  }
  take_content(input, take, content);
  return PartKind::content;
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

// A head of bare LFs has content with CRLFs, which only a response may have: told once a message.
bool Decoder::note_crlf_in_content() {
  return report_.has(Deviation::mixed_eol) || report_.note(Deviation::mixed_eol, line_offset_);
}

// Takes a chunk of `size` octets, whose line took `framing`.
[[gnu::always_inline]] inline PartKind Decoder::begin_chunk(std::uint64_t size,
                                                            std::size_t framing) {
  if (!charge_chunk_octets(framing)) return failed();
  if (chunked_octets_max_ && size > *chunked_octets_max_ - chunk_octets_) {
    return fail(Deviation::cl_and_te_overrun, line_offset_);
  }
  const std::uint64_t overhead = chunk_octets_ - chunk_data_octets_;
  if (overhead > limits_.chunk_overhead_bytes && overhead > 3 * (chunk_data_octets_ + size)) {
    return fail(Deviation::chunk_overhead, line_offset_);
  }
  left_ = size;
  state_ = size == 0 ? State::trailer_line : State::chunk_data;
  return PartKind::need_more;
}

// Finds what nearly always stands between the octets of two chunks: CRLF, `before` octets of it,
// and a line that is a size and nothing else. Finds no line if it is unusual or has not all come.
[[gnu::always_inline]] inline PlainChunkLine Decoder::find_plain_chunk_line(
    wire::Bytes input, std::size_t before) const {
  if (ends_ != Ends::crlf || chunked_octets_max_ || lines_.pending() > 0) return {};
  if (before > 0) {
    if (cr_seen_ || !wire::as_text(input).starts_with("\r\n")) return {};
    input = input.subspan(before);
  }
  const PlainChunkLine line = read_plain_chunk_line(input);
  return line.octets <= limits_.chunk_line_bytes_max ? line : PlainChunkLine();
}

// Takes what stands before the octets of a chunk, or some of it.
[[gnu::always_inline]] inline PartKind Decoder::step_chunk_framing(wire::Slice& input) {
  const std::size_t before = state_ == State::chunk_terminator ? 2 : 0;
  const PlainChunkLine plain = find_plain_chunk_line(input.bytes(), before);
  if (plain.octets == 0) {
    return before > 0 ? step_chunk_terminator(input) : step_chunk_line(input);
  }
  const std::size_t framing = before + plain.octets;
  line_offset_ = offset_ + before;
  input.drop_front(framing);
  offset_ += framing;
  work_.bytes_in += framing;
  work_.steps += plain.octets;
  ++work_.messages;
  return begin_chunk(plain.size, framing);
}

[[gnu::always_inline]] inline PartKind Decoder::step_chunk_data(wire::Slice& input,
                                                                wire::Slice& content) {
  if (input.empty()) return PartKind::need_more;
  const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), left_));
  take_content(input, take, content);
  left_ -= take;
  chunk_data_octets_ += take;
  chunk_octets_ += take;  // its size was found to fit when its line was read
  if (left_ == 0) {
    state_ = State::chunk_terminator;
    cr_seen_ = false;
    line_offset_ = offset_;
  }
  return PartKind::content;
}

PartKind Decoder::step_chunk(wire::Slice& input, wire::Slice& content) {
  if (state_ != State::chunk_data) {
    const PartKind kind = step_chunk_framing(input);
    if (kind != PartKind::need_more || state_ != State::chunk_data) return kind;
  }
  return step_chunk_data(input, content);
}

PartKind Decoder::step_chunk_line(wire::Slice& input) {
  const auto line = cut_line(input, limits_.chunk_line_bytes_max);
  if (!line) {
    if (!lines_.too_long()) return PartKind::need_more;
    return fail(Deviation::chunk_line_too_long, line_offset_);
  }
  const std::size_t framing = line->text.size() + (line->end == LineEnd::crlf ? 2U : 1U);
  work_.steps += framing;
  const auto size = parse_chunk_line(line->text, line_offset_, chunk_leniency_, report_);
  if (!size) return failed();
  if (line->end == LineEnd::lf && ends_ != Ends::lf) {
    return fail(Deviation::bare_lf_chunk_line, line_offset_);
  }
  if (line->end == LineEnd::crlf && ends_ == Ends::lf) {
    if (request()) return fail(Deviation::mixed_eol_with_body, line_offset_);
    if (!note_crlf_in_content()) return failed();
  }
  // In a request of bare LFs a line is its size alone: some who take LF elsewhere look for a CR
  // behind an extension. And only one chunk has content: some pass over two octets behind it, the
  // first digit of the next size among them (theorem, clause d).
  if (request() && line->end == LineEnd::lf) {
    const bool second = *size > 0 && chunk_data_octets_ > 0;
    if (second || !all_of_class(line->text, kHexDigit)) {
      return fail(Deviation::bare_lf_chunk_line, line_offset_);
    }
  }
  return begin_chunk(*size, framing);
}

PartKind Decoder::step_chunk_terminator(wire::Slice& input) {
  // An overrun is met by the octet that makes it, so that it does not depend on the cut.
  while (!input.empty()) {
    const std::uint8_t octet = input.bytes().front();
    const bool lf_only = ends_ == Ends::lf;
    const bool ends = octet == '\n' && (cr_seen_ || lf_only);
    const bool goes_on = octet == '\r' && !cr_seen_ && (!lf_only || !request());
    if (!ends && !goes_on) return fail(Deviation::chunk_data_terminator, line_offset_);
    if (goes_on && lf_only && !note_crlf_in_content()) return failed();
    input.drop_front(1);
    ++offset_;
    ++work_.bytes_in;
    if (!charge_chunk_octets(1)) return failed();
    cr_seen_ = true;
    if (ends) {
      state_ = State::chunk_line;
      return PartKind::need_more;
    }
  }
  return PartKind::need_more;
}

// --- ends ------------------------------------------------------------------------------------

Part Decoder::end_of_input(http::Truncation how) {
  drop_told_notes();
  Part part;
  part.kind = step_to_end(how);
  tell(part);
  return part;
}

PartKind Decoder::step_to_end(http::Truncation how) {
  switch (state_) {
    case State::failed: return failed();
    case State::done: return PartKind::need_more;
    case State::end: return step_end();
    case State::start:
      if (pending_octets() == 0) return PartKind::need_more;
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

// What belongs to chunks is set where they begin, and a complete message leaves no part of a line.
void Decoder::next_message() {
  RG_ASSERT(state_ == State::done);
  report_.clear();
  text_.clear();
  fields_.clear();
  line_start_ = {};
  unscanned_ = 0;
  if (request()) {
    request_line_ = {};
  } else {
    status_line_ = {};
  }
  trailer_lines_.clear();
  empty_lines_ = 0;
  state_ = State::start;
  ends_ = Ends::unknown;
  close_after_ = tunnel_ = first_line_seen_ = false;
}

void Decoder::shrink() {
  if (state_ != State::start || begun()) return;
  text_.shrink();
  line_start_ = {};
  lines_.shrink();
  report_.shrink();
  fields_.shrink();
  wire::free_memory(trailer_lines_);
}

}  // namespace regauge::h1
