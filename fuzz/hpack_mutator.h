// A mutator that knows HPACK and needs no fuzzing engine: it changes representations, not octets,
// so that what it makes is mostly a block, and sometimes one that no encoder would write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/dice.h"
#include "fuzz/mutator_hook.h"

namespace regauge::fuzz {

/// Returns a neighbour of a field block, of at most `octets_max` octets: representations inserted,
/// dropped, repeated, swapped, of another form or index, strings coded otherwise or as no code may
/// be.
[[nodiscard]] std::vector<std::uint8_t> mutate_block(std::span<const std::uint8_t> block,
                                                     std::size_t octets_max, Dice& dice,
                                                     const OctetMutator& mutate_octets);
/// Joins representations of two blocks.
[[nodiscard]] std::vector<std::uint8_t> cross_blocks(std::span<const std::uint8_t> left,
                                                     std::span<const std::uint8_t> right,
                                                     std::size_t octets_max, Dice& dice);

/// Returns a neighbour of a sequence of blocks as hpack_decode reads it: each behind two octets of
/// length, or a limit of the table. One in eight is mutated as octets.
[[nodiscard]] std::vector<std::uint8_t> mutate_blocks(std::span<const std::uint8_t> input,
                                                      std::size_t octets_max, std::uint32_t seed,
                                                      const OctetMutator& mutate_octets);
/// Joins blocks of two sequences.
[[nodiscard]] std::vector<std::uint8_t> cross_sequences(std::span<const std::uint8_t> left,
                                                        std::span<const std::uint8_t> right,
                                                        std::size_t octets_max, std::uint32_t seed);

}  // namespace regauge::fuzz
