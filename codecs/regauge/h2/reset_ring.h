// ResetRing: the last 64 streams that we reset. Frames that were on their way then are lawful.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

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
  /// Tells whether we reset the stream lately. Cost: 64 steps, only for frames on dead streams.
  [[nodiscard]] bool contains(http::StreamId id) const {
    if (ids_ == nullptr) return false;
    bool found = false;
    for (const http::StreamId each : *ids_) found |= each == id;
    return found;
  }
  /// Tells whether streams were forgotten: the reset of a dead stream is then unknown.
  [[nodiscard]] bool overflowed() const { return next_ > kStreams; }
  /// Gives the memory back and forgets all.
  void shrink() { ids_.reset(); }

 private:
  std::unique_ptr<std::array<http::StreamId, kStreams>> ids_;
  std::uint64_t next_ = 0;
};

}  // namespace regauge::h2
