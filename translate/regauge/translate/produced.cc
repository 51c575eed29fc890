#include "regauge/translate/produced.h"

#include <algorithm>
#include <cstdlib>

namespace regauge::translate {

wire::MutableBytes SliceMaker::begin(std::size_t octets) {
  const auto capacity = static_cast<std::uint32_t>(std::max<std::size_t>(octets, 1));
  slab_ = wire::allocate_slab(wire::heap_slabs(), capacity);
  if (slab_ == nullptr) std::abort();
  return slab_->octets();
}

wire::Slice SliceMaker::finish(std::size_t octets) {
  wire::Slice slice(*slab_, slab_->octets().first(octets));
  slab_->release();
  slab_ = nullptr;
  return slice;
}

}  // namespace regauge::translate
