// h1::Decoder: reads HTTP/1.x messages from input cut anywhere (RFC 9112).
//
// One object a direction of a connection. Pull: `next` takes octets off the front of a slice and
// returns one part at a time. The same octets give the same parts however they are cut; only
// adjacent content parts may come in other pieces.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "regauge/h1/chunk_line.h"
#include "regauge/h1/field_line.h"
#include "regauge/h1/framing.h"
#include "regauge/h1/head_text.h"
#include "regauge/h1/line_cutter.h"
#include "regauge/h1/policy.h"
#include "regauge/h1/report.h"
#include "regauge/h1/start_line.h"
#include "regauge/http/head.h"
#include "regauge/http/limits.h"
#include "regauge/wire/line_scan.h"
#include "regauge/wire/slab.h"
#include "regauge/wire/work.h"

namespace regauge::h1 {

/// Tags what `next` returns.
enum class PartKind : std::uint8_t {
  need_more,  ///< the input is used up
  head,       ///< `request_head` or `response_head` is there
  content,    ///< `content`: a piece of the content, a slice of the input
  trailers,   ///< `trailers` is there (only if the section has a line that is kept)
  end,        ///< the message is complete; octets left in the input belong to what follows it
  tunnel,     ///< responses: the message ends with its head, what follows is no HTTP
  violation,  ///< `violation` is there; nothing is interpreted any more
};

/// One step of decoding.
struct Part {
  PartKind kind = PartKind::need_more;
  wire::Slice content;
  /// Forgiven since the last part with notes; parts of content carry none, what was met among them
  /// stands with the part behind. Lifetime: until `next_message`.
  http::RuleNotes notes;
};

/// Says whether how a peer spelled its field names is told beside the names in lower case.
enum class Spelling : std::uint8_t { drop, keep };

/// Reads the messages of one direction, one after the other.
class Decoder {
 public:
  /// Makes a decoder for the policy's side; offsets count from `first_offset`.
  /// Memory: nothing until the first head.
  /// `spelling`: whether field lines of heads and trailers come with FieldLine::spelling, which
  /// costs a step a line.
  Decoder(const Policy& policy, const http::Limits& limits, std::uint64_t first_offset = 0,
          Spelling spelling = Spelling::drop);
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// States what the next response answers; before its first octet. Requests need no context.
  void begin(const ResponseContext& context) { context_ = context; }
  /// Takes octets off `input` and returns the next part.
  /// Cost: at most two touches an octet; no allocation once the buffers have grown.
  /// Lifetime: views of the part and of the heads until `next_message`.
  [[nodiscard]] Part next(wire::Slice& input);
  /// Says that the input ended. Returns `end` when that completes a message, `violation` when it
  /// cuts one (incomplete, truncated), `need_more` between messages.
  [[nodiscard]] Part end_of_input(http::Truncation how);
  /// Makes ready for the message behind a finished one; the policy and the limits stay.
  void next_message();

  [[nodiscard]] const http::RequestHead& request_head() const { return request_; }
  [[nodiscard]] const http::ResponseHead& response_head() const { return response_; }
  [[nodiscard]] http::FieldSection trailers() const { return trailer_lines_; }
  /// Returns the refusal behind PartKind::violation.
  [[nodiscard]] const Violation& violation() const { return *report_.violation(); }
  /// Tells whether the connection must close behind this message: because of its version and
  /// Connection field (RFC 9112 §9.3), its framing, or what was forgiven in it.
  [[nodiscard]] bool close_after() const { return close_after_ || report_.close(); }
  /// Tells whether octets of a message were taken since the last `next_message`.
  [[nodiscard]] bool in_message() const;
  /// Tells whether any octet of the next message came: empty lines before it belong to it.
  [[nodiscard]] bool begun() const {
    return in_message() || (state_ == State::start && empty_lines_ > 0);
  }
  /// Tells whether the message had come to its trailer section, also where it broke off there.
  [[nodiscard]] bool in_trailers() const {
    const State state = state_ == State::failed ? failed_in_ : state_;
    return state == State::trailer_line;
  }
  /// Names all that was forgiven in this message.
  [[nodiscard]] const DeviationSet& deviations() const { return report_.set(); }
  /// Returns the offset of the next octet.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] const wire::Work& work() const { return work_; }
  /// Gives memory back between messages; a no-op once an octet of the next one came.
  void shrink();

 private:
  // The order is that of a message; each state has one member function below.
  enum class State : std::uint8_t {
    start,
    fields,
    content,  // `left_` octets, or until the connection ends
    chunk_line,
    chunk_data,
    chunk_terminator,
    trailer_line,
    end,
    done,
    failed,
  };
  enum class Ends : std::uint8_t { unknown, crlf, lf, mixed };

  // What a line of the head leads to.
  enum class Then : std::uint8_t { next_line, head, refused };

  PartKind step(wire::Slice& input, wire::Slice& content);
  PartKind step_to_end(http::Truncation how);
  PartKind step_head(wire::Slice& input);
  PartKind step_content(wire::Slice& input, wire::Slice& content);
  PartKind step_chunk(wire::Slice& input, wire::Slice& content);
  PartKind step_chunk_framing(wire::Slice& input);
  [[nodiscard]] PlainChunkLine find_plain_chunk_line(wire::Bytes input, std::size_t before) const;
  PartKind step_chunk_line(wire::Slice& input);
  PartKind step_chunk_data(wire::Slice& input, wire::Slice& content);
  PartKind step_chunk_terminator(wire::Slice& input);
  PartKind step_trailer_line(wire::Slice& input);
  PartKind step_end();

  std::optional<Line> cut_line(wire::Slice& input, std::size_t bytes_max);
  PartKind fail(Deviation deviation, std::uint64_t offset);
  PartKind failed();
  void tell(Part& part);
  void drop_told_notes();
  Then take_lines(wire::Bytes text, std::size_t& taken);
  Then take_scanned(wire::LineScan& scan, std::size_t& begin);
  [[nodiscard]] bool is_plain(wire::LineKind kind) const;
  Then end_head(const wire::LineScan& scan, std::size_t& begin);
  bool take_clean_line(const wire::LineMark& mark);
  Then take_line(const wire::LineMark& mark);
  bool skip_empty_line(LineEnd end);
  bool take_start_line(const Line& line);
  bool note_line_end(LineEnd end);
  void move_line_start(std::size_t down);
  bool line_fits();
  [[nodiscard]] std::size_t pending_octets() const {
    return text_.received_size() - line_start_.begin;
  }
  PartKind give_pending_octets(wire::Slice& content);
  void take_content(wire::Slice& input, std::size_t octets, wire::Slice& content);
  [[nodiscard]] bool has_framing_fields() const;
  std::optional<FramingFields> framing_fields();
  PartKind finish_head();
  PartKind finish_request();
  PartKind finish_response();
  bool judge_request(BodyPlan& plan);
  [[nodiscard]] bool has_host_alone() const;
  bool judge_host_alone();
  bool judge_host();
  bool judge_host_lines(const ControlLine*& first);
  bool judge_expect();
  bool judge_structure(const BodyPlan& plan);
  void judge_connection(http::Version version);
  void build_fields(const BodyPlan& plan);
  void build_host();
  void rewrite_framing(const BodyPlan& plan);
  void enter_body(const BodyPlan& plan);
  PartKind start_http09_response();
  bool looks_like_status_line(const wire::Slice& input, std::size_t& begun);
  void skip(wire::Slice& input, std::size_t octets);
  PartKind begin_chunk(std::uint64_t size, std::size_t framing);
  bool charge_chunk_octets(std::uint64_t octets);
  bool note_crlf_in_content();
  bool take_trailer(std::string_view line);
  bool judge_trailer_value(std::string_view value);
  PartKind finish_trailers();
  bool request() const { return report_.policy().side() == Side::request; }

  const wire::BlockScanner& scanner_ = wire::block_scanners().front();
  http::Limits limits_;
  ResponseContext context_;
  Report report_;
  HeadText text_;
  FieldSectionParser fields_;
  LineCutter lines_;             // of chunks and trailers; those of the head stand in its text
  wire::LineStart line_start_;   // of the head: the line that is not complete
  std::size_t head_octets_ = 0;  // of the last head
  std::size_t unscanned_ = 0;    // octets at its end that were only copied, without a LF
  RequestLine request_line_;
  StatusLine status_line_;
  http::RequestHead request_;
  http::ResponseHead response_;
  std::vector<http::FieldLine> trailer_lines_;
  wire::Work work_;
  std::uint64_t offset_ = 0;        // of the next octet of input
  std::uint64_t head_offset_ = 0;   // of the first octet in the block of the head's text
  std::uint64_t line_offset_ = 0;   // of the line that is being read
  std::uint64_t left_ = 0;          // octets of content or chunk
  std::uint64_t chunk_octets_ = 0;  // chunked framing and data so far
  std::uint64_t chunk_data_octets_ = 0;
  std::uint64_t trailer_bytes_ = 0;
  std::optional<std::uint64_t> chunked_octets_max_;
  std::uint32_t empty_lines_ = 0;
  ChunkLeniency chunk_leniency_ = ChunkLeniency::by_policy;
  http::Framing framing_ = http::Framing::none;
  State state_ = State::start;
  State failed_in_ = State::start;  // where the message broke a rule
  Ends ends_ = Ends::unknown;
  bool close_after_ = false;
  bool tunnel_ = false;
  bool first_line_seen_ = false;
  bool cr_seen_ = false;     // the CR behind chunk data was taken
  bool notes_told_ = false;  // the last part carried the notes so far
  Spelling spelling_;
};

}  // namespace regauge::h1
