#include "regauge/h2/payload.h"

#include "regauge/wire/reader.h"

namespace regauge::h2 {
namespace {

using wire::Reader;

constexpr std::size_t kPriorityBytes = 5;
constexpr std::uint32_t kRstStreamBytes = 4;
constexpr std::uint32_t kPingBytes = 8;
constexpr std::uint32_t kWindowUpdateBytes = 4;

}  // namespace

std::expected<Bytes, Violation> parse_headers(const FrameHeader& header, Bytes payload) {
  if (header.stream == http::kConnectionStream) {
    return std::unexpected(Violation::frame_on_stream_zero);
  }
  Reader reader(payload);
  std::size_t padding = 0;
  if (header.has(Flag::padded)) {
    const auto octets = reader.u8();
    if (!octets) return std::unexpected(Violation::headers_priority_truncated);
    padding = *octets;
  }
  if (header.has(Flag::priority) && !reader.take(kPriorityBytes)) {
    return std::unexpected(Violation::headers_priority_truncated);
  }
  if (padding > reader.left()) return std::unexpected(Violation::headers_padding_too_long);
  return reader.rest().first(reader.left() - padding);
}

std::expected<PushPromise, Violation> parse_push_promise(const FrameHeader& header, Bytes payload) {
  if (header.stream == http::kConnectionStream) {
    return std::unexpected(Violation::frame_on_stream_zero);
  }
  Reader reader(payload);
  std::size_t padding = 0;
  if (header.has(Flag::padded)) {
    const auto octets = reader.u8();
    if (!octets) return std::unexpected(Violation::push_promise_length);
    padding = *octets;
  }
  const auto promised = reader.u32();
  if (!promised) return std::unexpected(Violation::push_promise_length);
  if (padding > reader.left()) return std::unexpected(Violation::push_promise_padding_too_long);
  return PushPromise{StreamId{*promised & kStreamIdMax},
                     reader.rest().first(reader.left() - padding)};
}

std::expected<void, Violation> parse_priority(const FrameHeader& header) {
  if (header.stream == http::kConnectionStream) {
    return std::unexpected(Violation::frame_on_stream_zero);
  }
  if (header.length != kPriorityBytes) return std::unexpected(Violation::priority_length);
  return {};
}

std::expected<ErrorCode, Violation> parse_rst_stream(const FrameHeader& header, Bytes payload) {
  if (header.stream == http::kConnectionStream) {
    return std::unexpected(Violation::frame_on_stream_zero);
  }
  if (header.length != kRstStreamBytes) return std::unexpected(Violation::rst_stream_length);
  return static_cast<ErrorCode>(Reader(payload).u32().value_or(0));
}

std::expected<void, Violation> parse_ping(const FrameHeader& header) {
  if (header.stream != http::kConnectionStream) {
    return std::unexpected(Violation::ping_stream_nonzero);
  }
  if (header.length != kPingBytes) return std::unexpected(Violation::ping_length);
  return {};
}

std::expected<Goaway, Violation> parse_goaway(const FrameHeader& header, Bytes payload) {
  if (header.stream != http::kConnectionStream) {
    return std::unexpected(Violation::goaway_stream_nonzero);
  }
  Reader reader(payload);
  const auto last = reader.u32();
  const auto code = reader.u32();
  if (!last || !code) return std::unexpected(Violation::goaway_length);
  return Goaway{StreamId{*last & kStreamIdMax}, static_cast<ErrorCode>(*code)};
}

std::expected<std::uint32_t, Violation> parse_window_update(const FrameHeader& header,
                                                            Bytes payload) {
  if (header.length != kWindowUpdateBytes) return std::unexpected(Violation::window_update_length);
  const std::uint32_t increment = Reader(payload).u32().value_or(0) & kStreamIdMax;
  if (increment == 0) return std::unexpected(Violation::window_update_zero);
  return increment;
}

std::expected<PriorityUpdate, Violation> parse_priority_update(Bytes payload) {
  Reader reader(payload);
  const auto prioritized = reader.u32();
  if (!prioritized) return std::unexpected(Violation::priority_update_length);
  return PriorityUpdate{StreamId{*prioritized & kStreamIdMax}, reader.rest()};
}

}  // namespace regauge::h2
