// Stream: the record of one stream. A connection with 100 streams holds 100 of them, so every
// member counts: 128 octets at most.
#pragma once

#include <cstdint>

#include "regauge/h2/flow_window.h"
#include "regauge/h2/ledger.h"
#include "regauge/h2/priority.h"
#include "regauge/h2/stream_state.h"
#include "regauge/http/ids.h"
#include "regauge/http/method.h"

namespace regauge::h2 {

/// Numbers a stream's record within its connection.
using StreamIndex = std::uint32_t;
/// Stands for no record, node or event.
inline constexpr std::uint32_t kNone = 0xffffffff;
/// Stands for a content length that was not announced.
inline constexpr std::uint64_t kUnknownLength = ~std::uint64_t{0};

/// Says how far a message has come, in either direction.
enum class MessagePhase : std::uint8_t {
  head,     ///< the final head is still to come; interim responses may come before it
  content,  ///< content, then a trailer section or the end
  ended,    ///< END_STREAM was seen, or submitted by the host
};

/// Says whether the host knows of the stream (batch law).
enum class Surface : std::uint8_t {
  fresh,     ///< opened in this turn
  held,      ///< opened in the last turn, which a budget cut
  surfaced,  ///< its head was handed out: a live handler until `release`
  released,  ///< the host is done with it
};

/// Names the output list that a stream is linked into.
enum class SendList : std::uint8_t { none, ready, blocked, stalled };

/// Holds what is known of one stream.
struct Stream {
  http::StreamId id;
  StreamState state = StreamState::idle;
  Surface surface = Surface::fresh;
  MessagePhase receiving = MessagePhase::head;
  MessagePhase sending = MessagePhase::head;
  http::MethodId method = http::MethodId::other;  ///< of the request, whoever sent it
  http::By opened_by = http::By::peer;
  Priority priority;
  SendList list = SendList::none;
  std::uint8_t interims_left = credits::kInterimResponsesFree;  ///< free of charge (ledger.h)

  bool tunnel = false;           ///< CONNECT: no trailers, no content length
  bool without_content = false;  ///< the message that comes cannot have content
  bool rotate = true;            ///< shares its urgency level frame by frame
  bool window_wanted = false;    ///< the host waits for a `window` event
  bool end_queued = false;       ///< END_STREAM follows the queued content
  bool reset_when_sent = false;  ///< RST_STREAM(NO_ERROR) follows the end of the queued output
  bool reset_by_us = false;      ///< late frames of the peer are lawful
  bool wait_timed = false;       ///< `waits_since_ms` is known
  bool drain_timed = false;      ///< `drains_since_ms` is known

  FlowWindow send_window;               ///< relative to the peer's initial window
  ReceiveWindow receive_window;         ///< relative to our initial window
  std::uint32_t held_octets = 0;        ///< content handed out and not consumed yet
  std::uint32_t small_data_charge = 0;  ///< credits that it costs until then (ledger.h)

  std::uint64_t receive_left = kUnknownLength;  ///< announced content still to come
  std::uint64_t send_left = kUnknownLength;     ///< announced content still to be submitted

  std::uint32_t queue_head = kNone;  ///< queued content (content_queue.h)
  std::uint32_t queue_tail = kNone;
  std::uint32_t queued_octets = 0;
  std::uint32_t trailers = kNone;  ///< a trailer section that waits behind the content
  StreamIndex list_next = kNone;
  StreamIndex list_previous = kNone;
  std::uint32_t first_event = kNone;  ///< its events in a turn, until it is surfaced
  std::uint32_t last_event = kNone;
  std::uint32_t opened_slot = kNone;  ///< its place among the streams opened in a turn
  std::uint32_t waits_since_ms = 0;   ///< low 32 bits of the tick
  std::uint32_t drains_since_ms = 0;  ///< as above: since when hardly anything went out
  std::uint32_t drained_octets = 0;   ///< what went out since then
};
static_assert(sizeof(Stream) <= 128, "the memory budget of a stream");

}  // namespace regauge::h2
