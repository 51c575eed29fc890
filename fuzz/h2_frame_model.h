// What RFC 9113 §6 says of a frame by itself: whatever the state of its stream and connection is.
#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/h2_frames.h"

namespace regauge::fuzz {

/// Names the error codes that models speak of (RFC 9113 §7).
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

/// Says what is wrong with a frame, and how far that reaches.
struct FrameFault {
  std::uint32_t code = kNoError;
  bool stream_only = false;  ///< RST_STREAM is enough
  bool operator==(const FrameFault&) const = default;
};

/// Counts the entries of SETTINGS that are read.
inline constexpr std::size_t kSettingsEntriesMax = 32;

/// Judges a whole frame of any type but DATA, whose header decides alone. For SETTINGS that is the
/// frame, not its entries.
[[nodiscard]] FrameFault frame_fault(const Frame& frame);
/// Judges an entry of SETTINGS that came from a client, or else from a server.
[[nodiscard]] FrameFault setting_fault(std::uint32_t id, std::uint32_t value, bool from_client);

/// Takes padding, and the priority fields of HEADERS, off a payload.
struct Unpadded {
  std::uint32_t error = kNoError;
  std::vector<std::uint8_t> octets;
};
[[nodiscard]] Unpadded unpad(const Frame& frame);

}  // namespace regauge::fuzz
