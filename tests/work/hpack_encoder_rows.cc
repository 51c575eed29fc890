// Rows of the HPACK encoder: typical connections, and field lines that a peer chooses to hurt it.
#include <string>
#include <utility>
#include <vector>

#include "bench/hpack_lists.h"
#include "bench/hpack_worst.h"
#include "regauge/hpack/encoder.h"
#include "tests/work/probe.h"

namespace regauge::tests {
namespace {

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

void run(const bench::EncoderInput& input) {
  hpack::Encoder encoder(bench::kWorstKey, 65536);
  encoder.set_table_limit(input.table_limit);
  std::vector<std::vector<http::FieldLine>> lines;
  for (const auto& section : input.sections) {
    lines.emplace_back();
    for (const bench::Line& line : section) {
      lines.back().push_back(http::field_line(line.name, line.value));
    }
  }
  encode_all(encoder, lines);
  probe(
      "hpack-encode/" + input.name, [&] { return encoder.work(); },
      [&] { return encode_all(encoder, lines); });
}

}  // namespace

void probe_hpack_encoder() {
  for (auto& [name, sections] : bench::connections()) {
    sections.resize(100);
    run({std::string(name), std::move(sections)});
  }
  for (const bench::EncoderInput& input : bench::worst_encoder_inputs()) run(input);
}

}  // namespace regauge::tests
