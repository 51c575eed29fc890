#include "regauge/hpack/dynamic_table.h"

#include <algorithm>
#include <bit>

namespace regauge::hpack {
namespace {

constexpr std::uint32_t kFirstOctets = 256;
constexpr std::uint32_t kFirstEntries = 8;

bool equal(wire::Bytes left, wire::Bytes right) {
  return left.empty() || __builtin_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace

std::size_t DynamicTable::held_bytes() const {
  return octets_.size() + entries_.size() * sizeof(TableEntry);
}

void DynamicTable::read(const TableEntry& entry, std::uint32_t skip, wire::MutableBytes to) const {
  if (to.empty()) return;
  RG_ASSERT(skip + to.size() <= std::size_t{entry.name_bytes} + entry.value_bytes);
  const wire::Bytes ring(octets_);
  const std::uint32_t at = (entry.start + skip) & octet_mask_;
  const std::size_t first = std::min(to.size(), ring.size() - at);
  wire::copy_bytes(to, ring.subspan(at, first));
  if (first < to.size()) wire::copy_bytes(to.subspan(first), ring.first(to.size() - first));
}

bool DynamicTable::matches(const TableEntry& entry, std::uint32_t skip, wire::Bytes octets,
                           wire::Work& work) const {
  if (octets.empty()) return true;
  RG_ASSERT(skip + octets.size() <= std::size_t{entry.name_bytes} + entry.value_bytes);
  work.compares += octets.size();
  const wire::Bytes ring(octets_);
  const std::uint32_t at = (entry.start + skip) & octet_mask_;
  const std::size_t first = std::min(octets.size(), ring.size() - at);
  return equal(ring.subspan(at, first), octets.first(first)) &&
         equal(ring.first(octets.size() - first), octets.subspan(first));
}

void DynamicTable::insert(wire::Bytes name, wire::Bytes value, http::FieldId id, Mark mark,
                          wire::Work& work) {
  const std::size_t octets = name.size() + value.size();
  if (octets + kEntryOverhead > max_bytes_) {
    evict_to(0, work);
    return;
  }
  const auto added = static_cast<std::uint32_t>(octets) + kEntryOverhead;
  evict_to(max_bytes_ - added, work);
  make_room(static_cast<std::uint32_t>(octets), work);
  write(next_start_, name);
  write(next_start_ + static_cast<std::uint32_t>(name.size()), value);
  entries_[inserted_ & entry_mask_] = {next_start_, static_cast<std::uint16_t>(name.size()),
                                       static_cast<std::uint16_t>(value.size()), id, mark};
  work.copies += octets;
  next_start_ += static_cast<std::uint32_t>(octets);
  octets_used_ += static_cast<std::uint32_t>(octets);
  table_bytes_ += added;
  ++count_;
  ++inserted_;
}

void DynamicTable::set_max_bytes(std::uint32_t max_bytes, wire::Work& work) {
  RG_ASSERT(max_bytes <= kTableBytesMax);
  max_bytes_ = max_bytes;
  evict_to(max_bytes, work);
}

void DynamicTable::shrink() {
  if (count_ == 0) {
    octets_ = {};
    entries_ = {};
    octet_mask_ = 0;
    entry_mask_ = 0;
    return;
  }
  const std::uint32_t octets = std::max(kFirstOctets, std::bit_ceil(octets_used_));
  const std::uint32_t entries = std::max(kFirstEntries, std::bit_ceil(count_));
  if (octets < octets_.size()) resize_octets(octets);
  if (entries < entries_.size()) resize_entries(entries);
}

// Amortised constant: an entry is evicted once, and each insertion adds one entry.
void DynamicTable::evict_to(std::uint32_t bytes, wire::Work& work) {
  while (table_bytes_ > bytes) {
    const TableEntry& oldest = entry(count_ - 1);
    table_bytes_ -= oldest.table_bytes();
    octets_used_ -= oldest.table_bytes() - kEntryOverhead;
    --count_;
    ++work.evictions;
  }
}

void DynamicTable::write(std::uint32_t start, wire::Bytes from) {
  if (from.empty()) return;
  const wire::MutableBytes ring(octets_);
  const std::uint32_t at = start & octet_mask_;
  const std::size_t first = std::min(from.size(), ring.size() - at);
  wire::copy_bytes(ring.subspan(at), from.first(first));
  if (first < from.size()) wire::copy_bytes(ring, from.subspan(first));
}

// Both rings double, so growing costs at most one copy an octet over the life of the table, and
// never more than the table size at once.
void DynamicTable::make_room(std::uint32_t octets, wire::Work& work) {
  if (octets_used_ + octets > octets_.size()) {
    work.copies += octets_used_;
    resize_octets(std::max(kFirstOctets, std::bit_ceil(octets_used_ + octets)));
  }
  if (count_ == entries_.size()) {
    work.copies += count_;
    resize_entries(std::max(kFirstEntries, count_ * 2));
  }
}

void DynamicTable::resize_octets(std::uint32_t capacity) {
  std::vector<std::uint8_t> ring(capacity);
  const std::uint32_t mask = capacity - 1;
  const std::uint32_t oldest = next_start_ - octets_used_;
  for (std::uint32_t i = 0; i < octets_used_; ++i) {
    ring[(oldest + i) & mask] = octets_[(oldest + i) & octet_mask_];
  }
  octets_.swap(ring);
  octet_mask_ = mask;
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
