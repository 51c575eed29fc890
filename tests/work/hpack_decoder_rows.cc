// Rows of the HPACK decoder: typical connections, and inputs made by hand to hurt.
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "bench/hpack_lists.h"
#include "bench/hpack_worst.h"
#include "regauge/hpack/encoder.h"
#include "tests/work/probe.h"

namespace regauge::tests {
namespace {

using hpack::BlockBytes;

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

void run(const bench::DecoderInput& input) {
  hpack::Decoder decoder(1'000'000);
  decoder.set_table_limit(input.table_limit);
  decode_all(decoder, input.first, input.limits);
  // Once before the count: buffers have their size then, as in steady state.
  decode_all(decoder, input.blocks, input.limits);
  probe(
      "hpack-decode/" + input.name, [&] { return decoder.work(); },
      [&] { return decode_all(decoder, input.blocks, input.limits); });
}

void typical_rows() {
  for (const auto& [name, sections] : bench::connections()) {
    hpack::Encoder encoder(bench::kWorstKey);
    bench::DecoderInput input{std::string(name)};
    std::vector<std::uint8_t> room(1U << 17U);
    for (std::size_t i = 0; i < 100 && i < sections.size(); ++i) {
      std::vector<http::FieldLine> lines;
      for (const bench::Line& line : sections[i]) {
        lines.push_back(http::field_line(line.name, line.value));
      }
      wire::Writer writer{wire::MutableBytes(room)};
      encoder.encode(lines, writer);
      input.blocks.push_back(BlockBytes().append(writer.written()));
    }
    run(input);
  }
}

}  // namespace

void probe_hpack_decoder() {
  typical_rows();
  for (const bench::DecoderInput& input : bench::worst_decoder_inputs()) run(input);
}

}  // namespace regauge::tests
