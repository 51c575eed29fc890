// Attribution: who ended a request or connection, why, and how far it had come (idea H).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "regauge/http/event.h"

namespace regauge::proxy {

/// Names the side that an end came from.
enum class Side : std::uint8_t { downstream, upstream, proxy };

/// Names what ended it.
enum class Cause : std::uint8_t {
  none,  ///< it came to its lawful end
  peer_close,
  peer_reset,
  tls_error,
  protocol_error,
  timeout,
  limit,
  refused,
  goaway,
  unreachable,
  dns,
  overload,
  drain,
  config_reload,
  cancelled_by_hook,
  no_route,
  internal,
};

/// Names how far a request had come.
enum class Phase : std::uint8_t {
  handshake,
  request_head,
  request_body,
  queue,
  connect,
  upstream_handshake,
  await_response,
  response_head,
  response_body,
  trailers,
  idle,
};

[[nodiscard]] std::string_view name_of(Side side);
[[nodiscard]] std::string_view name_of(Cause cause);
[[nodiscard]] std::string_view name_of(Phase phase);

/// Holds the triple of an end. `detail` names the rule, the timeout or the error code.
struct Attribution {
  Side side = Side::downstream;
  Cause cause = Cause::none;
  Phase phase = Phase::trailers;
  std::string_view detail;  ///< static
};

/// Renders side:cause:phase, or "-" for a lawful end.
[[nodiscard]] std::string text_of(const Attribution& attribution);

/// Counts the enumerators, for tables.
inline constexpr std::size_t kSides = std::to_underlying(Side::proxy) + 1;
inline constexpr std::size_t kCauses = std::to_underlying(Cause::internal) + 1;
inline constexpr std::size_t kPhases = std::to_underlying(Phase::idle) + 1;

/// Says what a request waits for that has no upstream stream yet.
enum class Waits : std::uint8_t { slot, connect, handshake };

/// Holds what decides about the phase of an exchange.
struct Progress {
  bool request_complete = false;  ///< all of the request came
  bool stream_wanted = false;     ///< an upstream stream was asked for
  Waits waits = Waits::slot;      ///< while it is not had
  bool stream_had = false;        ///< … and was had
  bool response_octets = false;   ///< some of the head of a response came
  bool response_begun = false;    ///< the final head came
  bool response_sent = false;     ///< all of the response was handed on
};
/// Tells the phase that an exchange is in. Cost: constant.
[[nodiscard]] Phase phase_of(const Progress& progress);
/// Tells the phase in which the client's message broke off.
[[nodiscard]] Phase phase_of_request(http::Reached reached);
/// Tells the phase in which the upstream's message broke off.
[[nodiscard]] Phase phase_of_response(http::Reached reached);
/// Tells what a broken rule was: a limit of ours, or one of the protocol.
[[nodiscard]] Cause cause_of(http::ErrorCode code);

}  // namespace regauge::proxy
