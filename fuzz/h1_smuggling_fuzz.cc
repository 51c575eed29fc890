// h1_smuggling: the framing theorem (codecs/regauge/h1/README.md) over all octets of a connection,
// whatever they are, under maximal; what a stricter preset accepts is read alike (h1_request).
//
// Neighbours: our own strict decoder, Boost.Beast, http_parser strict and lenient, a reader for
// each habit that was found in servers, and readers with two of them, which follow from the input.
// They may see as many messages as we do, or fewer if they refuse; more only behind our close.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "regauge/h1/policy.h"
#include "regauge/wire/bytes.h"
#include "tests/oracle/h1_neighbours.h"
#include "tests/oracle/h1_theorem.h"

namespace {

namespace h1 = regauge::h1;
namespace wire = regauge::wire;
using regauge::oracle::Habit;
using regauge::oracle::Habits;
using regauge::oracle::kHabitCount;
using regauge::oracle::Neighbour;
using Input = std::span<const std::uint8_t>;

constexpr std::size_t kPairs = 12;

// Readers with two habits: other ones for other octets.
std::vector<Neighbour> pairs_for(Input input) {
  std::vector<Neighbour> pairs;
  std::uint64_t seed = regauge::fuzz::hash_of(input);
  for (std::size_t i = 0; i < kPairs; ++i) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const auto first = static_cast<Habit>((seed >> 20U) % kHabitCount);
    const auto second = static_cast<Habit>((seed >> 40U) % kHabitCount);
    const Habits habits{first, second};
    if (regauge::oracle::in_scope(habits)) {
      pairs.push_back(regauge::oracle::sloppy_neighbour(habits));
    }
  }
  return pairs;
}

void check_theorem(Input input, std::span<const Neighbour> neighbours) {
  const h1::Policy policy(h1::Side::request, h1::Preset::maximal);
  const auto broken = regauge::oracle::broken_claim(wire::as_text(input), policy, neighbours);
  if (!broken) return;
  std::fprintf(stderr, "neighbour %s ends a message at %llu\n", broken->neighbour.c_str(),
               static_cast<unsigned long long>(broken->offset));
  regauge::fuzz::check(false, "h1_smuggling", broken->claim);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  const std::vector<Neighbour> pairs = pairs_for(input);
  check_theorem(input, regauge::oracle::h1_neighbours());
  check_theorem(input, pairs);
  return 0;
}
