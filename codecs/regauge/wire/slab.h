// Reference-counted buffers and slices of them: content goes from the read to the write uncopied.
//
// A Slab is one allocation: a header, then `capacity` octets. A Slice is a view that keeps its slab
// alive. The count is atomic since a slice may travel to the thread of an upstream connection.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "regauge/wire/bytes.h"

namespace regauge::wire {

class Slab;

/// Takes back slabs whose last reference is gone; may be called on any thread that held a slice.
class SlabSource {
 public:
  /// Frees or reuses `slab`. No reference to it is left. Cost: constant.
  virtual void recycle(Slab& slab) = 0;

 protected:
  SlabSource() = default;
  ~SlabSource() = default;
  SlabSource(const SlabSource&) = default;
  SlabSource& operator=(const SlabSource&) = default;
};

/// Holds `capacity` octets behind its own header; made by `allocate_slab` or a pool.
class Slab {
 public:
  /// Starts with one reference; the `capacity` octets follow the object in memory.
  Slab(SlabSource& source, std::uint32_t capacity) : source_(&source), capacity_(capacity) {}
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  /// Views all octets of the slab, written or not. Lifetime: while a reference is held.
  [[nodiscard]] MutableBytes octets() [[clang::lifetimebound]];
  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
  [[nodiscard]] SlabSource& source() const { return *source_; }
  /// Adds one reference. Cost: one relaxed atomic add.
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  /// Drops one reference and recycles the slab with the last one. Cost: one atomic subtract.
  void release();
  /// Tells whether the caller holds the only reference (a buffer may then be reused in place).
  [[nodiscard]] bool unique() const { return references_.load(std::memory_order_acquire) == 1; }

 private:
  SlabSource* source_;
  std::atomic<std::uint32_t> references_{1};
  std::uint32_t capacity_;
};

/// Allocates a slab of `capacity` octets from the heap with one reference; it is freed by
/// `free_slab`. Returns nullptr when memory is out.
[[nodiscard]] Slab* allocate_slab(SlabSource& source, std::uint32_t capacity);
/// Frees a slab made by `allocate_slab`.
void free_slab(Slab& slab);
/// Returns the source whose slabs come from the heap and go back to it at once.
[[nodiscard]] SlabSource& heap_slabs();

/// Views part of a slab and keeps it alive; without a slab it views octets that live for ever.
/// Copying costs one atomic add, moving none.
class Slice {
 public:
  Slice() = default;
  /// Views `bytes`, which lie in `slab`; takes a reference of its own.
  Slice(Slab& slab, Bytes bytes) : bytes_(bytes), slab_(&slab) { slab.retain(); }
  /// Views octets of static storage duration: nothing is counted.
  [[nodiscard]] static Slice of_static(Bytes bytes) { return Slice(bytes); }
  /// Copies `bytes` into a new heap slab, with room for `room` more octets behind them. Cost: one
  /// allocation; for tests and cold paths.
  [[nodiscard]] static Slice copy_of(Bytes bytes, std::size_t room = 0);

  Slice(const Slice& other) : bytes_(other.bytes_), slab_(other.slab_) {
    if (slab_ != nullptr) slab_->retain();
  }
  Slice(Slice&& other) noexcept
      : bytes_(std::exchange(other.bytes_, {})), slab_(std::exchange(other.slab_, nullptr)) {}
  Slice& operator=(const Slice& other) {
    Slice copy(other);
    return *this = std::move(copy);
  }
  Slice& operator=(Slice&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(slab_, other.slab_);
    return *this;
  }
  ~Slice() {
    if (slab_ != nullptr) slab_->release();
  }

  [[nodiscard]] Bytes bytes() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] Slab* slab() const { return slab_; }
  /// Returns the sub-slice [offset, offset + count). Both lie within the slice.
  [[nodiscard]] Slice sub(std::size_t offset, std::size_t count) const {
    Slice part(*this);
    part.bytes_ = bytes_.subspan(offset, count);
    return part;
  }
  /// Takes `next`, which has to wait behind this slice, into this slice if it is short and there is
  /// room. A short one that finds no room is made a copy with room for those that follow. So what
  /// waits costs about its size, and does not keep a receive buffer alive of which it is a small
  /// part. Returns whether it was taken. Cost: a copy of at most `kShortOctets`.
  [[nodiscard]] bool gather(Slice& next);
  /// A slice of at most that many octets is short.
  static constexpr std::size_t kShortOctets = 2048;
  /// Drops the first `count` octets from the view; the slab stays referenced.
  void drop_front(std::size_t count) { bytes_ = bytes_.subspan(count); }

 private:
  explicit Slice(Bytes bytes) : bytes_(bytes) {}

  Bytes bytes_;
  Slab* slab_ = nullptr;
};

}  // namespace regauge::wire
