// Rows of the HPACK encoder: typical connections, and field lines that a peer chooses to hurt it.
#include <string>
#include <utility>
#include <vector>

#include "bench/hpack_lists.h"
#include "regauge/hpack/encoder.h"
#include "tests/work/probe.h"

namespace regauge::tests {
namespace {

using Sections = bench::Sections;

// Returns no pieces: a block is a message already.
std::uint64_t encode_all(hpack::Encoder& encoder,
                         const std::vector<std::vector<http::FieldLine>>& lines) {
  static std::vector<std::uint8_t> room(1U << 20U);
  for (const auto& section : lines) {
    wire::Writer writer{wire::MutableBytes(room)};
    encoder.encode(section, writer);
  }
  return 0;
}

void run(const std::string& name, const Sections& sections, std::uint32_t table_bytes) {
  hpack::Encoder encoder(hpack::HashKey{1, 2}, 65536);
  encoder.set_table_limit(table_bytes);
  std::vector<std::vector<http::FieldLine>> lines;
  for (const auto& section : sections) {
    lines.emplace_back();
    for (const bench::Line& line : section) {
      lines.back().push_back(http::field_line(line.name, line.value));
    }
  }
  encode_all(encoder, lines);
  probe(
      "hpack-encode/" + name, [&] { return encoder.work(); },
      [&] { return encode_all(encoder, lines); });
}

// Twenty sections of forty lines made by `line` of their number.
template <typename MakeLine>
Sections made(MakeLine line) {
  Sections sections;
  for (int i = 0; i < 20; ++i) {
    sections.emplace_back();
    for (int k = 0; k < 40; ++k) sections.back().push_back(line(i * 40 + k));
  }
  return sections;
}

}  // namespace

void probe_hpack_encoder() {
  for (auto& [name, sections] : bench::connections()) {
    Sections some(sections.begin(), sections.begin() + 100);
    run(std::string(name), some, 4096);
  }
  for (const std::uint32_t table_bytes : {0U, 4096U, 65536U}) {
    const std::string table = "-" + std::to_string(table_bytes / 1024) + "k";
    run("new-values" + table, made([](int i) { return bench::Line{"x-value", std::to_string(i)}; }),
        table_bytes);
    run("new-names" + table,
        made([](int i) { return bench::Line{"x-name-" + std::to_string(i), "v"}; }), table_bytes);
    run("common-prefixes" + table, made([](int i) {
          return bench::Line{"x-value", std::string(57, 'p') + std::to_string(i)};
        }),
        table_bytes);
    run("long-values" + table, made([](int i) {
          return bench::Line{"x-value", std::string(2'000, 'p') + std::to_string(i % 7)};
        }),
        table_bytes);
    run("empty-lines" + table, made([](int) { return bench::Line{"", ""}; }), table_bytes);
  }
}

}  // namespace regauge::tests
