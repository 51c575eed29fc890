// h1::Decoder up to the empty line: start line and field lines.
//
// The scan marks lines in the input and what is unusual in them; their octets go to the arena in
// one copy. A line without anything unusual is taken by its marks, all others are looked at again.
#include <algorithm>

#include "regauge/h1/characters.h"
#include "regauge/h1/decoder.h"
#include "regauge/wire/line_marks.h"

namespace regauge::h1 {
namespace {

// Octets that are marked and copied at once: so many may lie in the arena beyond a limit.
constexpr std::size_t kScanOctetsMax = 16 * 1024;

}  // namespace

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
// `begun` says how many octets agree with the beginning of one, those that were kept among them.
bool Decoder::looks_like_status_line(const wire::Slice& input, std::size_t& begun) {
  constexpr std::string_view kNames[] = {"HTTP/", "ICY ", "ICY\t", "\r", "\n"};
  const std::string_view kept = arena_.received(line_start_.begin, arena_.received_size());
  const std::string_view more = wire::as_text(input.bytes());
  begun = 0;
  for (const std::string_view name : kNames) {
    std::size_t same = 0;
    while (same < std::min(name.size(), kept.size() + more.size()) &&
           to_lower(same < kept.size() ? kept[same] : more[same - kept.size()]) ==
               to_lower(name[same])) {
      ++same;
    }
    if (same == name.size()) return true;
    begun = std::max(begun, same);
  }
  return false;
}

Part Decoder::start_http09_response() {
  line_offset_ = offset_ - pending_octets();
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

// Octets that might have begun a status line turned out to be content.
Part Decoder::give_pending_octets() {
  const std::string_view octets = arena_.received(line_start_.begin, arena_.received_size());
  Part part{PartKind::content, wire::Slice::copy_of(wire::as_bytes(octets)), {}};
  work_.bytes_emitted += octets.size();
  line_start_ = {arena_.received_size()};
  return part;
}

void Decoder::skip(wire::Slice& input, std::size_t octets) {
  input.drop_front(octets);
  offset_ += octets;
  work_.bytes_in += octets;
}

Part Decoder::step_head(wire::Slice& input) {
  while (!input.empty()) {
    if (state_ == State::start && !request() &&
        !wire::as_text(input.bytes()).starts_with("HTTP/")) {
      const std::size_t kept = pending_octets();
      std::size_t begun = 0;
      if (!looks_like_status_line(input, begun) && begun < kept + input.size()) {
        const Part part = start_http09_response();
        // Octets that could have begun a status line are taken before it is refused, at any cut.
        if (part.kind == PartKind::violation) skip(input, begun - kept);
        return part;
      }
    }
    const wire::Bytes text = input.bytes().first(std::min(input.size(), kScanOctetsMax));
    std::size_t taken = 0;
    wire::LineMarks marks;
    const Then then = take_lines(text, marks, taken);
    input.drop_front(taken);
    offset_ += taken;
    work_.bytes_in += taken;
    work_.steps += taken;
    if (then == Then::head) return finish_head();
    if (then == Then::refused) return failed();
  }
  return waiting();
}

// Marks the lines of `text` and takes them one by one; `taken` octets are done with then.
Decoder::Then Decoder::take_lines(wire::Bytes text, wire::LineMarks& marks, std::size_t& taken) {
  const std::uint32_t place = arena_.received_size();
  std::uint32_t begin = line_start_.begin;
  if (place == 0) head_offset_ = offset_;
  taken = wire::mark_lines(text, place, line_start_, marks);
  arena_.receive(text.first(taken));
  work_.copies += taken;
  work_.messages += marks.count;
  std::span<const wire::LineMark> rest = std::span(marks.lines).first(marks.count);
  while (!rest.empty()) {
    if (state_ == State::fields && ends_ == Ends::crlf) {
      rest = rest.subspan(take_clean_lines(rest, begin));
      if (rest.empty()) break;
    }
    const wire::LineMark& mark = rest.front();
    if (!line_fits(begin, mark.line_feed)) {
      taken = begin + limits_.line_bytes_max + 1 - place;
      return Then::refused;
    }
    const Then then = take_line(begin, mark);
    begin = mark.line_feed + 1;
    if (then != Then::next_line) {
      taken = begin - place;
      return then;
    }
    rest = rest.subspan(1);
  }
  if (line_fits(begin, arena_.received_size())) return Then::next_line;
  // The octet that is one too many ends the reading, wherever the input is cut.
  taken = begin + limits_.line_bytes_max + 1 - place;
  return Then::refused;
}

std::size_t Decoder::take_clean_lines(std::span<const wire::LineMark> marks, std::uint32_t& begin) {
  SectionPlace place{begin,
                     head_offset_,
                     head_bytes_,
                     limits_.field_section_bytes_max,
                     limits_.line_bytes_max,
                     limits_.field_lines_max};
  const std::size_t lines = fields_.add_clean(marks, place);
  begin = place.begin;
  head_bytes_ = place.octets;
  return lines;
}

// Takes the received line that begins at `begin`, whatever is in it.
Decoder::Then Decoder::take_line(std::uint32_t begin, const wire::LineMark& mark) {
  line_offset_ = head_offset_ + begin;
  Line line{arena_.received(begin, mark.line_feed), LineEnd::lf};
  if (line.text.ends_with('\r')) {
    line.text.remove_suffix(1);
    line.end = LineEnd::crlf;
  }
  work_.steps += line.text.size();
  if (state_ == State::start) {
    if (line.text.empty()) return skip_empty_line(line.end) ? Then::next_line : Then::refused;
    if (!take_start_line(line, begin, mark)) return Then::refused;
    first_line_seen_ = true;
    state_ = State::fields;
    return request_line_.version == http::Version::http_0_9 ? Then::head : Then::next_line;
  }
  if (!note_line_end(line.end)) return Then::refused;
  if (line.text.empty()) return Then::head;
  const bool good =
      fields_.add_closely(line.text, line_offset_) && charge_field_line(line.text.size());
  return good ? Then::next_line : Then::refused;
}

bool Decoder::take_start_line(const Line& line, std::uint32_t begin, const wire::LineMark& mark) {
  if (!note_line_end(line.end)) return false;
  // The first control is the line end: nothing else can be wrong with the octets.
  const bool clean = mark.control - begin == line.text.size();
  if (clean && request() && take_clean_request_line(arena_, begin, mark, request_line_))
    return true;
  if (clean && !request() && take_clean_status_line(arena_, begin, mark, status_line_)) return true;
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

bool Decoder::charge_field_line(std::size_t octets) {
  // Accounted as in HTTP/2: 32 octets a line for what we keep of it.
  head_bytes_ += octets + 32;
  const bool many = fields_.records().size() > limits_.field_lines_max ||
                    head_bytes_ > limits_.field_section_bytes_max;
  return !many || report_.refuse(Deviation::too_many_fields, line_offset_);
}

// Tells whether the octets [begin, end) of a line, which may go on, are within the limit.
bool Decoder::line_fits(std::uint32_t begin, std::uint32_t end) {
  if (end - begin <= limits_.line_bytes_max) return true;
  line_offset_ = head_offset_ + begin;
  const bool target = request() && state_ == State::start;
  return report_.refuse(target ? Deviation::target_too_long : Deviation::line_too_long,
                        line_offset_);
}

}  // namespace regauge::h1
