// Attribution: who ended a request or connection, why, and how far it had come (idea H).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

/// Holds what decides about the phase of an exchange.
struct Progress {
  bool request_complete = false;   ///< all of the request came
  bool stream_wanted = false;      ///< an upstream stream was asked for
  bool stream_had = false;         ///< … and was had
  bool response_begun = false;     ///< the final head came
  bool response_complete = false;  ///< the response came to its end
};
/// Tells the phase that an exchange is in. Cost: constant.
[[nodiscard]] Phase phase_of(const Progress& progress);

}  // namespace regauge::proxy
