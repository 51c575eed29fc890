// Inputs made by hand to make HPACK work hard for little: each way that the literature or the
// structure of our own codec suggests. For bench/hpack_bench and tests/work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/hpack_lists.h"
#include "regauge/hpack/decoder.h"
#include "regauge/hpack/encoder_index.h"
#include "tests/hpack/block_bytes.h"

namespace regauge::bench {

/// Holds the blocks of one direction of a connection.
struct DecoderInput {
  std::string name;
  std::vector<hpack::BlockBytes> first{};  ///< brings the tables into the state that hurts
  std::vector<hpack::BlockBytes> blocks{};
  std::uint32_t table_limit = 4096;
  hpack::ListLimits limits{};
};

/// Holds what an encoder is given, with the table that the peer offers.
struct EncoderInput {
  std::string name;
  Sections sections;
  std::uint32_t table_limit = 4096;
};

/// The key of the encoders that read `worst_encoder_inputs`: with it, some of the names collide.
inline constexpr hpack::HashKey kWorstKey{1, 2};

/// Makes blocks of at least `each` octets out of one representation, 30,000 octets in all.
template <typename Append>
std::vector<hpack::BlockBytes> repeated(std::size_t each, Append append) {
  constexpr std::size_t kOctets = 30'000;
  std::vector<hpack::BlockBytes> blocks;
  for (std::size_t octets = 0; octets < kOctets; octets += blocks.back().view().size()) {
    blocks.emplace_back();
    while (blocks.back().view().size() < each) append(blocks.back());
  }
  return blocks;
}

/// One entry with a value of so many octets, in a table of `limit`.
inline std::vector<hpack::BlockBytes> one_entry(std::uint32_t limit, std::string_view name,
                                                std::size_t value_octets) {
  hpack::BlockBytes block;
  block.size_update(limit);
  block.literal(hpack::Literal::with_indexing, name, std::string(value_octets, 'v'));
  return {std::move(block)};
}

/// A table full of entries that are as small as an insertion of two octets makes them.
inline std::vector<hpack::BlockBytes> full_table(std::uint32_t limit) {
  hpack::BlockBytes block;
  block.size_update(limit);
  for (std::uint32_t i = 0; i < limit / 32; ++i) {
    block.literal(hpack::Literal::with_indexing, 4, "");
  }
  return {std::move(block)};
}

/// One octet refers to an entry. Rows named over go on behind the list limit, rows named discarded
/// keep no line at all: what they cost is the same whatever the tables hold.
inline void add_references(std::vector<DecoderInput>& to) {
  const auto index = [](std::uint32_t number) {
    return [number](hpack::BlockBytes& block) { block.indexed(number); };
  };
  to.push_back({"index-static", {}, repeated(250, index(2))});
  to.push_back({"index-static-over", {}, repeated(10'000, index(2))});
  to.push_back({"index-1-octet-entry", one_entry(4096, "n", 1), repeated(250, index(62))});
  to.push_back({"index-1-octet-entry-over", one_entry(4096, "n", 1), repeated(10'000, index(62))});
  to.push_back({"index-4k-entry", one_entry(4096, "n", 4000), repeated(15, index(62))});
  to.push_back({"index-4k-entry-over", one_entry(4096, "n", 4000), repeated(10'000, index(62))});
  to.push_back({"index-60k-entry", one_entry(65536, "n", 60'000),
                std::vector(300, hpack::BlockBytes().indexed(62)), 65536});
  to.push_back(
      {"index-60k-entry-over", one_entry(65536, "n", 60'000), repeated(10'000, index(62)), 65536});
  for (const auto& [name, octets] :
       {std::pair("1-octet", 1U), std::pair("4k", 4'000U), std::pair("60k", 60'000U)}) {
    const std::uint32_t limit = octets > 4096 ? 65536 : 4096;
    to.push_back({"index-" + std::string(name) + "-entry-discarded", one_entry(limit, "n", octets),
                  repeated(10'000, index(62)), limit, hpack::kDiscardLines});
  }
  to.push_back({"name-of-4k-entry", one_entry(4096, std::string(4000, 'n'), 0),
                repeated(2'000, [](hpack::BlockBytes& block) {
                  block.literal(hpack::Literal::without_indexing, 62, "");
                })});
}

/// Two octets insert an entry, and that evicts others.
inline void add_insertions(std::vector<DecoderInput>& to) {
  const auto named = [](std::uint32_t index) {
    return [index](hpack::BlockBytes& block) {
      block.literal(hpack::Literal::with_indexing, index, "");
    };
  };
  const auto row = [&](const std::string& name, std::uint32_t limit,
                       std::vector<hpack::BlockBytes> first, auto append) {
    const std::string table = limit == 4096 ? "-4k-table" : "-64k-table";
    to.push_back({name + table, std::move(first), repeated(500, append), limit});
    to.push_back(to.back());
    to.back().name += "-discarded";
    to.back().limits = hpack::kDiscardLines;
  };
  for (const std::uint32_t limit : {4096U, 65536U}) {
    row("insert-evict", limit, full_table(limit), named(4));
    row("insert-copied-name", limit, one_entry(limit, std::string(48, 'n'), 0), named(62));
    row("insert-shared-name", limit, one_entry(limit, std::string(limit / 2, 'n'), 0), named(62));
    row("insert-nothing", limit, full_table(limit),
        [](hpack::BlockBytes& block) { block.literal(hpack::Literal::with_indexing, "", ""); });
    row("fill-then-zero", limit, {}, [limit, named](hpack::BlockBytes& block) {
      if (block.view().empty()) block.size_update(0).size_update(limit);
      named(4)(block);
    });
  }
  to.push_back({"entry-above-the-table", {}, repeated(10'000, [](hpack::BlockBytes& block) {
                  block.literal(hpack::Literal::with_indexing, 4, std::string(4'090, 'v'));
                })});
  to.push_back({"size-update-churn", {}, repeated(1'000, [](hpack::BlockBytes& block) {
                  block.size_update(0).size_update(4096);
                })});
}

/// Strings, integers and blocks as short as they get, and Huffman codes of every kind.
inline void add_literals(std::vector<DecoderInput>& to) {
  using hpack::BlockBytes;
  constexpr auto kOnce = hpack::Literal::without_indexing;
  to.push_back({"empty-literals", {}, repeated(700, [](BlockBytes& block) {
                  block.literal(kOnce, "", "");
                })});
  to.push_back({"padded-integers", {}, repeated(1'000, [](BlockBytes& block) {
                  block.octets({0x0f, 0x80, 0x80, 0x80, 0x80, 0x00, 0x00});
                })});
  to.push_back({"one-octet-blocks", {}, repeated(1, [](BlockBytes& block) { block.indexed(2); })});
  to.push_back({"plain-64k-value", {}, repeated(60'000, [](BlockBytes& block) {
                  block.literal(kOnce, 4, std::string(59'990, 'v'));
                })});
  const std::vector<std::pair<std::string, std::string>> texts{
      {"text", "https://www.example.com/static/image-0123.webp?size=large "},
      {"5-bit", "aceiost012"},
      {"8-bit", "&*,;XZ"},
      {"30-bit", "\n\r\x16"}};
  for (const auto& [name, text] : texts) {
    std::string whole;
    while (whole.size() < 4'000) whole += text;
    const auto row = [&](std::string_view kind, std::size_t each, std::string_view value) {
      to.push_back({std::string(kind) + name, {}, repeated(each, [value](BlockBytes& block) {
                      block.literal(kOnce, 16, value, hpack::Coding::huffman);
                    })});
    };
    row("huffman-", 4'000, whole);
    row("huffman-one-symbol-", 700, std::string_view(text).substr(0, 1));
    row("huffman-16-symbols-", 700, std::string_view(whole).substr(0, 16));
  }
}

/// What a peer can do to a decoder.
inline std::vector<DecoderInput> worst_decoder_inputs() {
  std::vector<DecoderInput> inputs;
  add_references(inputs);
  add_insertions(inputs);
  add_literals(inputs);
  return inputs;
}

/// Names that all fall into one set of an index under kWorstKey, however large it is.
inline std::vector<std::string> colliding_names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; names.size() < count; ++i) {
    std::string name = "x-" + std::to_string(i);
    // The top bits of the lower half number the set; the encoder seeds a name without an id so.
    const std::uint64_t hash =
        hpack::keyed_hash(kWorstKey, ~std::uint64_t{0}, wire::as_bytes(name));
    if ((hash & 0xFFC00000U) == 0) names.push_back(std::move(name));
  }
  return names;
}

/// Makes sections of forty lines each by `line` of their number.
template <typename MakeLine>
Sections sections_of(std::size_t lines, MakeLine line) {
  Sections sections;
  for (std::size_t i = 0; i < lines; ++i) {
    if (i % 40 == 0) sections.emplace_back();
    sections.back().push_back(line(i));
  }
  return sections;
}

/// What a peer can do to an encoder that forwards its field lines. No row but all-hits repeats a
/// line before the largest table has forgotten it.
inline std::vector<EncoderInput> worst_encoder_inputs() {
  constexpr std::size_t kLines = 2'400;
  static const std::vector<std::string> kColliding = colliding_names(kLines);
  std::vector<EncoderInput> inputs;
  for (const std::uint32_t limit : {0U, 4096U, 65536U}) {
    const auto row = [&](std::string_view name, std::size_t lines, auto line) {
      inputs.push_back({std::string(name) + "-" + std::to_string(limit / 1024) + "k-table",
                        sections_of(lines, line), limit});
    };
    row("one-name-new-values", kLines,
        [](std::size_t i) { return Line{"x-value", std::to_string(i)}; });
    row("new-names", kLines,
        [](std::size_t i) { return Line{"x-name-" + std::to_string(i), "v"}; });
    row("colliding-names", kLines, [](std::size_t i) { return Line{kColliding[i], "v"}; });
    row("common-prefixes", kLines,
        [](std::size_t i) { return Line{"x-value", std::string(57, 'p') + std::to_string(i)}; });
    row("long-values", 280,
        [](std::size_t i) { return Line{"x-value", std::string(2'000, 'p') + std::to_string(i)}; });
    row("uncodable-values", kLines,
        [](std::size_t i) { return Line{"x-value", std::string(40, '\x80') + std::to_string(i)}; });
    row("empty-lines", kLines, [](std::size_t) { return Line{"", ""}; });
    row("all-hits", kLines,
        [](std::size_t i) { return Line{"x-name-" + std::to_string(i % 40), "value"}; });
  }
  return inputs;
}

}  // namespace regauge::bench
