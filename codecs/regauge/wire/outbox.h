// Outbox: the octets a connection wants to write, in order, gathered without copying content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "regauge/wire/bytes.h"
#include "regauge/wire/ring.h"
#include "regauge/wire/slab.h"

namespace regauge::wire {

/// One run of octets for a gathered write; laid out as POSIX's iovec.
struct Piece {
  const std::uint8_t* data;
  std::size_t size;
};

/// Queues written octets (heads, frame headers) and slices (content) as one stream. Small writes
/// share a slab; slices are kept by reference until `wrote` has passed them.
class Outbox {
 public:
  /// Bounds the number of queued runs; the callers' own limits (frames, window) are reached first.
  static constexpr std::size_t kPiecesMax = std::size_t{1} << 20U;

  explicit Outbox(SlabSource& source) : source_(&source), pieces_(kPiecesMax) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox();

  /// Lends at least `octets` writable octets that follow the last write; `commit` keeps a prefix.
  /// Lifetime: until the next call. Cost: one allocation a slab at most.
  [[nodiscard]] MutableBytes reserve(std::size_t octets);
  /// Keeps the first `octets` of the last `reserve` as output.
  void commit(std::size_t octets);
  /// Copies `bytes` to the end of the output.
  void copy(Bytes bytes);
  /// Appends `slice` without copying (a short one is copied when that is cheaper).
  void append(Slice slice);

  [[nodiscard]] std::size_t size() const { return octets_; }
  [[nodiscard]] bool empty() const { return octets_ == 0; }
  /// Fills `pieces` with the front of the output, at most `max_octets`; nothing is consumed.
  /// Returns how many pieces were filled. Lifetime: until the next non-const call.
  [[nodiscard]] std::size_t gather(std::span<Piece> pieces, std::size_t max_octets) const;
  /// Drops the first `octets`, which were written to the peer.
  void wrote(std::size_t octets);

 private:
  SlabSource* source_;
  Ring<Slice> pieces_;
  Slab* tail_ = nullptr;  // the slab that reserve lends from; the outbox holds a reference
  std::size_t tail_used_ = 0;
  std::size_t octets_ = 0;
  std::size_t front_skip_ = 0;  // octets of the first piece that were written already
};

}  // namespace regauge::wire
