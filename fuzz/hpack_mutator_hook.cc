// The mutator of the targets whose input is a sequence of field blocks.
#include "fuzz/hpack_mutator.h"

namespace regauge::fuzz {

std::vector<std::uint8_t> mutate_input(std::span<const std::uint8_t> input, std::size_t octets_max,
                                       std::uint32_t seed, const OctetMutator& mutate_octets) {
  return mutate_blocks(input, octets_max, seed, mutate_octets);
}

std::vector<std::uint8_t> cross_inputs(std::span<const std::uint8_t> left,
                                       std::span<const std::uint8_t> right, std::size_t octets_max,
                                       std::uint32_t seed) {
  return cross_sequences(left, right, octets_max, seed);
}

}  // namespace regauge::fuzz
