// ResetRing: the last 64 streams that we reset. Frames that were on their way then are lawful.
//
// A promised stream is reset at once. Until its HEADERS come it is still reserved for its sender,
// who may not send content there, whatever it has read of us (RFC 9113 §5.1).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "regauge/h2/frame.h"
#include "regauge/http/ids.h"

namespace regauge::h2 {

/// Remembers identifiers; the oldest is forgotten first. Memory: 512 octets from the first reset
/// on.
class ResetRing {
 public:
  /// Counts the streams that are remembered.
  static constexpr std::size_t kStreams = 64;
  /// Counts the steps of a look at all of them: one for the entries of a line of memory.
  static constexpr std::uint64_t kLookSteps = 8;
  /// Counts what a late frame takes of that at least, so that short ones are bounded, too.
  static constexpr std::uint32_t kLateFrameOctets = 256;

  /// Remembers a stream that we reset. So many octets may still be on their way: its window.
  void add(http::StreamId id, std::uint32_t late_octets) {
    if (ids_ == nullptr) ids_ = std::make_unique<std::array<Entry, kStreams>>();
    (*ids_)[next_ % kStreams] = {id, late_octets};
    ++next_;
  }
  /// Takes a late frame from what was on its way. Returns false if it is beyond that, or if the
  /// stream is not remembered. Cost: as `contains`.
  [[nodiscard]] bool spend(http::StreamId id, std::uint32_t octets) {
    if (ids_ == nullptr) return false;
    steps_ += kLookSteps;
    const std::uint32_t taken = std::max(octets, kLateFrameOctets);
    for (Entry& each : *ids_) {
      if (each.id != id || each.late_octets < taken) continue;
      each.late_octets -= taken;
      return true;
    }
    return false;
  }
  /// Marks a stream in the ring as promised: reserved until `begin`. Cost: as `contains`.
  void reserve(http::StreamId id) { replace(id, {id.value | kReserved}); }
  /// Notes that HEADERS or RST_STREAM came on a promised stream. Cost: as `contains`.
  void begin(http::StreamId id) { replace({id.value | kReserved}, id); }
  /// Tells whether a stream is reserved still. Cost: as `contains`.
  [[nodiscard]] bool reserved(http::StreamId id) const {
    return holds({id.value | kReserved}, kAllBits);
  }
  /// Tells whether we reset the stream lately. Cost: kLookSteps, only for frames on dead streams.
  [[nodiscard]] bool contains(http::StreamId id) const { return holds(id, ~kReserved); }
  /// Tells whether streams were forgotten: the reset of a dead stream is then unknown.
  [[nodiscard]] bool overflowed() const { return next_ > kStreams; }
  /// Counts the steps of all looks, for the work laws.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  static constexpr std::uint32_t kReserved = kStreamIdMax + 1;  // a bit that no identifier has
  static constexpr std::uint32_t kAllBits = ~std::uint32_t{0};

  struct Entry {
    http::StreamId id;
    std::uint32_t late_octets = 0;  // what may still come
  };

  void replace(http::StreamId old, http::StreamId id) {
    if (ids_ == nullptr) return;
    steps_ += kLookSteps;
    for (Entry& each : *ids_) {
      if (each.id == old) each.id = id;
    }
  }
  [[nodiscard]] bool holds(http::StreamId id, std::uint32_t bits) const {
    if (ids_ == nullptr) return false;
    steps_ += kLookSteps;
    bool found = false;
    for (const Entry& each : *ids_) found |= (each.id.value & bits) == id.value;
    return found;
  }

  std::unique_ptr<std::array<Entry, kStreams>> ids_;
  std::uint64_t next_ = 0;
  mutable std::uint64_t steps_ = 0;  // a look changes nothing else
};

}  // namespace regauge::h2
