// h1::Decoder up to the empty line: start line and field lines.
//
// The scan copies the input to the text of the head and marks its lines and what is unusual in
// them. A line without anything unusual is taken by its marks, all others are looked at again.
#include <algorithm>

#include "regauge/h1/characters.h"
#include "regauge/h1/decoder.h"
#include "regauge/wire/line_scan.h"

namespace regauge::h1 {
namespace {

// Octets that are looked at before the lines among them are judged by the limit of a line.
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
  const std::string_view kept = text_.kept(line_start_.begin, text_.received_size());
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

PartKind Decoder::start_http09_response() {
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
  return PartKind::head;
}

// Octets that might have begun a status line turned out to be content.
PartKind Decoder::give_pending_octets(wire::Slice& content) {
  const std::string_view octets = text_.kept(line_start_.begin, text_.received_size());
  content = wire::Slice::copy_of(wire::as_bytes(octets));
  work_.bytes_emitted += octets.size();
  line_start_ = {text_.received_size()};
  unscanned_ = 0;
  return PartKind::content;
}

void Decoder::skip(wire::Slice& input, std::size_t octets) {
  input.drop_front(octets);
  offset_ += octets;
  work_.bytes_in += octets;
}

// Takes a received line, whatever is in it.
Decoder::Then Decoder::take_line(const wire::LineMark& mark) {
  line_offset_ = head_offset_ + mark.begin;
  Line line{text_.kept(mark.begin, mark.line_feed), LineEnd::lf};
  if (line.text.ends_with('\r')) {
    line.text.remove_suffix(1);
    line.end = LineEnd::crlf;
  }
  if (state_ == State::start) {
    if (line.text.empty()) return skip_empty_line(line.end) ? Then::next_line : Then::refused;
    if (!take_start_line(line)) return Then::refused;
    first_line_seen_ = true;
    state_ = State::fields;
    return request_line_.version == http::Version::http_0_9 ? Then::head : Then::next_line;
  }
  if (!note_line_end(line.end)) return Then::refused;
  if (line.text.empty()) return Then::head;
  work_.steps += line.text.size();
  return fields_.add_closely(line.text, mark.begin, line_offset_) ? Then::next_line : Then::refused;
}

bool Decoder::take_start_line(const Line& line) {
  if (!note_line_end(line.end)) return false;
  work_.steps += line.text.size();
  const HeadScratch scratch{text_, report_};
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

// Tells whether the line that is not complete is within the limit.
bool Decoder::line_fits() {
  if (pending_octets() <= limits_.line_bytes_max) return true;
  line_offset_ = head_offset_ + line_start_.begin;
  const bool target = request() && state_ == State::start;
  return report_.refuse(target ? Deviation::target_too_long : Deviation::line_too_long,
                        line_offset_);
}

// What follows is one function for the compiler: most heads pass it once.

// The text of the head began a new block: places count from the line that went with it.
[[gnu::always_inline]] inline void Decoder::move_line_start(std::size_t down) {
  if (down == 0) return;
  line_start_.begin -= down;
  if (line_start_.separator != wire::kNowhere) line_start_.separator -= down;
  head_offset_ += down;
}

// Tells whether a field line of this kind has nothing to be noted, or what was noted before.
bool Decoder::is_plain(wire::LineKind kind) const {
  if (kind == wire::LineKind::clean) return ends_ == Ends::crlf || ends_ == Ends::mixed;
  return kind == wire::LineKind::bare_lf && ends_ != Ends::crlf &&
         report_.has(Deviation::bare_lf_field_line);
}

// Takes a line if it has nothing unusual.
[[gnu::always_inline]] inline bool Decoder::take_clean_line(const wire::LineMark& mark) {
  if (state_ != State::start) return is_plain(mark.kind) && fields_.add_clean(mark, head_offset_);
  if (mark.kind != wire::LineKind::clean) return false;
  const bool clean = request() ? take_clean_request_line(text_, mark, scanner_, request_line_)
                               : take_clean_status_line(text_, mark, status_line_);
  if (!clean) return false;
  ends_ = Ends::crlf;
  first_line_seen_ = true;
  state_ = State::fields;
  return true;
}

// Ends the head behind an empty line with CRLF that the scan passed.
Decoder::Then Decoder::end_head(const wire::LineScan& scan, std::size_t& begin) {
  ++work_.messages;
  begin = scan.line_begin();
  line_offset_ = head_offset_ + begin - 2;
  return Then::head;
}

// Takes lines to the end of the scan or of the head; `begin` is that of what follows then.
[[gnu::always_inline]] inline Decoder::Then Decoder::take_scanned(wire::LineScan& scan,
                                                                  std::size_t& begin) {
  wire::LineMark mark;
  Then then = Then::next_line;
  bool more = scan.read_more();
  while (more && then == Then::next_line) {
    if (state_ == State::fields && ends_ == Ends::crlf) {
      const FieldSectionParser::Clean clean = fields_.add_clean(scan, head_offset_);
      work_.messages += clean.lines;
      if (clean.empty_line) return end_head(scan, begin);
    }
    if (scan.next(mark)) {
      ++work_.messages;
      then = take_clean_line(mark) ? Then::next_line : take_line(mark);
    } else {
      more = scan.read_more();
    }
  }
  begin = scan.line_begin();
  return then;
}

// Takes the lines of `text`; `taken` octets are done with then.
[[gnu::always_inline]] inline Decoder::Then Decoder::take_lines(wire::Bytes text,
                                                                std::size_t& taken) {
  move_line_start(text_.make_room(text.size(), line_start_.begin));
  const std::size_t end = text_.received_size();
  if (end == 0) head_offset_ = offset_;
  const std::size_t place = end - unscanned_;
  if (text.size() < wire::kBlockOctets && !wire::as_text(text).contains('\n')) {
    // No line ends here: there is nothing to judge before one does.
    wire::copy_bytes(text_.room_from(end).kept, text);
    unscanned_ += text.size();
    taken = text.size();
    text_.receive(taken);
    return Then::next_line;
  }
  wire::Bytes source = text;
  if (unscanned_ > 0) {
    wire::copy_bytes(text_.room_from(end).kept, text);
    source = wire::Bytes(text_.room_from(place).kept).first(unscanned_ + text.size());
    unscanned_ = 0;
  }
  wire::LineScan scan(source, place, line_start_, text_.room_from(place), scanner_);
  // Heads of one peer are much alike.
  scan.expect(head_octets_);
  std::size_t begin = 0;
  const Then then = take_scanned(scan, begin);
  const bool all = then == Then::next_line;
  line_start_ = all ? scan.rest() : wire::LineStart{begin};
  taken = all ? text.size() : begin - end;
  text_.receive(taken);
  if (then == Then::head) head_octets_ = begin;
  return then;
}

PartKind Decoder::step_head(wire::Slice& input) {
  while (!input.empty()) {
    if (state_ == State::start && !request() &&
        (pending_octets() > 0 || !wire::as_text(input.bytes()).starts_with("HTTP/"))) {
      const std::size_t kept = pending_octets();
      std::size_t begun = 0;
      if (!looks_like_status_line(input, begun) && begun < kept + input.size()) {
        const PartKind kind = start_http09_response();
        // Octets that could have begun a status line are taken before it is refused, at any cut.
        if (kind == PartKind::violation) skip(input, begun - kept);
        return kind;
      }
    }
    // The octet that is one too many in a line ends the reading, wherever the input is cut.
    const std::size_t line_room = std::size_t{limits_.line_bytes_max} + 1 - pending_octets();
    const std::size_t size = std::min({input.size(), kScanOctetsMax, line_room});
    std::size_t taken = 0;
    const Then then = take_lines(input.bytes().first(size), taken);
    input.drop_front(taken);
    offset_ += taken;
    work_.bytes_in += taken;
    work_.steps += taken;
    work_.copies += 2 * taken;
    if (then == Then::head) return finish_head();
    if (then == Then::refused || !line_fits()) return failed();
  }
  return PartKind::need_more;
}

}  // namespace regauge::h1
