// h1_perf: the work of reading is bounded whatever the octets are, as requests and as responses.
//
// The corpus holds the inputs that cost the most instructions an octet, as climb_h1_perf found
// them; bench/h1_instructions counts them.
#include <cstddef>
#include <cstdint>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_perf.h"

namespace {

namespace h1 = regauge::h1;
namespace wire = regauge::wire;
using regauge::fuzz::check;

constexpr const char* kOracle = "h1_perf";
constexpr std::size_t kScanOctetsMax = 16 * 1024;  // that are copied at once

// The laws of codecs/regauge/h1/README.md.
void check_work(const wire::Work& work, std::size_t octets) {
  check(work.bytes_in <= octets, kOracle, "no more is taken than was given");
  check(work.steps <= 2 * work.bytes_in, kOracle, "law of steps");
  check(work.copies <= 2 * work.bytes_in + kScanOctetsMax, kOracle, "law of copies");
  check(work.bytes_emitted <= 2 * work.bytes_in + 64 * work.messages, kOracle, "law of emission");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const wire::Slice input = wire::Slice::copy_of({data, size});
  for (const h1::Side side : {h1::Side::request, h1::Side::response}) {
    regauge::fuzz::WarmDecoder decoder(side);
    decoder.read(input);
    check_work(decoder.work(), size);
  }
  return 0;
}
