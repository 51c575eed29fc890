// ResetRing: the last 64 streams that we reset. Frames that were on their way then are lawful.
//
// A promised stream is reset at once. Until its HEADERS come it is still reserved for its sender,
// who may not send content there, whatever it has read of us (RFC 9113 §5.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "regauge/h2/frame.h"
#include "regauge/http/ids.h"

namespace regauge::h2 {

/// Remembers identifiers; the oldest is forgotten first. Memory: 256 octets from the first reset
/// on.
class ResetRing {
 public:
  /// Counts the streams that are remembered.
  static constexpr std::size_t kStreams = 64;

  /// Remembers a stream that we reset.
  void add(http::StreamId id) {
    if (ids_ == nullptr) ids_ = std::make_unique<std::array<http::StreamId, kStreams>>();
    (*ids_)[next_ % kStreams] = id;
    ++next_;
  }
  /// Marks a stream in the ring as promised: reserved until `begin`. Cost: as `contains`.
  void reserve(http::StreamId id) { replace(id, {id.value | kReserved}); }
  /// Notes that HEADERS or RST_STREAM came on a promised stream. Cost: as `contains`.
  void begin(http::StreamId id) { replace({id.value | kReserved}, id); }
  /// Tells whether a stream is reserved still. Cost: as `contains`.
  [[nodiscard]] bool reserved(http::StreamId id) const { return holds({id.value | kReserved}); }
  /// Tells whether we reset the stream lately. Cost: 64 steps, only for frames on dead streams.
  [[nodiscard]] bool contains(http::StreamId id) const { return holds(id) || reserved(id); }
  /// Tells whether streams were forgotten: the reset of a dead stream is then unknown.
  [[nodiscard]] bool overflowed() const { return next_ > kStreams; }
  /// Gives the memory back and forgets all.
  void shrink() { ids_.reset(); }

 private:
  static constexpr std::uint32_t kReserved = kStreamIdMax + 1;  // a bit that no identifier has

  void replace(http::StreamId old, http::StreamId id) {
    if (ids_ == nullptr) return;
    for (http::StreamId& each : *ids_) {
      if (each == old) each = id;
    }
  }
  [[nodiscard]] bool holds(http::StreamId id) const {
    if (ids_ == nullptr) return false;
    bool found = false;
    for (const http::StreamId each : *ids_) found |= each == id;
    return found;
  }

  std::unique_ptr<std::array<http::StreamId, kStreams>> ids_;
  std::uint64_t next_ = 0;
};

}  // namespace regauge::h2
