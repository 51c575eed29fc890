#include "regauge/hpack/encoder.h"

#include <algorithm>
#include <array>
#include <bit>
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

// A value that two tags of an index point at is compared; more would be a matter of chance only.
constexpr std::uint32_t kComparesMax = 2;

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

// Returns the first static entry of this pseudo-field name, or 0.
std::uint32_t static_pseudo_name(std::string_view name) {
  switch (name.size()) {
    case 5: return name == ":path" ? 4 : 0;
    case 7:
      if (name == ":method") return 2;
      if (name == ":scheme") return 6;
      return name == ":status" ? 8 : 0;
    case 10: return name == ":authority" ? 1 : 0;
    default: return 0;
  }
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

// Chooses what goes into the table: not what is secret and short, nor what hardly ever repeats.
Policy indexing_policy(const FieldLine& line, std::uint32_t table_bytes_max) {
  if (line.indexing == http::Indexing::never) return Policy::never;
  switch (line.id) {
    case FieldId::authorization:
    case FieldId::proxy_authorization: return Policy::never;
    case FieldId::cookie:
      if (line.value.size() < kShortCookieBytes) return Policy::never;
      break;
    case FieldId::age:
    case FieldId::content_length:
    case FieldId::content_range:
    case FieldId::etag:
    case FieldId::expires:
    case FieldId::if_modified_since:
    case FieldId::if_none_match:
    case FieldId::last_modified:
    case FieldId::location:
    case FieldId::set_cookie:
    case FieldId::traceparent: return Policy::without;
    case FieldId::unknown:
      if (line.name == ":path") return Policy::without;
      break;
    default: break;
  }
  if (line.name.size() > kRingNameBytesMax) return Policy::without;
  const std::size_t bytes = line.name.size() + line.value.size() + kEntryOverhead;
  return bytes > table_bytes_max - table_bytes_max / 4 ? Policy::without : Policy::index;
}

}  // namespace

struct Encoder::NameKey {
  std::uint32_t static_index = 0;  // 0: not in the static table
  std::uint64_t hash = 0;
};

Encoder::Encoder(HashKey key, std::uint32_t table_bytes_max)
    : table_(kInitialTableBytes),
      key_(key),
      table_bytes_max_(std::min(table_bytes_max, kTableBytesMax)),
      limit_(kInitialTableBytes),
      smallest_limit_(kInitialTableBytes) {
  if (table_bytes_max_ < kInitialTableBytes) set_table_limit(kInitialTableBytes);
}

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
  work_.bytes_in += line.name.size() + line.value.size();
  const std::size_t size_before = to.size();
  const NameKey key = name_key(line);
  const Policy policy = indexing_policy(line, table_.max_bytes());
  if (policy == Policy::never) {
    literal(kNeverIndexed, find_name(line, key), line, to);
  } else if (const std::uint32_t index =
                 key.static_index == 0 ? 0 : static_line(key.static_index, line.value);
             index != 0) {
    write_integer(to, kIndexed, 7, index);
  } else if (policy == Policy::without) {
    literal(kWithoutIndexing, find_name(line, key), line, to);
  } else {
    const std::uint64_t hash = keyed_hash(key_, key.hash, wire::as_bytes(line.value));
    work_.steps += line.value.size() / 8 + 1;
    if (const std::uint32_t found = find_line(line, hash); found != 0) {
      write_integer(to, kIndexed, 7, found);
    } else {
      literal(kWithIndexing, find_name(line, key), line, to);
      insert(line, key, hash);
    }
  }
  work_.bytes_emitted += to.size() - size_before;
  RG_ASSERT(!to.overflowed());
}

void Encoder::drop_table() {
  if (table_.held_bytes() == 0) return;
  table_.clear(work_);
  table_.shrink();
  lines_.drop();
  names_.drop();
  if (table_.max_bytes() == 0) return;
  smallest_limit_ = 0;
  update_due_ = true;
}

// Known names are hashed by their number, so their octets are not looked at.
Encoder::NameKey Encoder::name_key(const FieldLine& line) const {
  NameKey key;
  if (line.id != FieldId::unknown) {
    key.static_index = kStaticNamesById[std::to_underlying(line.id)];
    key.hash = std::to_underlying(line.id) * 0x9E3779B97F4A7C15U;
    if (key.static_index == 0) key.hash = keyed_hash(key_, key.hash, {});
    return key;
  }
  if (line.name.starts_with(':')) key.static_index = static_pseudo_name(line.name);
  key.hash =
      key.static_index != 0 ? key.static_index : keyed_hash(key_, 0, wire::as_bytes(line.name));
  return key;
}

// Returns the index of an equal entry of the dynamic table, or 0.
std::uint32_t Encoder::find_line(const FieldLine& line, std::uint64_t hash) {
  const auto found = lines_.find(hash, table_.inserted(), table_.entry_count(), work_);
  for (std::uint32_t i = 0; i < std::min(found.count, kComparesMax); ++i) {
    const std::uint32_t position = table_.inserted() - 1 - found.sequences[i];
    const TableEntry& entry = table_.entry(position);
    if (entry.id != line.id) continue;
    if (!table_.value_is(entry, wire::as_bytes(line.value), work_)) continue;
    // The id of a known name says what its octets are.
    if (line.id == FieldId::unknown && !table_.name_is(entry, wire::as_bytes(line.name), work_)) {
      continue;
    }
    return kStaticEntries + 1 + position;
  }
  return 0;
}

// Returns the index of an entry of either table with this name, or 0.
std::uint32_t Encoder::find_name(const FieldLine& line, const NameKey& key) {
  if (key.static_index != 0) return key.static_index;
  const auto found = names_.find(key.hash, table_.inserted(), table_.entry_count(), work_);
  for (std::uint32_t i = 0; i < std::min(found.count, kComparesMax); ++i) {
    const std::uint32_t position = table_.inserted() - 1 - found.sequences[i];
    const TableEntry& entry = table_.entry(position);
    if (table_.name_is(entry, wire::as_bytes(line.name), work_)) {
      return kStaticEntries + 1 + position;
    }
  }
  return 0;
}

void Encoder::literal(std::uint8_t pattern, std::uint32_t name_index, const FieldLine& line,
                      wire::Writer& to) {
  write_integer(to, pattern, pattern == kWithIndexing ? 6 : 4, name_index);
  if (name_index == 0) string(wire::as_bytes(line.name), to);
  string(wire::as_bytes(line.value), to);
}

// RFC 7541 §5.2: coded if that is shorter.
void Encoder::string(Bytes octets, wire::Writer& to) {
  work_.steps += octets.size();
  const std::size_t coded = huffman_encoded_bytes(octets);
  if (coded >= octets.size()) {
    write_integer(to, 0, 7, static_cast<std::uint32_t>(octets.size()));
    to.bytes(octets);
    work_.copies += octets.size();
    return;
  }
  write_integer(to, kHuffman, 7, static_cast<std::uint32_t>(coded));
  work_.steps += octets.size();
  to.commit(huffman_encode(octets, to.room()));
}

void Encoder::insert(const FieldLine& line, const NameKey& key, std::uint64_t line_hash) {
  const EncoderIndex::Sequence sequence = table_.inserted();
  table_.insert(
      {.name = wire::as_bytes(line.name), .value = wire::as_bytes(line.value), .id = line.id},
      work_);
  if (lines_.ways() < 2 * std::size_t{table_.entry_count()}) {
    const std::size_t ways =
        std::max(kFirstWays, std::bit_ceil(std::size_t{table_.entry_count()} * 2));
    work_.copies += lines_.ways() + names_.ways();
    lines_.grow(ways, sequence, table_.entry_count() - 1);
    names_.grow(ways, sequence, table_.entry_count() - 1);
  }
  lines_.insert(line_hash, sequence);
  if (key.static_index == 0) names_.insert(key.hash, sequence);
}

}  // namespace regauge::hpack
