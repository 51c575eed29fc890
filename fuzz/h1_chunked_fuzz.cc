// h1_chunked: octets behind a head that announces chunks. A reader of the grammar alone says what
// strict makes of them; the more permissive presets agree with it wherever strict accepts.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_chunk_reader.h"
#include "fuzz/h1_claims.h"
#include "fuzz/h1_messages.h"

namespace {

namespace h1 = regauge::h1;
namespace wire = regauge::wire;
using regauge::fuzz::check;
using regauge::fuzz::Claims;
using regauge::fuzz::Message;
using regauge::fuzz::ReadChunks;
using regauge::fuzz::Reading;
using Verdict = ReadChunks::Verdict;

constexpr std::string_view kOracle = "h1_chunked";
constexpr std::size_t kOctetsMax = 4000;  // below every limit of lines, trailers and overhead

constexpr std::string_view kRequest =
    "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kResponse = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

// Holds the strict reading against that of the grammar.
void check_strict(const Message& message, const ReadChunks& chunks, std::size_t head) {
  if (message.complete) {
    check(chunks.verdict == Verdict::complete, kOracle, "strict accepts what the grammar has");
    check(message.content == chunks.content, kOracle, "content is the data of the chunks");
    check(message.end == head + chunks.octets, kOracle, "and ends behind the trailer section");
    return;
  }
  const bool expected = chunks.verdict == (message.cut ? Verdict::incomplete : Verdict::refused);
  check(expected || chunks.has_trailers, kOracle,
        "strict refuses nothing that the grammar has, and waits for nothing else");
  check(chunks.content.starts_with(message.content), kOracle,
        "what was told before a refusal is data of chunks");
}

// Whatever is forgiven in chunk lines, data is data.
void check_looser(const Message& message, const ReadChunks& chunks, std::size_t head) {
  if (chunks.verdict == Verdict::refused) return;
  check(message.content == chunks.content, kOracle,
        "no leniency changes the data of well-formed chunks");
  if (!message.complete || chunks.verdict != Verdict::complete) return;
  check(message.end == head + chunks.octets, kOracle, "nor their end");
}

void run(std::string_view head, std::string_view octets, h1::Side side) {
  const std::string message = std::string(head).append(octets);
  const auto input = wire::as_bytes(message);
  const ReadChunks chunks = regauge::fuzz::ChunkReader(octets).read();
  const Claims claims{kOracle, side, {}};
  const Reading strict = claims.read_all_cuts(input, h1::Preset::strict);
  const Reading common = claims.read_all_cuts(input, h1::Preset::common);
  const Reading maximal = claims.read_all_cuts(input, h1::Preset::maximal);
  claims.check_monotone(strict, common);
  claims.check_monotone(common, maximal);
  check_strict(strict.messages.front(), chunks, head.size());
  check_looser(common.messages.front(), chunks, head.size());
  check_looser(maximal.messages.front(), chunks, head.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kOctetsMax) return 0;
  const std::string_view octets = wire::as_text({data, size});
  run(kRequest, octets, h1::Side::request);
  run(kResponse, octets, h1::Side::response);
  return 0;
}
