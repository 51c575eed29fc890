// The frame mutator: deterministic, bounded, and what it makes is mostly whole frames.
#include "fuzz/frame_mutator.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/h2_frames.h"

namespace regauge {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kOctetsMax = 400;
constexpr std::uint32_t kSeeds = 4000;

// Turns the first octet round, as an engine's mutator might.
std::size_t turn_first(std::span<std::uint8_t> octets, std::size_t size) {
  if (!octets.empty()) octets[0] ^= 0xffU;
  return size;
}

Octets settings_and_request() {
  Octets octets;
  fuzz::append_frame(octets, {.type = fuzz::kSettings});
  fuzz::append_frame(octets, {.length = 3,
                              .type = fuzz::kHeaders,
                              .flags = fuzz::kEndHeaders,
                              .stream = 1,
                              .payload = {0x82, 0x84, 0x86}});
  return octets;
}

Octets mutated(const Octets& input, std::uint32_t seed) {
  return fuzz::mutate_frames(input, kOctetsMax, seed, turn_first);
}

bool is_whole_frames(const Octets& octets) {
  std::size_t used = 0;
  for (const fuzz::Frame& frame : fuzz::frames_of(octets)) {
    if (!frame.whole()) return false;
    used += fuzz::kFrameHeaderOctets + frame.payload.size();
  }
  return used == octets.size();
}

TEST(FrameMutator, gives_the_same_for_the_same_seed_and_never_too_much) {
  Octets input = settings_and_request();
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Octets once = mutated(input, seed);
    EXPECT_EQ(once, mutated(input, seed));
    ASSERT_LE(once.size(), kOctetsMax);
    if (seed % 50 == 0) input = settings_and_request();
    if (seed % 50 != 0) input = once;  // mutations of mutations
  }
}

TEST(FrameMutator, keeps_lengths_right_most_of_the_time_but_not_always) {
  std::uint32_t whole = 0;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    whole += is_whole_frames(mutated(settings_and_request(), seed)) ? 1U : 0U;
  }
  EXPECT_GT(whole, kSeeds * 6 / 10);
  EXPECT_LT(whole, kSeeds);
}

TEST(FrameMutator, makes_frames_of_every_kind_out_of_nothing) {
  std::array<bool, 17> seen{};
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    Octets octets;
    for (std::uint32_t i = 0; i < 4; ++i) octets = mutated(octets, seed * 4 + i);
    for (const fuzz::Frame& frame : fuzz::frames_of(octets)) {
      if (frame.type < seen.size()) seen.at(frame.type) = true;
    }
  }
  for (std::uint8_t type = 0; type <= fuzz::kContinuation; ++type) {
    EXPECT_TRUE(seen.at(type)) << int{type};
  }
  EXPECT_TRUE(seen.at(fuzz::kPriorityUpdate));
}

TEST(FrameMutator, crosses_inputs_between_frames) {
  const Octets input = settings_and_request();
  bool moved = false;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Octets crossed = fuzz::cross_frames(input, input, kOctetsMax, seed);
    EXPECT_TRUE(is_whole_frames(crossed));
    for (const fuzz::Frame& frame : fuzz::frames_of(crossed)) moved |= frame.stream > 1;
  }
  EXPECT_TRUE(moved);
  EXPECT_TRUE(fuzz::cross_frames({}, {}, kOctetsMax, 1).empty());
}

}  // namespace
}  // namespace regauge
