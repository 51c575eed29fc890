// The one shape of h1::Connection and h2::Connection: translation, proxy and fuzzers see only this.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "regauge/http/event.h"
#include "regauge/http/head.h"
#include "regauge/http/ids.h"
#include "regauge/wire/outbox.h"
#include "regauge/wire/work.h"

namespace regauge::http {

using wire::Piece;
using wire::Work;

/// Says why a call on the send side was refused. Nothing was queued and no state was changed.
enum class Refusal : std::uint8_t {
  unknown_stream,   ///< no such stream, or it is closed or reset
  wrong_state,      ///< out of order: content before the head, anything after the end
  stream_limit,     ///< the peer's concurrency limit (H2), or one exchange at a time (H1)
  going_away,       ///< GOAWAY was seen or the connection closes after the current exchange
  invalid_head,     ///< the head cannot be written without breaking a MUST (CR, LF, bad token, …)
  length_mismatch,  ///< content does not agree with the announced length
  not_supported,    ///< the peer cannot: extended CONNECT not enabled, trailers to HTTP/1.0
  queue_full,       ///< more than `writable` octets
};

/// Bounds the work of one call to `receive` (idea D). It stops behind the frame or line that
/// exhausts the budget, and never before `frames_min` frames, unless the field lines that these
/// expand to pass Limits::batch_field_bytes_max.
struct WorkBudget {
  std::size_t bytes = 64 * 1024;
  std::size_t frames_min = 512;
};

/// Tells the host what the connection wants next.
struct Demand {
  bool wants_read = true;    ///< false: back-pressure, or no more input is of interest
  bool wants_write = false;  ///< output is queued
  bool drained = false;      ///< no stream is open and nothing is queued
  bool close = false;        ///< close the transport once the output is written
  /// Half-close (shut the sending side) once the output is written and go on reading: a tunnel
  /// whose other direction lives, or a lingering close that spares the last answer from a reset.
  /// With `close`: what is still read is of no interest, close when the peer has closed or has
  /// had its time.
  bool finish = false;
  /// With `close`: close so that the peer sees an error (TCP reset, TLS without close_notify); a
  /// message that ends with the connection was cut and must not look complete.
  bool abort = false;
  std::optional<Tick> deadline;  ///< call `receive` with an empty drain at this time at the latest
};

/// Shows the abuse account of a connection (design §4).
struct LedgerView {
  std::uint32_t credits = 0;        ///< what is left
  std::uint32_t capacity = 0;       ///< what was there at the start
  std::uint64_t charged = 0;        ///< all charges so far
  std::uint64_t refunded = 0;       ///< all refunds so far
  std::uint32_t live_handlers = 0;  ///< streams surfaced and not yet released
};

/// States what a protocol connection can do. Rules:
/// - `receive` takes the reads of one drain, never calls back, and consumes all of them unless it
///   says `more`; partial messages are kept inside.
/// - Content is credited only by `consume`; unread content is bounded by the windows of Limits.
/// - Every surfaced stream stays a live handler until `release`, also after its reset.
template <typename Type>
concept Endpoint =
    requires(Type connection, const Type constant, StreamId stream, Tick now, Slice slice) {
      { connection.receive(std::span<const Slice>(), now, WorkBudget()) } -> std::same_as<Batch>;
      { connection.end_of_input(now, Truncation::clean) } -> std::same_as<Batch>;
      {
        connection.open(RequestHead(), EndStream::yes)
      } -> std::same_as<std::expected<StreamId, Refusal>>;
      {
        connection.submit_interim(stream, ResponseHead())
      } -> std::same_as<std::expected<void, Refusal>>;
      {
        connection.submit_head(stream, ResponseHead(), EndStream::no)
      } -> std::same_as<std::expected<void, Refusal>>;
      {
        connection.submit_content(stream, slice, EndStream::no)
      } -> std::same_as<std::expected<void, Refusal>>;
      {
        connection.submit_trailers(stream, FieldSection())
      } -> std::same_as<std::expected<void, Refusal>>;
      { constant.writable(stream) } -> std::same_as<std::size_t>;
      { connection.accept_tunnel(stream) } -> std::same_as<void>;
      { connection.reset(stream, ErrorCode::cancel) } -> std::same_as<void>;
      { connection.consume(stream, std::size_t()) } -> std::same_as<void>;
      { connection.release(stream) } -> std::same_as<void>;
      { connection.drain(now) } -> std::same_as<void>;
      { connection.ping() } -> std::same_as<void>;
      { connection.gather(std::span<Piece>(), std::size_t()) } -> std::same_as<std::size_t>;
      { connection.wrote(std::size_t()) } -> std::same_as<void>;
      { constant.demand(now) } -> std::same_as<Demand>;
      { constant.ledger() } -> std::same_as<LedgerView>;
      { constant.work() } -> std::same_as<Work>;
      { constant.open_slots() } -> std::same_as<std::uint32_t>;
    };

}  // namespace regauge::http
