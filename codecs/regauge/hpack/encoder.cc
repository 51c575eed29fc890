#include "regauge/hpack/encoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>

#include "regauge/hpack/huffman.h"
#include "regauge/hpack/integer.h"
#include "regauge/hpack/static_table.h"

namespace regauge::hpack {
namespace {

using http::FieldId;
using http::FieldLine;
using wire::Bytes;

// RFC 9113 §6.5.2: the value that holds before any SETTINGS.
constexpr std::uint32_t kInitialTableBytes = 4096;

// Representations (RFC 7541 §6).
constexpr std::uint8_t kIndexed = 0x80;
constexpr std::uint8_t kWithIndexing = 0x40;
constexpr std::uint8_t kSizeUpdate = 0x20;
constexpr std::uint8_t kNeverIndexed = 0x10;
constexpr std::uint8_t kWithoutIndexing = 0x00;
constexpr std::uint8_t kHuffman = 0x80;

// Short secrets can be guessed through the size of a compressed block (RFC 7541 §7.1.3).
constexpr std::size_t kShortCookieBytes = 20;

// The index has twice as many ways as the table has entries.
constexpr std::size_t kFirstWays = 16;

consteval auto static_names_by_id() {
  std::array<std::uint8_t, std::to_underlying(FieldId::count_)> indexes{};
  for (std::uint32_t index = kStaticEntries; index > 0; --index) {
    const FieldId id = kStaticTable[index].id;
    if (id != FieldId::unknown) {
      indexes[std::to_underlying(id)] = static_cast<std::uint8_t>(index);
    }
  }
  return indexes;
}

constexpr auto kStaticNamesById = static_names_by_id();

constexpr std::uint32_t kPathIndex = 4;

// Returns the first static entry of this pseudo-field name, or 0.
std::uint32_t static_pseudo_name(std::string_view name) {
  switch (name.size()) {
    case 5: return name == ":path" ? kPathIndex : 0;
    case 7:
      if (name == ":method") return 2;
      if (name == ":scheme") return 6;
      return name == ":status" ? 8 : 0;
    case 10: return name == ":authority" ? 1 : 0;
    default: return 0;
  }
}

// Returns the first static entry of this name, or 0.
std::uint32_t static_name(const FieldLine& line) {
  if (line.id != FieldId::unknown) return kStaticNamesById[std::to_underlying(line.id)];
  return line.name.starts_with(':') ? static_pseudo_name(line.name) : 0;
}

// Returns the static entry with this value among those that share the name of `index`, or 0.
// Cost: at most 7 compares of at most 13 octets.
std::uint32_t static_line(std::uint32_t index, std::string_view value) {
  const FieldLine& first = kStaticTable[index];
  if (first.id != FieldId::unknown) return value == first.value ? index : 0;
  for (; index <= kStaticEntries && kStaticTable[index].name.data() == first.name.data(); ++index) {
    if (kStaticTable[index].value == value) return index;
  }
  return 0;
}

enum class Policy : std::uint8_t { index, without, never };

// Chooses what goes into the table: not what is secret, nor what hardly ever repeats.
consteval auto policies_by_id() {
  std::array<Policy, std::to_underlying(FieldId::count_)> policies{};
  const auto set = [&](Policy policy, std::initializer_list<FieldId> ids) {
    for (const FieldId id : ids) policies[std::to_underlying(id)] = policy;
  };
  set(Policy::never, {FieldId::authorization, FieldId::proxy_authorization});
  set(Policy::without,
      {FieldId::age, FieldId::content_length, FieldId::content_range, FieldId::etag,
       FieldId::expires, FieldId::if_modified_since, FieldId::if_none_match, FieldId::last_modified,
       FieldId::location, FieldId::set_cookie, FieldId::traceparent});
  return policies;
}

constexpr auto kPoliciesById = policies_by_id();

Policy indexing_policy(const FieldLine& line, std::uint32_t static_index,
                       std::uint32_t table_bytes_max) {
  if (line.indexing == http::Indexing::never) return Policy::never;
  const Policy policy = kPoliciesById[std::to_underlying(line.id)];
  if (policy != Policy::index) return policy;
  if (line.id == FieldId::cookie && line.value.size() < kShortCookieBytes) return Policy::never;
  if (static_index == kPathIndex) return Policy::without;
  if (line.name.size() > kRingNameBytesMax) return Policy::without;
  const std::size_t bytes = line.name.size() + line.value.size() + kEntryOverhead;
  return bytes > table_bytes_max - table_bytes_max / 4 ? Policy::without : Policy::index;
}

// What a name had last is tried first: most lines repeat the value that their name had before.
// Known names have a slot of their own, the others share some. A shared slot costs a look-up.
constexpr std::size_t kSharedSlots = 64;
constexpr std::size_t kRecentSlots = std::to_underlying(FieldId::count_) + kSharedSlots;

bool same_text(std::string_view left, std::string_view right) {
  return left.size() == right.size() && wide_equal(wire::as_bytes(left), wire::as_bytes(right));
}

std::size_t recent_slot(const FieldLine& line) {
  if (line.id != FieldId::unknown) return std::to_underlying(line.id);
  const Bytes name = wire::as_bytes(line.name);
  const std::size_t size = name.size();
  std::uint32_t mixed = size == 0 ? 0 : name[size - 1];
  if (size >= 4) mixed = wire::load_word<std::uint32_t>(name.subspan(size - 4));
  mixed = (mixed + static_cast<std::uint32_t>(size)) * 0x9e3779b1U;
  return std::to_underlying(FieldId::count_) + mixed / (UINT32_MAX / kSharedSlots + 1);
}

}  // namespace

// Where the entries of the table are found.
struct Encoder::Index {
  EncoderIndex lines;                       // by name and value
  EncoderIndex names;                       // by name
  std::array<Recent, kRecentSlots> recent;  // by slot of the name
};

Encoder::Encoder(HashKey key, std::uint32_t table_bytes_max)
    : table_(kInitialTableBytes),
      key_(key),
      table_bytes_max_(std::min(table_bytes_max, kTableBytesMax)),
      limit_(kInitialTableBytes),
      smallest_limit_(kInitialTableBytes) {
  if (table_bytes_max_ < kInitialTableBytes) set_table_limit(kInitialTableBytes);
}

Encoder::~Encoder() = default;

void Encoder::set_table_limit(std::uint32_t octets) {
  limit_ = std::min(octets, table_bytes_max_);
  smallest_limit_ = std::min(smallest_limit_, limit_);
  update_due_ = true;
}

std::size_t Encoder::encoded_bytes_max(http::FieldSection lines) {
  std::size_t octets = kBeginBytesMax;
  for (const FieldLine& line : lines) {
    octets += line.name.size() + line.value.size() + kLineBytesMax;
  }
  return octets;
}

void Encoder::begin(wire::Writer& to) {
  ++work_.messages;
  if (!update_due_) return;
  update_due_ = false;
  // The smallest value of the time since the last block has to be told if it evicts (RFC 7541
  // §4.2).
  if (smallest_limit_ < limit_ && smallest_limit_ < table_.max_bytes()) {
    write_integer(to, kSizeUpdate, 5, smallest_limit_);
    table_.set_max_bytes(smallest_limit_, work_);
  }
  smallest_limit_ = limit_;
  if (limit_ == table_.max_bytes()) return;
  write_integer(to, kSizeUpdate, 5, limit_);
  table_.set_max_bytes(limit_, work_);
}

void Encoder::encode(http::FieldSection lines, wire::Writer& to) {
  begin(to);
  for (const FieldLine& each : lines) line(each, to);
}

void Encoder::line(const FieldLine& line, wire::Writer& to) {
  RG_ASSERT(line.id == FieldId::unknown || line.name == http::field_name(line.id));
  const std::size_t size_before = to.size();
  work_.bytes_in += line.name.size() + line.value.size();
  ++work_.steps;
  const std::size_t slot = recent_slot(line);
  const bool may_repeat = index_ != nullptr && line.indexing != http::Indexing::never;
  if (const std::uint32_t index = may_repeat ? repeated(index_->recent[slot], line) : 0;
      index != 0) {
    write_integer(to, kIndexed, 7, index);
  } else {
    new_line(line, slot, to);
  }
  work_.bytes_emitted += to.size() - size_before;
  RG_ASSERT(!to.overflowed());
}

// Returns the index of what the name had last if it is this line, else 0.
[[gnu::always_inline]] inline std::uint32_t Encoder::repeated(const Recent& recent,
                                                              const FieldLine& line) {
  if (recent.static_index == 0) {
    return is_entry(recent.sequence, line) ? table_index(recent.sequence) : 0;
  }
  const FieldLine& known = kStaticTable[recent.static_index];
  return known.id == line.id && same_text(known.value, line.value) &&
                 (line.id != FieldId::unknown || same_text(known.name, line.name))
             ? recent.static_index
             : 0;
}

void Encoder::new_line(const FieldLine& line, std::size_t slot, wire::Writer& to) {
  const std::uint32_t static_index = static_name(line);
  const Policy policy = indexing_policy(line, static_index, table_.max_bytes());
  if (policy == Policy::never) {
    literal(kNeverIndexed, index_of_name(line, static_index), line, to);
  } else if (const std::uint32_t index =
                 static_index == 0 ? 0 : static_line(static_index, line.value);
             index != 0) {
    write_integer(to, kIndexed, 7, index);
    if (index_ != nullptr) index_->recent[slot] = {0, index};
  } else if (policy == Policy::without) {
    literal(kWithoutIndexing, index_of_name(line, static_index), line, to);
  } else {
    indexed_or_inserted(line, static_index, slot, to);
  }
}

// RFC 7541 §6.1 if the table has the line, else §6.2.1.
void Encoder::indexed_or_inserted(const FieldLine& line, std::uint32_t static_index,
                                  std::size_t slot, wire::Writer& to) {
  const std::uint64_t name_hash = hash_of_name(line, static_index);
  const std::uint64_t line_hash = keyed_hash(key_, name_hash, wire::as_bytes(line.value));
  work_.steps += line.value.size() / 16 + 1;
  std::optional<Sequence> found;
  if (index_ != nullptr) {
    found = index_->lines.find(line_hash, table_.inserted(), table_.entry_count(), work_,
                               [&](Sequence sequence) { return is_entry(sequence, line); });
  }
  if (found) {
    write_integer(to, kIndexed, 7, table_index(*found));
    index_->recent[slot] = {*found, 0};
    return;
  }
  literal(kWithIndexing, static_index != 0 ? static_index : find_name(line, name_hash), line, to);
  insert(line, line_hash);
  if (static_index == 0) index_->names.insert(name_hash, table_.inserted() - 1);
  index_->recent[slot] = {table_.inserted() - 1, 0};
}

void Encoder::drop_table() {
  if (table_.held_bytes() == 0) return;
  table_.clear(work_);
  table_.shrink();
  index_.reset();
  if (table_.max_bytes() == 0) return;
  smallest_limit_ = 0;
  update_due_ = true;
}

std::uint32_t Encoder::table_index(Sequence sequence) const {
  return kStaticEntries + (table_.inserted() - sequence);
}

// Tells whether the entry of this number is live and is the line.
[[gnu::always_inline]] inline bool Encoder::is_entry(Sequence sequence, const FieldLine& line) {
  const std::uint32_t position = table_.inserted() - 1 - sequence;
  if (position >= table_.entry_count()) return false;
  const TableEntry& entry = table_.entry(position);
  // The id of a known name says what its octets are.
  return entry.id == line.id && table_.value_is(entry, wire::as_bytes(line.value), work_) &&
         (line.id != FieldId::unknown || table_.name_is(entry, wire::as_bytes(line.name), work_));
}

// Known names are hashed by their number, so their octets are not looked at.
std::uint64_t Encoder::hash_of_name(const FieldLine& line, std::uint32_t static_index) {
  if (static_index != 0) return static_index;
  const std::uint64_t id = std::to_underlying(line.id);
  if (line.id != FieldId::unknown) return keyed_hash(key_, ~id, {});
  work_.steps += line.name.size() / 16 + 1;
  return keyed_hash(key_, ~id, wire::as_bytes(line.name));
}

// Returns the index of an entry of either table with this name, or 0.
std::uint32_t Encoder::index_of_name(const FieldLine& line, std::uint32_t static_index) {
  if (static_index != 0 || index_ == nullptr) return static_index;
  return find_name(line, hash_of_name(line, 0));
}

// Returns the index of an entry of the dynamic table with this name, or 0.
std::uint32_t Encoder::find_name(const FieldLine& line, std::uint64_t name_hash) {
  if (index_ == nullptr) return 0;
  const auto found = index_->names.find(
      name_hash, table_.inserted(), table_.entry_count(), work_, [&](Sequence sequence) {
        const TableEntry& entry = table_.entry(table_.inserted() - 1 - sequence);
        return table_.name_is(entry, wire::as_bytes(line.name), work_);
      });
  return found ? table_index(*found) : 0;
}

void Encoder::literal(std::uint8_t pattern, std::uint32_t name_index, const FieldLine& line,
                      wire::Writer& to) {
  write_integer(to, pattern, pattern == kWithIndexing ? 6 : 4, name_index);
  if (name_index == 0) string(wire::as_bytes(line.name), to);
  string(wire::as_bytes(line.value), to);
}

// RFC 7541 §5.2: coded if that is shorter. It is coded right away, behind the room that the length
// takes at most, so that no second look at the octets has to measure them first.
void Encoder::string(Bytes octets, wire::Writer& to) {
  work_.steps += 2 * octets.size();
  const auto size = static_cast<std::uint32_t>(octets.size());
  const std::size_t length_octets = integer_octets(7, size);
  const wire::MutableBytes room = to.room();
  if (size > 0 && room.size() >= length_octets + size) [[likely]] {
    const auto coded = huffman_encode(octets, room.subspan(length_octets), size - 1);
    if (coded) {
      const auto coded_size = static_cast<std::uint32_t>(*coded);
      write_integer(to, kHuffman, 7, coded_size);
      const wire::MutableBytes place = to.room();
      if (const std::size_t gap = length_octets + place.size() - room.size(); gap != 0)
          [[unlikely]] {
        const Bytes from = wire::Bytes(place).subspan(gap, coded_size);
        std::copy(from.begin(), from.end(), place.begin());
      }
      to.commit(coded_size);
      return;
    }
  }
  write_integer(to, 0, 7, size);
  to.bytes(octets);
}

void Encoder::insert(const FieldLine& line, std::uint64_t line_hash) {
  const Sequence sequence = table_.inserted();
  table_.insert(
      {.name = wire::as_bytes(line.name), .value = wire::as_bytes(line.value), .id = line.id},
      work_);
  if (index_ == nullptr) {
    index_ = std::make_unique<Index>();
    index_->recent.fill({sequence - (Sequence{1} << 31U), 0});  // no live entry's number
  }
  const std::size_t wanted = 2 * std::size_t{table_.entry_count()};
  if (const std::size_t before = index_->lines.ways(); before < wanted) {
    const std::size_t ways = std::max(kFirstWays, std::bit_ceil(wanted));
    work_.copies += 2 * before;
    index_->lines.grow(ways, sequence, table_.entry_count() - 1);
    index_->names.grow(ways, sequence, table_.entry_count() - 1);
  }
  index_->lines.insert(line_hash, sequence);
}

}  // namespace regauge::hpack
