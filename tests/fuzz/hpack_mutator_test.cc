// The mutator of field blocks: what it cuts it can write again, it is deterministic and bounded,
// and what it makes is mostly a block that can be decoded.
#include "fuzz/hpack_mutator.h"

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/hpack_block.h"
#include "tests/hpack/block_bytes.h"

namespace regauge {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kOctetsMax = 600;
constexpr std::uint32_t kSeeds = 4000;

// Turns the first octet round, as an engine's mutator might.
std::size_t turn_first(std::span<std::uint8_t> octets, std::size_t size) {
  if (!octets.empty()) octets[0] ^= 0xffU;
  return size;
}

Octets some_block() {
  hpack::BlockBytes block;
  block.size_update(100).indexed(2);
  block.literal(hpack::Literal::with_indexing, "x-name", "a value", hpack::Coding::huffman);
  block.literal(hpack::Literal::never, 62, "other").indexed(62);
  return {block.view().begin(), block.view().end()};
}

Octets mutated(const Octets& block, std::uint32_t seed) {
  fuzz::Dice dice(seed);
  return fuzz::mutate_block(block, kOctetsMax, dice, turn_first);
}

TEST(HpackMutator, writes_what_it_cut) {
  EXPECT_EQ(fuzz::field_ops_of(some_block()).size(), 5U);
  Octets block = some_block();
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    EXPECT_EQ(fuzz::block_of(fuzz::field_ops_of(block)), block);
    block = seed % 50 == 0 ? some_block() : mutated(block, seed);
  }
}

TEST(HpackMutator, gives_the_same_for_the_same_seed_and_never_too_much) {
  Octets block = some_block();
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Octets once = mutated(block, seed);
    EXPECT_EQ(once, mutated(block, seed));
    ASSERT_LE(once.size(), kOctetsMax);
    const Octets sequence = fuzz::mutate_blocks(once, kOctetsMax, seed, turn_first);
    EXPECT_EQ(sequence, fuzz::mutate_blocks(once, kOctetsMax, seed, turn_first));
    ASSERT_LE(sequence.size(), kOctetsMax);
    block = seed % 50 == 0 ? some_block() : once;  // mutations of mutations
  }
}

TEST(HpackMutator, makes_blocks_that_decode_and_blocks_that_break_each_rule) {
  std::uint32_t good = 0;
  std::set<hpack::Violation> broken;
  for (std::uint32_t seed = 0; seed < 10 * kSeeds; ++seed) {
    Octets block;
    for (std::uint32_t i = 0; i < 3; ++i) block = mutated(block, seed * 3 + i);
    hpack::Receiver receiver;
    const auto lines = receiver.decode(block);
    good += lines ? 1U : 0U;
    if (!lines) broken.insert(lines.error());
  }
  EXPECT_GT(good, 10 * kSeeds / 3);
  // A missing size update needs a limit: hpack_size_update_missing is left.
  EXPECT_EQ(broken.size(), 12U);
  EXPECT_FALSE(broken.contains(hpack::Violation::hpack_size_update_missing));
}

TEST(HpackMutator, makes_each_form_and_limits_of_the_table) {
  std::set<fuzz::FieldForm> forms;
  bool limit = false;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    for (const fuzz::FieldOp& op : fuzz::field_ops_of(mutated({}, seed))) forms.insert(op.form);
    const Octets sequence = fuzz::mutate_blocks({}, kOctetsMax, seed, turn_first);
    limit |= !sequence.empty() && (sequence[0] & 0x80U) != 0;
  }
  EXPECT_EQ(forms.size(), 5U);
  EXPECT_TRUE(limit);
}

TEST(HpackMutator, crosses_blocks_between_representations) {
  const std::size_t most = 2 * fuzz::field_ops_of(some_block()).size();
  std::set<std::size_t> counts;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    fuzz::Dice dice(seed);
    const Octets crossed = fuzz::cross_blocks(some_block(), some_block(), kOctetsMax, dice);
    counts.insert(fuzz::field_ops_of(crossed).size());
  }
  EXPECT_GT(counts.size(), 5U);
  EXPECT_LE(*counts.rbegin(), most);
}

}  // namespace
}  // namespace regauge
