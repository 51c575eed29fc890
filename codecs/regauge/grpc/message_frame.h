// Message frames: a flag octet, a length of four octets, then the message (gRPC over HTTP/2,
// "Length-Prefixed-Message"). gRPC-Web ends a response with one frame whose flag has the top bit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "regauge/wire/bytes.h"

namespace regauge::grpc {

/// Counts the octets in front of each message.
inline constexpr std::size_t kPrefixBytes = 5;

/// Bits of the flag octet.
inline constexpr std::uint8_t kCompressedFlag = 0x01;
inline constexpr std::uint8_t kTrailerFlag = 0x80;  ///< gRPC-Web only

/// Holds the prefix of a frame.
struct FramePrefix {
  std::uint8_t flags = 0;
  std::uint32_t length = 0;  ///< octets of the message
  bool operator==(const FramePrefix&) const = default;
};

/// Writes a prefix.
[[nodiscard]] constexpr std::array<std::uint8_t, kPrefixBytes> write_prefix(FramePrefix prefix) {
  return {prefix.flags, static_cast<std::uint8_t>(prefix.length >> 24U),
          static_cast<std::uint8_t>(prefix.length >> 16U),
          static_cast<std::uint8_t>(prefix.length >> 8U), static_cast<std::uint8_t>(prefix.length)};
}

/// Follows the frames of a stream, wherever it is cut; keeps no octet of a message.
class FrameReader {
 public:
  /// Tells what the last call to `next` found.
  enum class Found : std::uint8_t {
    nothing,  ///< all octets were taken
    prefix,   ///< a whole prefix: see `prefix()`
    message,  ///< some octets of the message: see `octets()`
    end,      ///< the message is complete
  };

  /// Takes octets from the front of `rest`. Cost: constant.
  [[nodiscard]] Found next(wire::Bytes& rest);
  [[nodiscard]] const FramePrefix& prefix() const { return prefix_; }
  /// Views octets of the message. Lifetime: that of the octets given to `next`.
  [[nodiscard]] wire::Bytes octets() const { return octets_; }
  /// Tells whether the stream stands inside a prefix.
  [[nodiscard]] bool in_prefix() const { return prefix_octets_ > 0; }
  /// Tells whether the stream stands between two frames.
  [[nodiscard]] bool between_frames() const { return !inside_ && prefix_octets_ == 0; }

 private:
  std::array<std::uint8_t, kPrefixBytes> prefix_bytes_{};
  std::size_t prefix_octets_ = 0;
  FramePrefix prefix_;
  std::uint32_t left_ = 0;
  bool inside_ = false;
  wire::Bytes octets_;
};

}  // namespace regauge::grpc
