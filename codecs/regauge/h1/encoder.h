// Encoder: writes H1 messages from the neutral model (RFC 9112). It cannot express a deviation:
// framing is derived from Content and the connection's state, never copied from field lines, and
// every part of a head is checked again before one octet is queued.
#pragma once

#include <cstdint>
#include <expected>

#include "regauge/http/endpoint.h"
#include "regauge/http/head.h"
#include "regauge/wire/outbox.h"
#include "regauge/wire/work.h"

namespace regauge::h1 {

/// Chooses the letter case of field names; some old peers compare names by case.
enum class NameCase : std::uint8_t {
  lower,     ///< as the model has them
  title,     ///< Each-Word-Begins-With-A-Capital
  received,  ///< as FieldLine::spelling says; without one, as the name_style of the head says
};
/// Chooses the form of request targets (RFC 9112 §3.2): absolute toward a forward proxy.
enum class TargetForm : std::uint8_t { origin, absolute };
/// Says whether the connection outlives the message (RFC 9112 §9.3).
enum class Persistence : std::uint8_t { persistent, close };

/// Holds what is chosen once a connection.
struct EncoderOptions {
  NameCase name_case = NameCase::lower;         ///< letter case of field names
  TargetForm target_form = TargetForm::origin;  ///< form of request targets
};

/// Holds what the connection knows about a message and its head does not say.
struct Situation {
  http::MethodId request_method = http::MethodId::get;   ///< responses: what is answered
  http::Version peer_version = http::Version::http_1_1;  ///< the version the peer spoke
  Persistence persistence = Persistence::persistent;     ///< what is wanted
  http::EndStream end_stream = http::EndStream::no;      ///< no content and no trailers follow
};

/// Tells what a written head means for the connection.
struct WrittenHead {
  http::Framing framing = http::Framing::none;        ///< how the content ends on the wire
  Persistence persistence = Persistence::persistent;  ///< what the peer was told
};

/// Writes the messages of one direction of a connection into an Outbox. Nothing is queued by a
/// call that is refused. Memory: none of its own. Names are lower-case; a
/// spelling that is not the name in other letters is not used. Among the field lines
/// `content-length`, `transfer-encoding`, `connection`, `keep-alive`, `proxy-connection`,
/// `http2-settings` and `host` are not copied: the encoder writes its own.
class Encoder {
 public:
  /// Bounds one head or trailer section, in octets.
  static constexpr std::size_t kHeadBytesMax = std::size_t{1} << 20U;

  /// Makes an encoder. `outbox` outlives it.
  explicit Encoder(wire::Outbox& outbox [[clang::lifetimebound]], EncoderOptions options = {})
      : outbox_(&outbox), options_(options) {}

  /// Writes a request head with exactly one Host, first; the authority is the truth, a `host` line
  /// counts only without one. POST, PUT and PATCH without content say `content-length: 0`.
  ///
  /// Errors: invalid_head; length_mismatch (end_stream and a length above 0); not_supported
  ///         (content of unknown length toward 1.0, extended CONNECT); wrong_state (the last
  ///         message is not complete).
  /// Cost:   two steps an octet, no allocation in steady state. Source: RFC 9112 §3, §6.
  [[nodiscard]] std::expected<WrittenHead, http::Refusal> request_head(
      const http::RequestHead& head, const Situation& situation);
  /// Writes the head of a final response or of a 101. Content of unknown length is chunked toward
  /// 1.1 and ends with the connection toward 1.0; toward 0.9 no head is written at all.
  ///
  /// Errors: invalid_head (also a 1xx but 101, and a 101 without `upgrade`), length_mismatch,
  ///         not_supported (101 toward 1.0), wrong_state.
  /// Cost:   as request_head. Source: RFC 9112 §4, §6.
  [[nodiscard]] std::expected<WrittenHead, http::Refusal> response_head(
      const http::ResponseHead& head, const Situation& situation);
  /// Writes an interim response (1xx but 101), without framing.
  /// Errors: invalid_head; not_supported toward 1.0; wrong_state. Source: RFC 9110 §15.2.
  [[nodiscard]] std::expected<void, http::Refusal> interim_head(const http::ResponseHead& head,
                                                                const Situation& situation);
  /// Queues content without copying it; in a chunked message as one chunk.
  /// Errors: length_mismatch (more than announced, or an end before that), wrong_state.
  [[nodiscard]] std::expected<void, http::Refusal> content(wire::Slice slice,
                                                           http::EndStream end_stream);
  /// Ends a chunked message with a trailer section; fields forbidden there are not written.
  /// Errors: not_supported (the message is not chunked), invalid_head, wrong_state.
  /// Source: RFC 9112 §7.1.2.
  [[nodiscard]] std::expected<void, http::Refusal> trailers(http::FieldSection section);
  /// Lets octets of another protocol follow, after 101 or 2xx to CONNECT.
  void start_tunnel() { body_ = Body::tunnel; }
  /// Forgets a message that was cut; the connection has to close then.
  void abandon() { body_ = Body::complete; }

  /// Tells whether the last message was ended by the caller (or none was begun).
  [[nodiscard]] bool complete() const { return body_ == Body::complete; }
  /// Tells whether the peer has a complete message once the outbox is written, although the caller
  /// may not have said yet that nothing follows.
  [[nodiscard]] bool complete_on_wire() const {
    return complete() || (body_ == Body::length && left_ == 0);
  }
  /// Counts what was checked and copied.
  [[nodiscard]] const wire::Work& work() const { return work_; }

 private:
  enum class Body : std::uint8_t { complete, length, chunked, until_close, tunnel };

  [[nodiscard]] bool begun() const { return body_ != Body::complete; }
  void begin_body(http::Framing framing, std::uint64_t length, http::EndStream end_stream);
  void append_chunk(wire::Slice slice);

  wire::Outbox* outbox_;
  std::uint64_t left_ = 0;  // octets missing of a message with a known length
  wire::Work work_;
  EncoderOptions options_;
  Body body_ = Body::complete;
};

}  // namespace regauge::h1
