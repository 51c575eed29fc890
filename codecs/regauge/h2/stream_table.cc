#include "regauge/h2/stream_table.h"

#include "regauge/wire/assert.h"

namespace regauge::h2 {
namespace {

constexpr std::size_t kSlotsFirst = 16;
constexpr std::uint32_t kShift = 40;  // up to 2^24 slots

}  // namespace

std::size_t StreamTable::slot_of(http::StreamId id) const {
  // Multiply-shift: two identifiers share a slot by chance alone if the multiplier is secret.
  return (id.value * multiplier_ >> kShift) & (slots_.size() - 1);
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
  for (++probes_; slots_[slot] != kNone; ++probes_) slot = (slot + 1) & (slots_.size() - 1);
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
  const std::size_t mask = slots_.size() - 1;
  for (++probes_; slots_[hole] != index; ++probes_) hole = (hole + 1) & mask;
  for (std::size_t slot = (hole + 1) & mask; slots_[slot] != kNone; slot = (slot + 1) & mask) {
    ++probes_;
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
