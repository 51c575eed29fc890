// h1::Connection: the exchanges of one H1 connection, as server or client (RFC 9112 §9).
//
// It satisfies http::Endpoint. A stream is one exchange; they are numbered 1, 2, 3 in order, and
// one is open at a time. Pipelined requests are not read ahead: `receive` stops in front of the
// next head until the answer was submitted and the stream released, and the host keeps the octets
// (`more`, then `wants_read` is false). So nothing is queued here and answers cannot overtake.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>

#include "regauge/h1/decoder.h"
#include "regauge/h1/encoder.h"
#include "regauge/h1/policy.h"
#include "regauge/http/endpoint.h"
#include "regauge/http/limits.h"
#include "regauge/wire/slab.h"

namespace regauge::h1 {

/// Holds what the connections of one listener or upstream share; it outlives all of them.
struct ConnectionOptions {
  http::Role role = http::Role::server;
  Policy policy{Side::request, Preset::strict};  ///< Side::response for a client
  http::Limits limits;                           ///< units and reasons stand in http/limits.h
  EncoderOptions encoder;
  Spelling spelling = Spelling::drop;             ///< of field names that are received
  wire::SlabSource* slabs = &wire::heap_slabs();  ///< memory of written heads
};

/// Makes the options of a role with a preset; everything else has its default.
[[nodiscard]] inline ConnectionOptions options_for(http::Role role, Preset preset) {
  const Side side = role == http::Role::server ? Side::request : Side::response;
  return {role, Policy(side, preset), {}, {}, Spelling::drop, &wire::heap_slabs()};
}

/// Tells what a retry rule has to know about the last exchange of a client connection.
struct ExchangeFacts {
  std::uint64_t request_octets_written = 0;  ///< octets of the request that reached `wrote`
  bool response_octets_seen = false;         ///< any octet came since the request was opened
  bool reused = false;                       ///< it was not the first exchange
};

/// Runs the exchanges of one connection. Memory: about 180 octets, and a workspace from the first
/// octet in or out until `shrink`.
///
/// A server answers a violation while no head of an answer was submitted; otherwise, and at a
/// client, a `reset` event with the same rule follows. The octets of a tunnel follow the `end` of a
/// CONNECT or upgrade request as `content` events, and a second `end` closes that direction.
/// Timeouts are the host's: the connection tells no deadline but for events it owes.
class Connection {
 public:
  /// Makes a connection. `options` outlives it.
  explicit Connection(const ConnectionOptions& options [[clang::lifetimebound]]);
  explicit Connection(ConnectionOptions&&) = delete;  // would dangle
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Takes the reads of one drain. Stops with `more` in front of a request that has to wait for its
  /// turn, at a full content window, behind an interim response, and when the budget is spent; the
  /// host offers the rest again as soon as `demand().wants_read`. Only `budget.bytes` counts: a
  /// line is no frame.
  ///
  /// A violation event with a stream that was not opened before opens it for the answer; server
  /// hosts answer it with `submit_head` or just `release` it. Cost: at most two touches an octet.
  http::Batch receive(std::span<const wire::Slice> drain, http::Tick now, http::WorkBudget budget);
  /// Ends the input; everything offered before must have been consumed. A clean end behind a whole
  /// request lets the answer be written; inside a message it is a violation (incomplete,
  /// truncated), `aborted` makes it a reset by the peer with code CANCEL.
  http::Batch end_of_input(http::Tick now, http::Truncation how);

  /// Starts an exchange (client). Errors: stream_limit (one is open or not released), going_away
  /// (the connection cannot be reused), wrong_state (a server), and those of the Encoder.
  std::expected<http::StreamId, http::Refusal> open(const http::RequestHead& head,
                                                    http::EndStream end_stream);
  /// Answers with an interim response. Errors: not_supported toward 1.0; queue_full (the peer
  /// leaves `queued_output_bytes_max` unread); as submit_head.
  std::expected<void, http::Refusal> submit_interim(http::StreamId stream,
                                                    const http::ResponseHead& head);
  /// Answers with a final response, or 101. Says `connection: close` when the request is not
  /// complete yet, asked for it, or was refused, and while draining.
  /// Errors: unknown_stream, wrong_state, going_away (the connection broke), the Encoder's.
  std::expected<void, http::Refusal> submit_head(http::StreamId stream,
                                                 const http::ResponseHead& head,
                                                 http::EndStream end_stream);
  /// Sends content without copying it. Errors: queue_full, unknown_stream, the Encoder's.
  std::expected<void, http::Refusal> submit_content(http::StreamId stream, wire::Slice slice,
                                                    http::EndStream end_stream);
  /// Ends the message with trailers. Errors: not_supported unless it is chunked; the Encoder's.
  std::expected<void, http::Refusal> submit_trailers(http::StreamId stream,
                                                     http::FieldSection section);
  /// Returns how many octets `submit_content` takes now.
  [[nodiscard]] std::size_t writable(http::StreamId stream) const;
  /// Reads the rest of the input as octets of the tunnel, after 101 or 2xx to CONNECT was
  /// submitted (server). Before that it has no effect: early octets wait in front of `receive`.
  /// A client connection does this by itself and tells it by a `tunnel` event.
  void accept_tunnel(http::StreamId stream);
  /// Cuts the exchange: nothing more is written for it, no last chunk, and the connection closes.
  void reset(http::StreamId stream, http::ErrorCode code);
  /// Returns receive credit for `octets` of content.
  void consume(http::StreamId stream, std::size_t octets);
  /// Frees the live-handler slot; an exchange that is not over is cut.
  void release(http::StreamId stream);
  /// Closes after the next response; at once if idle and used before (a client: if idle).
  void drain(http::Tick now);
  /// Does nothing: H1 has no liveness check.
  void ping() {}
  /// Fills `pieces` with output for one gathered write; see wire::Outbox::gather.
  [[nodiscard]] std::size_t gather(std::span<http::Piece> pieces, std::size_t max_octets) const;
  /// Drops output that was written.
  void wrote(std::size_t octets);
  /// Tells what the connection waits for. Cost: constant.
  [[nodiscard]] http::Demand demand(http::Tick now) const;
  /// Returns the abuse account: H1 has no credits, only live handlers.
  [[nodiscard]] http::LedgerView ledger() const;
  /// Returns what was done since construction.
  [[nodiscard]] http::Work work() const;
  /// Returns how many streams may be opened now: 1 or 0 (client).
  [[nodiscard]] std::uint32_t open_slots() const;

  /// Counts the deviations that the policy forgave: those in the notes of events.
  [[nodiscard]] std::uint64_t tolerated() const { return tolerated_; }
  /// Names them. Of a message with very many, the notes are fewer (Report::kNotesMax).
  [[nodiscard]] const DeviationSet& deviations() const { return deviations_; }
  /// Tells whether octets of a message came whose end was not told yet.
  [[nodiscard]] bool in_message() const;
  /// Tells whether a client connection is idle and may carry another request (may_reuse).
  [[nodiscard]] bool reusable() const;
  /// Returns what a retry rule needs of the last exchange (client).
  [[nodiscard]] ExchangeFacts exchange_facts() const;
  /// Gives up on a request whose head did not come (server): input is discarded, and the stream
  /// returned may be answered once, with 408 or 503. Nothing if a request is being answered.
  [[nodiscard]] std::optional<http::StreamId> refuse_request();
  /// Drops the events of the last batch before the next one does: their slices hold slabs.
  void forget_events();
  /// Gives back all memory between exchanges; a no-op otherwise.
  void shrink();

 private:
  struct Workspace;

  // What the peer may still send. Server and client go through the same states.
  enum class Receiving : std::uint8_t {
    idle,     // between exchanges (server: octets start a request; client: nobody asked for any)
    head,     // client: the response is awaited
    content,  // the head was surfaced, the end was not
    ended,    // the message is complete: what follows waits for the next exchange
    tunnel,   // octets of another protocol
    failed,   // nothing is interpreted any more
  };
  // What the host may still submit.
  enum class Sending : std::uint8_t {
    idle,     // between exchanges
    head,     // server: the answer is awaited
    content,  // the head was written, the end was not
    ended,    // the message is complete
    tunnel,   // octets of another protocol
    cut,      // given up
  };
  // How the connection goes on; only ever moves down.
  enum class Fate : std::uint8_t {
    open,
    linger,  // the last answer is complete: half-close and discard input
    close,
    abort,  // a message that ends with the connection was cut
  };
  // What a peer may go on sending behind the last answer before the connection is closed under it.
  // It covers what a sender has under way when it sees the answer (RFC 9112 §9.6).
  static constexpr std::size_t kDiscardOctetsMax = std::size_t{16} << 20U;

  // connection.cc
  Workspace& workspace();
  [[nodiscard]] bool server() const { return options_->role == http::Role::server; }
  [[nodiscard]] bool current(http::StreamId stream) const;
  [[nodiscard]] bool can_progress() const;
  [[nodiscard]] bool answers_unread() const;
  [[nodiscard]] bool output_full() const;
  [[nodiscard]] std::size_t receive_window() const;
  [[nodiscard]] std::size_t queued() const;
  [[nodiscard]] bool window_owed() const;
  [[nodiscard]] bool sent_on_wire() const;
  [[nodiscard]] bool before_request() const;
  [[nodiscard]] http::Reached reached() const;
  void seal(Fate fate);
  void begin_exchange();
  void settle();
  void settle_server();
  void settle_client();
  void finish_exchange();
  void cut();

  // connection_receive.cc
  void begin_batch();
  [[nodiscard]] http::Batch finish_batch(std::size_t consumed);
  [[nodiscard]] bool takes_input() const;
  void take(wire::Slice& input, std::size_t& budget);
  void pull(wire::Slice& input, std::size_t octets_max);
  void pull_end(http::Truncation how);
  void take_part(Part& part);
  void break_off();
  void discard(wire::Slice& input);
  void refuse_unsolicited(wire::Slice& input);
  http::Event& push(http::EventKind kind);
  void count_deviations(const Part& part);
  void push_head(const Part& part);
  void push_request();
  void push_response();
  void push_content(wire::Slice slice);
  void push_end(http::RuleNotes notes);
  void push_tunnel();
  void push_violation(http::RuleNotes notes);
  void push_reset(http::ErrorCode code, http::Reached reached, const http::Rule* rule);

  // connection_send.cc
  [[nodiscard]] std::expected<void, http::Refusal> check_answer(http::StreamId stream) const;
  [[nodiscard]] std::expected<void, http::Refusal> check_content(http::StreamId stream) const;
  [[nodiscard]] Persistence wanted_persistence() const;
  void sent_end();

  const ConnectionOptions* options_;
  std::unique_ptr<Workspace> workspace_;
  std::uint64_t offset_ = 0;           // of the input, while there is no workspace
  std::uint64_t request_written_ = 0;  // octets written since the exchange began
  std::size_t unread_ = 0;             // octets of content surfaced and not consumed
  std::size_t discarded_ = 0;          // octets dropped behind the last exchange
  std::size_t window_wanted_ = 0;      // octets that were refused: a window event is owed
  std::uint64_t tolerated_ = 0;        // deviations
  DeviationSet deviations_;            // … which
  wire::Work work_;                    // done in workspaces that were given back
  http::StreamId stream_;              // of the last exchange
  http::Status status_;                // client: of the final response
  Receiving receiving_ = Receiving::idle;
  Sending sending_ = Sending::idle;
  Fate fate_ = Fate::open;
  Persistence persistence_ = Persistence::persistent;
  http::MethodId method_ = http::MethodId::other;
  http::Version peer_version_ = http::Version::http_1_1;
  http::Framing sent_framing_ = http::Framing::none;
  http::Framing received_framing_ = http::Framing::none;
  bool upgrade_requested_ = false;
  bool handler_live_ = false;
  bool interim_ = false;        // client: the message being read is an interim response
  bool message_told_ = false;   // the decoder's message may be dropped with its events
  bool peer_closes_ = false;    // the peer's message closes the connection
  bool leftover_ = false;       // client: octets came that nobody asked for
  bool response_seen_ = false;  // any octet since the exchange began
  bool input_ended_ = false;
  http::Loss loss_ = http::Loss::none;  // how the input ended
  bool input_waits_ = false;            // octets were offered that could not be taken yet
  bool draining_ = false;
  bool silent_ = false;  // output is of no use to anybody any more
  bool closed_told_ = false;
};

static_assert(http::Endpoint<Connection>);

}  // namespace regauge::h1
