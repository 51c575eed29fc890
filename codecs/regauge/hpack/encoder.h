// Encoder: field lines to field blocks, with bounded work (RFC 7541 §3; RFC 9113 §4.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "regauge/hpack/dynamic_table.h"
#include "regauge/hpack/encoder_index.h"
#include "regauge/http/field.h"
#include "regauge/http/limits.h"
#include "regauge/wire/bytes.h"
#include "regauge/wire/work.h"
#include "regauge/wire/writer.h"

namespace regauge::hpack {

/// Encodes the field blocks of one direction of a connection, in the order in which they are sent.
///
/// Cost:     at most 8 probes and 2 value compares a line, whatever the table holds; one pass over
///           name and value to hash, one to measure, one to write. No allocation in steady state.
/// Memory:   table and index are allocated at the first insertion and grow with the content.
/// Source:   RFC 7541, RFC 9113 §4.3.
class Encoder {
 public:
  /// `key` makes the index unpredictable for peers: the same for a process, random at its start.
  explicit Encoder(HashKey key,
                   std::uint32_t table_bytes_max = http::Limits().encoder_table_bytes_max);
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder();

  /// Applies the peer's SETTINGS_HEADER_TABLE_SIZE. The next block tells the peer: several changes
  /// become at most two size updates, the smallest and the last (RFC 7541 §4.2).
  void set_table_limit(std::uint32_t octets);

  /// Returns an upper bound of what `begin` and one `line` for each of `lines` write.
  [[nodiscard]] static std::size_t encoded_bytes_max(http::FieldSection lines);

  /// Starts a block: writes the size updates that are due. `to` has room for kBeginBytesMax.
  void begin(wire::Writer& to);
  /// Appends one line to the block. Names are lower-case; a line marked Indexing::never stays so.
  /// `to` has room for name + value + kLineBytesMax octets.
  void line(const http::FieldLine& line, wire::Writer& to);
  /// Encodes a whole block: `begin`, then each line. `to` has room for `encoded_bytes_max(lines)`.
  void encode(http::FieldSection lines, wire::Writer& to);

  /// Bounds what `begin` writes.
  static constexpr std::size_t kBeginBytesMax = 12;
  /// Bounds what `line` writes besides the octets of name and value.
  static constexpr std::size_t kLineBytesMax = 16;

  /// Views the dynamic table, for tests and tools.
  [[nodiscard]] const DynamicTable& table() const { return table_; }
  /// Counts what was done so far; `messages` are blocks, `bytes_in` octets of names and values.
  [[nodiscard]] const wire::Work& work() const { return work_; }
  /// Empties table and index and frees their memory (an idle connection); the next block says so
  /// to the peer by a size update to 0 and one back, 2 to 6 octets.
  void drop_table();

 private:
  struct Index;
  using Sequence = EncoderIndex::Sequence;
  // Where a line of a name was found last.
  struct Recent {
    Sequence sequence = 0;
    std::uint32_t static_index = 0;  // not 0: that entry of the static table
  };

  [[nodiscard]] std::uint32_t repeated(const Recent& recent, const http::FieldLine& line);
  void new_line(const http::FieldLine& line, std::size_t slot, wire::Writer& to);
  void indexed_or_inserted(const http::FieldLine& line, std::uint32_t static_index,
                           std::size_t slot, wire::Writer& to);
  [[nodiscard]] bool is_entry(Sequence sequence, const http::FieldLine& line);
  [[nodiscard]] std::uint32_t table_index(Sequence sequence) const;
  [[nodiscard]] std::uint64_t hash_of_name(const http::FieldLine& line, std::uint32_t static_index);
  [[nodiscard]] std::uint32_t index_of_name(const http::FieldLine& line,
                                            std::uint32_t static_index);
  [[nodiscard]] std::uint32_t find_name(const http::FieldLine& line, std::uint64_t name_hash);
  void literal(std::uint8_t pattern, std::uint32_t name_index, const http::FieldLine& line,
               wire::Writer& to);
  void string(wire::Bytes octets, wire::Writer& to);
  void insert(const http::FieldLine& line, std::uint64_t line_hash);

  DynamicTable table_;
  std::unique_ptr<Index> index_;  // while the table has memory
  HashKey key_;
  wire::Work work_;
  std::uint32_t table_bytes_max_;
  std::uint32_t limit_;           // the smaller of the peer's limit and ours
  std::uint32_t smallest_limit_;  // the smallest since the last block
  bool update_due_ = false;
};

}  // namespace regauge::hpack
