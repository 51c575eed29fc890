// h1_perf: the work of reading is bounded whatever the octets are, as requests and as responses.
//
// The corpus holds the inputs that cost the most instructions an octet, as climb_h1_perf found
// them; bench/h1_instructions counts them.
#include <cstddef>
#include <cstdint>

#include "fuzz/h1_perf.h"
#include "fuzz/h1_work.h"

namespace {

namespace h1 = regauge::h1;
namespace wire = regauge::wire;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const wire::Slice input = wire::Slice::copy_of({data, size});
  for (const h1::Side side : {h1::Side::request, h1::Side::response}) {
    regauge::fuzz::WarmDecoder decoder(side);
    decoder.read(input);
    regauge::fuzz::check_h1_work(decoder.work(), size, "h1_perf");
  }
  return 0;
}
