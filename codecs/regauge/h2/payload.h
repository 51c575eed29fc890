// Payload parsers, one a frame type (RFC 9113 §6). Each gets the header and the whole payload.
#pragma once

#include <cstdint>
#include <expected>

#include "regauge/h2/frame.h"
#include "regauge/h2/priority.h"
#include "regauge/h2/violation.h"

namespace regauge::h2 {

/// Parses HEADERS to its field block fragment, without padding and priority.
/// Errors: frame_on_stream_zero, headers_priority_truncated, headers_padding_too_long. §6.2.
[[nodiscard]] std::expected<Bytes, Violation> parse_headers(const FrameHeader& header,
                                                            Bytes payload);

/// Holds a promise: the promised stream and the field block fragment of its request (§6.6).
struct PushPromise {
  StreamId promised;
  Bytes fragment;
};
/// Parses PUSH_PROMISE. Errors: frame_on_stream_zero, push_promise_length,
/// push_promise_padding_too_long. §6.6.
[[nodiscard]] std::expected<PushPromise, Violation> parse_push_promise(const FrameHeader& header,
                                                                       Bytes payload);
/// Checks PRIORITY; what it says is deprecated. Errors: frame_on_stream_zero, priority_length.
/// §6.3.
[[nodiscard]] std::expected<void, Violation> parse_priority(const FrameHeader& header);
/// Parses RST_STREAM. Errors: frame_on_stream_zero, rst_stream_length. §6.4.
[[nodiscard]] std::expected<ErrorCode, Violation> parse_rst_stream(const FrameHeader& header,
                                                                   Bytes payload);
/// Checks PING; the payload is opaque. Errors: ping_stream_nonzero, ping_length. §6.7.
[[nodiscard]] std::expected<void, Violation> parse_ping(const FrameHeader& header);

/// Holds what GOAWAY says (§6.8); debug data is not kept.
struct Goaway {
  StreamId last;
  ErrorCode code = ErrorCode::no_error;
};
/// Parses GOAWAY. Errors: goaway_stream_nonzero, goaway_length. §6.8.
[[nodiscard]] std::expected<Goaway, Violation> parse_goaway(const FrameHeader& header,
                                                            Bytes payload);
/// Parses WINDOW_UPDATE to its increment. Errors: window_update_length, window_update_zero. §6.9.
[[nodiscard]] std::expected<std::uint32_t, Violation> parse_window_update(const FrameHeader& header,
                                                                          Bytes payload);

/// Holds a new priority of a stream (RFC 9218 §7.1).
struct PriorityUpdate {
  StreamId prioritized;
  Bytes value;  ///< a Priority Field Value
};
/// Parses PRIORITY_UPDATE. Errors: priority_update_length. RFC 9218 §7.1.
[[nodiscard]] std::expected<PriorityUpdate, Violation> parse_priority_update(Bytes payload);

}  // namespace regauge::h2
