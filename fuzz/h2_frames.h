// Frames of HTTP/2 as plain values: cut out of octets and written again (RFC 9113 §4.1).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace regauge::fuzz {

/// Counts the octets of a frame header.
inline constexpr std::size_t kFrameHeaderOctets = 9;

/// Numbers the frame types that models and mutators speak of.
enum FrameKind : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
  kPriorityUpdate = 16,
};

/// Numbers the flags.
enum FrameFlag : std::uint8_t {
  kAck = 1,
  kEndStream = 1,
  kEndHeaders = 4,
  kPadded = 8,
  kHasPriority = 32,
};

/// Holds one frame. `length` is what its header says; the payload may be cut short.
struct Frame {
  std::uint32_t length = 0;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;  ///< without the reserved bit
  std::vector<std::uint8_t> payload{};

  /// Tells whether a flag is set.
  [[nodiscard]] bool has(FrameFlag flag) const { return (flags & flag) != 0; }
  /// Tells whether the whole payload is there.
  [[nodiscard]] bool whole() const { return payload.size() == length; }
};

/// Reads a big-endian number of `octets` octets at `at`; the octets must be there.
inline std::uint32_t number_at(std::span<const std::uint8_t> input, std::size_t at,
                               std::size_t octets) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < octets; ++i) number = number << 8U | input[at + i];
  return number;
}

/// Appends a big-endian number of `octets` octets.
inline void append_number(std::vector<std::uint8_t>& to, std::uint32_t number, std::size_t octets) {
  for (std::size_t i = octets; i > 0; --i) {
    to.push_back(static_cast<std::uint8_t>(number >> 8U * (i - 1)));
  }
}

/// Cuts frames until less than a frame header is left; the last payload may be incomplete.
inline std::vector<Frame> frames_of(std::span<const std::uint8_t> input) {
  std::vector<Frame> frames;
  while (input.size() >= kFrameHeaderOctets) {
    Frame frame;
    frame.length = number_at(input, 0, 3);
    frame.type = input[3];
    frame.flags = input[4];
    frame.stream = number_at(input, 5, 4) & 0x7fffffffU;
    input = input.subspan(kFrameHeaderOctets);
    const auto payload = input.first(std::min<std::size_t>(frame.length, input.size()));
    frame.payload.assign(payload.begin(), payload.end());
    input = input.subspan(payload.size());
    frames.push_back(std::move(frame));
  }
  return frames;
}

/// Appends header and payload; the header says `length`, whatever the payload has.
inline void append_frame(std::vector<std::uint8_t>& to, const Frame& frame) {
  append_number(to, frame.length, 3);
  to.push_back(frame.type);
  to.push_back(frame.flags);
  append_number(to, frame.stream, 4);
  to.insert(to.end(), frame.payload.begin(), frame.payload.end());
}

}  // namespace regauge::fuzz
