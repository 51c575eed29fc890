// Decoder: field blocks to field lines, with bounded work (RFC 7541 §3; RFC 9113 §4.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "regauge/hpack/dynamic_table.h"
#include "regauge/hpack/field_arena.h"
#include "regauge/hpack/line_check.h"
#include "regauge/hpack/violation.h"
#include "regauge/http/field.h"
#include "regauge/http/limits.h"
#include "regauge/wire/bytes.h"
#include "regauge/wire/reader.h"
#include "regauge/wire/work.h"

namespace regauge::hpack {

/// Bounds the field list that one block may expand to. Passing one is no HPACK error: the table
/// goes on, only the output stops (RFC 9113 §10.5.1).
struct ListLimits {
  std::uint32_t lines = 256;                ///< field lines, pseudo-fields included, crumbs not
  std::uint32_t cookie_crumbs = 128;        ///< `cookie` lines after the first one
  std::uint32_t line_bytes = 64 * 1024;     ///< name + value of one line
  std::uint32_t section_bytes = 64 * 1024;  ///< name + value + 32 of all lines (RFC 9113 §6.5.2)
  std::uint32_t cookie_bytes = 16 * 1024;   ///< all `cookie` values, joined by "; "
};
/// Returns the limits of a header section.
[[nodiscard]] ListLimits head_limits(const http::Limits& limits);
/// Returns the limits of a trailer section.
[[nodiscard]] ListLimits trailer_limits(const http::Limits& limits);
/// Keeps no line at all: for blocks of streams that are refused, reset or gone, which must be
/// decoded all the same to keep the tables in step (RFC 9113 §4.3).
inline constexpr ListLimits kDiscardLines{0, 0, 0, 0, 0};

/// Names the first list limit that a block passed.
enum class ListLimit : std::uint8_t {
  none,           ///< all lines are there
  lines,          ///< field_lines_max
  cookie_crumbs,  ///< cookie_crumbs_max
  line_bytes,     ///< line_bytes_max
  section_bytes,  ///< field_section_bytes_max or trailer_section_bytes_max
  cookie_bytes,   ///< cookie_bytes_max
};

/// Views the lines of one decoded block. Lifetime: that of the block's octets and of the arena
/// until its next `reset`, whichever ends first.
struct FieldBlock {
  std::span<http::FieldLine> lines;    ///< in wire order; the caller may change them in place
  std::span<const Mark> marks;         ///< the check's mark of each line
  ListLimit passed = ListLimit::none;  ///< not none: `lines` ends before the line that passed it
  std::uint64_t list_bytes = 0;        ///< name + value + 32 of all lines of the block
  std::uint32_t line_count = 0;        ///< all lines of the block, also those left out
};

/// Decodes the field blocks of one direction of a connection, in order.
///
/// Cost:     a block costs at most 8/5 + 2 steps an input octet and copies at most 8/5 of the input
///           + the list limit + the table size; table size and entry length have no other part.
/// Memory:   the table is allocated at the first insertion and grows with its content.
/// Source:   RFC 7541, RFC 9113 §4.3.
class Decoder {
 public:
  /// `check` outlives the decoder; `size_updates_max` bounds the size updates of one block.
  explicit Decoder(std::uint32_t size_updates_max = http::Limits().table_size_updates_max,
                   const LineCheck& check = kNoCheck);
  Decoder(std::uint32_t size_updates_max, LineCheck&& check) = delete;  // would dangle

  /// Applies our SETTINGS_HEADER_TABLE_SIZE once the peer has acknowledged it; until then 4,096
  /// holds. A value below the size in use obliges the peer to start its next block with a size
  /// update (RFC 9113 §4.3.1). At most 65,536 octets are ever used.
  void set_table_limit(std::uint32_t octets);

  /// Decodes one whole field block (the fragments of HEADERS and CONTINUATION joined).
  ///
  /// Input:    `octets`, a block of 0 octets or more; `limits` for what it may expand to.
  /// Output:   the lines; views into `octets`, into `arena` or into static memory.
  /// Errors:   all of Violation. An error is final: each later call returns it again.
  [[nodiscard]] std::expected<FieldBlock, DecodeError> decode(wire::Bytes octets
                                                              [[clang::lifetimebound]],
                                                              FieldArena& arena
                                                              [[clang::lifetimebound]],
                                                              const ListLimits& limits = {});

  /// Views the dynamic table, for tests and tools.
  [[nodiscard]] const DynamicTable& table() const { return table_; }
  /// Counts what was done so far; `messages` are blocks.
  [[nodiscard]] const wire::Work& work() const { return work_; }
  /// Gives back the memory that the table's content does not need (an idle connection).
  void shrink() { table_.shrink(); }

 private:
  enum class Coding : std::uint8_t;
  struct Block;    // what one call to decode keeps between representations
  struct Literal;  // one literal

  using Status = std::optional<Violation>;

  Status size_updates(Block& block);
  Status field_lines(Block& block);
  std::size_t indexed_run(Block& block, wire::Bytes octets);
  Status indexed(Block& block, std::uint8_t first);
  Status literal(Block& block, std::uint8_t first);
  static Coding coding_of(std::uint8_t first);
  Status read_name(Block& block, std::uint32_t index, Literal& to) const;
  Status read_string(Block& block, wire::Bytes& octets, Coding& coding) const;
  Status read_long_string(Block& block, wire::Bytes& octets, Coding& coding) const;
  Status decode_string(wire::Bytes& octets, wire::MutableBytes room, std::size_t& made);
  void judge(NewEntry& line, std::uint32_t name_index) const;

  DynamicTable table_;
  const LineCheck* check_;
  wire::Work work_;
  std::uint32_t size_updates_max_;
  std::uint32_t limit_;           // what the peer may set
  std::uint32_t smallest_limit_;  // the smallest limit since the last block
  bool update_due_ = false;       // the next block has to start with a size update
  std::optional<DecodeError> broken_;
};

}  // namespace regauge::hpack
