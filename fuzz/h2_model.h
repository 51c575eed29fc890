// A strict end of an HTTP/2 connection as a plain state machine of maps, written for clarity and
// apart from the codec (RFC 9113 §5, §6). It is told what comes in, what the application does, and
// what our side writes, and says what each should have been. It keeps the account of abuse too.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/h2_account_model.h"
#include "fuzz/h2_frame_model.h"
#include "fuzz/h2_frames.h"
#include "fuzz/h2_message_model.h"
#include "tests/oracle/nghttp2_hpack.h"

namespace regauge::fuzz {

/// Counts the octets that a peer may send on a stream before credit is given back.
inline constexpr std::int64_t kModelStreamWindow = 65536;
/// Counts the streams that a peer may have open.
inline constexpr std::size_t kModelStreamsMax = 100;

/// Holds one stream from its HEADERS until the application has released it.
struct ModelStream {
  std::string method;
  std::string content;
  bool tunnel = false;
  bool told = false;           ///< surfaced to the application
  bool held = false;           ///< waits for the next turn to surface
  bool handler = false;        ///< surfaced and not released
  bool closed = false;         ///< over in the protocol
  bool reset_by_us = false;    ///< late frames are lawful
  bool head_came = false;      ///< the final head of the peer's message
  bool bodyless = false;       ///< no content may come
  bool peer_ended = false;     ///< END_STREAM came
  bool answered = false;       ///< the application sent its final head
  bool ended = false;          ///< the application ended its message
  bool ended_on_wire = false;  ///< END_STREAM was written
  bool reset_when_sent = false;
  std::size_t interims = 0;        ///< that came
  std::uint64_t queued = 0;        ///< octets of content to be written
  std::uint64_t held_octets = 0;   ///< content that was told and not consumed
  std::uint64_t small_charge = 0;  ///< credits that consuming it gives back
  std::int64_t send_window = 0;
  std::int64_t receive_window = 0;
  std::optional<std::uint64_t> content_left;
};

/// Says which end the model is, and what it offers.
struct ModelOptions {
  bool server = true;
  bool push = false;    ///< a client allows PUSH_PROMISE
  bool connect = true;  ///< a server offers extended CONNECT
};

/// Follows one connection.
class Model {
 public:
  explicit Model(const ModelOptions& options = {}) : options_(options) {}

  /// Begins a batch that is read at this time.
  void begin_batch(std::uint64_t now_ms);
  /// Takes a frame that came in; an incomplete one only by its header.
  void receive(const Frame& frame);
  /// Ends a batch: streams that live surface, or wait if the batch was cut by its budget.
  void end_batch(bool cut);
  /// Tells what surfaced with the last batch.
  [[nodiscard]] const std::set<std::uint32_t>& surfaced() const { return surfaced_; }
  /// Counts streams that opened and were reset within the last batch.
  [[nodiscard]] std::uint64_t cancelled() const { return cancelled_; }
  /// Tells the code of the connection error, if there was one.
  [[nodiscard]] std::optional<std::uint32_t> failed() const { return failed_; }
  /// Returns the account of abuse.
  [[nodiscard]] const AccountModel& account() const { return account_; }

  /// The application opens a stream (client).
  void open(std::uint32_t id, const std::string& method, bool ends);
  /// The application sends an interim head.
  void interim(std::uint32_t id) { ++heads_due_[id]; }
  /// The application sends its final head (server).
  void head(std::uint32_t id);
  /// The application sends content, behind its head.
  void content(std::uint32_t id, std::uint64_t octets) { streams_.at(id).queued += octets; }
  /// The application ends its message, with trailers or without.
  void end(std::uint32_t id) { streams_.at(id).ended = true; }
  /// The application gives credit back.
  void consume(std::uint32_t id, std::uint64_t octets);
  /// The application resets a stream.
  void reset(std::uint32_t id, std::uint32_t code);
  /// The application is done with a stream.
  void release(std::uint32_t id);
  /// The application asks whether the peer is there.
  void ping();
  /// The application wants no more streams, from this time on.
  void drain(std::uint64_t now_ms);

  /// Takes a frame that our side wrote. Returns what is wrong with it, or nothing.
  [[nodiscard]] std::optional<std::string> wrote(const Frame& frame);
  /// Returns what our side should have written and has not, or nothing. Call it when nothing more
  /// is to be written.
  [[nodiscard]] std::optional<std::string> missing() const;

  /// Returns a stream that has a record, or nullptr.
  [[nodiscard]] const ModelStream* find(std::uint32_t id) const;
  /// Counts the streams that are not closed.
  [[nodiscard]] std::size_t open_streams() const;
  /// Counts the streams of the peer that surfaced and were not released.
  [[nodiscard]] std::size_t handlers() const;
  /// Calls this for each stream that the peer opens, in order, with its method.
  std::function<void(std::uint32_t, const std::string&)> on_opened;

 private:
  // What was on its way when a stream was reset is lawful; a promised one is reserved before that.
  struct Reset {
    std::uint32_t id = 0;
    std::int64_t late_octets = 65'536;
    bool reserved = false;
  };
  enum class Leaving : std::uint8_t { no, announced, last_told };

  [[nodiscard]] ModelStream* live(std::uint32_t id);
  [[nodiscard]] bool idle(std::uint32_t id) const;
  [[nodiscard]] bool reserved(std::uint32_t id) const;
  [[nodiscard]] bool remembered(std::uint32_t id) const;
  [[nodiscard]] bool late(std::uint32_t id) const;
  void begin_reserved(std::uint32_t id);
  void spend_late(std::uint32_t id, std::uint64_t octets);
  void fail(std::uint32_t code);
  void fault_of(const Frame& frame, const FrameFault& fault);
  void stream_error(std::uint32_t id, std::uint32_t code, bool message_rule);
  void write_rst(std::uint32_t id, std::uint32_t code);
  void close(std::uint32_t id);
  void reset_by_peer(std::uint32_t id);
  void end_receiving(std::uint32_t id);
  void sent_end(std::uint32_t id);
  void check_account();
  void tell_goaway(std::uint32_t last, std::uint32_t code);
  [[nodiscard]] bool in_order(const Frame& frame);
  void read(const Frame& frame);
  void data_header(const Frame& frame);
  [[nodiscard]] bool takes_data(const Frame& frame);
  void data_payload(const Frame& frame);
  [[nodiscard]] bool charge_content(const Frame& frame, std::uint64_t octets);
  void settings(const Frame& frame);
  void setting(std::uint32_t id, std::uint32_t value);
  void ping(const Frame& frame);
  void goaway(const Frame& frame);
  void window_update(const Frame& frame);
  void priority(const Frame& frame);
  void priority_update(const Frame& frame);
  void rst_stream(const Frame& frame);
  // h2_model_blocks.cc
  void headers(const Frame& frame);
  void push_promise(const Frame& frame);
  void continuation(const Frame& frame);
  void begin_block(const Frame& frame, std::vector<std::uint8_t> octets);
  void block();
  [[nodiscard]] std::optional<std::vector<oracle::Line>> lines();
  void dead_block(std::uint32_t id);
  void promised_request();
  void open_request(std::uint32_t id);
  void response(std::uint32_t id, const std::vector<oracle::Line>& lines);
  void message_block(std::uint32_t id);
  void trailers(std::uint32_t id, const std::vector<oracle::Line>& lines);
  // h2_model_output.cc
  [[nodiscard]] std::optional<std::string> wrote_data(const Frame& frame);
  [[nodiscard]] std::optional<std::string> wrote_headers(const Frame& frame);
  [[nodiscard]] std::optional<std::string> wrote_rst(const Frame& frame);
  [[nodiscard]] std::optional<std::string> wrote_window(const Frame& frame);
  [[nodiscard]] std::optional<std::string> wrote_settings(const Frame& frame);
  [[nodiscard]] std::optional<std::string> wrote_ping(const Frame& frame);
  [[nodiscard]] std::optional<std::string> wrote_goaway(const Frame& frame);

  ModelOptions options_;
  AccountModel account_;
  std::map<std::uint32_t, ModelStream> streams_;
  std::uint32_t highest_ = 0;  // opened or promised by the peer
  std::uint32_t ignored_ = 0;  // opened by it behind our GOAWAY
  std::uint32_t ours_ = 0;     // opened by us
  std::optional<std::uint32_t> failed_;
  Leaving leaving_ = Leaving::no;
  std::uint64_t leaving_since_ms_ = 0;
  bool first_ = true;
  bool settings_seen_ = false;

  // The field block that comes in.
  bool block_open_ = false;
  std::uint32_t block_stream_ = 0;
  std::uint32_t block_promised_ = 0;  // not 0: it is that of a promise
  bool block_ends_ = false;
  std::size_t continuations_ = 0;
  std::vector<std::uint8_t> block_;
  oracle::Inflater inflater_;

  // Whole connection.
  std::int64_t send_window_ = 65535;
  std::int64_t receive_window_ = 1 << 20;
  std::int64_t initial_window_ = 65535;
  std::uint32_t extended_connect_ = 0;
  std::uint32_t no_priorities_ = 0;
  int our_settings_unacked_ = 1;
  std::optional<std::uint32_t> goaway_last_;
  std::set<std::uint32_t> idle_priorities_;
  bool our_ping_unacked_ = false;

  // What we wrote or owe.
  std::deque<Reset> resets_;
  std::uint64_t resets_ever_ = 0;
  std::multiset<std::pair<std::uint32_t, std::uint32_t>> rst_due_;
  std::multiset<std::uint32_t> answers_due_;        // 400 or 431
  std::map<std::uint32_t, std::size_t> heads_due_;  // requests and interim heads
  std::size_t settings_acks_due_ = 0;
  std::deque<std::vector<std::uint8_t>> pings_due_;
  std::size_t our_pings_due_ = 0;
  std::size_t prefaces_due_ = 1;
  std::deque<std::pair<std::uint32_t, std::uint32_t>> goaways_due_;  // last stream, code
  std::uint32_t continues_ = 0;  // the stream whose field block we write

  std::set<std::uint32_t> surfaced_;
  std::uint64_t cancelled_ = 0;
  std::uint64_t cancelling_ = 0;
};

}  // namespace regauge::fuzz
