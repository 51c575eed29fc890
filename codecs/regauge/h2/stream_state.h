// Stream states (RFC 9113 §5.1) as a transition table: an illegal move is a hole in it.
//
//                            send PP / recv PP           send H / recv H
//   reserved (local/remote) <----------------- idle -----------------------> open
//            |                                                               |  |
//            | send H / recv H                          send ES / recv ES    |  | send R / recv R
//            v                                                               v  |
//   half-closed (remote/local) <---------------------------------------------+  |
//            |  send ES / recv ES / send R / recv R                             |
//            +----------------------------> closed <----------------------------+
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace regauge::h2 {

/// Lists the states of a stream as seen from this end.
enum class StreamState : std::uint8_t {
  idle,
  reserved_local,
  reserved_remote,
  open,
  half_closed_local,
  half_closed_remote,
  closed,
};

/// Lists what changes the state. `…_headers` are the first HEADERS of a direction;
/// `…_end_stream` follows as an input of its own if the flag is set.
enum class StreamInput : std::uint8_t {
  send_headers,
  receive_headers,
  send_push_promise,
  receive_push_promise,
  send_end_stream,
  receive_end_stream,
  send_rst_stream,
  receive_rst_stream,
};

namespace detail {
using Next = std::optional<StreamState>;
inline constexpr Next kHole = std::nullopt;
inline constexpr Next kOpen = StreamState::open;
inline constexpr Next kLocal = StreamState::half_closed_local;
inline constexpr Next kRemote = StreamState::half_closed_remote;
inline constexpr Next kReservedLocal = StreamState::reserved_local;
inline constexpr Next kReservedRemote = StreamState::reserved_remote;
inline constexpr Next kClosed = StreamState::closed;

// clang-format off
inline constexpr std::array<std::array<Next, 8>, 7> kTransitions{{
  // send H   recv H   send PP         recv PP          send ES  recv ES  send R   recv R
  {{kOpen,    kOpen,   kReservedLocal, kReservedRemote, kHole,   kHole,   kHole,   kHole}},    // idle
  {{kRemote,  kHole,   kHole,          kHole,           kHole,   kHole,   kClosed, kClosed}},  // reserved (local)
  {{kHole,    kLocal,  kHole,          kHole,           kHole,   kHole,   kClosed, kClosed}},  // reserved (remote)
  {{kHole,    kHole,   kHole,          kHole,           kLocal,  kRemote, kClosed, kClosed}},  // open
  {{kHole,    kHole,   kHole,          kHole,           kHole,   kClosed, kClosed, kClosed}},  // half-closed (local)
  {{kHole,    kHole,   kHole,          kHole,           kClosed, kHole,   kClosed, kClosed}},  // half-closed (remote)
  {{kHole,    kHole,   kHole,          kHole,           kHole,   kHole,   kHole,   kHole}},    // closed
}};
// clang-format on
}  // namespace detail

/// Returns the state after `input`, or nothing if RFC 9113 §5.1 has no such move.
[[nodiscard]] constexpr std::optional<StreamState> next_state(StreamState state,
                                                              StreamInput input) {
  return detail::kTransitions[std::to_underlying(state)][std::to_underlying(input)];
}

/// Tells whether the peer may still send content or trailers.
[[nodiscard]] constexpr bool can_receive(StreamState state) {
  return state == StreamState::open || state == StreamState::half_closed_local;
}
/// Tells whether this end may still send content or trailers.
[[nodiscard]] constexpr bool can_send(StreamState state) {
  return state == StreamState::open || state == StreamState::half_closed_remote;
}

}  // namespace regauge::h2
