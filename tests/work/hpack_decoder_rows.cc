// Rows of the HPACK decoder: typical connections, and each way to make a decoder work for little
// input that the literature or its own structure suggests.
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/hpack_lists.h"
#include "regauge/hpack/encoder.h"
#include "tests/hpack/block_bytes.h"
#include "tests/work/probe.h"

namespace regauge::tests {
namespace {

using hpack::BlockBytes;
using hpack::Coding;
using hpack::Literal;
using Block = std::vector<std::uint8_t>;

constexpr std::size_t kWireOctets = 30'000;

struct Row {
  std::string name;
  std::vector<BlockBytes> first{};  // brings the tables into the state that hurts; not counted
  std::vector<BlockBytes> blocks{};
  std::uint32_t table_limit = 4096;
  hpack::ListLimits limits{};
};

// Returns no pieces: a block is a message already.
std::uint64_t decode_all(hpack::Decoder& decoder, const std::vector<BlockBytes>& blocks,
                         const hpack::ListLimits& limits) {
  static hpack::FieldArena arena;
  for (const BlockBytes& block : blocks) {
    arena.reset();
    if (!decoder.decode(block.view(), arena, limits)) std::abort();
  }
  return 0;
}

void run(const Row& row) {
  hpack::Decoder decoder(1'000'000);
  decoder.set_table_limit(row.table_limit);
  decode_all(decoder, row.first, row.limits);
  // Once before the count: buffers have their size then, as in steady state.
  decode_all(decoder, row.blocks, row.limits);
  probe(
      "hpack-decode/" + row.name, [&] { return decoder.work(); },
      [&] { return decode_all(decoder, row.blocks, row.limits); });
}

// Blocks of one repeated representation, of `each` octets and kWireOctets in all.
template <typename Append>
std::vector<BlockBytes> repeated(std::size_t each, Append append) {
  std::vector<BlockBytes> blocks;
  for (std::size_t octets = 0; octets < kWireOctets; octets += blocks.back().view().size()) {
    blocks.emplace_back();
    while (blocks.back().view().size() < each) append(blocks.back());
  }
  return blocks;
}

std::vector<BlockBytes> one(BlockBytes block) { return {std::move(block)}; }

BlockBytes entry(std::uint32_t limit, std::string_view name, std::size_t value_octets) {
  return BlockBytes().size_update(limit).literal(Literal::with_indexing, name,
                                                 std::string(value_octets, 'v'));
}

BlockBytes full_table(std::uint32_t limit) {
  BlockBytes block;
  block.size_update(limit);
  for (std::uint32_t i = 0; i < limit / 32; ++i) block.literal(Literal::with_indexing, 4, "");
  return block;
}

void typical_rows() {
  for (const auto& [name, sections] : bench::connections()) {
    hpack::Encoder encoder(hpack::HashKey{1, 2});
    Row row{std::string(name)};
    Block room(1U << 17U);
    for (std::size_t i = 0; i < 100 && i < sections.size(); ++i) {
      std::vector<http::FieldLine> lines;
      for (const bench::Line& line : sections[i]) {
        lines.push_back(http::field_line(line.name, line.value));
      }
      wire::Writer writer{wire::MutableBytes(room)};
      encoder.encode(lines, writer);
      row.blocks.push_back(BlockBytes().append(writer.written()));
    }
    run(row);
  }
}

void reference_rows() {
  const auto index = [](std::uint32_t number) {
    return [number](BlockBytes& to) { to.indexed(number); };
  };
  run({"index-static", {}, repeated(250, index(2))});
  run({"index-static-over-limit", {}, repeated(10'000, index(2))});
  run({"index-1-octet-entry", one(entry(4096, "n", 1)), repeated(250, index(62))});
  run({"index-4k-entry", one(entry(4096, "n", 4000)), repeated(15, index(62))});
  run({"index-4k-entry-over-limit", one(entry(4096, "n", 4000)), repeated(10'000, index(62))});
  run({"index-60k-entry-over-limit", one(entry(65536, "n", 60'000)), repeated(10'000, index(62)),
       65536});
  run({"index-60k-entry-discarded", one(entry(65536, "n", 60'000)), repeated(10'000, index(62)),
       65536, hpack::kDiscardLines});
  run({"name-of-4k-entry", one(entry(4096, std::string(4000, 'n'), 0)),
       repeated(2'000, [](BlockBytes& to) { to.literal(Literal::without_indexing, 62, ""); })});
}

void insertion_rows() {
  const auto insert = [](BlockBytes& to) { to.literal(Literal::with_indexing, 4, ""); };
  for (const std::uint32_t limit : {4096U, 65536U}) {
    const std::string table = limit == 4096 ? "-4k" : "-64k";
    run({"insert-evict" + table, one(full_table(limit)), repeated(500, insert), limit});
    run({"insert-copied-name" + table, one(entry(limit, std::string(48, 'n'), 0)),
         repeated(500, [](BlockBytes& to) { to.literal(Literal::with_indexing, 62, ""); }), limit});
    run({"insert-shared-name" + table, one(entry(limit, std::string(limit / 2, 'n'), 0)),
         repeated(500, [](BlockBytes& to) { to.literal(Literal::with_indexing, 62, ""); }), limit});
    run({"fill-and-empty" + table,
         {},
         repeated(5'000,
                  [&](BlockBytes& to) {
                    if (to.view().empty()) to.size_update(0).size_update(limit);
                    insert(to);
                  }),
         limit});
  }
  run({"entry-above-the-table", {}, repeated(10'000, [](BlockBytes& to) {
         to.literal(Literal::with_indexing, 4, std::string(4'090, 'v'));
       })});
  run({"size-updates", {}, repeated(1'000, [](BlockBytes& to) {
         to.size_update(0).size_update(4096);
       })});
}

void literal_rows() {
  run({"empty-literals", {}, repeated(700, [](BlockBytes& to) {
         to.literal(Literal::without_indexing, "", "");
       })});
  run({"padded-integers", {}, repeated(1'000, [](BlockBytes& to) {
         to.octets({0x0f, 0x80, 0x80, 0x80, 0x80, 0x00, 0x00});
       })});
  run({"one-octet-blocks", {}, repeated(1, [](BlockBytes& to) { to.indexed(2); })});
  run({"plain-64k-value", {}, repeated(60'000, [](BlockBytes& to) {
         to.literal(Literal::without_indexing, 4, std::string(59'990, 'v'));
       })});
  const std::vector<std::pair<std::string, std::string>> texts{
      {"text", "https://www.example.com/static/image-0123.webp?size=large"},
      {"5-bit", "aceiost012"},
      {"8-bit", "&*,;XZ"},
      {"30-bit", "\n\r\x16"}};
  for (const auto& [name, text] : texts) {
    std::string whole;
    while (whole.size() < 4'000) whole += text;
    run({"huffman-" + name, {}, repeated(4'000, [&](BlockBytes& to) {
           to.literal(Literal::without_indexing, 4, whole, Coding::huffman);
         })});
    run({"huffman-short-" + name, {}, repeated(700, [&](BlockBytes& to) {
           to.literal(Literal::without_indexing, 4, text.substr(0, 1), Coding::huffman);
         })});
  }
}

}  // namespace

void probe_hpack_decoder() {
  typical_rows();
  reference_rows();
  insertion_rows();
  literal_rows();
}

}  // namespace regauge::tests
