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

// Counts the dynamic entries that an index of one octet reaches (RFC 7541 §6.1).
constexpr std::uint32_t kPrefixEntries = 0x7F - kStaticEntries - 1;

// No static entry is longer (RFC 7541 §4.1).
constexpr std::uint32_t kStaticLineBytesMax = 64;
static_assert(std::ranges::all_of(kStaticTable, [](const http::FieldLine& line) {
  return line.name.size() + line.value.size() + kEntryOverhead <= kStaticLineBytesMax;
}));

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

// RFC 7541 §5.2: the first bit of a string tells how its octets are written.
enum class Decoder::Coding : std::uint8_t { none, huffman };

// A literal as it was read, and the line that is made of it.
struct Decoder::Literal {
  NewEntry line;                      // its name is missing while it lies in the table
  const TableEntry* entry = nullptr;  // what the name is taken from
  Coding name_coding = Coding::none;
  Coding value_coding = Coding::none;
  Status value_status;  // told after what is wrong with the octets of the name

  [[nodiscard]] std::size_t name_bytes() const {
    return entry == nullptr ? line.name.size() : entry->name_bytes;
  }
  // Tells whether octets have to be made, and how much room that needs.
  [[nodiscard]] bool makes_octets() const {
    return name_coding != Coding::none || value_coding != Coding::none || entry != nullptr;
  }
  [[nodiscard]] std::size_t room() const {
    return (name_coding == Coding::huffman ? huffman_decode_room(line.name.size()) : 0) +
           (value_coding == Coding::huffman ? huffman_decode_room(line.value.size()) : 0) +
           (entry == nullptr ? 0 : entry->name_bytes + kCopySlack);
  }
};

struct Decoder::Block {
  Block(Bytes block, FieldArena& fields, const ListLimits& list_limits)
      : octets(block),
        reader(block),
        arena(fields),
        limits(list_limits),
        list_bytes_max(list_limits.section_bytes),
        lines_max(list_limits.lines) {}

  Bytes octets;
  wire::Reader reader;
  FieldArena& arena;
  const ListLimits& limits;
  FieldBlock out;
  std::uint64_t list_bytes_max;  // for out.list_bytes; 0 once a limit was passed
  std::uint64_t lines_max;       // for out.line_count, which counts crumbs too; 0 as above
  std::uint64_t kept_bytes = 0;  // list bytes of the lines before the one that passed a limit
  std::uint64_t cookie_bytes = 0;
  std::uint32_t cookies = 0;
  std::uint32_t size_updates = 0;
  std::size_t offset = 0;  // where the current representation starts
  std::uint64_t copied = 0;

  // Counts a line and tells whether it is kept: false from the first one on that passes a limit.
  bool admit(std::size_t name_bytes, std::size_t value_bytes, http::FieldId id) {
    const std::uint64_t bytes = name_bytes + value_bytes + kEntryOverhead;
    ++out.line_count;
    out.list_bytes += bytes;
    if (out.list_bytes > list_bytes_max || out.line_count > lines_max ||
        id == http::FieldId::cookie || bytes > line_bytes_max()) [[unlikely]] {
      return admit_rare(bytes, value_bytes, id);
    }
    return true;
  }

  [[gnu::noinline]] bool admit_rare(std::uint64_t bytes, std::size_t value_bytes,
                                    http::FieldId id) {
    if (out.passed != ListLimit::none) return false;
    const bool fits = id != http::FieldId::cookie || add_cookie(value_bytes);
    if (out.line_count > lines_max) out.passed = ListLimit::lines;
    if (!fits) {
      const bool too_long = cookie_bytes_with(value_bytes) > limits.cookie_bytes;
      out.passed = too_long ? ListLimit::cookie_bytes : ListLimit::cookie_crumbs;
    }
    if (bytes > line_bytes_max()) out.passed = ListLimit::line_bytes;
    if (out.list_bytes > list_bytes_max) out.passed = ListLimit::section_bytes;
    if (out.passed == ListLimit::none) return true;
    kept_bytes = out.list_bytes - bytes;
    list_bytes_max = 0;
    lines_max = 0;
    return false;
  }

  // Counts a cookie line, unless it passes a limit of its own.
  bool add_cookie(std::size_t value_bytes) {
    const std::uint64_t bytes = cookie_bytes_with(value_bytes);
    if (bytes > limits.cookie_bytes || cookies > limits.cookie_crumbs) return false;
    if (cookies > 0) ++lines_max;
    ++cookies;
    cookie_bytes = bytes;
    return true;
  }
  [[nodiscard]] std::uint64_t cookie_bytes_with(std::size_t value_bytes) const {
    return cookie_bytes + value_bytes + (cookies > 0 ? kCrumbSeparatorBytes : 0);
  }
  // Counts the lines that may still come, or fewer: no crumbs.
  [[nodiscard]] std::uint64_t lines_left() const {
    return lines_max - std::min<std::uint64_t>(lines_max, out.line_count);
  }
  [[nodiscard]] std::uint64_t line_bytes_max() const {
    return std::uint64_t{limits.line_bytes} + kEntryOverhead;
  }
  // Counts the octets of names and values of the lines that are kept.
  [[nodiscard]] std::uint64_t emitted() {
    const bool all = out.passed == ListLimit::none;
    return (all ? out.list_bytes : kept_bytes) - arena.lines().size() * kEntryOverhead;
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
  work_.bytes_emitted += block.emitted();
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
  while (!block.reader.empty()) {
    const Bytes rest = block.reader.rest();
    block.offset = block.octets.size() - rest.size();
    const std::uint8_t first = rest[0];
    if (const std::size_t run =
            first > 0x80U && block.out.passed == ListLimit::none ? indexed_run(block, rest) : 0;
        run > 0) {
      block.reader = wire::Reader(rest.subspan(run));
      continue;
    }
    if (is_size_update(first)) return Violation::hpack_size_update_not_at_start;
    block.reader = wire::Reader(rest.subspan(1));
    const Status status = first >= 0x80U ? indexed(block, first) : literal(block, first);
    if (status) return status;
  }
  return std::nullopt;
}

// RFC 7541 §6.1. Keeps lines that one octet each refers to and returns how many. Ends before what
// is rare: the line at which it ends is for `indexed`.
[[gnu::noinline]] std::size_t Decoder::indexed_run(Block& block, Bytes octets) {
  // No entry is longer than this, so single lines need no look at their limit.
  if (block.line_bytes_max() < std::max(kStaticLineBytesMax, table_.max_bytes())) return 0;
  const std::uint32_t live = std::min(table_.entry_count(), kPrefixEntries);
  const FieldArena::LineRoom to = block.arena.reserve_lines();
  const MutableBytes room = block.arena.reserve(kCopySlack);
  const std::size_t made_max = room.size() - kCopySlack;
  const std::size_t count_max = std::min({octets.size(), to.lines.size(), block.lines_left()});
  std::uint64_t list_bytes = block.out.list_bytes;
  std::size_t made = 0;
  std::size_t count = 0;
  for (; count < count_max; ++count) {
    const std::uint32_t index = octets[count] - 0x80U;
    http::FieldLine& line = to.lines[count];
    if (index - 1 < kStaticEntries) {
      const http::FieldLine& known = kStaticTable[index];
      const std::uint64_t bytes =
          list_bytes + known.name.size() + known.value.size() + kEntryOverhead;
      if (bytes > block.list_bytes_max || known.id == http::FieldId::cookie) break;
      line = known;
      to.marks[count] = check_->static_lines[index];
      list_bytes = bytes;
      continue;
    }
    const std::uint32_t position = index - kStaticEntries - 1;
    if (position >= live) break;
    const TableEntry& entry = table_.entry(position);
    const std::size_t name_bytes = entry.name_bytes;
    const std::size_t value_bytes = entry.value_bytes;
    const http::FieldId id = entry.id;
    const std::size_t size = name_bytes + value_bytes;
    const std::uint64_t bytes = list_bytes + size + kEntryOverhead;
    if (bytes > block.list_bytes_max || made + size > made_max || !table_.in_one_piece(entry))
      break;
    if (id == http::FieldId::cookie && !block.add_cookie(value_bytes)) break;
    // The entry may be evicted before the line is read, so its octets move to the arena.
    const MutableBytes copy = room.subspan(made);
    wide_copy(copy, table_.octets_of(entry), size);
    line = {wire::as_text(copy.first(name_bytes)),
            wire::as_text(copy.subspan(name_bytes, value_bytes)), id, http::Indexing::allowed};
    to.marks[count] = entry.mark;
    list_bytes = bytes;
    made += size;
  }
  block.out.list_bytes = list_bytes;
  block.out.line_count += static_cast<std::uint32_t>(count);
  block.copied += made;
  block.arena.commit(made);
  block.arena.commit_lines(count);
  return count;
}

// RFC 7541 §6.1.
Decoder::Status Decoder::indexed(Block& block, std::uint8_t first) {
  const auto index = read_integer(block.reader, first, 7);
  if (!index) return index.error();
  if (*index == 0) return Violation::hpack_index_zero;
  if (*index <= kStaticEntries) {
    const http::FieldLine& line = kStaticTable[*index];
    if (block.admit(line.name.size(), line.value.size(), line.id)) {
      block.arena.append(line, check_->static_lines[*index]);
    }
    return std::nullopt;
  }
  const std::uint32_t position = *index - kStaticEntries - 1;
  if (position >= table_.entry_count()) return Violation::hpack_index_out_of_range;
  const TableEntry& entry = table_.entry(position);
  const std::size_t name_bytes = entry.name_bytes;
  const std::size_t octets = name_bytes + entry.value_bytes;
  if (!block.admit(name_bytes, entry.value_bytes, entry.id)) return std::nullopt;
  table_.read(entry, block.arena.reserve(octets + kCopySlack));
  const Bytes line = block.arena.commit(octets);
  block.copied += octets;
  block.arena.append({wire::as_text(line.first(name_bytes)),
                      wire::as_text(line.subspan(name_bytes)), entry.id, http::Indexing::allowed},
                     entry.mark);
  return std::nullopt;
}

// RFC 7541 §6.2: with incremental indexing (01), without (0000) and never (0001).
Decoder::Status Decoder::literal(Block& block, std::uint8_t first) {
  const bool insert = (first & 0x40U) != 0;
  std::uint32_t index = first & (insert ? 0x3FU : 0x0FU);
  if (index == (insert ? 0x3FU : 0x0FU)) [[unlikely]] {
    const auto whole = read_integer(block.reader, first, insert ? 6 : 4);
    if (!whole) return whole.error();
    index = *whole;
  }
  Literal read;
  if (const Status status = read_name(block, index, read)) return status;
  NewEntry& line = read.line;
  read.value_status = read_string(block, line.value, read.value_coding);

  // All octets are made first and kept only if the line is: what is not committed costs no memory.
  MutableBytes room;
  if (read.makes_octets()) room = block.arena.reserve(read.room());
  std::size_t made = 0;
  if (read.name_coding == Coding::huffman) {
    if (const Status status = decode_string(line.name, room, made)) return status;
  }
  if (read.value_status) return read.value_status;
  if (read.value_coding == Coding::huffman) {
    if (const Status status = decode_string(line.value, room, made)) return status;
  }
  if (index == 0) line.id = http::field_id(wire::as_text(line.name));

  const bool kept = block.admit(read.name_bytes(), line.value.size(), line.id);
  if (!kept && !insert) return std::nullopt;
  if (read.entry != nullptr && (kept || line.long_name == 0)) {
    const MutableBytes copy = room.subspan(made);
    const std::size_t size = read.entry->name_bytes;
    table_.read_name(*read.entry, copy);
    line.name = copy.first(size);
    made += size;
    block.copied += size;
  }
  if (check_->name != nullptr) judge(line, index);
  if (kept) {
    if (made > 0) block.arena.commit(made);
    block.arena.append({wire::as_text(line.name), wire::as_text(line.value), line.id,
                        (first & 0x50U) == 0x10U ? http::Indexing::never : http::Indexing::allowed},
                       line.mark);
  }
  if (insert) table_.insert(line, work_);
  return std::nullopt;
}

void Decoder::judge(NewEntry& line, std::uint32_t name_index) const {
  if (name_index == 0) line.name_mark = check_->name(wire::as_text(line.name), line.id);
  line.mark = check_->value(wire::as_text(line.value), line.id, line.name_mark);
}

inline Decoder::Coding Decoder::coding_of(std::uint8_t first) {
  return (first & 0x80U) != 0 ? Coding::huffman : Coding::none;
}

[[gnu::always_inline]] inline Decoder::Status Decoder::read_name(Block& block, std::uint32_t index,
                                                                 Literal& to) const {
  if (index == 0) return read_string(block, to.line.name, to.name_coding);
  if (index <= kStaticEntries) {
    to.line.name = wire::as_bytes(kStaticTable[index].name);
    to.line.id = kStaticTable[index].id;
    to.line.name_mark = check_->static_names[index];
    return std::nullopt;
  }
  const std::uint32_t position = index - kStaticEntries - 1;
  if (position >= table_.entry_count()) return Violation::hpack_index_out_of_range;
  to.entry = &table_.entry(position);
  to.line.id = to.entry->id;
  to.line.name_mark = to.entry->name_mark;
  to.line.long_name = to.entry->long_name;
  return std::nullopt;
}

// RFC 7541 §5.2. Nothing is decoded yet.
[[gnu::always_inline]] inline Decoder::Status Decoder::read_string(Block& block, Bytes& octets,
                                                                   Coding& coding) const {
  constexpr std::size_t kPrefixMax = 0x7F;
  const Bytes rest = block.reader.rest();
  const std::size_t size = rest.empty() ? kPrefixMax : rest[0] & kPrefixMax;
  if (size == kPrefixMax || size >= rest.size()) return read_long_string(block, octets, coding);
  octets = rest.subspan(1, size);
  coding = coding_of(rest[0]);
  block.reader = wire::Reader(rest.subspan(1 + size));
  return std::nullopt;
}

// The length has more than one octet, or the block ends within the string.
[[gnu::noinline]] Decoder::Status Decoder::read_long_string(Block& block, Bytes& octets,
                                                            Coding& coding) const {
  const std::optional<std::uint8_t> first = block.reader.u8();
  if (!first) return Violation::hpack_block_truncated;
  const auto size = read_integer(block.reader, *first, 7);
  if (!size) return size.error();
  const std::optional<Bytes> taken = block.reader.take(*size);
  if (!taken) return Violation::hpack_string_overrun;
  octets = *taken;
  coding = coding_of(*first);
  return std::nullopt;
}

// Decodes a string into `room`, behind what was made there before.
inline Decoder::Status Decoder::decode_string(Bytes& octets, MutableBytes room, std::size_t& made) {
  const MutableBytes to = room.subspan(made);
  const auto size = huffman_decode(octets, to, work_);
  if (!size) return size.error();
  octets = to.first(*size);
  made += *size;
  return std::nullopt;
}

}  // namespace regauge::hpack
