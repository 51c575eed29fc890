#include "regauge/hpack/dynamic_table.h"

#include <algorithm>
#include <bit>

#include "regauge/wire/free_memory.h"

namespace regauge::hpack {
namespace {

constexpr std::uint32_t kFirstOctets = 256;
constexpr std::uint32_t kFirstEntries = 8;

}  // namespace

std::size_t DynamicTable::held_bytes() const {
  const std::size_t names = long_names_ == nullptr ? 0 : long_names_->held_bytes();
  return octets_.capacity() + entries_.capacity() * sizeof(TableEntry) + names;
}

void DynamicTable::read_parts(const TableEntry& entry, wire::MutableBytes to) const {
  read_rare_name(entry, to);
  read_ring(entry.start + entry.ring_name_bytes(), to.subspan(entry.name_bytes, entry.value_bytes));
}

void DynamicTable::read_rare_name(const TableEntry& entry, wire::MutableBytes to) const {
  if (entry.long_name == 0) return read_ring(entry.start, to.first(entry.name_bytes));
  wire::copy_bytes(to, long_names_->view(entry.long_name));
}

// Amortised constant: an entry is evicted once, and each insertion adds one entry.
[[gnu::always_inline]] inline void DynamicTable::evict_to(std::uint32_t bytes, wire::Work& work) {
  std::uint32_t left = count_;
  std::uint32_t octets_left = octets_used_;
  std::uint32_t bytes_left = table_bytes_;
  while (bytes_left > bytes) {
    const TableEntry& oldest = entries_[(inserted_ - left) & entry_mask_];
    bytes_left -= oldest.table_bytes();
    octets_left -= oldest.ring_name_bytes() + oldest.value_bytes;
    if (oldest.long_name != 0) [[unlikely]]
      long_names_->release(oldest.long_name);
    --left;
  }
  work.evictions += count_ - left;
  count_ = left;
  octets_used_ = octets_left;
  table_bytes_ = bytes_left;
  RG_ASSERT(count_ > 0 || octets_used_ == 0);
}

void DynamicTable::insert(const NewEntry& added, wire::Work& work) {
  if (added.long_name != 0 || added.name.size() > kRingNameBytesMax) [[unlikely]] {
    insert_long(added, work);
    return;
  }
  const std::size_t octets = added.name.size() + added.value.size();
  if (!make_place(octets + kEntryOverhead, work)) return;
  work.copies += octets;
  store({next_start_, static_cast<std::uint16_t>(added.name.size()),
         static_cast<std::uint16_t>(added.value.size()), 0, added.id, added.name_mark, added.mark},
        added.name, added.value, work);
}

void DynamicTable::insert_long(const NewEntry& added, wire::Work& work) {
  LongNames::Number name = added.long_name;
  const std::size_t name_bytes = name == 0 ? added.name.size() : long_names_->view(name).size();
  // The name may be that of an entry which goes now.
  if (name != 0) long_names_->retain(name);
  if (!make_place(name_bytes + added.value.size() + kEntryOverhead, work)) {
    if (name != 0) long_names_->release(name);
    return;
  }
  if (name == 0) {
    if (long_names_ == nullptr) long_names_ = std::make_unique<LongNames>();
    name = long_names_->add(added.name);
    work.copies += name_bytes;
  }
  work.copies += added.value.size();
  store(
      {next_start_, static_cast<std::uint16_t>(name_bytes),
       static_cast<std::uint16_t>(added.value.size()), name, added.id, added.name_mark, added.mark},
      {}, added.value, work);
}

// Evicts until an entry of this size fits. Returns false, with all evicted, if none can.
[[gnu::always_inline]] inline bool DynamicTable::make_place(std::size_t bytes, wire::Work& work) {
  if (bytes > max_bytes_) [[unlikely]] {
    evict_to(0, work);
    return false;
  }
  evict_to(max_bytes_ - static_cast<std::uint32_t>(bytes), work);
  return true;
}

// Puts an entry, with a name in the ring or none, where there is place for it.
[[gnu::always_inline]] inline void DynamicTable::store(const TableEntry& entry, wire::Bytes name,
                                                       wire::Bytes value, wire::Work& work) {
  const auto octets = static_cast<std::uint32_t>(name.size() + value.size());
  if (count_ == entries_.size() || octets_used_ + octets > octet_capacity()) [[unlikely]]
    make_room(octets, work);
  const std::uint32_t at = next_start_ & octet_mask_;
  if (at + octets <= octet_mask_) [[likely]] {
    const wire::MutableBytes to = wire::MutableBytes(octets_).subspan(at, octets);
    short_copy(to, name);
    short_copy(to.subspan(name.size()), value);
  } else {
    write_ring(next_start_, name);
    write_ring(next_start_ + static_cast<std::uint32_t>(name.size()), value);
  }
  entries_[inserted_ & entry_mask_] = entry;
  next_start_ += octets;
  octets_used_ += octets;
  table_bytes_ += entry.table_bytes();
  ++count_;
  ++inserted_;
}

void DynamicTable::set_max_bytes(std::uint32_t max_bytes, wire::Work& work) {
  RG_ASSERT(max_bytes <= kTableBytesMax);
  max_bytes_ = max_bytes;
  evict_to(max_bytes, work);
}

void DynamicTable::clear(wire::Work& work) { evict_to(0, work); }

void DynamicTable::shrink() {
  if (count_ == 0) {
    wire::free_memory(octets_);
    wire::free_memory(entries_);
    octet_mask_ = UINT32_MAX;
    entry_mask_ = 0;
    long_names_.reset();
    return;
  }
  const std::uint32_t octets = std::max(kFirstOctets, std::bit_ceil(octets_used_));
  const std::uint32_t entries = std::max(kFirstEntries, std::bit_ceil(count_));
  if (octets < octet_capacity()) resize_octets(octets);
  if (entries < entries_.size()) resize_entries(entries);
}

void DynamicTable::read_ring(std::uint32_t start, wire::MutableBytes to) const {
  if (to.empty()) return;
  const wire::Bytes ring = wire::Bytes(octets_).first(octet_capacity());
  const std::uint32_t at = start & octet_mask_;
  const std::size_t first = std::min(to.size(), ring.size() - at);
  wire::copy_bytes(to, ring.subspan(at, first));
  if (first < to.size()) wire::copy_bytes(to.subspan(first), ring.first(to.size() - first));
}

void DynamicTable::write_ring(std::uint32_t start, wire::Bytes from) {
  if (from.empty()) return;
  const wire::MutableBytes ring = wire::MutableBytes(octets_).first(octet_capacity());
  const std::uint32_t at = start & octet_mask_;
  const std::size_t first = std::min(from.size(), ring.size() - at);
  wire::copy_bytes(ring.subspan(at), from.first(first));
  if (first < from.size()) wire::copy_bytes(ring, from.subspan(first));
}

// Compares octets that reach the end of the ring, or go on at its start.
bool DynamicTable::wrapped_is(std::uint32_t at, wire::Bytes octets) const {
  if (octets.empty()) return true;
  const wire::Bytes ring = wire::Bytes(octets_).first(octet_capacity());
  const std::size_t first = std::min(octets.size(), ring.size() - at);
  return wide_equal(ring.subspan(at, first), octets.first(first)) &&
         wide_equal(ring.first(octets.size() - first), octets.subspan(first));
}

// Both rings double, so growing costs at most one copy an octet over the life of the table, and
// never more than the table size at once.
void DynamicTable::make_room(std::uint32_t octets, wire::Work& work) {
  if (octets_.empty() || octets_used_ + octets > octet_capacity()) {
    work.copies += octets_used_;
    resize_octets(std::max(kFirstOctets, std::bit_ceil(octets_used_ + octets)));
  }
  if (count_ == entries_.size()) {
    work.copies += count_;
    resize_entries(std::max(kFirstEntries, count_ * 2));
  }
}

void DynamicTable::resize_octets(std::uint32_t capacity) {
  const std::uint32_t oldest = next_start_ - octets_used_;
  const std::uint32_t at = oldest & octet_mask_;
  const std::uint32_t first = std::min(octets_used_, octet_capacity() - at);
  std::vector<std::uint8_t> narrow(capacity + kCopySlack);
  narrow.swap(octets_);
  octet_mask_ = capacity - 1;
  // Positions stay what they are; only the place in the ring that they stand for changes.
  const wire::Bytes octets(narrow);
  if (octets_used_ == 0) return;
  write_ring(oldest, octets.subspan(at, first));
  write_ring(oldest + first, octets.first(octets_used_ - first));
}

void DynamicTable::resize_entries(std::uint32_t capacity) {
  std::vector<TableEntry> ring(capacity);
  const std::uint32_t mask = capacity - 1;
  for (std::uint32_t i = 0; i < count_; ++i) {
    const std::uint32_t sequence = inserted_ - 1 - i;
    ring[sequence & mask] = entries_[sequence & entry_mask_];
  }
  entries_.swap(ring);
  entry_mask_ = mask;
}

}  // namespace regauge::hpack
