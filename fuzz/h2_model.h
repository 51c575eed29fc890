// A strict HTTP/2 server as a plain state machine of maps, written for clarity and apart from the
// codec (RFC 9113 §5, §6). It is told what comes in, what the application does, and what our side
// writes, and says what each should have been.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fuzz/h2_frames.h"
#include "fuzz/h2_message_model.h"
#include "tests/oracle/nghttp2_hpack.h"

namespace regauge::fuzz {

/// Names the error codes that the model speaks of (RFC 9113 §7).
enum ErrorNumber : std::uint32_t {
  kNoError = 0,
  kProtocolError = 1,
  kFlowControlError = 3,
  kStreamClosed = 5,
  kFrameSizeError = 6,
  kRefusedStream = 7,
  kCancel = 8,
  kCompressionError = 9,
  kEnhanceYourCalm = 11,
};

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
  bool peer_ended = false;     ///< END_STREAM came
  bool answered = false;       ///< the application sent its final head
  bool ended = false;          ///< the application ended its message
  bool ended_on_wire = false;  ///< END_STREAM was written
  bool reset_when_sent = false;
  std::uint64_t queued = 0;  ///< octets of content to be written
  std::int64_t send_window = 0;
  std::int64_t receive_window = 0;
  std::optional<std::uint64_t> content_left;
};

/// Follows one connection.
class Model {
 public:
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

  /// The application sends its head, `octets` of content, and perhaps trailers, then the end.
  void answer(std::uint32_t id, std::uint64_t octets);
  /// The application resets a stream.
  void reset(std::uint32_t id, std::uint32_t code);
  /// The application is done with a stream.
  void release(std::uint32_t id);

  /// Takes a frame that our side wrote. Returns what is wrong with it, or nothing.
  [[nodiscard]] std::optional<std::string> wrote(const Frame& frame);
  /// Returns what our side should have written and has not, or nothing. Call it when nothing more
  /// is to be written.
  [[nodiscard]] std::optional<std::string> missing() const;

  /// Returns a stream that has a record, or nullptr.
  [[nodiscard]] const ModelStream* find(std::uint32_t id) const;
  /// Counts the streams that are not closed.
  [[nodiscard]] std::size_t open_streams() const;
  /// Calls `visit` for each stream that ever opened, in order, with its method.
  std::function<void(std::uint32_t, const std::string&)> on_opened;

 private:
  using Payload = const std::vector<std::uint8_t>&;

  [[nodiscard]] ModelStream* live(std::uint32_t id);
  [[nodiscard]] bool idle(std::uint32_t id) const { return id % 2 == 0 || id > highest_; }
  [[nodiscard]] bool was_reset_by_us(std::uint32_t id) const;
  [[nodiscard]] std::size_t handlers() const;
  void fail(std::uint32_t code);
  void stream_error(std::uint32_t id, std::uint32_t code, bool message_rule);
  void write_rst(std::uint32_t id, std::uint32_t code);
  void close(std::uint32_t id);
  void end_receiving(std::uint32_t id);
  void sent_end(std::uint32_t id);
  [[nodiscard]] bool in_order(const Frame& frame);
  void data_header(const Frame& frame);
  void data_payload(const Frame& frame);
  [[nodiscard]] bool charge_content(std::uint32_t id, std::uint64_t octets);
  void settings(const Frame& frame);
  void setting(std::uint32_t id, std::uint32_t value);
  void ping(const Frame& frame);
  void goaway(const Frame& frame);
  void window_update(const Frame& frame);
  void priority(const Frame& frame);
  void priority_update(const Frame& frame);
  void rst_stream(const Frame& frame);
  void headers(const Frame& frame);
  void continuation(const Frame& frame);
  void block();
  [[nodiscard]] std::optional<std::vector<oracle::Line>> lines();
  void open(std::uint32_t id);
  void trailers(std::uint32_t id);
  [[nodiscard]] std::optional<std::string> wrote_data(const Frame& frame);
  [[nodiscard]] std::optional<std::string> wrote_headers(const Frame& frame);
  [[nodiscard]] std::optional<std::string> wrote_rst(const Frame& frame);
  [[nodiscard]] std::optional<std::string> wrote_window(const Frame& frame);
  [[nodiscard]] std::optional<std::string> wrote_settings(const Frame& frame);

  std::map<std::uint32_t, ModelStream> streams_;
  std::uint32_t highest_ = 0;
  std::optional<std::uint32_t> failed_;
  bool first_ = true;
  bool settings_seen_ = false;

  // The field block that comes in.
  bool block_open_ = false;
  std::uint32_t block_stream_ = 0;
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

  // Resets that we wrote or owe.
  std::deque<std::uint32_t> reset_ring_;
  std::uint64_t resets_ = 0;
  std::multiset<std::pair<std::uint32_t, std::uint32_t>> rst_due_;
  std::multiset<std::uint32_t> answers_due_;  // 400 or 431
  std::size_t settings_acks_due_ = 0;
  std::deque<std::vector<std::uint8_t>> pings_due_;
  std::size_t prefaces_due_ = 1;
  bool goaway_due_ = false;

  std::set<std::uint32_t> surfaced_;
  std::uint64_t cancelled_ = 0;
  std::uint64_t cancelling_ = 0;
};

}  // namespace regauge::fuzz
