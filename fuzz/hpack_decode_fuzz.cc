// hpack_decode: whatever a peer sends, the decoder keeps its invariants and its work law.
//
// Input: blocks, each behind two octets of its length (most significant first); a length with the
// top bit set is an acknowledged SETTINGS_HEADER_TABLE_SIZE of that many octets times 4 instead.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "fuzz/fuzz_input.h"
#include "regauge/hpack/decoder.h"
#include "regauge/wire/reader.h"

namespace {

using regauge::fuzz::check;
using regauge::wire::Bytes;
namespace hpack = regauge::hpack;
namespace http = regauge::http;

constexpr std::string_view kOracle = "hpack_decode";

constexpr hpack::ListLimits kSmallLimits{20, 5, 1000, 2000, 300};

void check_table(const hpack::DynamicTable& table) {
  std::size_t sum = 0;
  for (std::uint32_t i = 0; i < table.entry_count(); ++i) sum += table.entry(i).table_bytes();
  check(sum == table.table_bytes(), kOracle, "the entries' sizes sum up to the table size");
  check(table.table_bytes() <= table.max_bytes(), kOracle, "the table stays within its maximum");
  check(table.held_bytes() <= 10 * std::size_t{hpack::kTableBytesMax}, kOracle,
        "the table's memory is bounded");
}

// Every octet of the lines is read, so that a sanitizer sees a view of dead memory.
std::uint64_t check_lines(const hpack::FieldBlock& block, const hpack::ListLimits& limits) {
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;
  for (const http::FieldLine& line : block.lines) {
    check(line.id == http::field_id(line.name), kOracle, "the id of a line is that of its name");
    check(line.name.size() + line.value.size() <= limits.line_bytes, kOracle,
          "each line is within its limit");
    bytes += line.name.size() + line.value.size() + hpack::kEntryOverhead;
    for (const char octet : line.name) sum += static_cast<unsigned char>(octet);
    for (const char octet : line.value) sum += static_cast<unsigned char>(octet);
  }
  check(bytes <= limits.section_bytes, kOracle, "the lines are within the list limit");
  check(block.lines.size() <= std::uint64_t{limits.lines} + limits.cookie_crumbs, kOracle,
        "the lines are within the count limit");
  check(block.lines.size() == block.marks.size(), kOracle, "there is a mark for each line");
  check((block.passed == hpack::ListLimit::none) == (block.lines.size() == block.line_count),
        kOracle, "lines are left out exactly if a limit was passed");
  return sum;
}

// The law of bounded work, with its constants (codecs/regauge/hpack/README.md).
void check_work(const regauge::wire::Work& work, std::uint64_t list_bytes_max) {
  check(work.steps <= work.bytes_in * 8 / 5 + 2 * work.messages, kOracle, "law of steps");
  check(work.probes <= work.bytes_in * 2, kOracle, "law of probes");
  check(work.copies <= work.bytes_in * 50 + list_bytes_max * work.messages +
                           4 * std::uint64_t{hpack::kTableBytesMax},
        kOracle, "law of copies");
  check(work.evictions <= work.bytes_in, kOracle, "law of evictions");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const bool small = (regauge::fuzz::hash_of(input) & 1U) != 0;
  const hpack::ListLimits limits = small ? kSmallLimits : hpack::ListLimits();
  hpack::Decoder decoder;
  hpack::FieldArena arena;
  regauge::wire::Reader reader(input);
  std::uint64_t sum = 0;
  bool broken = false;
  while (const auto length = reader.u16()) {
    if ((*length & 0x8000U) != 0) {
      decoder.set_table_limit((*length & 0x7fffU) * 4U);
      continue;
    }
    const Bytes piece = *reader.take(std::min<std::size_t>(*length, reader.left()));
    // A heap block of the exact size for each: one octet too far is seen.
    auto block = std::make_unique<std::uint8_t[]>(piece.size());
    std::copy(piece.begin(), piece.end(), block.get());
    arena.reset();
    const auto decoded = decoder.decode(Bytes(block.get(), piece.size()), arena, limits);
    check(!broken || !decoded, kOracle, "an error is final");
    broken = !decoded;
    if (decoded) sum += check_lines(*decoded, limits);
    check_table(decoder.table());
    check_work(decoder.work(), limits.section_bytes);
    if (piece.size() % 5 != 0) continue;
    decoder.shrink();
    arena.shrink();
    check(arena.held_bytes() == 0, kOracle, "an arena that was shrunk holds nothing");
  }
  return sum == 0xffffffffffffffffU ? 1 : 0;
}
