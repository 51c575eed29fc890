// A mutator that knows the lines, framing fields and chunks of HTTP/1 and needs no fuzzing engine:
// octets that are mutated one by one seldom leave a length right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/mutator_hook.h"

namespace regauge::fuzz {

/// Returns a neighbour of `input`, which is messages: lines inserted, dropped, repeated, swapped,
/// folded or ended in another way, odd octets put where readers stumble, framing fields and chunk
/// sizes spelt in other ways or set right, content put in chunks, messages appended. One in eight
/// is mutated as octets. The result depends on the arguments alone and has at most `octets_max`
/// octets.
[[nodiscard]] std::vector<std::uint8_t> mutate_messages(std::span<const std::uint8_t> input,
                                                        std::size_t octets_max, std::uint32_t seed,
                                                        const OctetMutator& mutate_octets);
/// Joins lines of two inputs, or puts one behind the other.
[[nodiscard]] std::vector<std::uint8_t> cross_messages(std::span<const std::uint8_t> left,
                                                       std::span<const std::uint8_t> right,
                                                       std::size_t octets_max, std::uint32_t seed);

}  // namespace regauge::fuzz
