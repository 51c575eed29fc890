// hpack_diff: our decoder and libnghttp2's inflater read the same blocks alike, and each side's
// encoder is understood by the other's decoder.
//
// Input: as of hpack_decode. What both decoders accept is encoded again by both encoders.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/hpack_oracles.h"
#include "regauge/wire/reader.h"

namespace {

using regauge::fuzz::check;
using regauge::wire::Bytes;
namespace hpack = regauge::hpack;
namespace http = regauge::http;
namespace oracle = regauge::oracle;

constexpr std::string_view kOracle = "hpack_diff";

// The oracle has no list limit, and any number of size updates is lawful (RFC 7541 §4.2).
constexpr hpack::ListLimits kNoLimits{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};

// Compares the lines that both read, and their order.
void check_equal(http::FieldSection own, const std::vector<oracle::Line>& theirs) {
  check(own.size() == theirs.size(), kOracle, "both read the same number of lines");
  for (std::size_t i = 0; i < own.size(); ++i) {
    check(own[i].name == theirs[i].name, kOracle, "both read the same name");
    check(own[i].value == theirs[i].value, kOracle, "both read the same value");
    check((own[i].indexing == http::Indexing::never) == theirs[i].never_indexed, kOracle,
          "both read the same never-indexed mark");
  }
}

// Runs both pairs of encoder and foreign decoder over the lines of one input.
class Echo {
 public:
  void set_table_limit(std::uint32_t octets) {
    inflater_.set_table_limit(octets);
    encoder_.set_table_limit(octets);
    decoder_.set_table_limit(octets);
    deflater_.set_table_limit(octets);
  }

  void send(http::FieldSection lines) {
    std::vector<std::uint8_t> room(hpack::Encoder::encoded_bytes_max(lines));
    regauge::wire::Writer writer{regauge::wire::MutableBytes(room)};
    encoder_.encode(lines, writer);
    const auto theirs = inflater_.decode(writer.written());
    check(theirs.has_value(), kOracle, "the oracle decodes what we encode");
    check(theirs->size() == lines.size(), kOracle, "the oracle reads as many lines as we encode");
    for (std::size_t i = 0; i < lines.size(); ++i) {
      check((*theirs)[i].name == lines[i].name, kOracle, "the oracle reads the name we encode");
      check((*theirs)[i].value == lines[i].value, kOracle, "the oracle reads the value we encode");
      check(lines[i].indexing == http::Indexing::allowed || (*theirs)[i].never_indexed, kOracle,
            "a never-indexed line stays so");
    }
    regauge::fuzz::check_equal_tables(encoder_.table(), inflater_, kOracle);
    lines_sent_ += lines.size();
    regauge::fuzz::check_encoder_work(encoder_.work(), lines_sent_, kOracle);
    receive(lines);
  }

 private:
  void receive(http::FieldSection lines) {
    std::vector<oracle::Line> copies;
    for (const http::FieldLine& line : lines) {
      copies.push_back({std::string(line.name), std::string(line.value),
                        line.indexing == http::Indexing::never});
    }
    const std::vector<std::uint8_t> block = deflater_.encode(copies);
    arena_.reset();
    const auto own = decoder_.decode(Bytes(block), arena_, kNoLimits);
    check(own.has_value(), kOracle, "we decode what the oracle encodes");
    check(own->lines.size() == lines.size(), kOracle, "we read as many lines as it encodes");
    for (std::size_t i = 0; i < lines.size(); ++i) {
      check(own->lines[i].name == lines[i].name, kOracle, "we read the name that it encodes");
      check(own->lines[i].value == lines[i].value, kOracle, "we read the value that it encodes");
    }
  }

  hpack::Encoder encoder_{hpack::HashKey{0x243f6a8885a308d3U, 0x13198a2e03707344U}};
  oracle::Inflater inflater_;
  oracle::Deflater deflater_{4096};
  hpack::Decoder decoder_;
  hpack::FieldArena arena_;
  std::uint64_t lines_sent_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hpack::Decoder decoder(UINT32_MAX);
  hpack::FieldArena arena;
  oracle::Inflater inflater;
  Echo echo;
  regauge::wire::Reader reader(Bytes(data, size));
  while (const auto length = reader.u16()) {
    if ((*length & 0x8000U) != 0) {
      const std::uint32_t limit = (*length & 0x7fffU) * 4U;
      decoder.set_table_limit(limit);
      inflater.set_table_limit(std::min(limit, hpack::kTableBytesMax));
      echo.set_table_limit(std::min(limit, hpack::kTableBytesMax));
      continue;
    }
    const Bytes block = *reader.take(std::min<std::size_t>(*length, reader.left()));
    arena.reset();
    const auto own = decoder.decode(block, arena, kNoLimits);
    const auto theirs = inflater.decode(block);
    check(own.has_value() == theirs.has_value(), kOracle, "both accept or both refuse");
    if (!own) break;
    check_equal(own->lines, *theirs);
    regauge::fuzz::check_equal_tables(decoder.table(), inflater, kOracle);
    echo.send(own->lines);
  }
  return 0;
}
