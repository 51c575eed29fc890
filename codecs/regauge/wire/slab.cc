#include "regauge/wire/slab.h"

#include <cstdlib>
#include <memory>
#include <new>

namespace regauge::wire {
namespace {

class HeapSlabs final : public SlabSource {
 public:
  void recycle(Slab& slab) override { free_slab(slab); }
};

}  // namespace

MutableBytes Slab::octets() {
  // The octets follow the header in the same allocation (allocate_slab).
  return {reinterpret_cast<std::uint8_t*>(this) + sizeof(Slab), capacity_};
}

void Slab::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) source_->recycle(*this);
}

Slab* allocate_slab(SlabSource& source, std::uint32_t capacity) {
  void* memory = std::malloc(sizeof(Slab) + capacity);
  if (memory == nullptr) return nullptr;
  return ::new (memory) Slab(source, capacity);
}

void free_slab(Slab& slab) {
  std::destroy_at(&slab);
  std::free(&slab);
}

SlabSource& heap_slabs() {
  static constinit HeapSlabs slabs;
  return slabs;
}

Slice Slice::copy_of(Bytes bytes, std::size_t room) {
  Slab* slab = allocate_slab(heap_slabs(), static_cast<std::uint32_t>(bytes.size() + room));
  if (slab == nullptr) std::abort();
  copy_bytes(slab->octets(), bytes);
  Slice slice(*slab, slab->octets().first(bytes.size()));
  slab->release();
  return slice;
}

bool Slice::gather(Slice& next) {
  if (next.size() > kShortOctets) return false;
  // Nobody else sees the octets behind ours if nobody else holds the slab.
  if (slab_ != nullptr && slab_->unique()) {
    const MutableBytes all = slab_->octets();
    const auto end = static_cast<std::size_t>(bytes_.data() - all.data()) + bytes_.size();
    if (all.size() - end >= next.size()) {
      copy_bytes(all.subspan(end), next.bytes_);
      bytes_ = Bytes(all).subspan(end - bytes_.size(), bytes_.size() + next.size());
      return true;
    }
  }
  next = copy_of(next.bytes_, 2 * kShortOctets - next.size());
  return false;
}

}  // namespace regauge::wire
