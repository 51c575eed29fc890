// DynamicTable: the first-in-first-out table of RFC 7541 §2.3.2 and §4, for decoder and encoder.
//
// Octets and entries lie in two rings. Positions in the octet ring only ever rise (modulo 2^32), so
// an entry that wraps has two halves and eviction is one step forward; nothing is moved or linked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "regauge/hpack/field_arena.h"
#include "regauge/hpack/long_names.h"
#include "regauge/hpack/wide_copy.h"
#include "regauge/http/field_id.h"
#include "regauge/wire/assert.h"
#include "regauge/wire/bytes.h"
#include "regauge/wire/work.h"

namespace regauge::hpack {

/// Bounds the table whatever a limit says, so that sizes fit 16 bits.
inline constexpr std::uint32_t kTableBytesMax = 65536;
/// Counts what RFC 7541 §4.1 adds to the octets of name and value of each entry.
inline constexpr std::uint32_t kEntryOverhead = 32;

/// Bounds the names that lie in the octet ring; longer ones are shared (long_names.h).
inline constexpr std::uint32_t kRingNameBytesMax = 48;

/// Describes one entry. Its value lies in the octet ring, and its name before it unless it is long.
struct TableEntry {
  std::uint32_t start = 0;  ///< position in the octet ring
  std::uint16_t name_bytes = 0;
  std::uint16_t value_bytes = 0;
  LongNames::Number long_name = 0;  ///< 0: the name lies in the ring
  http::FieldId id = http::FieldId::unknown;
  Mark name_mark = 0;  ///< what the decoder's check said about the name
  Mark mark = 0;       ///< what it said about the line

  /// Returns the size of RFC 7541 §4.1.
  [[nodiscard]] std::uint32_t table_bytes() const {
    return std::uint32_t{name_bytes} + value_bytes + kEntryOverhead;
  }
  /// Returns the octets in the ring before those of the value.
  [[nodiscard]] std::uint32_t ring_name_bytes() const { return long_name == 0 ? name_bytes : 0U; }
};

/// Holds what an insertion stores. The views point outside of the table.
struct NewEntry {
  wire::Bytes name;  ///< not looked at if `long_name` is given
  wire::Bytes value;
  LongNames::Number long_name = 0;  ///< the long name of an older entry, to be shared
  http::FieldId id = http::FieldId::unknown;
  Mark name_mark = 0;
  Mark mark = 0;
};

/// Holds field lines, newest first, and evicts the oldest to stay within `max_bytes`.
/// Memory: nothing until the first insertion, then rings that double with the content up to the
/// maximum. Cost: constant for a look-up; an insertion copies name and value once.
class DynamicTable {
 public:
  /// `max_bytes` is the maximum size at the start (RFC 7541 §4.2), at most kTableBytesMax.
  explicit DynamicTable(std::uint32_t max_bytes) : max_bytes_(max_bytes) {}

  [[nodiscard]] std::uint32_t max_bytes() const { return max_bytes_; }
  /// Returns the size of RFC 7541 §4.1: octets and overhead of all entries.
  [[nodiscard]] std::uint32_t table_bytes() const { return table_bytes_; }
  [[nodiscard]] std::uint32_t entry_count() const { return count_; }
  /// Counts all insertions so far, modulo 2^32: the sequence number of the next entry.
  [[nodiscard]] std::uint32_t inserted() const { return inserted_; }
  /// Returns the octets of memory held.
  [[nodiscard]] std::size_t held_bytes() const;

  /// Returns an entry; 0 is the newest. `position` is below `entry_count`.
  [[nodiscard]] const TableEntry& entry(std::uint32_t position) const {
    RG_ASSERT(position < count_);
    return entries_[(inserted_ - 1 - position) & entry_mask_];
  }
  /// Tells whether name and value of an entry lie side by side in the ring.
  [[nodiscard]] bool in_one_piece(const TableEntry& entry) const {
    const std::uint32_t at = entry.start & octet_mask_;
    return entry.long_name == 0 && at + entry.name_bytes + entry.value_bytes <= octet_mask_;
  }
  /// Views the ring from the octets of an entry on, with kCopySlack octets more behind them.
  /// Lifetime: until the next insertion.
  [[nodiscard]] wire::Bytes octets_of(const TableEntry& entry) const [[clang::lifetimebound]] {
    return wire::Bytes(octets_).subspan(entry.start & octet_mask_);
  }
  /// Copies name and value to the start of `to`, which has kCopySlack octets more than they.
  void read(const TableEntry& entry, wire::MutableBytes to) const {
    if (!in_one_piece(entry)) [[unlikely]] {
      read_parts(entry, to);
      return;
    }
    wide_copy(to, octets_of(entry), std::size_t{entry.name_bytes} + entry.value_bytes);
  }
  /// Copies the name to the start of `to`, which has kCopySlack octets more.
  void read_name(const TableEntry& entry, wire::MutableBytes to) const {
    const std::uint32_t at = entry.start & octet_mask_;
    if (entry.long_name != 0 || at + entry.name_bytes > octet_mask_) [[unlikely]] {
      read_rare_name(entry, to);
      return;
    }
    wide_copy(to, octets_of(entry), entry.name_bytes);
  }
  /// Tells whether the entry has this name. Counts compares.
  [[nodiscard]] bool name_is(const TableEntry& entry, wire::Bytes name, wire::Work& work) const {
    if (entry.name_bytes != name.size()) return false;
    if (entry.long_name == 0) return ring_is(entry.start, name, work);
    work.compares += name.size();
    return wide_equal(long_names_->view(entry.long_name), name);
  }
  /// Tells whether the entry has this value. Counts compares.
  [[nodiscard]] bool value_is(const TableEntry& entry, wire::Bytes value, wire::Work& work) const {
    if (entry.value_bytes != value.size()) return false;
    return ring_is(entry.start + entry.ring_name_bytes(), value, work);
  }

  /// Inserts a line and evicts what no longer fits; a line that is larger than the maximum empties
  /// the table and is not stored (RFC 7541 §4.4). Copies the value, and the name unless shared.
  void insert(const NewEntry& added, wire::Work& work);
  /// Changes the maximum and evicts accordingly (RFC 7541 §4.3).
  void set_max_bytes(std::uint32_t max_bytes, wire::Work& work);
  /// Drops all entries and keeps the maximum.
  void clear(wire::Work& work);
  /// Frees the memory that the content does not need.
  void shrink();

 private:
  void insert_long(const NewEntry& added, wire::Work& work);
  bool make_place(std::size_t bytes, wire::Work& work);
  void store(const TableEntry& entry, wire::Bytes name, wire::Bytes value, wire::Work& work);
  void evict_to(std::uint32_t bytes, wire::Work& work);
  void read_parts(const TableEntry& entry, wire::MutableBytes to) const;
  void read_rare_name(const TableEntry& entry, wire::MutableBytes to) const;
  void read_ring(std::uint32_t start, wire::MutableBytes to) const;
  void write_ring(std::uint32_t start, wire::Bytes from);
  [[nodiscard]] bool ring_is(std::uint32_t start, wire::Bytes octets, wire::Work& work) const {
    const std::uint32_t at = start & octet_mask_;
    work.compares += octets.size();
    if (at + octets.size() > octet_mask_) [[unlikely]]
      return wrapped_is(at, octets);
    return wide_equal(wire::Bytes(octets_).subspan(at, octets.size()), octets);
  }
  [[nodiscard]] bool wrapped_is(std::uint32_t at, wire::Bytes octets) const;
  void make_room(std::uint32_t octets, wire::Work& work);
  [[nodiscard]] std::uint32_t octet_capacity() const { return octet_mask_ + 1; }
  void resize_octets(std::uint32_t capacity);
  void resize_entries(std::uint32_t capacity);

  std::vector<std::uint8_t> octets_;  // the ring, and kCopySlack octets that only pad
  std::vector<TableEntry> entries_;
  std::unique_ptr<LongNames> long_names_;  // since an entry had one
  std::uint32_t octet_mask_ = UINT32_MAX;  // capacity less one; no ring: a capacity of 0
  std::uint32_t entry_mask_ = 0;
  std::uint32_t next_start_ = 0;   // where the next entry's octets go
  std::uint32_t octets_used_ = 0;  // octets of all entries in the ring
  std::uint32_t table_bytes_ = 0;
  std::uint32_t max_bytes_;
  std::uint32_t count_ = 0;
  std::uint32_t inserted_ = 0;
};

}  // namespace regauge::hpack
