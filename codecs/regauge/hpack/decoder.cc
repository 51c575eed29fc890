#include "regauge/hpack/decoder.h"

#include <algorithm>

#include "regauge/hpack/huffman.h"
#include "regauge/hpack/integer.h"
#include "regauge/hpack/static_table.h"

namespace regauge::hpack {
namespace {

using wire::Bytes;
using wire::MutableBytes;

// RFC 9113 §6.5.2: the value that holds before any SETTINGS.
constexpr std::uint32_t kInitialTableBytes = 4096;

// Joining cookie crumbs puts "; " between them (RFC 9113 §8.2.3).
constexpr std::uint64_t kCrumbSeparatorBytes = 2;

// RFC 7541 §6.3: 001xxxxx.
bool is_size_update(std::uint8_t first) { return (first & 0xE0U) == 0x20U; }

ListLimits limits_of(const http::Limits& limits, std::uint32_t section_bytes) {
  return {limits.field_lines_max, limits.cookie_crumbs_max, limits.line_bytes_max, section_bytes,
          limits.cookie_bytes_max};
}

}  // namespace

ListLimits head_limits(const http::Limits& limits) {
  return limits_of(limits, limits.field_section_bytes_max);
}

ListLimits trailer_limits(const http::Limits& limits) {
  return limits_of(limits, limits.trailer_section_bytes_max);
}

struct Decoder::Text {
  enum class Form : std::uint8_t { plain, huffman, entry };

  Bytes octets;                       // as they stand, or still coded
  const TableEntry* entry = nullptr;  // a name that lies in the dynamic table
  http::FieldId id = http::FieldId::unknown;
  Mark mark = 0;
  Form form = Form::plain;

  // Returns the room that making the octets needs.
  [[nodiscard]] std::size_t room() const {
    if (form == Form::plain) return 0;
    return form == Form::entry ? entry->name_bytes : huffman_decode_room(octets.size());
  }
  // Returns the octets of the text, which is not coded (any more).
  [[nodiscard]] std::size_t size() const {
    return form == Form::entry ? entry->name_bytes : octets.size();
  }
};

struct Decoder::Block {
  Block(Bytes block, FieldArena& fields, const ListLimits& list_limits)
      : octets(block),
        reader(block),
        arena(fields),
        limits(list_limits),
        section_bytes_left(list_limits.section_bytes),
        lines_left(list_limits.lines) {}

  Bytes octets;
  wire::Reader reader;
  FieldArena& arena;
  const ListLimits& limits;
  std::uint64_t section_bytes_left;  // as if no limit was passed; 0 from then on
  std::uint32_t lines_left;
  FieldBlock out;
  std::size_t offset = 0;  // where the current representation starts
  std::uint64_t copied = 0;
  std::uint64_t emitted = 0;
  std::uint32_t cookies = 0;
  std::uint64_t cookie_bytes = 0;
  std::uint32_t size_updates = 0;

  // Counts a line and tells whether it is kept: false from the first one on that passes a limit.
  bool admit(std::size_t name_bytes, std::size_t value_bytes, http::FieldId id) {
    const std::uint64_t bytes = name_bytes + value_bytes + kEntryOverhead;
    ++out.line_count;
    out.list_bytes += bytes;
    if (bytes > section_bytes_left || lines_left == 0 || id == http::FieldId::cookie ||
        bytes - kEntryOverhead > limits.line_bytes) [[unlikely]] {
      return admit_rare(bytes, value_bytes, id);
    }
    section_bytes_left -= bytes;
    --lines_left;
    emitted += bytes - kEntryOverhead;
    return true;
  }

  bool admit_rare(std::uint64_t bytes, std::size_t value_bytes, http::FieldId id) {
    if (out.passed != ListLimit::none) return false;
    const bool crumb = id == http::FieldId::cookie && cookies > 0;
    if (id == http::FieldId::cookie) {
      cookie_bytes += value_bytes + (crumb ? kCrumbSeparatorBytes : 0);
      ++cookies;
    }
    if (!crumb && lines_left == 0) out.passed = ListLimit::lines;
    if (crumb && cookies - 1 > limits.cookie_crumbs) out.passed = ListLimit::cookie_crumbs;
    if (cookie_bytes > limits.cookie_bytes) out.passed = ListLimit::cookie_bytes;
    if (bytes - kEntryOverhead > limits.line_bytes) out.passed = ListLimit::line_bytes;
    if (bytes > section_bytes_left) out.passed = ListLimit::section_bytes;
    section_bytes_left -= std::min(bytes, section_bytes_left);
    if (!crumb) lines_left -= lines_left == 0 ? 0 : 1;
    if (out.passed != ListLimit::none) {
      section_bytes_left = 0;
      return false;
    }
    emitted += bytes - kEntryOverhead;
    return true;
  }
};

Decoder::Decoder(std::uint32_t size_updates_max, const LineCheck& check)
    : table_(kInitialTableBytes),
      check_(&check),
      size_updates_max_(size_updates_max),
      limit_(kInitialTableBytes),
      smallest_limit_(kInitialTableBytes) {}

void Decoder::set_table_limit(std::uint32_t octets) {
  limit_ = std::min(octets, kTableBytesMax);
  smallest_limit_ = std::min(smallest_limit_, limit_);
  // Evicting here would put the tables out of step: it is the peer that says when (RFC 7541 §4.2).
  if (smallest_limit_ < table_.max_bytes()) update_due_ = true;
}

std::expected<FieldBlock, DecodeError> Decoder::decode(Bytes octets, FieldArena& arena,
                                                       const ListLimits& limits) {
  if (broken_) return std::unexpected(*broken_);
  Block block(octets, arena, limits);
  arena.begin_lines();
  Status status = size_updates(block);
  if (!status) status = field_lines(block);
  ++work_.messages;
  work_.bytes_in += octets.size();
  work_.bytes_emitted += block.emitted;
  work_.steps += block.out.line_count + block.size_updates;
  work_.copies += block.copied;
  if (status) {
    broken_ = DecodeError{*status, block.offset};
    return std::unexpected(*broken_);
  }
  smallest_limit_ = limit_;
  block.out.lines = arena.lines();
  block.out.marks = arena.marks();
  return block.out;
}

// RFC 7541 §6.3 and §4.2; RFC 9113 §4.3.1: size updates stand before all lines.
Decoder::Status Decoder::size_updates(Block& block) {
  while (!block.reader.empty() && is_size_update(block.reader.rest()[0])) {
    block.offset = block.octets.size() - block.reader.left();
    const std::uint8_t first = *block.reader.u8();
    const auto octets = read_integer(block.reader, first, 5);
    if (!octets) return octets.error();
    if (*octets > limit_) return Violation::hpack_size_update_too_large;
    if (update_due_ && *octets > smallest_limit_) return Violation::hpack_size_update_missing;
    if (++block.size_updates > size_updates_max_) return Violation::hpack_size_update_count;
    update_due_ = false;
    table_.set_max_bytes(*octets, work_);
  }
  if (update_due_) return Violation::hpack_size_update_missing;
  return std::nullopt;
}

// RFC 7541 §6: the first bits of an octet tell the representation.
Decoder::Status Decoder::field_lines(Block& block) {
  const Bytes octets = block.octets;
  std::size_t at = octets.size() - block.reader.left();
  while (at < octets.size()) {
    block.offset = at;
    const std::uint8_t first = octets[at++];
    if (first > 0x80U && first < 0xFFU) {
      if (!indexed(block, first & 0x7FU)) return Violation::hpack_index_out_of_range;
      continue;
    }
    if (is_size_update(first)) return Violation::hpack_size_update_not_at_start;
    block.reader = wire::Reader(octets.subspan(at));
    const Status status = first >= 0x80U ? indexed_rare(block, first) : literal(block, first);
    if (status) return status;
    at = octets.size() - block.reader.left();
  }
  return std::nullopt;
}

// RFC 7541 §6.1: index 0, or one that does not fit its prefix.
Decoder::Status Decoder::indexed_rare(Block& block, std::uint8_t first) {
  const auto index = read_integer(block.reader, first, 7);
  if (!index) return index.error();
  if (*index == 0) return Violation::hpack_index_zero;
  if (!indexed(block, *index)) return Violation::hpack_index_out_of_range;
  return std::nullopt;
}

// RFC 7541 §6.1. Returns false if there is no such entry; `index` is not 0.
[[gnu::always_inline]] inline bool Decoder::indexed(Block& block, std::uint32_t index) {
  if (index <= kStaticEntries) {
    const http::FieldLine& line = kStaticTable[index];
    if (block.admit(line.name.size(), line.value.size(), line.id)) {
      block.arena.append(line, check_->static_lines[index]);
    }
    return true;
  }
  const std::uint32_t position = index - kStaticEntries - 1;
  if (position >= table_.entry_count()) return false;
  const TableEntry& entry = table_.entry(position);
  const std::size_t name_bytes = entry.name_bytes;
  const std::size_t octets = name_bytes + entry.value_bytes;
  if (!block.admit(name_bytes, entry.value_bytes, entry.id)) return true;
  // The entry may be evicted before the line is read, so its octets move to the arena.
  table_.read(entry, block.arena.reserve(octets + kCopySlack));
  const Bytes line = block.arena.commit(octets);
  block.copied += octets;
  block.arena.append({wire::as_text(line.first(name_bytes)),
                      wire::as_text(line.subspan(name_bytes)), entry.id, http::Indexing::allowed},
                     entry.mark);
  return true;
}

// RFC 7541 §6.2: with incremental indexing (01), without (0000) and never (0001).
Decoder::Status Decoder::literal(Block& block, std::uint8_t first) {
  const bool insert = (first & 0x40U) != 0;
  const auto index = read_integer(block.reader, first, insert ? 6 : 4);
  if (!index) return index.error();
  Text name;
  if (const Status status = read_name(block, *index, name)) return status;
  Text value;
  const Status value_status = read_string(block, value);

  // All octets are made first and kept only if the line is: what is not committed costs no memory.
  MutableBytes room = block.arena.reserve(name.room() + value.room());
  const std::size_t room_before = room.size();
  if (const Status status = decode_text(name, room)) return status;
  if (value_status) return value_status;
  if (const Status status = decode_text(value, room)) return status;
  if (*index == 0) name.id = http::field_id(wire::as_text(name.octets));

  const bool kept = block.admit(name.size(), value.octets.size(), name.id);
  if (!kept && !insert) return std::nullopt;
  if (name.form == Text::Form::entry && (kept || name.entry->long_name == 0)) {
    const std::size_t size = name.size();
    table_.read_name(*name.entry, room);
    block.copied += size;
    name.octets = room.first(size);
    room = room.subspan(size);
  }
  if (*index == 0) name.mark = judge_name(name);
  const Mark mark = judge_line(name, value);
  if (kept) {
    static_cast<void>(block.arena.commit(room_before - room.size()));
    block.arena.append({wire::as_text(name.octets), wire::as_text(value.octets), name.id,
                        (first & 0x50U) == 0x10U ? http::Indexing::never : http::Indexing::allowed},
                       mark);
  }
  if (insert) {
    const LongNames::Number long_name = name.entry == nullptr ? 0 : name.entry->long_name;
    table_.insert({name.octets, value.octets, long_name, name.id, name.mark, mark}, work_);
  }
  return std::nullopt;
}

Mark Decoder::judge_name(const Text& name) const {
  return check_->name == nullptr ? Mark{0} : check_->name(wire::as_text(name.octets), name.id);
}

Mark Decoder::judge_line(const Text& name, const Text& value) const {
  if (check_->value == nullptr) return 0;
  return check_->value(wire::as_text(value.octets), name.id, name.mark);
}

inline Decoder::Status Decoder::read_name(Block& block, std::uint32_t index, Text& name) const {
  if (index == 0) return read_string(block, name);
  if (index <= kStaticEntries) {
    name.octets = wire::as_bytes(kStaticTable[index].name);
    name.id = kStaticTable[index].id;
    name.mark = check_->static_names[index];
    return std::nullopt;
  }
  const std::uint32_t position = index - kStaticEntries - 1;
  if (position >= table_.entry_count()) return Violation::hpack_index_out_of_range;
  name.entry = &table_.entry(position);
  name.id = name.entry->id;
  name.mark = name.entry->name_mark;
  name.form = Text::Form::entry;
  return std::nullopt;
}

// RFC 7541 §5.2. Nothing is decoded yet.
[[gnu::always_inline]] inline Decoder::Status Decoder::read_string(Block& block, Text& text) const {
  constexpr std::size_t kPrefixMax = 0x7F;
  const Bytes rest = block.reader.rest();
  const std::size_t size = rest.empty() ? kPrefixMax : rest[0] & kPrefixMax;
  if (size == kPrefixMax || size >= rest.size()) return read_long_string(block, text);
  text.octets = rest.subspan(1, size);
  if ((rest[0] & 0x80U) != 0) text.form = Text::Form::huffman;
  block.reader = wire::Reader(rest.subspan(1 + size));
  return std::nullopt;
}

// The length has more than one octet, or the block ends within the string.
[[gnu::noinline]] Decoder::Status Decoder::read_long_string(Block& block, Text& text) const {
  const std::optional<std::uint8_t> first = block.reader.u8();
  if (!first) return Violation::hpack_block_truncated;
  const auto octets = read_integer(block.reader, *first, 7);
  if (!octets) return octets.error();
  const std::optional<Bytes> taken = block.reader.take(*octets);
  if (!taken) return Violation::hpack_string_overrun;
  text.octets = *taken;
  if ((*first & 0x80U) != 0) text.form = Text::Form::huffman;
  return std::nullopt;
}

// Decodes a coded text into the start of `room`, which then shrinks.
inline Decoder::Status Decoder::decode_text(Text& text, MutableBytes& room) {
  if (text.form != Text::Form::huffman) return std::nullopt;
  const auto decoded = huffman_decode(text.octets, room, work_);
  if (!decoded) return decoded.error();
  text.octets = room.first(*decoded);
  text.form = Text::Form::plain;
  room = room.subspan(*decoded);
  return std::nullopt;
}

}  // namespace regauge::hpack
