#include "regauge/h2/stream_table.h"

#include "regauge/wire/assert.h"

namespace regauge::h2 {
namespace {

constexpr std::size_t kSlotsFirst = 16;
// Spreads consecutive identifiers (Knuth's multiplicative hashing); a peer that chooses identifiers
// must choose them rising, and at most `streams_max` of them live.
constexpr std::uint32_t kMultiplier = 2654435769U;

}  // namespace

std::size_t StreamTable::slot_of(http::StreamId id) const {
  return (id.value * kMultiplier >> 7U) & (slots_.size() - 1);
}

StreamIndex StreamTable::find(http::StreamId id) const {
  if (size_ == 0) return kNone;
  for (std::size_t slot = slot_of(id);; slot = (slot + 1) & (slots_.size() - 1)) {
    ++probes_;
    const StreamIndex index = slots_[slot];
    if (index == kNone || records_[index].id == id) return index;
  }
}

void StreamTable::place(StreamIndex index) {
  std::size_t slot = slot_of(records_[index].id);
  while (slots_[slot] != kNone) slot = (slot + 1) & (slots_.size() - 1);
  slots_[slot] = index;
}

void StreamTable::widen() {
  slots_.assign(slots_.empty() ? kSlotsFirst : slots_.size() * 2, kNone);
  for (StreamIndex index = 0; index < records_.size(); ++index) {
    if (records_[index].id != http::kConnectionStream) place(index);
  }
}

StreamIndex StreamTable::insert(http::StreamId id) {
  if (2 * (size_ + 1) > slots_.size()) widen();
  StreamIndex index = 0;
  if (free_.empty()) {
    index = static_cast<StreamIndex>(records_.size());
    records_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
    records_[index] = Stream();
  }
  records_[index].id = id;
  place(index);
  ++size_;
  return index;
}

void StreamTable::erase(StreamIndex index) {
  std::size_t hole = slot_of(records_[index].id);
  while (slots_[hole] != index) hole = (hole + 1) & (slots_.size() - 1);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = (hole + 1) & mask; slots_[slot] != kNone; slot = (slot + 1) & mask) {
    const std::size_t home = slot_of(records_[slots_[slot]].id);
    // An entry may move back into the hole unless its home lies behind the hole.
    if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
    slots_[hole] = slots_[slot];
    hole = slot;
  }
  slots_[hole] = kNone;
  records_[index].id = http::kConnectionStream;
  free_.push_back(index);
  --size_;
}

}  // namespace regauge::h2
