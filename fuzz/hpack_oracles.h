// What targets of HPACK claim alike: the law of the encoder's work, and equal lines and tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "regauge/hpack/decoder.h"
#include "regauge/hpack/encoder.h"
#include "tests/oracle/nghttp2_hpack.h"

namespace regauge::fuzz {

/// Checks the law of bounded work of an encoder (codecs/regauge/hpack/README.md) behind `lines`
/// lines.
inline void check_encoder_work(const wire::Work& work, std::uint64_t lines,
                               std::string_view oracle) {
  check(work.probes <= 8 * lines, oracle, "law of probes");
  check(work.compares <= 4 * work.bytes_in, oracle, "law of compares");
  check(work.evictions <= lines, oracle, "law of evictions");
  check(work.steps <= 4 * work.bytes_in + 4 * lines, oracle, "law of steps");
  check(work.copies <= 2 * work.bytes_in + 4 * lines + 65536, oracle, "law of copies");
}

/// Checks that lines which were encoded came out again, in order. A mark that says never-indexed
/// stays; the encoder may set more of them.
inline void check_arrived(http::FieldSection sent, http::FieldSection came,
                          std::string_view oracle) {
  check(came.size() == sent.size(), oracle, "as many lines are decoded as were encoded");
  for (std::size_t i = 0; i < sent.size(); ++i) {
    check(came[i].name == sent[i].name, oracle, "the name is decoded that was encoded");
    check(came[i].value == sent[i].value, oracle, "the value is decoded that was encoded");
    check(sent[i].indexing == http::Indexing::allowed || came[i].indexing == http::Indexing::never,
          oracle, "a never-indexed line stays so");
  }
}

/// Returns name and value of an entry in one piece.
inline std::string entry_text(const hpack::DynamicTable& table, std::uint32_t position) {
  const hpack::TableEntry& entry = table.entry(position);
  std::vector<std::uint8_t> room(std::size_t{entry.name_bytes} + entry.value_bytes +
                                 hpack::kCopySlack);
  table.read(entry, room);
  room.resize(room.size() - hpack::kCopySlack);
  return std::string(wire::as_text(room));
}

/// Checks that libnghttp2's table is ours.
inline void check_equal_tables(const hpack::DynamicTable& own, const oracle::Inflater& theirs,
                               std::string_view oracle) {
  check(own.table_bytes() == theirs.table_bytes(), oracle, "both tables have the same size");
  check(own.entry_count() == theirs.entry_count(), oracle, "both tables have as many entries");
  for (std::uint32_t i = 0; i < own.entry_count(); ++i) {
    const oracle::Line line = theirs.entry(i);
    check(entry_text(own, i) == line.name + line.value, oracle, "both tables hold the same octets");
    check(own.entry(i).name_bytes == line.name.size(), oracle, "both tables split them alike");
  }
}

/// Checks that the tables of our two ends are the same.
inline void check_equal_tables(const hpack::DynamicTable& left, const hpack::DynamicTable& right,
                               std::string_view oracle) {
  check(left.table_bytes() == right.table_bytes(), oracle, "both ends' tables have the same size");
  check(left.max_bytes() == right.max_bytes(), oracle, "both ends' tables have the same maximum");
  check(left.entry_count() == right.entry_count(), oracle, "both ends have as many entries");
  for (std::uint32_t i = 0; i < left.entry_count(); ++i) {
    check(entry_text(left, i) == entry_text(right, i), oracle, "both ends hold the same octets");
    check(left.entry(i).name_bytes == right.entry(i).name_bytes, oracle, "both split them alike");
  }
}

}  // namespace regauge::fuzz
