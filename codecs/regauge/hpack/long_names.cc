#include "regauge/hpack/long_names.h"

#include "regauge/wire/assert.h"

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
  slot.octets = {};  // the capacity too: a peer could leave every slot wide
  free_.push_back(number);
}

std::size_t LongNames::held_bytes() const {
  std::size_t held = slots_.size() * sizeof(Slot) + free_.size() * sizeof(Number);
  for (const Slot& slot : slots_) held += slot.octets.size();
  return held;
}

void LongNames::shrink() {
  if (free_.size() != slots_.size()) return;
  slots_ = {};
  free_ = {};
}

}  // namespace regauge::hpack
