// What a structure-aware mutator does for libFuzzer: one file that defines these two functions is
// linked into a target, beside mutator_hook.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace regauge::fuzz {

/// Mutates the front of `octets`, at most the whole of it, and returns the new size; `size` octets
/// of it are in use.
using OctetMutator = std::function<std::size_t(std::span<std::uint8_t> octets, std::size_t size)>;

/// Returns a neighbour of `input`.
[[nodiscard]] std::vector<std::uint8_t> mutate_input(std::span<const std::uint8_t> input,
                                                     std::size_t octets_max, std::uint32_t seed,
                                                     const OctetMutator& mutate_octets);
/// Joins parts of two inputs.
[[nodiscard]] std::vector<std::uint8_t> cross_inputs(std::span<const std::uint8_t> left,
                                                     std::span<const std::uint8_t> right,
                                                     std::size_t octets_max, std::uint32_t seed);

}  // namespace regauge::fuzz
