// h2::Connection: a whole HTTP/2 connection, as server or client (RFC 9113).
//
// It satisfies http::Endpoint. `receive` takes the reads of one drain and applies all their frames
// before it tells anything: a stream that was opened and died in between is never told (batch law).
// A malformed request that was not told is answered here, with 400 or 431, and then reset.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "regauge/h2/head_writer.h"
#include "regauge/h2/ledger.h"
#include "regauge/h2/options.h"
#include "regauge/h2/reset_ring.h"
#include "regauge/h2/settings.h"
#include "regauge/h2/stream_table.h"
#include "regauge/h2/turn.h"
#include "regauge/hpack/decoder.h"
#include "regauge/hpack/encoder.h"
#include "regauge/http/endpoint.h"

namespace regauge::h2 {

/// Runs one connection. Every call has bounded work; nothing is allocated in steady state.
class Connection {
 public:
  /// Makes a connection and queues the preface of this end (§3.4). `options` outlives it.
  explicit Connection(const Options& options [[clang::lifetimebound]]);
  explicit Connection(Options&&) = delete;  // would dangle
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Takes the reads of one drain. Stops with `more` when the budget is spent or the queue of
  /// replies is full; at least one frame is taken, whatever the budget. Cost: see README.md, and
  /// the ledger.
  http::Batch receive(std::span<const wire::Slice> drain, http::Tick now, http::WorkBudget budget);
  /// Ends the input: every stream whose message is not complete is reset.
  http::Batch end_of_input(http::Tick now, http::Truncation how);

  /// Opens a stream (client). Errors: wrong_state (a server), going_away, stream_limit,
  /// not_supported (extended CONNECT that the peer has not enabled), invalid_head.
  std::expected<http::StreamId, http::Refusal> open(const http::RequestHead& head,
                                                    http::EndStream end_stream);
  /// Sends an interim response. Errors: unknown_stream, wrong_state, invalid_head, queue_full (the
  /// peer leaves `queued_output_bytes_max` unread).
  std::expected<void, http::Refusal> submit_interim(http::StreamId stream,
                                                    const http::ResponseHead& head);
  /// Sends the final response head. Errors: unknown_stream, wrong_state, invalid_head,
  /// length_mismatch.
  std::expected<void, http::Refusal> submit_head(http::StreamId stream,
                                                 const http::ResponseHead& head,
                                                 http::EndStream end_stream);
  /// Queues content without copying it. Errors: unknown_stream, wrong_state, length_mismatch,
  /// queue_full (more than `writable`, unless nothing is queued).
  std::expected<void, http::Refusal> submit_content(http::StreamId stream, wire::Slice slice,
                                                    http::EndStream end_stream);
  /// Ends the message with trailers. Errors: as submit_content, invalid_head.
  std::expected<void, http::Refusal> submit_trailers(http::StreamId stream,
                                                     http::FieldSection section);
  /// Returns how many octets `submit_content` takes now.
  [[nodiscard]] std::size_t writable(http::StreamId stream) const;
  /// Confirms that a CONNECT stream is a tunnel; content already flows as DATA (§8.5).
  void accept_tunnel(http::StreamId stream);
  /// Resets a stream. Late frames of the peer are lawful from then on.
  void reset(http::StreamId stream, http::ErrorCode code);
  /// Returns receive credit for `octets` of content.
  void consume(http::StreamId stream, std::size_t octets);
  /// Frees the live-handler slot. A stream that is not over is reset: NO_ERROR behind a complete
  /// response of a server (§8.1), else CANCEL.
  void release(http::StreamId stream);
  /// Ends gracefully: GOAWAY without a bound and PING, then GOAWAY with the last stream (§6.8).
  void drain(http::Tick now);
  /// Sends a PING, one at a time (§6.7).
  void ping();
  /// Fills `pieces` with output for one gathered write. DATA frames are made here, by urgency.
  [[nodiscard]] std::size_t gather(std::span<http::Piece> pieces, std::size_t max_octets);
  /// Drops output that was written.
  void wrote(std::size_t octets);
  /// Tells what the connection waits for. Cost: constant.
  [[nodiscard]] http::Demand demand(http::Tick now) const;
  /// Returns the abuse account.
  [[nodiscard]] http::LedgerView ledger() const;
  /// Returns what was done since construction.
  [[nodiscard]] http::Work work() const;
  /// Returns how many streams may be opened now (client).
  [[nodiscard]] std::uint32_t open_slots() const;
  /// Counts the octets that wait to be written; content that waits for its window is not among
  /// them.
  [[nodiscard]] std::size_t queued_octets() const;

  /// Returns the parameters that the peer announced.
  [[nodiscard]] const Settings& peer_settings() const { return peer_; }
  /// Tells whether a PING of ours is not answered yet.
  [[nodiscard]] bool ping_outstanding() const { return ping_outstanding_; }
  /// Tells whether the peer sent GOAWAY: no stream can be opened any more.
  [[nodiscard]] bool peer_leaves() const { return peer_leaves_; }
  /// Counts the streams that are not closed.
  [[nodiscard]] std::uint32_t open_streams() const { return peer_streams_ + our_streams_; }
  /// Tells whether output waits for a window and was not told as `stalled` yet.
  [[nodiscard]] bool awaits_window() const;
  /// Counts violations that the policy tolerated.
  [[nodiscard]] std::uint64_t tolerated() const { return tolerated_; }
  /// Tells whether the input stopped inside a frame, a field block or the preface.
  [[nodiscard]] bool inside_frame() const;
  /// Drops the events of the last batch before the next one does: their slices hold slabs.
  void forget_events();
  /// Gives back all memory that holds nothing (an idle connection).
  void shrink();

 private:
  enum class Fate : std::uint8_t { open, failed };
  // How far our own GOAWAY has come.
  enum class Leaving : std::uint8_t { no, announced, last_stream_told };
  // What is there while octets or streams are; an idle connection has none.
  struct Workspace;
  // What is done with the parts of the DATA or unknown frame that comes in.
  struct IncomingData {
    StreamIndex stream = kNone;  // kNone: everything is discarded
    std::uint32_t content_left = 0;
    std::uint32_t padding_left = 0;
    bool padding_unknown = false;  // the next octet is the pad length
    bool drop_content = false;
    std::uint32_t small_charge = 0;  // for a short frame, earned back with its content
    http::EndStream end_stream = http::EndStream::no;
  };
  enum class BlockKind : std::uint8_t { headers, push_promise };
  struct IncomingBlock {
    bool open = false;
    BlockKind kind = BlockKind::headers;
    http::StreamId stream;
    http::StreamId promised;
    http::EndStream end_stream = http::EndStream::no;
    std::uint32_t continuations = 0;
    std::uint64_t offset = 0;
  };
  using Fault = std::optional<Violation>;

  // connection.cc
  [[nodiscard]] bool server() const { return options_->role == http::Role::server; }
  Workspace& workspace();
  [[nodiscard]] StreamIndex find(http::StreamId id) const;
  void write_preface();
  void begin(http::Tick now);
  [[nodiscard]] http::Batch finish(std::size_t consumed, TurnEnd end);
  void run_timers();
  [[nodiscard]] bool output_full() const;
  [[nodiscard]] bool fields_full() const;
  void check_ledger();
  void charge_late(http::StreamId id, std::uint32_t octets);
  void fail(Violation violation);
  http::Event& push_violation(Violation violation, http::StreamId stream, http::Scope scope);
  [[nodiscard]] http::Reached reached(const Stream& stream) const;
  void note_toleration(Violation violation);
  [[nodiscard]] bool may_go_on(Violation violation);
  void write_goaway(http::StreamId last, http::ErrorCode code);
  void write_ping(Bytes payload, Flag flag);
  void write_window_update(http::StreamId stream, std::uint32_t increment);
  void count_reply();
  [[nodiscard]] bool replies_full() const;

  // connection_frames.cc
  void step(Bytes& rest);
  void read_preface(Bytes& rest);
  void on_frame_header();
  [[nodiscard]] Fault check_frame_order(const FrameHeader& header) const;
  void on_payload();
  void on_settings(const FrameHeader& header, Bytes payload);
  [[nodiscard]] Fault apply_settings(Bytes payload);
  [[nodiscard]] Fault change_initial_window(std::uint32_t octets);
  void on_settings_ack();
  void on_ping(const FrameHeader& header, Bytes payload);
  void on_goaway(const FrameHeader& header, Bytes payload);
  void on_window_update(const FrameHeader& header, Bytes payload);
  void on_priority(const FrameHeader& header);
  void on_priority_update(const FrameHeader& header, Bytes payload);
  void keep_idle_priority(http::StreamId id, const Priority& priority);
  void on_rst_stream(const FrameHeader& header, Bytes payload);
  void on_reset_of(StreamIndex index, http::ErrorCode code, http::Loss loss);

  // connection_data.cc
  void on_data_header(const FrameHeader& header);
  [[nodiscard]] StreamIndex stream_for_data(const FrameHeader& header);
  void check_content();
  [[nodiscard]] bool charge_small_content(const Stream& stream, std::uint32_t octets);
  void on_part();
  void on_content(wire::Slice slice);
  void on_end_stream(StreamIndex index);
  void credit(Stream* stream, std::uint32_t octets);

  // connection_streams.cc
  void on_headers(const FrameHeader& header, Bytes payload);
  void on_push_promise(const FrameHeader& header, Bytes payload);
  void on_continuation(const FrameHeader& header, Bytes payload);
  enum class Fragment : std::uint8_t { middle, last };
  [[nodiscard]] static Fragment fragment_of(const FrameHeader& header) {
    return header.has(Flag::end_headers) ? Fragment::last : Fragment::middle;
  }
  void take_fragment(Bytes octets, Fragment fragment);
  void finish_block(Bytes block);
  [[nodiscard]] std::optional<hpack::FieldBlock> decode(Bytes block,
                                                        const hpack::ListLimits& limits);
  void on_promised_request(Bytes block);
  void open_request(Bytes block);
  void on_request_head(StreamIndex index, hpack::FieldBlock& block);
  void on_message_block(StreamIndex index, Bytes block);
  void on_response_head(StreamIndex index, hpack::FieldBlock& block);
  void on_trailers(StreamIndex index, hpack::FieldBlock& block);
  void on_dead_stream_block(Bytes block);
  void count_tolerations(const std::vector<Violation>& tolerated);

  // connection_faults.cc
  [[nodiscard]] bool is_idle(http::StreamId id) const;
  [[nodiscard]] bool is_late(http::StreamId id, StreamIndex index) const;
  [[nodiscard]] bool tolerate_on_stream(Violation violation, StreamIndex index);
  void stream_fault(StreamIndex index, Violation violation);
  void fault_without_stream(Violation violation, http::StreamId id);
  void refuse_stream(http::StreamId id, Violation violation);
  void answer_malformed(Stream& stream, Violation violation);

  // connection_stalls.cc
  [[nodiscard]] bool starved() const;
  [[nodiscard]] std::uint32_t wake_all(StreamIndex first);
  void wake(StreamIndex index);
  void note_drained(Stream& stream, std::uint32_t octets);
  [[nodiscard]] std::uint64_t drain_octets_min() const;
  void time_waits();
  void time_list(StreamIndex last);
  void time_wait(StreamIndex index);
  void report_stalls();
  [[nodiscard]] bool report_stall(StreamIndex index);
  [[nodiscard]] std::uint32_t stall_ms() const;
  [[nodiscard]] std::uint32_t waited_ms(const Stream& stream, http::Tick now) const;
  [[nodiscard]] std::optional<std::uint64_t> stall_deadline_ms(http::Tick now) const;

  // connection_send.cc
  [[nodiscard]] StreamIndex sendable(http::StreamId id) const;
  [[nodiscard]] std::int64_t send_window(const Stream& stream) const;
  void schedule(StreamIndex index);
  void fill(std::size_t octets_max);
  void write_data(StreamIndex index);
  void write_end(StreamIndex index);
  void sent_end_stream(StreamIndex index);
  void write_rst(http::StreamId stream, http::ErrorCode code);
  void close(StreamIndex index);
  void forget(StreamIndex index);
  void cancel_unsurfaced(StreamIndex index);
  void close_if_both_ended(StreamIndex index);

  const Options* options_;
  std::unique_ptr<Workspace> workspace_;
  hpack::Decoder decoder_;
  hpack::Encoder encoder_;
  ResetRing resets_;
  Ledger ledger_;
  Settings ours_;
  Settings peer_;

  FlowWindow send_window_{kInitialWindow};
  ReceiveWindow receive_window_{FlowWindow(kInitialWindow), 0};
  std::int64_t send_delta_bound_ = 0;  // no stream's send window is further above its base
  std::int64_t receive_base_ = kInitialWindow;
  http::StreamId last_peer_stream_;  // the highest identifier that the peer opened
  http::StreamId last_ignored_;      // the highest that it opened behind our GOAWAY
  http::StreamId last_our_stream_;   // the highest that we opened
  http::StreamId peer_goaway_last_{kStreamIdMax};
  std::uint32_t peer_streams_ = 0;  // open, by the peer
  std::uint32_t our_streams_ = 0;
  std::uint32_t live_handlers_ = 0;
  std::uint32_t fresh_streams_ = 0;  // opened and not surfaced yet
  std::uint32_t replies_ = 0;        // frames that answer the peer and are not written yet
  std::uint32_t settings_unacked_ = 0;
  http::Tick now_;
  http::Tick settings_since_;
  http::Tick leaving_since_;
  http::Tick replies_full_since_;
  std::optional<http::Tick> starved_since_;  // of the window of the connection
  std::uint64_t starved_octets_ = 0;         // that went out since then
  std::uint64_t offset_ = 0;                 // octets of input so far
  std::uint64_t frame_offset_ = 0;           // where the current frame began
  std::uint64_t tolerated_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t copied_ = 0;
  std::uint64_t steps_ = 0;             // entries of SETTINGS, and streams that frames made us walk
  std::uint64_t probes_ = 0;            // in workspaces that were given back
  std::uint64_t turn_field_bytes_ = 0;  // that field blocks of this turn expanded to
  std::uint32_t cancelled_ = 0;         // in this turn
  http::StreamId cancelled_last_;
  std::size_t preface_left_ = 0;
  const wire::Slice* slice_ = nullptr;  // what `receive` is reading
  std::size_t part_start_ = 0;          // of the octets that `step` takes, in the slice
  bool slice_pinned_ = false;
  Fate fate_ = Fate::open;
  Leaving leaving_ = Leaving::no;
  bool first_frame_ = true;
  bool peer_settings_seen_ = false;
  bool peer_leaves_ = false;  // GOAWAY came
  bool ping_outstanding_ = false;
  bool input_ended_ = false;
  bool settings_overdue_ = false;  // the missing acknowledgment was judged
};

}  // namespace regauge::h2
