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

Slice Slice::copy_of(Bytes bytes) {
  Slab* slab = allocate_slab(heap_slabs(), static_cast<std::uint32_t>(bytes.size()));
  if (slab == nullptr) std::abort();
  copy_bytes(slab->octets(), bytes);
  Slice slice(*slab, slab->octets());
  slab->release();
  return slice;
}

}  // namespace regauge::wire
