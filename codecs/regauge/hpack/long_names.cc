#include "regauge/hpack/long_names.h"

#include "regauge/wire/assert.h"
#include "regauge/wire/free_memory.h"

namespace regauge::hpack {

LongNames::Number LongNames::add(wire::Bytes name) {
  if (free_.empty()) {
    slots_.emplace_back();
    free_.push_back(static_cast<Number>(slots_.size()));
  }
  const Number number = free_.back();
  free_.pop_back();
  Slot& slot = slots_[number - 1U];
  slot.octets.assign(name.begin(), name.end());
  slot.uses = 1;
  return number;
}

void LongNames::release(Number number) {
  Slot& slot = slots_[number - 1U];
  RG_ASSERT(slot.uses > 0);
  if (--slot.uses > 0) return;
  wire::free_memory(slot.octets);  // a peer could leave every slot wide
  free_.push_back(number);
}

std::size_t LongNames::held_bytes() const {
  std::size_t held = slots_.capacity() * sizeof(Slot) + free_.capacity() * sizeof(Number);
  for (const Slot& slot : slots_) held += slot.octets.capacity();
  return held;
}

}  // namespace regauge::hpack
