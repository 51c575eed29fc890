// The mutator of HTTP/1 messages: deterministic, bounded, and what it makes is often still a
// message.
#include "fuzz/h1_mutator.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace regauge {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kOctetsMax = 300;
constexpr std::uint32_t kSeeds = 4000;
constexpr std::string_view kRequest =
    "POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 5\r\n\r\nhello"
    "GET /next HTTP/1.1\r\nhost: a.test\r\n\r\n";

// Turns the first octet round, as an engine's mutator might.
std::size_t turn_first(std::span<std::uint8_t> octets, std::size_t size) {
  if (!octets.empty()) octets[0] ^= 0xffU;
  return size;
}

Octets octets_of(std::string_view text) { return {text.begin(), text.end()}; }

std::string mutated(std::string_view input, std::uint32_t seed) {
  const Octets octets = fuzz::mutate_messages(octets_of(input), kOctetsMax, seed, turn_first);
  return {octets.begin(), octets.end()};
}

TEST(H1Mutator, gives_the_same_for_the_same_seed_and_never_too_much) {
  std::string input(kRequest);
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const std::string once = mutated(input, seed);
    EXPECT_EQ(once, mutated(input, seed));
    ASSERT_LE(once.size(), kOctetsMax);
    input = seed % 50 == 0 ? std::string(kRequest) : once;  // mutations of mutations
  }
}

TEST(H1Mutator, changes_nearly_every_time) {
  std::uint32_t changed = 0;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    changed += mutated(kRequest, seed) != kRequest ? 1U : 0U;
  }
  EXPECT_GT(changed, kSeeds * 9 / 10);
}

TEST(H1Mutator, makes_out_of_nothing_what_readers_stumble_over) {
  constexpr std::array<std::string_view, 9> kWanted{"Transfer-Encoding: chunked\r\n",
                                                    "Content-Length: 5, 5\r\n",
                                                    "\r\n ",
                                                    "\r\r\n",
                                                    "\x0b",
                                                    "GET / HTTP/1.1\r\n",
                                                    "5\r\nhello\r\n0\r\n",
                                                    "_",
                                                    std::string_view("\0", 1)};
  std::array<bool, kWanted.size()> seen{};
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    std::string input;
    for (std::uint32_t i = 0; i < 4; ++i) input = mutated(input, seed * 4 + i);
    for (std::size_t i = 0; i < kWanted.size(); ++i) {
      seen.at(i) = seen.at(i) || input.contains(kWanted.at(i));
    }
  }
  for (std::size_t i = 0; i < kWanted.size(); ++i) EXPECT_TRUE(seen.at(i)) << kWanted.at(i);
}

TEST(H1Mutator, keeps_lengths_and_chunks_right_some_of_the_time) {
  std::uint32_t chunked = 0;
  std::uint32_t complete = 0;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const std::string once = mutated("POST / HTTP/1.1\r\nhost: a.test\r\n\r\nhello", seed);
    const bool length = once.contains("Content-Length: 5\r\n\r\nhello");
    const bool chunks =
        once.contains("Transfer-Encoding: chunked\r\n\r\n") && once.contains("0\r\n");
    complete += length ? 1U : 0U;
    chunked += chunks ? 1U : 0U;
  }
  EXPECT_GT(complete, 50U);
  EXPECT_GT(chunked, 50U);
}

TEST(H1Mutator, crosses_inputs_between_lines) {
  const std::string_view left = "a\r\nb\r\n";
  bool pipelined = false;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Octets crossed =
        fuzz::cross_messages(octets_of(left), octets_of("c\r\nd\r\n"), kOctetsMax, seed);
    EXPECT_EQ(crossed.size() % 3, 0U);
    pipelined = pipelined || crossed == octets_of("a\r\nb\r\nc\r\nd\r\n");
  }
  EXPECT_TRUE(pipelined);
  EXPECT_LE(fuzz::cross_messages(octets_of(kRequest), octets_of(kRequest), 10, 1).size(), 10U);
  EXPECT_TRUE(fuzz::cross_messages({}, {}, kOctetsMax, 1).empty());
}

}  // namespace
}  // namespace regauge
