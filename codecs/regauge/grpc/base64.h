// Base64 as a stream (RFC 4648 §4). gRPC-Web text allows padding wherever the sender flushed, so
// the content is a sequence of segments; neither direction depends on how the stream is cut.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "regauge/wire/bytes.h"
#include "regauge/wire/writer.h"

namespace regauge::grpc {

/// Decodes a stream of segments. Keeps at most three characters between calls.
class Base64Decoder {
 public:
  /// Bounds what `decode` writes for `characters`.
  [[nodiscard]] static constexpr std::size_t decoded_bytes_max(std::size_t characters) {
    return (characters + 3) / 4 * 3;
  }
  /// Decodes `text` into `to`, which has room for decoded_bytes_max(text.size()) octets.
  /// Returns false at a character that is none of the alphabet, at padding that ends no quantum,
  /// and at padding bits that are not zero. Cost: one step a character.
  [[nodiscard]] bool decode(wire::Bytes text, wire::Writer& to);
  /// Tells whether the stream may end here: a quantum that was begun must be complete.
  [[nodiscard]] bool complete() const { return count_ == 0; }

 private:
  [[nodiscard]] bool finish_quantum(wire::Writer& to);

  std::array<std::uint8_t, 4> quantum_{};
  std::uint8_t count_ = 0;
  std::uint8_t padding_ = 0;
};

/// Encodes a stream. Keeps at most two octets between calls.
class Base64Encoder {
 public:
  /// Bounds what `encode` and one `flush` write for `octets`.
  [[nodiscard]] static constexpr std::size_t encoded_bytes_max(std::size_t octets) {
    return (octets + 2) / 3 * 4 + 4;
  }
  /// Encodes whole groups of three octets and keeps the rest. Cost: one step an octet.
  void encode(wire::Bytes octets, wire::Writer& to);
  /// Ends a segment: writes what was kept, padded.
  void flush(wire::Writer& to);

 private:
  std::array<std::uint8_t, 3> kept_{};
  std::uint8_t count_ = 0;
};

}  // namespace regauge::grpc
