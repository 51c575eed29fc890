// Frame headers: the 9 octets in front of every frame (RFC 9113 §4.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "regauge/http/ids.h"
#include "regauge/wire/bytes.h"
#include "regauge/wire/writer.h"

namespace regauge::h2 {

using http::ErrorCode;
using http::StreamId;
using wire::Bytes;

/// Lists the frame types of RFC 9113 §6 and of the extensions that are known here; any other octet
/// is a valid value of the type too and means an unknown frame, which is ignored (§5.5).
enum class FrameType : std::uint8_t {
  data = 0x00,
  headers = 0x01,
  priority = 0x02,
  rst_stream = 0x03,
  settings = 0x04,
  push_promise = 0x05,
  ping = 0x06,
  goaway = 0x07,
  window_update = 0x08,
  continuation = 0x09,
  altsvc = 0x0a,           // RFC 7838 §4: ignored
  origin = 0x0c,           // RFC 8336 §2: ignored
  priority_update = 0x10,  // RFC 9218 §7.1
};

/// Lists the flags of RFC 9113 §6; their meaning depends on the frame type.
enum class Flag : std::uint8_t {
  none = 0x00,
  end_stream = 0x01,
  ack = 0x01,
  end_headers = 0x04,
  padded = 0x08,
  priority = 0x20,
};

/// Holds the first octets of a client (§3.4).
inline constexpr std::string_view kClientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Counts the octets of a frame header.
inline constexpr std::size_t kFrameHeaderBytes = 9;
/// Bounds the payloads we receive: we never announce another SETTINGS_MAX_FRAME_SIZE (§4.2).
inline constexpr std::uint32_t kFrameBytesMax = 16384;
/// Names the largest stream identifier: 31 bits (§5.1.1).
inline constexpr std::uint32_t kStreamIdMax = 0x7fffffff;

/// Holds a frame header.
struct FrameHeader {
  std::uint32_t length = 0;  ///< octets of the payload
  FrameType type = FrameType::data;
  std::uint8_t flags = 0;
  StreamId stream;  ///< without the reserved bit, which is ignored (§4.1)

  /// Tells whether a flag is set.
  [[nodiscard]] bool has(Flag flag) const { return (flags & static_cast<std::uint8_t>(flag)) != 0; }
  /// Tells whether END_STREAM is set; of DATA and HEADERS (§6.1, §6.2).
  [[nodiscard]] http::EndStream end_stream() const {
    return has(Flag::end_stream) ? http::EndStream::yes : http::EndStream::no;
  }
  bool operator==(const FrameHeader&) const = default;
};

/// Parses a frame header. Every 9 octets are one; the rules are about its use.
[[nodiscard]] inline FrameHeader parse_frame_header(
    std::span<const std::uint8_t, kFrameHeaderBytes> octets) {
  const std::uint32_t length =
      std::uint32_t{octets[0]} << 16U | std::uint32_t{octets[1]} << 8U | octets[2];
  const std::uint32_t stream = std::uint32_t{octets[5]} << 24U | std::uint32_t{octets[6]} << 16U |
                               std::uint32_t{octets[7]} << 8U | octets[8];
  return {length, static_cast<FrameType>(octets[3]), octets[4], StreamId{stream & kStreamIdMax}};
}

/// Writes a frame header; the payload follows.
inline void write_frame_header(const FrameHeader& header, wire::Writer& to) {
  to.u24(header.length);
  to.u8(static_cast<std::uint8_t>(header.type));
  to.u8(header.flags);
  to.u32(header.stream.value);
}

}  // namespace regauge::h2
