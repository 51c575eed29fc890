// A mutator that knows HTTP/2 frames and needs no fuzzing engine: octets that are mutated one by
// one seldom leave a length right, and a wrong one hides all frames behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/mutator_hook.h"

namespace regauge::fuzz {

/// Returns a neighbour of `input`: frames inserted, dropped, repeated, swapped, split, moved to
/// another stream or given another flag, length or edge value. One in eight is mutated as octets.
/// The result depends on the arguments alone and has at most `octets_max` octets.
[[nodiscard]] std::vector<std::uint8_t> mutate_frames(std::span<const std::uint8_t> input,
                                                      std::size_t octets_max, std::uint32_t seed,
                                                      const OctetMutator& mutate_octets);
/// Joins frames of two inputs, cut between frames; the streams of the second are moved behind those
/// of the first, or not.
[[nodiscard]] std::vector<std::uint8_t> cross_frames(std::span<const std::uint8_t> left,
                                                     std::span<const std::uint8_t> right,
                                                     std::size_t octets_max, std::uint32_t seed);

}  // namespace regauge::fuzz
